package dhis2test

import "strings"

// event shows an event: in an enrollment or alone.
func (x *exporter) event(e *event, f *fieldTree) map[string]any {
	d := newDocument(f)
	parent := x.s.store.enrollments.get(e.enrollment)
	d.set("event", e.uid)
	d.set("status", e.status)
	d.set("program", x.program(e.program))
	d.set("programStage", x.stage(e.stage))
	d.set("orgUnit", x.orgUnit(e.orgUnit))
	// A single event hangs on an enrollment without an entity until 2.43, which
	// has a table of its own for them.
	if parent != nil || x.s.version.before(2, 43) {
		d.set("enrollment", x.s.enrollmentOf(e))
	}
	if parent != nil && !x.shape.linked {
		d.set("trackedEntity", parent.entity)
	}
	d.set("occurredAt", x.instant(e.occurredAt))
	d.set("scheduledAt", x.instant(e.scheduledAt))
	d.set("completedAt", x.instant(e.completedAt))
	d.set("completedBy", e.completedBy)
	d.set("geometry", e.geometry)
	x.clientTimes(d, e.createdAtClient, e.updatedAtClient)
	followUp := parent != nil && parent.followUp
	d.set("followUp", followUp)
	if x.shape.followup {
		d.set("followup", followUp)
	}
	x.stamp(d, &e.stamp)
	x.storedBy(d, &e.stamp, x.shape.objectStoredBy)
	d.set("attributeOptionCombo", x.optionCombo(e.categoryOptionCombo))
	d.set("attributeCategoryOptions", x.categoryOptions(e.categoryOptionCombo))
	if e.assigned != nil {
		d.set("assignedUser", userDoc(e.assigned))
	}
	d.nest("notes", x.notes(e.notes))
	d.nest("dataValues", func(f *fieldTree) any { return x.dataValues(e.values, f) })
	if !x.shape.linked {
		d.nest("relationships", func(f *fieldTree) any { return x.links(itemIn{event: e.uid}, f, nil) })
	}
	return d.fields
}

func (x *exporter) dataValues(values values, f *fieldTree) []any {
	out := make([]any, 0, len(values))
	for _, v := range values {
		d := newDocument(f)
		d.set("dataElement", x.ids.name(x.ids.dataElement, "DataElement", baseOf(x.s.meta.dataElements, v.ref), v.ref))
		d.set("value", v.text)
		d.set("providedElsewhere", v.providedElsewhere)
		d.set("createdAt", x.s.format(v.createdAt))
		d.set("updatedAt", x.s.format(v.updatedAt))
		if v.by != nil && x.shape.valueStoredBy {
			d.set("storedBy", v.by.Username)
		}
		if x.shape.valueUsers {
			d.set("createdBy", userDoc(v.by))
			d.set("updatedBy", userDoc(v.by))
		}
		out = append(out, d.fields)
	}
	return out
}

// optionCombo names a category option combination; "" is the default one.
func (x *exporter) optionCombo(uid string) string {
	if uid == "" {
		uid = defaultOptionCombo
	}
	return x.ids.name(x.ids.categoryOptionCombo, "CategoryOptionCombo", x.s.optionComboBase(uid), uid)
}

// categoryOptions are those of a combination, as one text.
func (x *exporter) categoryOptions(combo string) string {
	separator := ","
	if x.s.version.before(2, 41) {
		separator = ";"
	}
	var names []string
	for _, uid := range x.s.categoryOptionsOf(combo) {
		names = append(names, x.ids.name(x.ids.categoryOption, "CategoryOption", x.s.categoryOptionBase(uid), uid))
	}
	return strings.Join(names, separator)
}

// enrollmentOf is the UID of an event's enrollment; all events of an event
// program share one.
func (s *Server) enrollmentOf(e *event) string {
	if e.enrollment == "" {
		return s.store.placeholders[e.program]
	}
	return e.enrollment
}
