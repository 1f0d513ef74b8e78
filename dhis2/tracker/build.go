package tracker

import (
	"errors"
	"fmt"
	"slices"

	"github.com/openhim/mediator-go/dhis2"
)

// Builder makes a payload from events up: each record names the person, the enrollment and the
// event it is about, and the builder makes each of them once, with UIDs derived from what the
// source calls them ([dhis2.Identity]). So the same records give the same payload, and sending it
// twice updates what the first one created.
//
//	b := tracker.NewBuilder()
//	person := b.TrackedEntity(dhis2.Identity{System: "urn:oid:1.2.3", ID: "NID-1001"})
//	person.TrackedEntityType, person.OrgUnit = personType, facility
//	person.SetAttribute(given, "Amina")
//	enrollment := person.Enroll(program)
//	enrollment.OrgUnit, enrollment.EnrolledAt = facility, "2026-01-05"
//	visit := enrollment.Visit(stage, "encounter-77")
//	visit.OrgUnit, visit.OccurredAt = facility, "2026-01-06"
//	visit.SetValue(weight, "3.4")
//	payload, err := b.Payload()
//
// Derive UIDs only for what this source creates: for a person who may be registered already look
// up the unique attribute first, and [EntityDraft.Adopt] what is found. It is not safe for concurrent use.
type Builder struct {
	entities      []*EntityDraft
	enrollments   []*EnrollmentDraft
	events        []*EventDraft
	relationships []Relationship
	byUID         map[Ref]any
	err           error
}

// NewBuilder returns an empty builder.
func NewBuilder() *Builder { return &Builder{byUID: map[Ref]any{}} }

// EntityDraft is a tracked entity under construction.
type EntityDraft struct {
	TrackedEntity

	builder  *Builder
	identity dhis2.Identity
}

// EnrollmentDraft is an enrollment under construction.
type EnrollmentDraft struct {
	Enrollment

	builder  *Builder
	identity dhis2.Identity
	entity   *EntityDraft
}

// EventDraft is an event under construction.
type EventDraft struct {
	Event

	builder    *Builder
	enrollment *EnrollmentDraft // nil for an event of an event program
}

func (b *Builder) fail(err error) {
	if b.err == nil && err != nil {
		b.err = fmt.Errorf("tracker: build: %w", err)
	}
}

// draft returns what was made for an identity, or makes it.
func draft[T any](b *Builder, kind Type, identity dhis2.Identity, create func(uid string) *T) *T {
	b.fail(identity.Check())
	uid := identity.UID()
	if known, ok := b.byUID[Ref{kind, uid}].(*T); ok {
		return known
	}
	made := create(uid)
	b.byUID[Ref{kind, uid}] = made
	return made
}

// TrackedEntity returns the draft of the tracked entity with that identity, the same one each
// time. Its Kind is set here. Set Incarnation for one that was deleted and comes back.
func (b *Builder) TrackedEntity(identity dhis2.Identity) *EntityDraft {
	identity.Kind = dhis2.KindTrackedEntity
	return draft(b, TypeTrackedEntity, identity, func(uid string) *EntityDraft {
		made := &EntityDraft{TrackedEntity: TrackedEntity{TrackedEntity: uid}, builder: b, identity: identity}
		b.entities = append(b.entities, made)
		return made
	})
}

// Adopt gives the tracked entity the UID it has on the server, where it was found by a unique
// attribute. The UIDs of its enrollments and events are derived from its identity still.
func (d *EntityDraft) Adopt(uid string) {
	if !dhis2.ValidUID(uid) {
		d.builder.fail(errors.New("what is to be adopted is no UID"))
		return
	}
	d.TrackedEntity.TrackedEntity = uid
}

// Ref names the tracked entity, for relationships.
func (d *EntityDraft) Ref() Ref { return Ref{TypeTrackedEntity, d.TrackedEntity.TrackedEntity} }

// Enroll returns the draft of its enrollment in a program. Where a program enrolls more than once
// the keys tell the enrollments apart, for example by the date.
func (d *EntityDraft) Enroll(program string, keys ...string) *EnrollmentDraft {
	identity := d.identity.Child(dhis2.KindEnrollment, append([]string{program}, keys...)...)
	return draft(d.builder, TypeEnrollment, identity, func(uid string) *EnrollmentDraft {
		made := &EnrollmentDraft{
			Enrollment: Enrollment{Enrollment: uid, Program: program},
			builder:    d.builder, identity: identity, entity: d,
		}
		d.builder.enrollments = append(d.builder.enrollments, made)
		return made
	})
}

// Ref names the enrollment, for relationships.
func (d *EnrollmentDraft) Ref() Ref { return Ref{TypeEnrollment, d.Enrollment.Enrollment} }

// AddNote adds a remark once: key tells it from the enrollment's others, as its id at the source.
func (d *EnrollmentDraft) AddNote(key, text string) {
	d.Notes = d.builder.note(d.Notes, d.Enrollment.Enrollment, key, text)
}

// Visit returns the draft of an event in a stage of the program. The keys tell the events of a
// stage that is repeatable apart, for example by the id of the encounter. The event's program is
// the enrollment's.
func (d *EnrollmentDraft) Visit(stage string, keys ...string) *EventDraft {
	identity := d.identity.Child(dhis2.KindEvent, append([]string{stage}, keys...)...)
	return draft(d.builder, TypeEvent, identity, func(uid string) *EventDraft {
		made := &EventDraft{
			Event:   Event{Event: uid, Program: d.Program, ProgramStage: stage},
			builder: d.builder, enrollment: d,
		}
		d.builder.events = append(d.builder.events, made)
		return made
	})
}

// Event returns the draft of an event of an event program, which belongs to nobody. The identity's
// Kind is set here.
func (b *Builder) Event(identity dhis2.Identity, program, stage string) *EventDraft {
	identity.Kind = dhis2.KindEvent
	return draft(b, TypeEvent, identity, func(uid string) *EventDraft {
		made := &EventDraft{Event: Event{Event: uid, Program: program, ProgramStage: stage}, builder: b}
		b.events = append(b.events, made)
		return made
	})
}

// Ref names the event, for relationships.
func (d *EventDraft) Ref() Ref { return Ref{TypeEvent, d.Event.Event} }

// AddNote adds a remark once: key tells it from the event's others, as its id at the source.
func (d *EventDraft) AddNote(key, text string) {
	d.Notes = d.builder.note(d.Notes, d.Event.Event, key, text)
}

func (b *Builder) note(notes []Note, owner, key, text string) []Note {
	uid := dhis2.NoteIdentity{Owner: owner, Key: key}.UID()
	if uid == "" {
		b.fail(errors.New("a note needs a key"))
	}
	if slices.ContainsFunc(notes, func(n Note) bool { return n.Note == uid }) {
		return notes
	}
	return append(notes, Note{Note: uid, Value: text})
}

// Relate links two objects, which need not be in the payload, once. Bidirectional must be what the
// relationship type says: the server takes (a, b) and (b, a) for one then.
func (b *Builder) Relate(relationshipType string, from, to Ref, bidirectional bool) {
	identity := dhis2.RelationshipIdentity{Type: relationshipType, From: from.UID, To: to.UID, Bidirectional: bidirectional}
	uid := identity.UID()
	if uid == "" {
		b.fail(errors.New("a relationship needs a type and two different ends"))
		return
	}
	key := Ref{TypeRelationship, uid}
	if b.byUID[key] != nil {
		return
	}
	b.byUID[key] = true
	b.relationships = append(b.relationships, Relationship{
		Relationship: uid, RelationshipType: relationshipType, From: ItemOf(from), To: ItemOf(to),
	})
}

// Payload returns what was built, nested, in the order in which it was first named. It returns the
// first error of the building: an identity without system or id, an empty key. The builder may be
// used on; the payload shares nothing with it but values that never change.
func (b *Builder) Payload() (Payload, error) {
	if b.err != nil {
		return Payload{}, b.err
	}
	var payload Payload
	places := make(map[*EntityDraft]int, len(b.entities))
	for i, d := range b.entities {
		te := d.TrackedEntity
		te.Attributes, te.Enrollments, te.Relationships = slices.Clone(te.Attributes), nil, slices.Clone(te.Relationships)
		payload.TrackedEntities = append(payload.TrackedEntities, te)
		places[d] = i
	}
	at := make(map[*EnrollmentDraft][2]int, len(b.enrollments))
	for _, d := range b.enrollments {
		en := d.Enrollment
		en.Attributes, en.Notes, en.Events = slices.Clone(en.Attributes), slices.Clone(en.Notes), nil
		te := &payload.TrackedEntities[places[d.entity]]
		at[d] = [2]int{places[d.entity], len(te.Enrollments)}
		te.Enrollments = append(te.Enrollments, en)
	}
	for _, d := range b.events {
		ev := d.Event
		ev.DataValues, ev.Notes = slices.Clone(ev.DataValues), slices.Clone(ev.Notes)
		if d.enrollment == nil {
			payload.Events = append(payload.Events, ev)
			continue
		}
		place := at[d.enrollment]
		en := &payload.TrackedEntities[place[0]].Enrollments[place[1]]
		en.Events = append(en.Events, ev)
	}
	payload.Relationships = slices.Clone(b.relationships)
	return payload, nil
}
