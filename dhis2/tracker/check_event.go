package tracker

import (
	"fmt"

	"github.com/openhim/mediator-go/dhis2"
)

// event checks an event.
func (c *checker) event(ev *Event, _ *Enrollment) bool {
	f := c.object(ref(TypeEvent, ev.Event, ev))
	program, stage := c.program(ev.Program), c.stage(ev.ProgramStage)
	if ev.ProgramStage == "" && program != nil && program.Type == dhis2.WithoutRegistration && len(program.Stages) == 1 {
		stage = program.Stages[0] // the server fills it in
	}
	if ev.Program == "" && stage != nil {
		program = stage.Program
	}
	f.checkEvent(ev, program, stage)
	// Before 2.42 the server counts events that fail already.
	if (f.ok() || !c.options.Version.AtLeast(2, 42)) && !c.exists(f.ref) &&
		stage != nil && !stage.Missing && !stage.Repeatable && needsEnrollment(program) {
		key := slot{c.owners[ev], stage.UID}
		if c.slots[key] == nil {
			c.slotOrder = append(c.slotOrder, key)
		}
		c.slots[key] = append(c.slots[key], slotted{f.ref, c.place()})
	}
	return true
}

// checkEvent runs the checks in their order.
func (f *finding) checkEvent(ev *Event, program *dhis2.Program, stage *dhis2.ProgramStage) {
	if !f.uid(ev.Event, ev.Notes) {
		return
	}
	f.eventMembers(ev, program, stage)
	if !f.ok() {
		return
	}
	unit := f.orgUnit(ev.OrgUnit)
	if unit == nil {
		f.add("E1011", ".orgUnit", "there is no such org unit")
	}
	if program == nil {
		f.add("E1010", ".program", "there is no such program")
	}
	if stage == nil {
		f.add("E1013", ".programStage", "there is no such program stage")
	}
	if !f.ok() || program.Missing || stage.Missing {
		return
	}
	for _, step := range []func(){
		func() { f.eventRelations(ev, unit, program, stage) },
		func() { f.eventCategories(ev, program) },
		func() { f.singleStatus(ev, program) },
	} {
		if step(); !f.ok() {
			return
		}
	}
	f.optionPeriods(ev, program)
	f.eventDates(ev, program)
	f.geometry(ev.Geometry, stage.FeatureType)
	f.eventValues(ev, stage)
}

// eventMembers checks what must be there at all.
func (f *finding) eventMembers(ev *Event, program *dhis2.Program, stage *dhis2.ProgramStage) {
	if ev.OrgUnit == "" {
		f.add("E1123", ".orgUnit", "is missing")
	}
	if ev.ProgramStage == "" && stage == nil {
		f.add("E1123", ".programStage", "is missing")
	}
	if ev.Program == "" && program == nil {
		f.add("E1123", ".program", "is missing")
	}
	if f.owners[ev] == "" && needsEnrollment(program) && !f.enrollmentLate() {
		f.add("E1123", ".enrollment", "is missing, and the program has registration")
	}
}

func needsEnrollment(program *dhis2.Program) bool {
	return program != nil && !program.Missing && program.Type != dhis2.WithoutRegistration
}

// enrollmentLate says whether the server looks for the enrollment of an event only after the
// metadata (E1033), as before 2.43.
func (f *finding) enrollmentLate() bool { return !f.options.Version.AtLeast(2, 43) }

func (f *finding) eventRelations(ev *Event, unit *dhis2.OrgUnit, program *dhis2.Program, stage *dhis2.ProgramStage) {
	if stage.Program != nil && stage.Program.UID != program.UID {
		f.add("E1089", ".programStage", "is no stage of the program")
	}
	if !f.assigned(program, unit) {
		f.add("E1029", ".orgUnit", "is not assigned to the program")
	}
	if !needsEnrollment(program) {
		return
	}
	owner := f.owners[ev]
	if owner == "" {
		f.add("E1033", ".enrollment", "is missing, and the program has registration")
		if !f.options.Version.AtLeast(2, 42) {
			f.add("E1313", ".enrollment", "leads to no tracked entity")
		}
		return
	}
	enrollment := f.enrollments[owner]
	switch {
	case enrollment == nil && f.missing(Ref{TypeEnrollment, owner}):
		f.add("E1079", ".enrollment", "is not in the program: there is no such enrollment")
		f.add("E1313", ".enrollment", "leads to no tracked entity")
	case enrollment != nil && !f.exists(Ref{TypeEnrollment, owner}): // the stored one counts, and cannot change
		if of := f.program(enrollment.Program); of == nil || of.UID != program.UID {
			f.add("E1079", ".enrollment", "is in another program")
		}
	}
}

// eventCategories checks the attribute option combination of an event.
func (f *finding) eventCategories(ev *Event, program *dhis2.Program) {
	var combination *dhis2.OptionCombo
	if ev.AttributeOptionCombo != "" {
		if combination = f.optionCombo(ev.AttributeOptionCombo); combination == nil {
			f.add("E1115", ".attributeOptionCombo", "there is no such category option combination")
		}
	}
	options := f.categoryOptions(ev)
	combo := program.CategoryCombo
	if !f.ok() || combo == nil {
		return
	}
	switch {
	case combination == nil && len(options) == 0:
		if !combo.Default {
			f.add("E1055", ".attributeOptionCombo", "is missing, and the program has categories")
		}
	case combination != nil && !isOf(combo, combination):
		f.add("E1054", ".attributeOptionCombo", "is not one of the program's")
	case len(options) > 0:
		uids := make([]string, len(options))
		for i, option := range options {
			uids[i] = option.UID
		}
		of := combo.OptionCombo(uids...)
		if of == nil || combination != nil && of.UID != combination.UID {
			f.add("E1117", ".attributeCategoryOptions", "are no combination of the program's, or another one than attributeOptionCombo")
		}
	}
}

func (f *finding) categoryOptions(ev *Event) []*dhis2.CategoryOption {
	options := make([]*dhis2.CategoryOption, 0, len(ev.AttributeCategoryOptions))
	for _, name := range ev.AttributeCategoryOptions {
		option := f.categoryOption(name)
		if option == nil {
			f.add("E1116", ".attributeCategoryOptions", "there is no such category option")
			continue
		}
		options = append(options, option)
	}
	return options
}

func isOf(combo *dhis2.CategoryCombo, combination *dhis2.OptionCombo) bool {
	for _, of := range combo.OptionCombos {
		if of.UID == combination.UID {
			return true
		}
	}
	return false
}

// singleStatus refuses planning events of event programs, from 2.43.
func (f *finding) singleStatus(ev *Event, program *dhis2.Program) {
	if !f.options.Version.SplitsEvents() || needsEnrollment(program) {
		return
	}
	switch ev.Status {
	case EventSchedule, EventOverdue, EventSkipped:
		f.add("E1318", ".status", "is not for events of event programs")
	case "", EventActive, EventCompleted, EventVisited:
	}
}

// optionPeriods checks the event's date against the days its category options are for.
func (f *finding) optionPeriods(ev *Event, program *dhis2.Program) {
	text := ev.OccurredAt
	if text == "" {
		text = ev.ScheduledAt
	}
	at, err := dhis2.ParseTime(text, f.options.Zone)
	if text == "" || err != nil {
		return
	}
	at = at.In(f.options.Zone)
	for _, option := range f.optionsOf(ev, program) {
		if start, err := dhis2.ParseTime(option.Start, f.options.Zone); option.Start != "" && err == nil && at.Before(start) {
			f.add("E1056", ".occurredAt", "is before the first day of its category option")
		}
		end, err := dhis2.ParseTime(option.End, f.options.Zone)
		if option.End != "" && err == nil && !at.Before(end.AddDate(0, 0, 1+program.OpenDaysAfterCategoryOptEnd)) {
			f.add("E1057", ".occurredAt", "is after the last day of its category option")
		}
	}
}

func (f *finding) optionsOf(ev *Event, program *dhis2.Program) []*dhis2.CategoryOption {
	if combination := f.optionCombo(ev.AttributeOptionCombo); combination != nil {
		return combination.Options
	}
	var options []*dhis2.CategoryOption
	for _, name := range ev.AttributeCategoryOptions {
		if option := f.categoryOption(name); option != nil {
			options = append(options, option)
		}
	}
	if len(options) == 0 && program.CategoryCombo != nil && program.CategoryCombo.Default && f.meta.DefaultOptionCombo() != nil {
		return f.meta.DefaultOptionCombo().Options
	}
	return options
}

func (f *finding) eventDates(ev *Event, program *dhis2.Program) {
	status := eventStatus(ev)
	switch {
	case ev.OccurredAt == "" && (status == EventActive || status == EventCompleted || !needsEnrollment(program)):
		f.add("E1031", ".occurredAt", "is missing")
		return
	case ev.ScheduledAt == "" && status == EventSchedule:
		f.add("E1050", ".scheduledAt", "is missing")
		return
	case ev.OccurredAt == "" && ev.ScheduledAt == "":
		f.add("E1046", "", "has neither occurredAt nor scheduledAt")
	}
	if ev.CompletedAt != "" && status != EventCompleted && f.options.Version.AtLeast(2, 42) {
		f.add("E1051", ".completedAt", "stands in an event that is not completed")
	}
}

// eventStatus returns the status as the server reads it.
func eventStatus(ev *Event) EventStatus {
	switch ev.Status {
	case "", EventVisited:
		return EventActive
	default:
		return ev.Status
	}
}

// takesValues says whether an event of the status may have data values.
func takesValues(status EventStatus) bool { return status == EventActive || status == EventCompleted }

func (f *finding) eventValues(ev *Event, stage *dhis2.ProgramStage) {
	status := eventStatus(ev)
	demanded := takesValues(status) && (stage.ValidationStrategy == "ON_UPDATE_AND_INSERT" || status == EventCompleted)
	present := make(map[string]bool, len(ev.DataValues))
	sentAny := false
	for i := range ev.DataValues {
		value := &ev.DataValues[i]
		if !value.sent() {
			continue
		}
		sentAny = true
		suffix := fmt.Sprintf(".dataValues[%d]", i)
		element := f.dataElement(value.DataElement)
		if element == nil {
			f.add("E1304", suffix, "there is no such data element")
			f.add("E1305", suffix, "is no data element of the program stage")
			continue
		}
		present[element.UID] = true
		of, inStage := stage.Element(element.UID)
		f.dataValue(element, value, demanded && of.Compulsory, suffix)
		if !inStage {
			f.field("E1305", suffix, element.UID, element.Code, "is no data element of the program stage")
		}
	}
	if sentAny && !takesValues(status) {
		f.add("E1315", ".dataValues", "are not taken by an event of this status")
	}
	if !demanded || f.exists(f.ref) {
		return // what is stored counts
	}
	for _, of := range stage.Elements {
		if of.Compulsory && !present[of.DataElement.UID] {
			f.field("E1303", ".dataValues", of.DataElement.UID, of.DataElement.Code, "is compulsory in the program stage and missing")
		}
	}
}

func (f *finding) dataValue(element *dhis2.DataElement, value *DataValue, compulsory bool, suffix string) {
	if value.Value == "" {
		if compulsory {
			f.field("E1076", suffix, element.UID, element.Code, "is compulsory and cannot be deleted")
		}
		return
	}
	if reason := f.misfit(element.ValueType, value.Value); reason != "" {
		f.field("E1302", suffix, element.UID, element.Code, reason)
	} else if reason := noOption(element.OptionSet, element.ValueType, value.Value); reason != "" {
		f.field("E1125", suffix, element.UID, element.Code, reason)
	}
}

// repeated refuses events of the payload that share a stage which is not repeatable. The server
// refuses all of them.
func (c *checker) repeated() {
	for _, key := range c.slotOrder {
		events := c.slots[key]
		if len(events) < 2 {
			continue
		}
		for _, event := range events {
			c.failed[event.ref] = true
			c.report(Problem{
				Code: "E1039", Ref: event.ref, Path: event.place + ".programStage",
				Reason: "is not repeatable, and the payload has several events of it",
			})
		}
	}
}
