package dhis2test

import (
	"slices"
	"time"
)

// store holds the tracker objects of one server. Deleted objects stay, as
// tombstones (dhis2.md section 0, fact 8). Lists are in order of creation.
type store struct {
	entities      *table[*entity]
	enrollments   *table[*enrollment]
	events        *table[*event]
	relationships *table[*relationship]
}

func newStore() *store {
	return &store{
		entities: newTable[*entity](), enrollments: newTable[*enrollment](),
		events: newTable[*event](), relationships: newTable[*relationship](),
	}
}

// table is one kind of object, found by UID and listed in order of creation.
type table[T any] struct {
	byUID map[string]T
	all   []T
}

func newTable[T any]() *table[T] { return &table[T]{byUID: map[string]T{}} }

func (t *table[T]) get(uid string) T { return t.byUID[uid] }

func (t *table[T]) add(uid string, v T) {
	t.byUID[uid] = v
	t.all = append(t.all, v)
}

// stamp is what every stored object carries.
type stamp struct {
	createdAt, updatedAt time.Time
	createdBy, updatedBy User
	deleted              bool
}

func (s *stamp) touch(at time.Time, by User) { s.updatedAt, s.updatedBy = at, by }

type entity struct {
	stamp
	uid, entityType, orgUnit     string
	inactive, potentialDuplicate bool
	geometry                     any
	createdAtClient              *time.Time
	updatedAtClient              *time.Time
	attributes                   values
	owners                       map[string]string // program -> org unit
}

type enrollment struct {
	stamp
	uid, entity, program, orgUnit string
	status                        string
	enrolledAt, occurredAt        time.Time
	completedAt                   *time.Time
	completedBy                   string
	followUp                      bool
	geometry                      any
	notes                         []note
}

type event struct {
	stamp
	uid, enrollment         string
	program, stage, orgUnit string
	status                  string
	occurredAt, scheduledAt *time.Time
	completedAt             *time.Time
	completedBy             string
	assigned                User
	geometry                any
	values                  values
	notes                   []note
}

type relationship struct {
	stamp
	uid, relationshipType string
	from, to              itemIn
}

type note struct {
	uid, value string
	at         time.Time
	by         User
}

// value is one attribute value of an entity or data value of an event.
type value struct {
	ref, text            string
	createdAt, updatedAt time.Time
	by                   User
	providedElsewhere    bool
}

type values []value

func (v values) index(ref string) int {
	return slices.IndexFunc(v, func(x value) bool { return x.ref == ref })
}

func (v values) get(ref string) (string, bool) {
	if i := v.index(ref); i >= 0 {
		return v[i].text, true
	}
	return "", false
}

// set merges one value: a nil text deletes (dhis2.md section 0, fact 6).
func (v values) set(in value, text *string) values {
	i := v.index(in.ref)
	switch {
	case text == nil && i < 0:
		return v
	case text == nil:
		return slices.Delete(slices.Clone(v), i, i+1)
	case i < 0:
		in.text = *text
		return append(slices.Clone(v), in)
	default:
		out := slices.Clone(v)
		if out[i].text != *text {
			out[i].updatedAt = in.updatedAt
		}
		out[i].text, out[i].providedElsewhere = *text, in.providedElsewhere
		return out
	}
}

// holders are the living entities with a value of a unique attribute.
func (s *store) holders(attribute, text string) []*entity {
	var out []*entity
	for _, e := range s.entities.all {
		if held, ok := e.attributes.get(attribute); ok && held == text && !e.deleted {
			out = append(out, e)
		}
	}
	return out
}

// deleteEntity, deleteEnrollment and deleteEvent cascade downwards and to
// relationships; what they delete keeps its UID for ever.
func (s *store) deleteEntity(e *entity, at time.Time, by User) {
	e.deleted = true
	e.touch(at, by)
	for _, child := range s.enrollments.all {
		if child.entity == e.uid && !child.deleted {
			s.deleteEnrollment(child, at, by)
		}
	}
	s.deleteLinks(itemIn{entity: e.uid}, at, by)
}

func (s *store) deleteEnrollment(e *enrollment, at time.Time, by User) {
	e.deleted = true
	e.touch(at, by)
	for _, child := range s.events.all {
		if child.enrollment == e.uid && !child.deleted {
			s.deleteEvent(child, at, by)
		}
	}
	s.deleteLinks(itemIn{enrollment: e.uid}, at, by)
}

func (s *store) deleteEvent(e *event, at time.Time, by User) {
	e.deleted = true
	e.touch(at, by)
	s.deleteLinks(itemIn{event: e.uid}, at, by)
}

func (s *store) deleteLinks(end itemIn, at time.Time, by User) {
	for _, r := range s.relationships.all {
		if (r.from == end || r.to == end) && !r.deleted {
			r.deleted = true
			r.touch(at, by)
		}
	}
}
