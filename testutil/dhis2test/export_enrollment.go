package dhis2test

// enrollment shows the attributes of the program; as the end of a relationship
// and inside of one entity in 2.41 all that the entity has [R]. The entity is
// the one it is shown in, nil when it stands alone.
func (x *exporter) enrollment(e *enrollment, f *fieldTree, inside *entity) map[string]any {
	d := newDocument(f)
	d.set("enrollment", e.uid)
	d.set("trackedEntity", e.entity)
	d.set("program", x.program(e.program))
	d.set("orgUnit", x.orgUnit(e.orgUnit))
	d.set("status", e.status)
	d.set("enrolledAt", x.s.format(e.enrolledAt))
	d.set("occurredAt", x.s.format(e.occurredAt))
	d.set("followUp", e.followUp)
	d.set("geometry", e.geometry)
	d.set("completedAt", x.instant(e.completedAt))
	d.set("completedBy", e.completedBy)
	x.clientTimes(d, e.createdAtClient, e.updatedAtClient)
	x.stamp(d, &e.stamp)
	x.storedBy(d, &e.stamp, x.shape.objectStoredBy)
	if x.shape.optionCombo {
		d.set("attributeOptionCombo", x.optionCombo(e.categoryOptionCombo))
	}
	d.nest("notes", x.notes(e.notes))
	d.nest("attributes", func(f *fieldTree) any {
		owner, p := x.s.store.entities.get(e.entity), x.s.meta.programs[e.program]
		if owner == nil || p == nil {
			return []any{}
		}
		shown := p.hasAttribute
		if x.showsAllAttributes(inside) {
			shown = func(string) bool { return true }
		}
		return x.attributes(x.visible(owner, shown), f)
	})
	d.nest("events", func(f *fieldTree) any {
		out := []any{}
		for _, child := range e.events {
			if x.shows(child.deleted) {
				out = append(out, x.event(child, f))
			}
		}
		return out
	})
	if !x.shape.linked {
		d.nest("relationships", func(f *fieldTree) any {
			return x.links(itemIn{enrollment: e.uid}, f, nil)
		})
	}
	return d.fields
}

// showsAllAttributes tells where an enrollment is shown with all attributes of
// its entity rather than those of its program: at the end of a relationship,
// and in 2.41 inside of an entity that was asked for alone; an entity of a
// list of 2.41 is the same object in its own relationships [R].
func (x *exporter) showsAllAttributes(inside *entity) bool {
	if inside == nil {
		return false
	}
	if x.s.version.before(2, 42) && x.listed == inside {
		return false
	}
	return x.shape.linked || (x.s.version.before(2, 42) && x.listed == nil)
}
