package dhis2test

import "time"

// validateEnrollment: dhis2.md 1.1, enrollment sequence.
func (run *importRun) validateEnrollment(e *enrollmentIn) {
	s := &subject{run: run, trackerType: typeEnrollment, uid: e.uid}
	stored := run.store.enrollments.get(e.uid)
	if !s.existence(e.do, stored != nil, stored != nil && stored.deleted, "E1113", "E1080", "E1081") {
		return
	}
	if e.do == remove {
		if !run.user.Has("F_ENROLLMENT_CASCADE_DELETE") { // also without events [R lim-delete-enrollment-empty]
			s.fail("E1103", plain(run.user.UID), plain(e.uid))
		}
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
	entityType, known := run.typeOfEntity(e.entity)
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
	if !p.registration() {
		s.fail("E1014", plain(p.ID))
	} else if p.TrackedEntityType != nil && entityType != "" && p.TrackedEntityType.ID != entityType {
		s.fail("E1022", plain(e.entity), plain(p.ID))
	}
	if !p.hasOrgUnit(unit.ID) {
		s.fail("E1041", plain(unit.ID), plain(p.ID))
	}
	if !s.ok() || !s.scope(unit.ID) {
		return
	}
	s.notes(e.notes)
	run.otherEnrollments(s, e, p)
	s.geometry(e.geometry, p.FeatureType)
	run.enrollmentDates(s, e, p)
	run.enrollmentAttributes(s, e, p)
}

// typeOfEntity finds the type of an entity of the payload or the store; a
// deleted one counts as known.
func (run *importRun) typeOfEntity(uid string) (string, bool) {
	if e := run.store.entities.get(uid); e != nil {
		return e.entityType, true
	}
	for _, e := range run.in.entities {
		if e.uid == uid {
			if t := run.entityType(e.entityType); t != nil {
				return t.ID, true
			}
			return "", true
		}
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
	see := func(uid, entity, programUID, status string) {
		if uid == e.uid || entity != e.entity || programUID != p.ID || status == "CANCELLED" {
			return
		}
		enrolled = true
		active = active || status == "ACTIVE"
	}
	inPayload := map[string]bool{}
	for _, other := range run.in.enrollments {
		if op := run.program(other.program); op != nil {
			inPayload[other.uid] = true
			see(other.uid, other.entity, op.ID, other.status)
		}
	}
	for _, other := range run.store.enrollments.all {
		if !other.deleted && !inPayload[other.uid] {
			see(other.uid, other.entity, other.program, other.status)
		}
	}
	if active && e.status == "ACTIVE" {
		s.fail("E1015", plain(e.entity), plain(p.ID))
	}
	if enrolled && p.OnlyEnrollOnce && !run.reduced[p.ID] {
		s.fail("E1016", plain(e.entity), plain(p.ID))
	}
}

func (run *importRun) enrollmentDates(s *subject, e *enrollmentIn, p *program) {
	instant := func(t time.Time) arg { return arg{run.format(t), t.UTC().Format(time.RFC3339)} }
	incident := p.DisplayIncidentDate || run.reduced[p.ID]
	switch {
	case e.enrolledAt == nil:
		s.fail("E1025")
	case !p.SelectEnrollmentDateInFuture && !e.enrolledAt.Before(run.future):
		s.fail("E1020", instant(*e.enrolledAt))
	}
	switch {
	case incident && e.occurredAt == nil:
		s.fail("E1023")
	case e.occurredAt != nil && !p.SelectIncidentDateInFuture && !e.occurredAt.Before(run.future):
		s.fail("E1021", instant(*e.occurredAt))
	}
	if e.completedAt != nil && e.status == "ACTIVE" {
		s.fail("E1052", plain(e.uid), plain(e.status))
	}
}

func (run *importRun) enrollmentAttributes(s *subject, e *enrollmentIn, p *program) {
	reduced := run.reduced[p.ID]
	mandatory := map[string]bool{}
	for _, a := range p.Attributes {
		mandatory[a.Attribute.ID] = a.Mandatory && !reduced
	}
	have := map[string]bool{}
	if stored := run.store.entities.get(e.entity); stored != nil {
		for _, v := range stored.attributes {
			have[v.ref] = true
		}
	}
	for _, v := range e.attributes {
		if v.ref == "" {
			text := "Attribute(attribute=" + run.params.scheme.javaIdentifier("") + ", storedBy=null, value=" + deref(v.value) + ")"
			s.fail("E1075", plain(text))
			continue
		}
		a := run.attribute(v.ref)
		if a == nil {
			s.fail("E1006", identifier(run.params.scheme, v.ref))
			continue
		}
		if v.value != nil {
			have[a.ID] = true
		}
		s.attributeValue(a, v, mandatory[a.ID])
		s.unique(a, v, e.entity)
		if reduced || !p.hasAttribute(a.ID) {
			s.fail("E1019", plain(v.ref+"="+deref(v.value)))
		}
	}
	for _, a := range p.Attributes {
		if mandatory[a.Attribute.ID] && !have[a.Attribute.ID] {
			given := run.identifierOf(&run.meta.attributes[a.Attribute.ID].named, run.params.scheme)
			s.fail("E1018", identifier(run.params.scheme, given), plain(p.ID), plain(e.uid))
		}
	}
}

func deref(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}
