package tracker

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
)

// enrollment checks an enrollment.
func (c *checker) enrollment(en *Enrollment, _ *TrackedEntity) bool {
	f := c.object(ref(TypeEnrollment, en.Enrollment, en))
	if !f.uid(en.Enrollment, en.Notes) {
		return true
	}
	entity := c.parents[en]
	for _, required := range [...]struct{ member, value string }{
		{"orgUnit", en.OrgUnit}, {"program", en.Program}, {"trackedEntity", entity},
	} {
		if required.value == "" {
			f.add("E1122", "."+required.member, "is missing")
		}
	}
	if !f.ok() {
		return true
	}
	unit, program := c.orgUnit(en.OrgUnit), c.program(en.Program)
	if unit == nil {
		f.add("E1070", ".orgUnit", "there is no such org unit")
	}
	if program == nil {
		f.add("E1069", ".program", "there is no such program")
	}
	inPayload := c.entities[entity]
	if inPayload == nil && c.missing(Ref{TypeTrackedEntity, entity}) {
		f.add("E1068", ".trackedEntity", "there is no such tracked entity")
	}
	if !f.ok() || program.Missing {
		return true
	}
	f.enrollmentRelations(inPayload, unit, program)
	if f.ok() && c.options.Version.HasEnrollmentCategories() {
		f.enrollmentCategories(en, program)
	}
	if !f.ok() {
		return true
	}
	f.otherEnrollments(en, entity, program)
	f.geometry(en.Geometry, program.FeatureType)
	f.enrollmentDates(en, program)
	f.enrollmentAttributes(en, entity, program)
	return true
}

func (f *finding) enrollmentRelations(entity *TrackedEntity, unit *dhis2.OrgUnit, program *dhis2.Program) {
	if program.Type == dhis2.WithoutRegistration {
		f.add("E1014", ".program", "is an event program, which takes no enrollments")
	}
	if !f.assigned(program, unit) {
		f.add("E1041", ".orgUnit", "is not assigned to the program")
	}
	if entity == nil || program.EntityType == nil || f.exists(Ref{TypeTrackedEntity, entity.TrackedEntity}) {
		return // of one that is stored the stored type counts, and cannot change
	}
	if kind := f.entityType(entity.TrackedEntityType); kind != nil && kind.UID != program.EntityType.UID {
		f.add("E1022", ".program", "is for another type of tracked entities")
	}
}

// enrollmentCategories checks the attribute option combination of an enrollment, from 2.43.
func (f *finding) enrollmentCategories(en *Enrollment, program *dhis2.Program) {
	combo := program.EnrollmentCategoryCombo
	if combo == nil {
		combo = f.meta.DefaultCategoryCombo()
	}
	if combo == nil {
		return
	}
	if en.AttributeOptionCombo == "" {
		if !combo.Default {
			f.add("E1055", ".attributeOptionCombo", "is missing, and the program has categories")
		}
		return
	}
	switch option := f.optionCombo(en.AttributeOptionCombo); {
	case option == nil:
		f.add("E1115", ".attributeOptionCombo", "there is no such category option combination")
	case !isOf(combo, option):
		f.add("E1130", ".attributeOptionCombo", "is not one of the program's")
	}
}

// otherEnrollments looks at the other enrollments of the payload: one ACTIVE in a program, one at
// all where the program says so. A cancelled one does not count.
func (f *finding) otherEnrollments(en *Enrollment, entity string, program *dhis2.Program) {
	if en.Status == EnrollmentCancelled {
		return
	}
	active, other := false, false
	for _, o := range f.others[enrolled{entity, en.Program}] {
		if o == en || o.Enrollment == en.Enrollment && en.Enrollment != "" || o.Status == EnrollmentCancelled {
			continue
		}
		other = true
		active = active || isActive(o)
	}
	if active && isActive(en) {
		f.add("E1015", "", "another enrollment of the payload is active in the program")
	}
	if other && program.OnlyEnrollOnce && !f.reduced[program.UID] {
		f.add("E1016", "", "the program enrolls once, and the payload has another enrollment")
	}
}

// isActive says whether an enrollment is active; one without a status is.
func isActive(en *Enrollment) bool { return en.Status == EnrollmentActive || en.Status == "" }

func (f *finding) enrollmentDates(en *Enrollment, program *dhis2.Program) {
	switch {
	case en.EnrolledAt == "":
		f.add("E1025", ".enrolledAt", "is missing")
	case !program.SelectEnrollmentDatesInFuture && f.future(en.EnrolledAt):
		f.add("E1020", ".enrolledAt", "is in the future")
	}
	switch {
	case en.OccurredAt == "" && (program.DisplayIncidentDate || f.reduced[program.UID]):
		f.add("E1023", ".occurredAt", "is missing, and the program asks for it")
	case !program.SelectIncidentDatesInFuture && f.future(en.OccurredAt):
		f.add("E1021", ".occurredAt", "is in the future")
	}
	if en.CompletedAt != "" && isActive(en) && f.options.Version.AtLeast(2, 42) {
		f.add("E1052", ".completedAt", "stands in an active enrollment")
	}
}

// future says whether a date is after today in the server's zone.
func (f *finding) future(text string) bool {
	if text == "" {
		return false
	}
	at, err := dhis2.ParseTime(text, f.options.Zone)
	return err == nil && !at.Before(f.tomorrow)
}

func (f *finding) enrollmentAttributes(en *Enrollment, entity string, program *dhis2.Program) {
	have := map[string]bool{}
	for i := range en.Attributes {
		a := &en.Attributes[i]
		if !a.sent() {
			continue
		}
		suffix := fmt.Sprintf(".attributes[%d]", i)
		if a.Attribute == "" {
			f.add("E1075", suffix, "names no attribute")
			continue
		}
		attribute := f.attribute(a.Attribute)
		if attribute == nil {
			f.add("E1006", suffix, "there is no such attribute")
			continue
		}
		of, inProgram := program.Attribute(attribute.UID)
		if f.reduced[program.UID] {
			of, inProgram = dhis2.ProgramAttribute{}, false
		}
		have[attribute.UID] = have[attribute.UID] || a.Value != ""
		f.attributeValue(attribute, a, of.Mandatory, suffix)
		f.uniqueness(attribute, a, entity, en.OrgUnit, suffix)
		if !inProgram {
			f.field("E1019", suffix, attribute.UID, attribute.Code, "is no attribute of the program; send it with the tracked entity")
		}
	}
	if f.reduced[program.UID] || f.exists(Ref{TypeTrackedEntity, entity}) || f.entities[entity] == nil && f.options.Exists == nil {
		return // the tracked entity may have what is mandatory
	}
	for _, of := range program.Attributes {
		if of.Mandatory && !have[of.Attribute.UID] {
			f.field("E1018", ".attributes", of.Attribute.UID, of.Attribute.Code, "is mandatory in the program and missing")
		}
	}
}

// geometry checks a shape against a feature type.
func (f *finding) geometry(geometry json.RawMessage, feature string) {
	if len(geometry) == 0 || string(geometry) == "null" {
		return
	}
	if feature == "" || feature == "NONE" {
		f.add("E1074", ".geometry", "is not wanted here")
		return
	}
	var shape struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(geometry, &shape) != nil ||
		!strings.EqualFold(shape.Type, strings.ReplaceAll(feature, "_", "")) {
		f.add("E1012", ".geometry", "has another shape than "+feature)
	}
}
