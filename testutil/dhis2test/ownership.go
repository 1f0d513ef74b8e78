package dhis2test

import (
	"fmt"
	"net/http"
)

// ownershipOf finds the tracked entity, program and org unit of an ownership
// request.
func (s *Server) ownershipOf(r *http.Request) (*entity, *program, *httpError) {
	q := r.URL.Query()
	e := s.store.entities.get(first(q.Get("trackedEntity"), q.Get("trackedEntityInstance")))
	p := s.meta.programs[q.Get("program")]
	switch {
	case e == nil || e.deleted:
		return nil, nil, notFound("TrackedEntity", q.Get("trackedEntity"))
	case p == nil:
		return nil, nil, notFound("Program", q.Get("program"))
	}
	return e, p, nil
}

// transferOwnership serves PUT /api/tracker/ownership/transfer: from then on
// the other org unit decides who sees the tracked entity in the program
// (dhis2.md 1.7).
func (s *Server) transferOwnership(w http.ResponseWriter, r *http.Request, user User) {
	e, p, err := s.ownershipOf(r)
	to := first(r.URL.Query().Get("orgUnit"), r.URL.Query().Get("ou"))
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
