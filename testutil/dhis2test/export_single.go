package dhis2test

import "net/http"

// single is a GET of one object: it finds the object or says why not.
type single func(r *http.Request, user User, uid string) (func(x *exporter) map[string]any, *httpError)

// getSingle serves GET /api/tracker/KIND/{uid}. Deleted, unknown and, from
// 2.42 on, out of scope are the same 404.
func (s *Server) getSingle(endpoint string, find single) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		uid := r.PathValue("uid")
		if !uidPattern.MatchString(uid) {
			writeError(w, badRequest("Value '%s' is not valid for path parameter uid. %s%s", uid, uidReason, uid))
			return
		}
		ids, err := s.readExportSchemes(queryOf(r), endpoint)
		var show func(x *exporter) map[string]any
		if err == nil {
			show, err = find(r, user, uid)
		}
		if err != nil {
			writeError(w, err)
			return
		}
		doc := show(s.newExporter(ids, false))
		if err := ids.missing(); err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, doc)
	}
}

func (s *Server) getEntity(r *http.Request, user User, uid string) (func(x *exporter) map[string]any, *httpError) {
	params := s.exportParams(queryOf(r))
	program := params.uid("program")
	if params.err != nil {
		return nil, params.err
	}
	e := s.store.entities.get(uid)
	p := s.meta.programs[program]
	switch {
	case program != "" && (p == nil || !s.readsDataOf(user, &p.named)):
		return nil, notFound("Program", program)
	case e == nil || e.deleted:
		return nil, notFound("TrackedEntity", uid)
	case p != nil && !p.registration():
		return nil, invalidParam("Program specified is not a tracker program: %s", program)
	case !s.canSee(user, e, p):
		return nil, s.outOfScope("TrackedEntity", uid)
	case p != nil && s.version.atLeast(2, 42) && e.owner(program) == "":
		return nil, notFound("TrackedEntity", uid) // it never was in the program
	}
	fields := readFields(queryOf(r), entityFields)
	return func(x *exporter) map[string]any { return x.entity(e, fields, program) }, nil
}

func (s *Server) getEnrollment(r *http.Request, user User, uid string) (func(x *exporter) map[string]any, *httpError) {
	e := s.store.enrollments.get(uid)
	if e == nil || e.deleted {
		return nil, notFound("Enrollment", uid)
	}
	if owner := s.store.entities.get(e.entity); owner != nil && !s.canSee(user, owner, s.meta.programs[e.program]) ||
		!s.readsProgram(user, e.program, map[string]bool{}) {
		return nil, s.outOfScope("Enrollment", uid)
	}
	fields := readFields(queryOf(r), enrollmentFields)
	return func(x *exporter) map[string]any { return x.enrollment(e, fields, nil) }, nil
}

// getEvent finds an event of any kind, getTrackerEvent and getSingleEvent one
// of theirs (2.43).
func (s *Server) getEvent(r *http.Request, user User, uid string) (func(x *exporter) map[string]any, *httpError) {
	return s.findEvent(r, user, uid, "Event", func(bool) bool { return true })
}

func (s *Server) getTrackerEvent(r *http.Request, user User, uid string) (func(x *exporter) map[string]any, *httpError) {
	return s.findEvent(r, user, uid, "TrackerEvent", func(single bool) bool { return !single })
}

func (s *Server) getSingleEvent(r *http.Request, user User, uid string) (func(x *exporter) map[string]any, *httpError) {
	return s.findEvent(r, user, uid, "SingleEvent", func(single bool) bool { return single })
}

func (s *Server) findEvent(r *http.Request, user User, uid, class string, kind func(single bool) bool) (func(x *exporter) map[string]any, *httpError) {
	e := s.store.events.get(uid)
	if e == nil || e.deleted || !kind(s.store.enrollments.get(e.enrollment) == nil) {
		return nil, notFound(class, uid)
	}
	if !s.seesEvent(user, e) {
		return nil, s.outOfScope(class, uid)
	}
	fields := readFields(queryOf(r), eventFields)
	return func(x *exporter) map[string]any { return x.event(e, fields) }, nil
}

// seesEvent: an event of a tracker program goes by the owner of its entity,
// another by its own org unit.
func (s *Server) seesEvent(user User, e *event) bool {
	if !s.readsProgram(user, e.program, map[string]bool{}) {
		return false
	}
	if parent := s.store.enrollments.get(e.enrollment); parent != nil {
		if owner := s.store.entities.get(parent.entity); owner != nil {
			return s.canSee(user, owner, s.meta.programs[e.program])
		}
	}
	return s.meta.within(e.orgUnit, user.searchScope())
}

func (s *Server) getRelationship(r *http.Request, user User, uid string) (func(x *exporter) map[string]any, *httpError) {
	link := s.store.relationships.get(uid)
	if link == nil || link.deleted {
		return nil, notFound("Relationship", uid)
	}
	for _, end := range []itemIn{link.from, link.to} {
		if s.findEnd(end, user) != nil {
			return nil, s.outOfScope("Relationship", uid)
		}
	}
	fields := readFields(queryOf(r), relationshipFields)
	return func(x *exporter) map[string]any { return x.relationship(link, fields) }, nil
}

// outOfScope is a 403 in 2.41 and the 404 of an unknown object later
// (dhis2.md 0b.20).
func (s *Server) outOfScope(class, uid string) *httpError {
	if s.version.before(2, 42) {
		return forbidden("User has no read access to organisation unit")
	}
	return notFound(class, uid)
}
