package tracker

import (
	"strconv"
	"strings"
)

// visitor is told of every object of a payload. A function that is nil is not called; one that
// gives false ends the walk.
type visitor struct {
	entity       func(*TrackedEntity) bool
	enrollment   func(*Enrollment, *TrackedEntity) bool
	event        func(*Event, *Enrollment) bool
	relationship func(*Relationship) bool

	at []step // where the object stands that is visited
}

// step is one list on the way to an object.
type step struct {
	list  string
	index int
}

func refVisitor(yield func(Ref) bool) *visitor {
	return &visitor{
		entity: func(te *TrackedEntity) bool { return yield(Ref{TypeTrackedEntity, te.TrackedEntity}) },
		enrollment: func(en *Enrollment, _ *TrackedEntity) bool {
			return yield(Ref{TypeEnrollment, en.Enrollment})
		},
		event:        func(ev *Event, _ *Enrollment) bool { return yield(Ref{TypeEvent, ev.Event}) },
		relationship: func(rel *Relationship) bool { return yield(Ref{TypeRelationship, rel.Relationship}) },
	}
}

// place returns where the visited object stands, "trackedEntities[0].enrollments[2]".
func (v *visitor) place() string {
	var b strings.Builder
	for i, s := range v.at {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.list)
		b.WriteByte('[')
		b.WriteString(strconv.Itoa(s.index))
		b.WriteByte(']')
	}
	return b.String()
}

// walk visits every object, parents before their children, with the parent it stands in or nil.
func (p *Payload) walk(v *visitor) {
	_ = each(v, "trackedEntities", p.TrackedEntities, v.visitEntity) &&
		each(v, "enrollments", p.Enrollments, func(en *Enrollment) bool { return v.visitEnrollment(en, nil) }) &&
		each(v, "events", p.Events, func(ev *Event) bool { return v.visitEvent(ev, nil) }) &&
		v.visitRelationships(p.Relationships)
}

// each visits the items of one list.
func each[T any](v *visitor, list string, items []T, visit func(*T) bool) bool {
	if len(items) == 0 {
		return true
	}
	v.at = append(v.at, step{list: list})
	for i := range items {
		v.at[len(v.at)-1].index = i
		if !visit(&items[i]) {
			return false
		}
	}
	v.at = v.at[:len(v.at)-1]
	return true
}

func (v *visitor) visitEntity(te *TrackedEntity) bool {
	if v.entity != nil && !v.entity(te) {
		return false
	}
	return each(v, "enrollments", te.Enrollments, func(en *Enrollment) bool { return v.visitEnrollment(en, te) }) &&
		v.visitRelationships(te.Relationships)
}

func (v *visitor) visitEnrollment(en *Enrollment, parent *TrackedEntity) bool {
	if v.enrollment != nil && !v.enrollment(en, parent) {
		return false
	}
	return each(v, "events", en.Events, func(ev *Event) bool { return v.visitEvent(ev, en) }) &&
		v.visitRelationships(en.Relationships)
}

func (v *visitor) visitEvent(ev *Event, parent *Enrollment) bool {
	if v.event != nil && !v.event(ev, parent) {
		return false
	}
	return v.visitRelationships(ev.Relationships)
}

func (v *visitor) visitRelationships(items []Relationship) bool {
	return each(v, "relationships", items, func(rel *Relationship) bool {
		return v.relationship == nil || v.relationship(rel)
	})
}
