package dhis2test

import (
	"maps"
	"time"
)

// TrackedEntity is a stored tracked entity as a test reads it back. Metadata
// is named by UID whatever idScheme the client used; times are in the server's
// zone.
type TrackedEntity struct {
	UID, Type, OrgUnit   string
	Deleted              bool
	Attributes           map[string]string // attribute UID -> value
	CreatedAt, UpdatedAt time.Time
	Enrollments          []Enrollment
}

// Enrollment is a stored enrollment.
type Enrollment struct {
	UID, TrackedEntity, Program, OrgUnit, Status string
	EnrolledAt, OccurredAt                       time.Time
	Deleted                                      bool
	Events                                       []Event
}

// Event is a stored event.
type Event struct {
	UID, Enrollment, Program, ProgramStage, OrgUnit, Status string
	OccurredAt                                              time.Time // zero when there is none
	Deleted                                                 bool
	DataValues                                              map[string]string // data element UID -> value
}

// TrackedEntities returns everything stored, deleted objects too, in order of
// creation. Events of event programs are in [Server.Events] only.
func (s *Server) TrackedEntities() []TrackedEntity {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]TrackedEntity, 0, len(s.store.entities.all))
	for _, e := range s.store.entities.all {
		t := TrackedEntity{
			UID: e.uid, Type: e.entityType, OrgUnit: e.orgUnit, Deleted: e.deleted,
			Attributes: e.attributes.texts(), CreatedAt: s.local(e.createdAt), UpdatedAt: s.local(e.updatedAt),
		}
		for _, child := range e.enrollments {
			t.Enrollments = append(t.Enrollments, s.readEnrollment(child))
		}
		out = append(out, t)
	}
	return out
}

// Events returns all events, deleted ones too, in order of creation.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Event, 0, len(s.store.events.all))
	for _, e := range s.store.events.all {
		out = append(out, s.readEvent(e))
	}
	return out
}

func (s *Server) readEnrollment(e *enrollment) Enrollment {
	out := Enrollment{
		UID: e.uid, TrackedEntity: e.entity, Program: e.program, OrgUnit: e.orgUnit, Status: e.status,
		EnrolledAt: s.local(e.enrolledAt), OccurredAt: s.local(e.occurredAt), Deleted: e.deleted,
	}
	for _, child := range e.events {
		out.Events = append(out.Events, s.readEvent(child))
	}
	return out
}

func (s *Server) readEvent(e *event) Event {
	out := Event{
		UID: e.uid, Enrollment: e.enrollment, Program: e.program, ProgramStage: e.stage, OrgUnit: e.orgUnit,
		Status: e.status, Deleted: e.deleted, DataValues: e.values.texts(),
	}
	if e.occurredAt != nil {
		out.OccurredAt = s.local(*e.occurredAt)
	}
	return out
}

func (v values) texts() map[string]string {
	return maps.Collect(func(yield func(string, string) bool) {
		for _, x := range v {
			if !yield(x.ref, x.text) {
				return
			}
		}
	})
}

func (s *Server) local(t time.Time) time.Time { return t.In(s.opts.Location) }
