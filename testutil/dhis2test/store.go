package dhis2test

import (
	"slices"
	"strings"
	"time"
)

// store holds the tracker objects of one server. Deleted objects stay, as
// tombstones (dhis2.md section 0, fact 8). Lists are in order of creation.
// Every look-up the importer makes for one object is by an index, so that an
// import costs the same in a full store as in an empty one.
type store struct {
	lists map[string]any // what lists found, see cachedRows

	entities      *table[*entity]
	enrollments   *table[*enrollment]
	events        *table[*event]
	relationships *table[*relationship]

	links        map[itemIn][]*relationship      // by either end, deleted ones too
	notes        map[string]bool                 // UIDs of all notes
	placeholders map[string]string               // event program -> the enrollment of all its events
	changes      map[string][]changeEntry        // object type and UID -> its change log, see logChanges
	unique       map[string]map[string][]*entity // attribute -> lower-case value -> holders, for attributes asked for before
	files        map[string]string               // file resource -> the object that holds it, "" for none
}

func newStore() *store {
	return &store{
		entities: newTable[*entity](), enrollments: newTable[*enrollment](),
		events: newTable[*event](), relationships: newTable[*relationship](),
		links: map[itemIn][]*relationship{}, notes: map[string]bool{}, placeholders: map[string]string{},
		unique: map[string]map[string][]*entity{}, files: map[string]string{},
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

// stamp is what every stored object carries. The users are nil where DHIS2
// names nobody.
type stamp struct {
	createdAt, updatedAt time.Time
	createdBy, updatedBy *User
	deleted              bool
}

func (s *stamp) touch(at time.Time, by *User) { s.updatedAt, s.updatedBy = at, by }

type entity struct {
	stamp
	uid, entityType, orgUnit     string
	inactive, potentialDuplicate bool
	geometry                     any
	createdAtClient              *time.Time
	updatedAtClient              *time.Time
	attributes                   values
	owners                       []owner
	enrollments                  []*enrollment // deleted ones too
}

// owner is the org unit that owns an entity in a program.
type owner struct{ program, orgUnit string }

// owner returns the owning org unit, "" when the entity never was in the
// program.
func (e *entity) owner(program string) string {
	for _, o := range e.owners {
		if o.program == program {
			return o.orgUnit
		}
	}
	return ""
}

// setOwner makes an org unit the owner in a program.
func (e *entity) setOwner(program, orgUnit string) {
	for i := range e.owners {
		if e.owners[i].program == program {
			e.owners = slices.Clone(e.owners)
			e.owners[i].orgUnit = orgUnit
			return
		}
	}
	e.owners = append(e.owners, owner{program, orgUnit})
}

type enrollment struct {
	stamp
	uid, entity, program, orgUnit string
	status                        string
	enrolledAt, occurredAt        time.Time
	completedAt                   *time.Time
	completedBy                   string
	followUp                      bool
	createdAtClient               *time.Time
	updatedAtClient               *time.Time
	categoryOptionCombo           string // from 2.43
	geometry                      any
	notes                         []note
	events                        []*event // deleted ones too
}

type event struct {
	stamp
	uid, enrollment         string
	program, stage, orgUnit string
	status                  string
	occurredAt, scheduledAt *time.Time
	completedAt             *time.Time
	completedBy             string
	createdAtClient         *time.Time
	updatedAtClient         *time.Time
	assigned                *User  // nil: nobody
	categoryOptionCombo     string // UID; "" is the default one
	geometry                any
	values                  values
	notes                   []note
}

type relationship struct {
	stamp
	uid, relationshipType string
	from, to              itemIn
	createdAtClient       *time.Time
}

type note struct {
	uid, value string
	at         time.Time
	by         *User
}

// addEnrollment files a new enrollment below its entity.
func (s *store) addEnrollment(e *enrollment) {
	s.enrollments.add(e.uid, e)
	if parent := s.entities.get(e.entity); parent != nil {
		parent.enrollments = append(parent.enrollments, e)
	}
}

// addEvent files a new event below its enrollment; the events of an event
// program have none that is stored.
func (s *store) addEvent(e *event) {
	s.events.add(e.uid, e)
	if parent := s.enrollments.get(e.enrollment); parent != nil {
		parent.events = append(parent.events, e)
	}
}

// addRelationship files a new relationship below both its ends.
func (s *store) addRelationship(r *relationship) {
	s.relationships.add(r.uid, r)
	s.links[r.from] = append(s.links[r.from], r)
	if r.to != r.from {
		s.links[r.to] = append(s.links[r.to], r)
	}
}

// linksOf lists the relationships of one object, deleted ones too, in order of
// creation.
func (s *store) linksOf(end itemIn) []*relationship { return s.links[end] }

// holders are the living entities with a value of an attribute.
func (s *store) holders(attribute, text string) []*entity {
	var out []*entity
	for _, e := range s.holdersFolded(attribute, text) {
		if held, _ := e.attributes.get(attribute); held == text {
			out = append(out, e)
		}
	}
	return out
}

// holdersFolded are the living entities with a value of an attribute, without
// regard to case. The first question about an attribute builds its index,
// setAttributes keeps it.
func (s *store) holdersFolded(attribute, text string) []*entity {
	index := s.unique[attribute]
	if index == nil {
		index = map[string][]*entity{}
		for _, e := range s.entities.all {
			if held, ok := e.attributes.get(attribute); ok {
				held = strings.ToLower(held)
				index[held] = append(index[held], e)
			}
		}
		s.unique[attribute] = index
	}
	held := index[strings.ToLower(text)]
	if !slices.ContainsFunc(held, func(e *entity) bool { return e.deleted }) {
		return held
	}
	return slices.DeleteFunc(slices.Clone(held), func(e *entity) bool { return e.deleted })
}

// setAttributes gives an entity other values and keeps the indexes.
func (s *store) setAttributes(e *entity, to values) {
	for attribute, index := range s.unique {
		before, had := e.attributes.get(attribute)
		after, has := to.get(attribute)
		before, after = strings.ToLower(before), strings.ToLower(after)
		if had == has && before == after {
			continue
		}
		if had {
			index[before] = slices.DeleteFunc(slices.Clone(index[before]), func(h *entity) bool { return h == e })
			if len(index[before]) == 0 {
				delete(index, before)
			}
		}
		if has {
			index[after] = append(slices.Clip(index[after]), e)
		}
	}
	e.attributes = to
}

// deleteEntity, deleteEnrollment and deleteEvent cascade downwards and to
// relationships; what they delete keeps its UID for ever.
func (s *store) deleteEntity(e *entity, at time.Time, by *User) {
	e.deleted = true
	e.touch(at, by)
	for _, child := range e.enrollments {
		if !child.deleted {
			s.deleteEnrollment(child, at, by)
		}
	}
	s.deleteLinks(itemIn{entity: e.uid}, at, by)
}

func (s *store) deleteEnrollment(e *enrollment, at time.Time, by *User) {
	e.deleted = true
	e.touch(at, by)
	for _, child := range e.events {
		if !child.deleted {
			s.deleteEvent(child, at, by)
		}
	}
	s.deleteLinks(itemIn{enrollment: e.uid}, at, by)
}

func (s *store) deleteEvent(e *event, at time.Time, by *User) {
	e.deleted = true
	e.touch(at, by)
	s.deleteLinks(itemIn{event: e.uid}, at, by)
}

func (s *store) deleteLinks(end itemIn, at time.Time, by *User) {
	for _, r := range s.links[end] {
		if !r.deleted {
			r.deleted = true
			r.touch(at, by)
		}
	}
}
