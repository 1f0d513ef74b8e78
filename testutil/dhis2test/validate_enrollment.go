package dhis2test

import "time"

// validateEnrollment: dhis2.md 1.1, enrollment sequence.
func (run *importRun) validateEnrollment(e *enrollmentIn) {
	s := run.subject(&e.head)
	stored := run.store.enrollments.get(e.uid)
	if !s.uids(e.notes) || !s.existence(e.do, stored != nil, stored != nil && stored.deleted, "E1113", "E1080", "E1081") {
		return
	}
	if e.do == remove {
		s.mayDeleteEnrollment(stored)
		return
	}
	for _, required := range []struct{ name, value string }{
		{"orgUnit", e.orgUnit}, {"program", e.program}, {"trackedEntity", e.entity},
	} {
		if required.value == "" {
			s.fail("E1122", plain(required.name))
		}
	}
	if !s.ok() {
		return
	}
	unit, p := run.orgUnit(e.orgUnit), run.program(e.program)
	if unit == nil {
		s.fail("E1070", identifier(run.params.orgUnit, e.orgUnit))
	}
	if p == nil {
		s.fail("E1069", identifier(run.params.program, e.program))
	}
	kind, known := run.typeOfEntity(e.entity)
	if !known {
		s.fail("E1068", plain(e.entity))
	}
	if !s.ok() {
		return
	}
	if stored != nil && stored.program != p.ID {
		s.fail("E1127", plain("program"))
	}
	if stored != nil && stored.entity != e.entity {
		s.fail("E1127", plain("trackedEntity"))
	}
	if !s.ok() {
		return
	}
	run.enrollmentRelations(s, e, unit, p, kind)
	if !s.ok() || !run.enrollmentCategories(s, e, p) || !s.maySaveEnrollment(e, unit, p) {
		return
	}
	s.notes(e.notes)
	run.otherEnrollments(s, e, p)
	s.geometry(e.geometry, p.FeatureType)
	run.enrollmentDates(s, e, p)
	run.enrollmentAttributes(s, e, p)
}

func (run *importRun) enrollmentRelations(s *subject, e *enrollmentIn, unit *orgUnit, p *program, kind string) {
	if owner := run.store.entities.get(e.entity); owner != nil {
		e.owned = owner.owner(p.ID) != ""
	}
	if !p.registration() {
		s.fail("E1014", run.shownProgram(p))
	} else if p.TrackedEntityType != nil && kind != "" && p.TrackedEntityType.ID != kind {
		s.fail("E1022", plain(e.entity), run.shownProgram(p))
	}
	if !p.hasOrgUnit(unit.ID) {
		s.fail("E1041", run.shownOrgUnit(unit), run.shownProgram(p))
	}
}

// typeOfEntity finds the type of an entity of the payload or the store; a
// deleted one counts as known.
func (run *importRun) typeOfEntity(uid string) (string, bool) {
	if e := run.store.entities.get(uid); e != nil {
		return e.entityType, true
	}
	if e := run.index.entities[uid]; e != nil {
		if t := run.entityType(e.entityType); t != nil {
			return t.ID, true
		}
		return "", true
	}
	return "", false
}

// otherEnrollments: one ACTIVE per program (E1015), one at all where the
// program says so (E1016); a cancelled one does not count.
func (run *importRun) otherEnrollments(s *subject, e *enrollmentIn, p *program) {
	if e.status == "CANCELLED" {
		return
	}
	active, enrolled := false, false
	see := func(status string) {
		if status != "CANCELLED" {
			enrolled = true
			active = active || status == "ACTIVE"
		}
	}
	for _, other := range run.sentEnrollments(e.entity) {
		if op := run.program(other.program); other.uid != e.uid && op != nil && op.ID == p.ID {
			see(other.status)
		}
	}
	if owner := run.store.entities.get(e.entity); owner != nil {
		for _, other := range owner.enrollments {
			if !other.deleted && other.uid != e.uid && other.program == p.ID && run.index.enrollments[other.uid] == nil {
				see(other.status)
			}
		}
	}
	if active && e.status == "ACTIVE" {
		s.fail("E1015", plain(e.entity), run.shownProgram(p))
	}
	if enrolled && p.OnlyEnrollOnce && !run.reduced[p.ID] {
		s.fail("E1016", plain(e.entity), run.shownProgram(p))
	}
}

// sentEnrollments are the payload's enrollments of an entity.
func (run *importRun) sentEnrollments(entity string) []*enrollmentIn {
	if run.index.byEntity == nil {
		run.index.byEntity = make(map[string][]*enrollmentIn, len(run.in.enrollments))
		for _, e := range run.in.enrollments {
			run.index.byEntity[e.entity] = append(run.index.byEntity[e.entity], e)
		}
	}
	return run.index.byEntity[entity]
}

func (run *importRun) enrollmentDates(s *subject, e *enrollmentIn, p *program) {
	instant := func(t time.Time) arg { return arg{run.format(t), t.UTC().Format(time.RFC3339)} }
	incident := p.DisplayIncidentDate || run.reduced[p.ID]
	switch {
	case e.enrolledAt == nil:
		s.fail("E1025", run.missing()...)
	case !p.SelectEnrollmentDateInFuture && !e.enrolledAt.Before(run.future):
		s.fail("E1020", instant(*e.enrolledAt))
	}
	switch {
	case incident && e.occurredAt == nil:
		s.fail("E1023", run.missing()...)
	case e.occurredAt != nil && !p.SelectIncidentDateInFuture && !e.occurredAt.Before(run.future):
		s.fail("E1021", instant(*e.occurredAt))
	}
	if e.completedAt != nil && e.status == "ACTIVE" && run.version.atLeast(2, 42) {
		s.fail("E1052", plain(e.uid), plain(e.status))
	}
}

// missing is the argument for a date that is not there; from 2.42 there is
// none.
func (run *importRun) missing() []arg {
	if run.version.before(2, 42) {
		return []arg{plain("NULL")}
	}
	return nil
}

func (run *importRun) enrollmentAttributes(s *subject, e *enrollmentIn, p *program) {
	reduced := run.reduced[p.ID]
	mandatory := func(uid string) bool { return !reduced && p.mandatory(uid) }
	owner := run.store.entities.get(e.entity)
	have := func(uid string) bool {
		if owner != nil && owner.attributes.index(uid) >= 0 {
			return true
		}
		for _, v := range e.attributes {
			if a := run.attribute(v.ref); v.value != nil && a != nil && a.ID == uid {
				return true
			}
		}
		return false
	}
	for _, v := range e.attributes {
		if v.ref == "" {
			s.fail("E1075", plain(run.javaAttribute(v)))
			continue
		}
		a := run.attribute(v.ref)
		if a == nil {
			s.fail("E1006", identifier(run.params.scheme, v.ref))
			continue
		}
		s.attributeValue(a, v, mandatory(a.ID))
		s.unique(a, v, e.entity)
		if reduced || !p.hasAttribute(a.ID) {
			s.fail("E1019", plain(v.ref+"="+deref(v.value)))
		}
	}
	for _, a := range p.Attributes {
		if mandatory(a.Attribute.ID) && !have(a.Attribute.ID) {
			given := run.identifierOf(&run.meta.attributes[a.Attribute.ID].named, run.params.scheme)
			s.fail("E1018", identifier(run.params.scheme, given), plain(p.ID), plain(e.uid))
		}
	}
}

// javaAttribute is an attribute without a name as Java prints it.
func (run *importRun) javaAttribute(v valueIn) string {
	stored := "storedBy=null, "
	if run.version.atLeast(2, 43) {
		stored = ""
	}
	return "Attribute(attribute=" + run.params.scheme.javaIdentifier("") + ", " + stored + "value=" + deref(v.value) + ")"
}

// mandatory tells whether an attribute is one of the program's and mandatory.
func (p *program) mandatory(uid string) bool {
	for _, a := range p.Attributes {
		if a.Attribute.ID == uid {
			return a.Mandatory
		}
	}
	return false
}

func deref(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}
