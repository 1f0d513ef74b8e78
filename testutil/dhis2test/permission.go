package dhis2test

import (
	"fmt"
	"slices"
)

// inCaptureScope tells whether the user may write at an org unit; superusers
// are bound by it as everybody (dhis2.md 1.4).
func (run *importRun) inCaptureScope(orgUnit string) bool {
	return run.meta.within(orgUnit, run.user.OrgUnits)
}

// inSearchScope tells whether the user may find what is at an org unit.
func (run *importRun) inSearchScope(orgUnit string) bool {
	return run.inCaptureScope(orgUnit) || run.meta.within(orgUnit, run.user.SearchOrgUnits)
}

// capture refuses an org unit outside of the capture scope.
func (s *subject) capture(orgUnit string) {
	if !s.run.inCaptureScope(orgUnit) {
		shown := plain(orgUnit)
		if unit := s.run.meta.orgUnits[orgUnit]; unit != nil {
			shown = s.run.shownOrgUnit(unit)
		}
		s.fail("E1000", plain(s.run.user.UID), shown)
	}
}

// owns tells whether the user has access to an entity in a program by the
// org unit that owns it there: in the search scope when the program is open,
// in the capture scope when it is not. Superusers have.
func (run *importRun) owns(p *program, ownerOrgUnit string) bool {
	switch {
	case ownerOrgUnit == "" || run.user.Has("ALL"):
		return true
	case p.AccessLevel == "CLOSED", p.AccessLevel == "PROTECTED":
		return run.inCaptureScope(ownerOrgUnit)
	default:
		return run.inSearchScope(ownerOrgUnit)
	}
}

// ownerOf is the org unit that owns a stored entity in a program: that of the
// entity itself where the program has no owner yet.
func ownerOf(e *entity, p *program) string {
	if e == nil {
		return ""
	}
	if owner := e.owner(p.ID); owner != "" {
		return owner
	}
	return e.orgUnit
}

// maySaveEntity: who may create and update a tracked entity changed with 2.43.
func (s *subject) maySaveEntity(stored *entity, unit *orgUnit, kind *entityType) bool {
	run := s.run
	newer := run.version.atLeast(2, 43)
	switch {
	case stored == nil && newer:
		if !run.inCaptureScope(unit.ID) {
			s.fail("E1000", plain(run.user.UID), plain("["+unit.java()+"]"))
		}
		s.writeEntityType(kind)
	case stored == nil:
		s.capture(unit.ID)
		s.writeEntityType(kind)
	case newer:
		s.ownsInAnyProgram(stored, kind)
		if s.ok() && unit.ID != stored.orgUnit {
			s.capture(unit.ID)
		}
	default:
		s.mayFindEntity(stored)
		s.writeEntityType(kind)
	}
	return s.ok()
}

func (s *subject) mayFindEntity(stored *entity) {
	if !s.run.inSearchScope(stored.orgUnit) {
		s.fail("E1003", plain(s.run.user.UID), plain(stored.uid))
	}
}

func (s *subject) writeEntityType(kind *entityType) {
	if kind.Sharing.allows(*s.run.user, writeData) {
		return
	}
	shown := s.run.shown(&kind.named, s.run.params.scheme)
	if s.run.version.atLeast(2, 43) {
		shown = plain("[" + kind.ID + "]")
	}
	s.fail("E1001", plain(s.run.user.UID), shown)
}

// ownsInAnyProgram is 2.43's rule for a stored entity: data write access to
// its type and to a program of the type, and ownership in one of these.
func (s *subject) ownsInAnyProgram(stored *entity, kind *entityType) {
	run := s.run
	s.writeEntityType(kind)
	if !s.ok() {
		return
	}
	writable, owned := false, false
	for _, p := range run.meta.programs {
		if p.TrackedEntityType == nil || p.TrackedEntityType.ID != kind.ID || !p.Sharing.allows(*run.user, writeData) {
			continue
		}
		writable = true
		owned = owned || run.owns(p, ownerOf(stored, p))
	}
	switch {
	case owned:
	case !writable && len(run.meta.programs) > 0:
		s.fail("E1323", plain(run.user.UID))
	case !writable: // a type without programs goes by its org unit
		s.capture(stored.orgUnit)
	default:
		s.fail("E1324", plain(run.user.UID), plain(stored.uid))
	}
}

// mayDeleteEntity: an entity with enrollments wants an authority of its own.
func (s *subject) mayDeleteEntity(stored *entity) {
	run := s.run
	kind := run.meta.entityTypes[stored.entityType]
	if run.version.atLeast(2, 43) && kind != nil {
		s.ownsInAnyProgram(stored, kind)
	} else {
		s.capture(stored.orgUnit)
	}
	if slices.ContainsFunc(stored.enrollments, func(e *enrollment) bool { return !e.deleted }) && !run.user.Has("F_TEI_CASCADE_DELETE") {
		s.fail("E1100", plain(run.user.UID), plain(stored.uid))
	}
	if run.version.before(2, 43) && kind != nil {
		s.writeEntityType(kind)
	}
}

// maySaveEnrollment: the capture scope counts for a new enrollment, the
// ownership always.
func (s *subject) maySaveEnrollment(e *enrollmentIn, unit *orgUnit, p *program) bool {
	if e.do == create {
		s.capture(unit.ID)
	}
	s.writeProgram(p)
	owner := ownerOf(s.run.store.entities.get(e.entity), p)
	if sent := s.run.index.entities[e.entity]; owner == "" && sent != nil {
		if u := s.run.orgUnit(sent.orgUnit); u != nil {
			owner = u.ID
		}
	}
	s.reachEntity(e.entity, p, owner)
	return s.ok()
}

// mayDeleteEnrollment: one that has or had events wants an authority of its
// own [R lim-delete-enrollment-empty].
func (s *subject) mayDeleteEnrollment(stored *enrollment) {
	run := s.run
	s.capture(stored.orgUnit)
	if len(stored.events) > 0 && !run.user.Has("F_ENROLLMENT_CASCADE_DELETE") {
		s.fail("E1103", plain(run.user.UID), plain(stored.uid))
	}
	if p := run.meta.programs[stored.program]; p != nil {
		s.writeProgram(p)
		s.reachEntity(stored.entity, p, ownerOf(run.store.entities.get(stored.entity), p))
	}
}

func (s *subject) writeProgram(p *program) {
	if !p.Sharing.allows(*s.run.user, writeData) {
		s.fail("E1091", plain(s.run.user.UID), s.run.shownProgram(p))
	}
}

// reachEntity checks the type and the ownership of the entity a program works
// on.
func (s *subject) reachEntity(uid string, p *program, ownerOrgUnit string) {
	run := s.run
	if p.TrackedEntityType == nil {
		return
	}
	if kind := run.meta.entityTypes[p.TrackedEntityType.ID]; kind != nil && !kind.Sharing.allows(*run.user, readData) {
		s.fail("E1104", plain(run.user.UID), run.shownProgram(p), run.shown(&kind.named, run.params.scheme))
	}
	if !run.owns(p, ownerOrgUnit) {
		s.fail("E1102", plain(run.user.UID), plain(uid), run.shownProgram(p))
	}
}

// maySaveEvent: the capture scope counts for new events and those of event
// programs, from 2.43 for a move too; then stage, program, type, ownership.
func (s *subject) maySaveEvent(e *eventIn, stored *event, unit *orgUnit, p *program, stage *programStage) bool {
	run := s.run
	switch {
	case e.do == create:
		s.captureEvent(e, unit)
	case !p.registration():
		s.capture(stored.orgUnit)
	case run.version.atLeast(2, 43) && stored.orgUnit != unit.ID:
		s.capture(unit.ID)
	}
	s.mayWriteEvent(p, stage, run.entityOfEnrollment(e.enrollment))
	if stored != nil && stored.status == "COMPLETED" && e.status != "COMPLETED" && !run.user.Has("F_UNCOMPLETE_EVENT") {
		s.fail("E1083", plain(run.user.UID))
	}
	return s.ok()
}

// captureEvent: an event that is only scheduled may be put at any org unit the
// user can find.
func (s *subject) captureEvent(e *eventIn, unit *orgUnit) {
	if e.status == "SCHEDULE" && len(e.values) == 0 && e.occurredAt == nil && s.run.inSearchScope(unit.ID) {
		return
	}
	s.capture(unit.ID)
}

func (s *subject) mayWriteEvent(p *program, stage *programStage, entityUID string) {
	run := s.run
	if !p.registration() {
		s.writeProgram(p)
		return
	}
	if stage != nil && !stage.Sharing.allows(*run.user, writeData) {
		s.fail("E1095", plain(run.user.UID), run.shown(&stage.named, run.params.programStage))
	}
	if !p.Sharing.allows(*run.user, readData) {
		s.fail("E1096", plain(run.user.UID), run.shownProgram(p))
	}
	s.reachEntity(entityUID, p, ownerOf(run.store.entities.get(entityUID), p))
}

func (s *subject) mayDeleteEvent(stored *event) {
	run := s.run
	s.capture(stored.orgUnit)
	if p := run.meta.programs[stored.program]; p != nil {
		s.mayWriteEvent(p, run.meta.stages[stored.stage], run.entityOfEnrollment(stored.enrollment))
	}
}

// entityOfEnrollment finds the entity of a stored or sent enrollment.
func (run *importRun) entityOfEnrollment(uid string) string {
	if e := run.store.enrollments.get(uid); e != nil {
		return e.entity
	}
	if e := run.index.enrollments[uid]; e != nil {
		return e.entity
	}
	return ""
}

// java is an org unit as Java prints it, which 2.43 puts into a message.
func (u *orgUnit) java() string {
	return fmt.Sprintf(`{"class":"class org.hisp.dhis.organisationunit.OrganisationUnit", "hashCode":"0", "id":"0", `+
		`"uid":%q, "code":%q, "name":%q, "shortName":"null", "description":"null", "created":"null", "lastUpdated":"null" }`,
		u.ID, u.Code, u.Name)
}
