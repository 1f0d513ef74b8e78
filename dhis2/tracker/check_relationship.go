package tracker

import (
	"strings"

	"github.com/openhim/mediator-go/dhis2"
)

// relationship checks a relationship. One that is there already is never updated, nor checked.
func (c *checker) relationship(rel *Relationship) bool {
	f := c.object(ref(TypeRelationship, rel.Relationship, rel))
	if c.dropped(rel) {
		c.unseen[f.ref] = true
		return true
	}
	if !f.uid(rel.Relationship, nil) || c.exists(f.ref) {
		return true
	}
	from, fromOK := rel.From.Ref()
	to, toOK := rel.To.Ref()
	const reason = "must name exactly one tracked entity, enrollment or event"
	if !fromOK {
		f.add("E4001", ".from", reason)
	}
	if !toOK {
		f.add("E4001", ".to", reason)
	}
	if rel.RelationshipType == "" {
		f.add("E1124", ".relationshipType", "is missing")
	}
	if !f.ok() {
		return true
	}
	kind := c.relationshipType(rel.RelationshipType)
	switch {
	case kind == nil:
		f.add("E4006", ".relationshipType", "there is no such relationship type")
		return true
	case from == to:
		f.add("E4000", "", "links an object to itself")
		return true
	}
	f.end("from", kind.From, from)
	f.end("to", kind.To, to)
	return true
}

// link is what a relationship links, as the server compares it.
type link struct{ kind, from, to string }

// dropped says whether the server drops a relationship unseen: one of the same type before it in the
// payload links the same objects, for a bidirectional type in either direction.
func (c *checker) dropped(rel *Relationship) bool {
	kind := c.relationshipType(rel.RelationshipType)
	if kind == nil {
		return false
	}
	text := func(i *RelationshipItem) string { return i.TrackedEntity + "/" + i.Enrollment + "/" + i.Event }
	key := link{kind.UID, text(&rel.From), text(&rel.To)}
	if kind.Bidirectional {
		key.from, key.to = min(key.from, key.to), max(key.from, key.to)
	}
	if c.links[key] {
		return true
	}
	c.links[key] = true
	return false
}

// end checks one end against what its type links.
func (f *finding) end(side string, want dhis2.RelationshipConstraint, item Ref) {
	kinds := map[string]Type{
		dhis2.EntityTrackedEntity: TypeTrackedEntity, dhis2.EntityEnrollment: TypeEnrollment, dhis2.EntityEvent: TypeEvent,
	}
	wanted, known := kinds[want.Entity]
	if known && wanted != item.Type {
		f.add("E4010", "."+side, "must be of type "+strings.ToLower(string(wanted)))
		return
	}
	if !f.inPayload(item) && f.missing(item) {
		f.add("E4012", "."+side, "there is no such object")
		return
	}
	entity := f.entities[item.UID]
	if item.Type != TypeTrackedEntity || want.EntityType == nil || entity == nil || f.exists(item) {
		return
	}
	if kind := f.entityType(entity.TrackedEntityType); kind != nil && kind.UID != want.EntityType.UID {
		f.add("E4014", "."+side, "is a tracked entity of another type than the relationship links")
	}
}

func (c *checker) inPayload(ref Ref) bool {
	switch ref.Type {
	case TypeTrackedEntity:
		return c.entities[ref.UID] != nil
	case TypeEnrollment:
		return c.enrollments[ref.UID] != nil
	case TypeEvent:
		return c.events[ref.UID]
	case TypeRelationship:
	}
	return false
}

// orphans adds E5000 to what has no error of its own and hangs on an object of the payload that
// fails and is not on the server yet. The server says nothing of what hangs on those in turn.
func (c *checker) orphans(payload *Payload) {
	lost := func(ref Ref) bool { return c.failed[ref] && !c.exists(ref) }
	failed := make(map[Ref]bool, len(c.failed)) // those added here do not count
	orphan := func(object Ref, member string, parents ...Ref) {
		if c.failed[object] || c.unseen[object] {
			return
		}
		for _, parent := range parents {
			if lost(parent) && !failed[object] {
				failed[object] = true
				c.report(Problem{
					Code: codeParentFailed, Ref: object, Path: c.place() + "." + member, Reason: "that object is refused itself",
				})
			}
		}
	}
	c.visitor = visitor{
		enrollment: func(en *Enrollment, _ *TrackedEntity) bool {
			orphan(ref(TypeEnrollment, en.Enrollment, en), "trackedEntity", Ref{TypeTrackedEntity, c.parents[en]})
			return true
		},
		event: func(ev *Event, _ *Enrollment) bool {
			orphan(ref(TypeEvent, ev.Event, ev), "enrollment", Ref{TypeEnrollment, c.owners[ev]})
			return true
		},
		relationship: func(rel *Relationship) bool {
			from, _ := rel.From.Ref()
			to, _ := rel.To.Ref()
			orphan(ref(TypeRelationship, rel.Relationship, rel), "from", from, to)
			return true
		},
	}
	payload.walk(&c.visitor)
}
