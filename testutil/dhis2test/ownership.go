package dhis2test

import (
	"fmt"
	"net/http"
)

// ownershipOf finds the tracked entity and program of an ownership request. The
// entity's parameter was trackedEntityInstance in 2.40; 2.41 takes either name.
func (s *Server) ownershipOf(r *http.Request) (*entity, *program, *httpError) {
	q := r.URL.Query()
	uid := q.Get("trackedEntity")
	if s.version.before(2, 42) {
		uid = first(q.Get("trackedEntityInstance"), uid)
	}
	e := s.store.entities.get(uid)
	p := s.meta.programs[q.Get("program")]
	switch {
	case e == nil || e.deleted:
		return nil, nil, notFound("TrackedEntity", uid)
	case p == nil:
		return nil, nil, notFound("Program", q.Get("program"))
	}
	return e, p, nil
}

// newOwner is the org unit of a transfer: ou up to 2.41, either in 2.42,
// orgUnit later; the container refuses a request without it.
func (s *Server) newOwner(r *http.Request) (value, missing string) {
	q := r.URL.Query()
	switch {
	case s.version.before(2, 42):
		value, missing = q.Get("ou"), "ou"
	case s.version.before(2, 43):
		value, missing = first(q.Get("orgUnit"), q.Get("ou")), "orgUnit"
	default:
		value, missing = q.Get("orgUnit"), "orgUnit"
	}
	if value != "" {
		missing = ""
	}
	return value, missing
}

// transferOwnership serves PUT /api/tracker/ownership/transfer: from then on
// the other org unit decides who sees the tracked entity in the program
// (dhis2.md 1.7).
func (s *Server) transferOwnership(w http.ResponseWriter, r *http.Request, user User) {
	to, missing := s.newOwner(r)
	if missing != "" {
		s.writePage(w, r, http.StatusBadRequest, "Required request parameter '"+missing+"' for method parameter type String is not present")
		return
	}
	e, p, err := s.ownershipOf(r)
	switch {
	case err != nil:
	case s.meta.orgUnits[to] == nil:
		err = notFound("OrganisationUnit", to)
	case e.owner(p.ID) == "":
		err = &httpError{status: http.StatusForbidden, message: fmt.Sprintf("Tracked entity not transferred. No owner for tracked entity %s and program %s", e.uid, p.ID)}
	case !user.Has("ALL") && !s.meta.within(e.owner(p.ID), user.OrgUnits):
		err = &httpError{status: http.StatusForbidden, message: "Tracked entity not transferred. The user does not have access to it in the program."}
	case !p.hasOrgUnit(to):
		err = &httpError{status: http.StatusForbidden, message: fmt.Sprintf("The program %s is not associated to the org unit %s", p.ID, to)}
	}
	if err != nil {
		writeError(w, err)
		return
	}
	e.setOwner(p.ID, to)
	writeOK(w, "Ownership transferred")
}

// overrideOwnership serves POST /api/tracker/ownership/override ("breaking
// the glass"); it is acknowledged, the access it gives for a while is not
// copied.
func (s *Server) overrideOwnership(w http.ResponseWriter, r *http.Request, _ User) {
	if _, _, err := s.ownershipOf(r); err != nil {
		writeError(w, err)
		return
	}
	writeOK(w, "Temporary Ownership granted")
}
