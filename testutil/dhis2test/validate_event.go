package dhis2test

// validateEvent: dhis2.md 1.1, event sequence.
func (run *importRun) validateEvent(e *eventIn) {
	s := run.subject(&e.head)
	stored := run.store.events.get(e.uid)
	if !s.uids(e.notes) || !s.existence(e.do, stored != nil, stored != nil && stored.deleted, "E1082", "E1030", "E1032") {
		return
	}
	if e.do == remove {
		s.mayDeleteEvent(stored)
		return
	}
	if !run.eventMandatory(s, e) {
		return
	}
	unit, p, stage := run.orgUnit(e.orgUnit), run.program(e.program), run.stage(e.stage)
	if unit == nil {
		s.fail("E1011", identifier(run.params.orgUnit, e.orgUnit))
	}
	if p == nil {
		s.fail("E1010", identifier(run.params.program, e.program))
	}
	if stage == nil {
		s.fail("E1013", identifier(run.params.programStage, e.stage))
	}
	if !s.ok() {
		return
	}
	if stored != nil && stored.stage != stage.ID {
		s.fail("E1128", plain("programStage"))
	}
	if stored != nil && p.registration() && stored.enrollment != e.enrollment {
		s.fail("E1128", plain("enrollment"))
	}
	if !s.ok() {
		return
	}
	run.eventRelations(s, e, unit, p, stage)
	if !s.ok() || !run.eventStatus(s, e, stored, p, stage) || !run.eventCategories(s, e, p) ||
		!s.maySaveEvent(e, stored, unit, p, stage) || !s.mayUseCategories(e) {
		return
	}
	run.eventOptionDates(s, e, p)
	run.eventDates(s, e, stored, p)
	s.geometry(e.geometry, stage.FeatureType)
	s.notes(e.notes)
	run.eventValues(s, e, stage, stored)
	if stored != nil && takesData(stored.status) && !takesData(e.status) {
		s.fail("E1316", run.enum(stored.status), run.enum(e.status))
	}
	run.assignedUser(s, e, stage)
}

// eventMandatory: from 2.43 a missing enrollment is one of the missing
// properties.
func (run *importRun) eventMandatory(s *subject, e *eventIn) bool {
	for _, required := range []struct{ name, value string }{
		{"orgUnit", e.orgUnit}, {"programStage", e.stage}, {"program", e.program},
	} {
		if required.value == "" {
			s.fail("E1123", plain(required.name))
		}
	}
	if p := run.program(e.program); run.version.atLeast(2, 43) && p != nil && p.registration() && e.enrollment == "" {
		s.fail("E1123", plain("enrollment"))
	}
	return s.ok()
}

func (run *importRun) eventRelations(s *subject, e *eventIn, unit *orgUnit, p *program, stage *programStage) {
	if stage.Program.ID != p.ID {
		s.fail("E1089", plain(e.uid), run.shown(&stage.named, run.params.programStage), run.shownProgram(p))
	}
	if !p.hasOrgUnit(unit.ID) {
		s.fail("E1029", run.shownOrgUnit(unit), run.shownProgram(p))
	}
	if !p.registration() {
		return
	}
	if e.enrollment == "" {
		s.fail("E1033", plain(e.uid))
		if run.version.before(2, 42) {
			s.fail("E1313", plain(e.uid))
		}
		return
	}
	enrolledIn, known := run.programOfEnrollment(e.enrollment)
	if enrolledIn != p.ID {
		s.fail("E1079", plain(e.uid), run.shownProgram(p), plain(e.enrollment))
	}
	if !known {
		s.fail("E1313", plain(e.uid))
	}
}

func (run *importRun) programOfEnrollment(uid string) (string, bool) {
	if e := run.store.enrollments.get(uid); e != nil {
		return e.program, true
	}
	if e := run.index.enrollments[uid]; e != nil {
		if p := run.program(e.program); p != nil {
			return p.ID, true
		}
		return "", true
	}
	return "", false
}

// eventStatus: a stage may close its form once an event is completed (from
// 2.41); a single event is not planned (from 2.43).
func (run *importRun) eventStatus(s *subject, e *eventIn, stored *event, p *program, stage *programStage) bool {
	if run.version.atLeast(2, 41) && stage.BlockEntryForm && stored != nil && stored.status == "COMPLETED" && e.status == "COMPLETED" {
		s.fail("E1326", plain(e.uid))
	}
	if run.version.atLeast(2, 43) && s.ok() && !p.registration() && e.status != "ACTIVE" && e.status != "COMPLETED" {
		s.fail("E1318", plain(e.status))
	}
	return s.ok()
}

// takesData tells whether an event of a status may hold data values.
func takesData(status string) bool {
	return status == "ACTIVE" || status == "COMPLETED" || status == "VISITED"
}

func (run *importRun) assignedUser(s *subject, e *eventIn, stage *programStage) {
	if e.assignedUID == "" && e.assignedName == "" {
		return
	}
	if !stage.EnableUserAssignment {
		s.warn("E1120", plain(stage.ID))
		return
	}
	if _, ok := run.findUser(e.assignedUID, e.assignedName); !ok {
		uid, name := e.assignedUID, e.assignedName
		if uid == "" {
			uid = "null"
		}
		if name == "" {
			name = "null"
		}
		s.fail("E1118", plain("User(uid="+uid+", username="+name+")"))
	}
}

func (run *importRun) findUser(uid, name string) (User, bool) {
	for _, u := range run.users {
		if (uid != "" && u.UID == uid) || (uid == "" && u.Username == name) {
			return u, true
		}
	}
	return User{}, false
}

// validateRepeats refuses a second event of a stage that is not repeatable; of
// two in one payload neither passes [R ev-E1039-object]. Up to 2.41 events
// that fail already are looked at too [R create-strategy-existing].
func (run *importRun) validateRepeats() {
	type slot struct{ enrollment, stage string }
	type place struct {
		slot
		event *eventIn
	}
	var places []place
	sent := map[slot]string{} // -> the one event, or "" for several
	for _, e := range run.in.events {
		stage, p := run.stage(e.stage), run.program(e.program)
		if e.do != create || stage == nil || stage.Repeatable || p == nil || !p.registration() ||
			(run.version.atLeast(2, 42) && run.invalid[e.objectKey]) {
			continue
		}
		at := slot{e.enrollment, stage.ID}
		places = append(places, place{at, e})
		if other, ok := sent[at]; ok && other != e.uid {
			sent[at] = ""
		} else {
			sent[at] = e.uid
		}
	}
	for _, at := range places {
		if sent[at.slot] == "" || run.takenInStage(at.event.uid, at.enrollment, at.stage) {
			run.add(at.event.objectKey, "E1039", identifier(run.params.programStage, at.event.stage))
		}
	}
}

// takenInStage tells whether an enrollment has a living event in a stage
// other than the one being created.
func (run *importRun) takenInStage(uid, enrollment, stage string) bool {
	parent := run.store.enrollments.get(enrollment)
	if parent == nil {
		return false
	}
	for _, e := range parent.events {
		if !e.deleted && e.stage == stage && (e.uid != uid || run.version.before(2, 42)) {
			return true
		}
	}
	return false
}
