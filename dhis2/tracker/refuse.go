package tracker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// ErrRefused is wrapped by the error of a payload that was not sent.
var ErrRefused = errors.New("payload not sent")

// RefusedError says why a payload was not sent.
type RefusedError struct {
	// Problems are what the server would refuse the whole request for, or break on.
	Problems []Problem
}

// Error tells the first problem and how many there are.
func (e *RefusedError) Error() string {
	text := "tracker: " + ErrRefused.Error()
	if len(e.Problems) > 0 {
		text += ": " + e.Problems[0].String()
	}
	if more := len(e.Problems) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Unwrap returns [ErrRefused].
func (e *RefusedError) Unwrap() error { return ErrRefused }

// Refusals says what in the payload makes the server refuse the whole request or do harm to other
// objects, so that it must not be sent:
//
//   - an event without a program: the server then checks every object of the payload against a
//     stripped copy of the program, refuses valid attributes (E1019) and lets pass what is
//     mandatory (E1018) or forbidden (E1016);
//   - a UID that is none: 400 for the whole payload from 2.42 on (E1048 before);
//   - a missing UID of an object or note, unless params allow it: a retry would create another one;
//   - the same UID twice: the server stores the last, or breaks;
//   - a status it does not know, a date it cannot read: 400;
//   - a NUL character: the database refuses it, 409 or 500 for the whole payload;
//   - Geometry and Extra that are no JSON.
//
// To delete only UIDs are looked at. Everything that the server refuses object by object is found
// by [Check].
func (p *Payload) Refusals(params Params) []Problem {
	c := refusal{params: params, seen: make(map[Ref]struct{})}
	c.visitor = visitor{
		entity:       c.entity,
		enrollment:   c.enrollment,
		event:        c.event,
		relationship: c.relationship,
	}
	p.walk(&c.visitor)
	if params.Strategy != Delete && hasNUL(p.AppendJSON(nil)) {
		c.findNUL(p)
	}
	return c.problems
}

// refuse returns a *RefusedError if there is something against sending the payload.
func (p *Payload) refuse(params Params) error {
	if problems := p.Refusals(params); len(problems) > 0 {
		return &RefusedError{Problems: problems}
	}
	return nil
}

// refusal collects what Refusals finds.
type refusal struct {
	visitor

	params   Params
	seen     map[Ref]struct{}
	problems []Problem
}

func (c *refusal) found(ref Ref, suffix, reason string) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{Ref: ref, Path: c.place() + suffix, Reason: reason})
	}
}

// object checks the UID of an object. It says whether the rest is worth looking at.
func (c *refusal) object(ref Ref) bool {
	switch {
	case ref.UID == "":
		if c.params.Strategy == Delete {
			c.found(ref, "", "has no UID; deleting needs one")
		} else if !c.params.AllowMissingUIDs {
			c.found(ref, "", "has no UID, a retry would create it again; derive one or set AllowMissingUIDs")
		}
	case !dhis2.ValidUID(ref.UID):
		c.found(Ref{Type: ref.Type}, "", "the UID is none: a letter and ten letters or digits are wanted")
	default:
		if _, twice := c.seen[ref]; twice {
			c.found(ref, "", "stands in the payload twice")
		}
		c.seen[ref] = struct{}{}
	}
	return c.params.Strategy != Delete
}

func (c *refusal) reference(ref Ref, member, uid string) {
	if uid != "" && !dhis2.ValidUID(uid) {
		c.found(ref, "."+member, "names an object by what is no UID")
	}
}

// date is one date of an object.
type date struct{ member, text string }

func (c *refusal) dates(ref Ref, dates ...date) {
	for _, d := range dates {
		if d.text == "" {
			continue
		}
		if _, err := dhis2.ParseTime(d.text, time.UTC); err != nil {
			c.found(ref, "."+d.member, "the date is none the server reads; write 2026-01-06 or 2026-01-06T10:00:00.000Z")
		}
	}
}

func (c *refusal) json(ref Ref, geometry json.RawMessage, extra map[string]json.RawMessage) {
	if len(geometry) > 0 && !json.Valid(geometry) {
		c.found(ref, ".geometry", "is no JSON")
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if len(extra[name]) > 0 && !json.Valid(extra[name]) {
			c.found(ref, ".Extra", "holds what is no JSON")
			return
		}
	}
}

func (c *refusal) entity(te *TrackedEntity) bool {
	ref := Ref{TypeTrackedEntity, te.TrackedEntity}
	if c.object(ref) {
		c.dates(ref, date{"createdAt", te.CreatedAt}, date{"createdAtClient", te.CreatedAtClient},
			date{"updatedAt", te.UpdatedAt}, date{"updatedAtClient", te.UpdatedAtClient})
		c.json(ref, te.Geometry, te.Extra)
		c.attributes(ref, te.Attributes)
	}
	return true
}

func (c *refusal) attributes(ref Ref, attributes []Attribute) {
	for i := range attributes {
		c.json(ref, nil, attributes[i].Extra)
		c.dates(ref, date{"attributes.createdAt", attributes[i].CreatedAt}, date{"attributes.updatedAt", attributes[i].UpdatedAt})
	}
}

func (c *refusal) enrollment(en *Enrollment, parent *TrackedEntity) bool {
	ref := Ref{TypeEnrollment, en.Enrollment}
	if !c.object(ref) {
		return true
	}
	if parent == nil {
		c.reference(ref, "trackedEntity", en.TrackedEntity)
	}
	switch en.Status {
	case "", EnrollmentActive, EnrollmentCompleted, EnrollmentCancelled:
	default:
		c.found(ref, ".status", "is none of ACTIVE, COMPLETED and CANCELLED")
	}
	c.dates(ref, date{"enrolledAt", en.EnrolledAt}, date{"occurredAt", en.OccurredAt}, date{"completedAt", en.CompletedAt},
		date{"createdAt", en.CreatedAt}, date{"createdAtClient", en.CreatedAtClient},
		date{"updatedAt", en.UpdatedAt}, date{"updatedAtClient", en.UpdatedAtClient})
	c.json(ref, en.Geometry, en.Extra)
	c.attributes(ref, en.Attributes)
	c.notes(ref, en.Notes)
	return true
}

func (c *refusal) event(ev *Event, parent *Enrollment) bool {
	ref := Ref{TypeEvent, ev.Event}
	if !c.object(ref) {
		return true
	}
	if ev.Program == "" {
		c.found(ref, ".program", "is missing; without it the server checks the whole payload against a stripped program")
	}
	if parent == nil {
		c.reference(ref, "enrollment", ev.Enrollment)
	}
	c.reference(ref, "trackedEntity", ev.TrackedEntity)
	switch ev.Status {
	case "", EventActive, EventCompleted, EventVisited, EventSchedule, EventOverdue, EventSkipped:
	default:
		c.found(ref, ".status", "is none of ACTIVE, COMPLETED, VISITED, SCHEDULE, OVERDUE and SKIPPED")
	}
	c.dates(ref, date{"occurredAt", ev.OccurredAt}, date{"scheduledAt", ev.ScheduledAt}, date{"completedAt", ev.CompletedAt},
		date{"createdAt", ev.CreatedAt}, date{"createdAtClient", ev.CreatedAtClient},
		date{"updatedAt", ev.UpdatedAt}, date{"updatedAtClient", ev.UpdatedAtClient})
	c.json(ref, ev.Geometry, ev.Extra)
	c.notes(ref, ev.Notes)
	for i := range ev.DataValues {
		c.json(ref, nil, ev.DataValues[i].Extra)
		c.dates(ref, date{"dataValues.createdAt", ev.DataValues[i].CreatedAt}, date{"dataValues.updatedAt", ev.DataValues[i].UpdatedAt})
	}
	return true
}

func (c *refusal) notes(ref Ref, notes []Note) {
	for i := range notes {
		note := &notes[i]
		if !note.sent() {
			continue
		}
		place := fmt.Sprintf(".notes[%d]", i)
		switch {
		case note.Note == "" && !c.params.AllowMissingUIDs:
			c.found(ref, place, "has no UID, each retry would append it again; derive one or set AllowMissingUIDs")
		case note.Note != "" && !dhis2.ValidUID(note.Note):
			c.found(ref, place, "the UID is none: a letter and ten letters or digits are wanted")
		}
		c.dates(ref, date{"notes.storedAt", note.StoredAt})
		c.json(ref, nil, note.Extra)
	}
}

func (c *refusal) relationship(rel *Relationship) bool {
	ref := Ref{TypeRelationship, rel.Relationship}
	if !c.object(ref) {
		return true
	}
	for _, end := range []struct {
		member string
		item   *RelationshipItem
	}{{"from", &rel.From}, {"to", &rel.To}} {
		for _, uid := range []string{end.item.TrackedEntity, end.item.Enrollment, end.item.Event} {
			c.reference(ref, end.member, uid)
		}
		c.json(ref, nil, end.item.Extra)
	}
	c.dates(ref, date{"createdAt", rel.CreatedAt}, date{"createdAtClient", rel.CreatedAtClient}, date{"updatedAt", rel.UpdatedAt})
	c.json(ref, nil, rel.Extra)
	return true
}

// findNUL looks for the objects that hold a NUL character.
func (c *refusal) findNUL(p *Payload) {
	const reason = "holds a NUL character, which the database refuses for the whole payload"
	at := func(ref Ref, object encodable) bool {
		if hasNUL(marshal(object.encode)) {
			c.found(ref, "", reason)
		}
		return true
	}
	c.visitor = visitor{
		entity: func(te *TrackedEntity) bool {
			alone := *te
			alone.Enrollments, alone.Relationships = nil, nil
			return at(Ref{TypeTrackedEntity, te.TrackedEntity}, &alone)
		},
		enrollment: func(en *Enrollment, _ *TrackedEntity) bool {
			alone := *en
			alone.Events, alone.Relationships = nil, nil
			return at(Ref{TypeEnrollment, en.Enrollment}, &alone)
		},
		event: func(ev *Event, _ *Enrollment) bool {
			alone := *ev
			alone.Relationships = nil
			return at(Ref{TypeEvent, ev.Event}, &alone)
		},
		relationship: func(rel *Relationship) bool { return at(Ref{TypeRelationship, rel.Relationship}, rel) },
	}
	p.walk(&c.visitor)
}

type encodable interface{ encode(e *encoder) }

// hasNUL says whether a JSON text holds the escape of a NUL character. A control character as it
// is cannot stand in one.
func hasNUL(text []byte) bool {
	const escape = `\u0000`
	for {
		i := bytes.Index(text, []byte(escape))
		if i < 0 {
			return false
		}
		before := 0
		for before < i && text[i-1-before] == '\\' {
			before++
		}
		if before%2 == 0 {
			return true
		}
		text = text[i+len(escape):]
	}
}
