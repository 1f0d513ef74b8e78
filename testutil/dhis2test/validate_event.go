package dhis2test

import "slices"

const (
	defaultOptionCombo    = "HllvX50cXC0"
	defaultCategoryOption = "xYerKDKCefk"
)

// validateEvent: dhis2.md 1.1, event sequence.
func (run *importRun) validateEvent(e *eventIn) {
	s := &subject{run: run, trackerType: typeEvent, uid: e.uid}
	stored := run.store.events.get(e.uid)
	if !s.existence(e.do, stored != nil, stored != nil && stored.deleted, "E1082", "E1030", "E1032") || e.do == remove {
		return
	}
	for _, required := range []struct{ name, value string }{
		{"orgUnit", e.orgUnit}, {"programStage", e.stage}, {"program", e.program},
	} {
		if required.value == "" {
			s.fail("E1123", plain(required.name))
		}
	}
	if !s.ok() {
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
	if !s.ok() {
		return
	}
	run.eventCategories(s, e)
	if !s.ok() || !s.scope(unit.ID) {
		return
	}
	if stored != nil && stored.status == "COMPLETED" && e.status != "COMPLETED" && !run.user.Has("F_UNCOMPLETE_EVENT") {
		s.fail("E1083", plain(run.user.UID))
		return
	}
	run.eventDates(s, e, p)
	s.geometry(e.geometry, stage.FeatureType)
	s.notes(e.notes)
	run.eventValues(s, e, stage, stored)
	if stored != nil && takesData(stored.status) && !takesData(e.status) {
		s.fail("E1316", plain(stored.status), plain(e.status))
	}
	run.assignedUser(s, e, stage)
}

func (run *importRun) eventRelations(s *subject, e *eventIn, unit *orgUnit, p *program, stage *programStage) {
	if stage.Program.ID != p.ID {
		s.fail("E1089", plain(e.uid), plain(stage.ID), plain(p.ID))
	}
	if !p.hasOrgUnit(unit.ID) {
		s.fail("E1029", plain(unit.ID), plain(p.ID))
	}
	if !p.registration() {
		return
	}
	if e.enrollment == "" {
		s.fail("E1033", plain(e.uid))
		return
	}
	enrollmentProgram, known := run.programOfEnrollment(e.enrollment)
	if enrollmentProgram != p.ID {
		s.fail("E1079", plain(e.uid), plain(p.ID), plain(e.enrollment))
	}
	if !known {
		s.fail("E1313", plain(e.uid))
	}
}

func (run *importRun) programOfEnrollment(uid string) (string, bool) {
	if e := run.store.enrollments.get(uid); e != nil {
		return e.program, true
	}
	for _, e := range run.in.enrollments {
		if e.uid == uid {
			if p := run.program(e.program); p != nil {
				return p.ID, true
			}
			return "", true
		}
	}
	return "", false
}

// eventCategories knows the default category only.
func (run *importRun) eventCategories(s *subject, e *eventIn) {
	if e.categoryOptionCombo != "" && e.categoryOptionCombo != defaultOptionCombo {
		s.fail("E1115", identifier(run.params.categoryOptionCombo, e.categoryOptionCombo))
	}
	if e.categoryOptions != "" && e.categoryOptions != defaultCategoryOption {
		s.fail("E1116", identifier(run.params.categoryOption, e.categoryOptions))
	}
}

func (run *importRun) eventDates(s *subject, e *eventIn, p *program) {
	if e.occurredAt == nil && (e.status == "ACTIVE" || e.status == "COMPLETED" || !p.registration()) {
		s.fail("E1031")
		return
	}
	if e.scheduledAt == nil && e.status == "SCHEDULE" {
		s.fail("E1050")
		return
	}
	if e.occurredAt == nil && e.scheduledAt == nil {
		s.fail("E1046", plain(e.uid))
	}
	if e.completedAt != nil && e.status != "COMPLETED" {
		s.fail("E1051", plain(e.uid), plain(e.status))
	}
}

// takesData tells whether an event of a status may hold data values.
func takesData(status string) bool {
	return status == "ACTIVE" || status == "COMPLETED" || status == "VISITED"
}

func (run *importRun) eventValues(s *subject, e *eventIn, stage *programStage, stored *event) {
	present := map[string]bool{}
	if stored != nil {
		for _, v := range stored.values {
			present[v.ref] = true
		}
	}
	compulsory := map[string]bool{}
	if stage.ValidationStrategy == "ON_UPDATE_AND_INSERT" || e.status == "COMPLETED" {
		for _, d := range stage.DataElements {
			compulsory[d.DataElement.ID] = d.Compulsory && takesData(e.status)
		}
	}
	for _, v := range e.values {
		d := run.dataElement(v.ref)
		if d == nil {
			s.fail("E1304", identifier(run.params.dataElement, v.ref))
			s.fail("E1305", identifier(run.params.dataElement, v.ref), plain(stage.ID))
			continue
		}
		present[d.ID] = true
		switch {
		case v.value == nil && compulsory[d.ID]:
			s.fail("E1076", plain("DataElement"), identifier(run.params.dataElement, v.ref))
		case v.value != nil:
			run.dataValue(s, d, *v.value)
		}
		if !stage.hasDataElement(d.ID) {
			s.fail("E1305", identifier(run.params.dataElement, v.ref), plain(stage.ID))
		}
	}
	if len(e.values) > 0 && !takesData(e.status) {
		s.fail("E1315", plain(e.status), plain("[ACTIVE, COMPLETED, VISITED]"))
	}
	for _, d := range stage.DataElements {
		if uid := d.DataElement.ID; compulsory[uid] && !present[uid] {
			given := run.identifierOf(&run.meta.dataElements[uid].named, run.params.dataElement)
			s.fail("E1303", identifier(run.params.dataElement, given))
		}
	}
}

func (run *importRun) dataValue(s *subject, d *dataElement, text string) {
	if problem := run.valueProblem(d.ValueType, text); problem != "" {
		s.fail("E1302", plain(d.ValueType), plain(problem))
		return
	}
	if d.OptionSet != nil {
		if set := run.meta.optionSets[d.OptionSet.ID]; set != nil && !set.codes[text] {
			s.fail("E1125", plain(text), plain(set.ID))
		}
	}
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

// validateRepeats refuses a second event of a stage that is not repeatable;
// of two in one payload neither passes [R ev-E1039-object].
func (run *importRun) validateRepeats() {
	type slot struct{ enrollment, stage string }
	sent := map[slot][]string{}
	slotOf := func(e *eventIn) (slot, bool) {
		stage, p := run.stage(e.stage), run.program(e.program)
		if stage == nil || stage.Repeatable || p == nil || !p.registration() || e.do != create || run.failed(typeEvent, e.uid) {
			return slot{}, false
		}
		return slot{e.enrollment, stage.ID}, true
	}
	for _, e := range run.in.events {
		if key, ok := slotOf(e); ok && !slices.Contains(sent[key], e.uid) {
			sent[key] = append(sent[key], e.uid)
		}
	}
	var refused []*eventIn
	for _, e := range run.in.events {
		key, ok := slotOf(e)
		if !ok {
			continue
		}
		taken := len(sent[key]) > 1
		for _, stored := range run.store.events.all {
			taken = taken || (!stored.deleted && stored.uid != e.uid &&
				stored.enrollment == key.enrollment && stored.stage == key.stage)
		}
		if taken {
			refused = append(refused, e)
		}
	}
	for _, e := range refused {
		run.add(typeEvent, e.uid, "E1039", identifier(run.params.programStage, e.stage))
	}
}
