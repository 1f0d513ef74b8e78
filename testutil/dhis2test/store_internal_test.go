package dhis2test

import (
	"maps"
	"slices"
)

// Freeze keeps the tracker objects of a server and returns a function that
// puts them back: the replay of simultaneous requests tries several orders.
func (s *Server) Freeze() (thaw func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.store.clone()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.store = kept.clone()
	}
}

// clone copies all tracker objects; the attribute indexes are built again.
func (s *store) clone() *store {
	out := newStore()
	for _, e := range s.entities.all {
		twin := *e
		twin.enrollments, twin.owners = nil, slices.Clone(e.owners)
		out.entities.add(e.uid, &twin)
	}
	for _, e := range s.enrollments.all {
		twin := *e
		twin.events, twin.notes = nil, slices.Clone(e.notes)
		out.addEnrollment(&twin)
	}
	for _, e := range s.events.all {
		twin := *e
		twin.notes = slices.Clone(e.notes)
		out.addEvent(&twin)
	}
	for _, r := range s.relationships.all {
		twin := *r
		out.addRelationship(&twin)
	}
	maps.Copy(out.notes, s.notes)
	maps.Copy(out.placeholders, s.placeholders)
	maps.Copy(out.files, s.files)
	for object, log := range s.changes {
		if out.changes == nil {
			out.changes = map[string][]changeEntry{}
		}
		out.changes[object] = slices.Clone(log)
	}
	return out
}
