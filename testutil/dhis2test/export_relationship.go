package dhis2test

import "slices"

// links lists the relationships of one object, newest first.
func (x *exporter) links(end itemIn, f *fieldTree, keep func(*relationship) bool) []any {
	out := []any{}
	for _, r := range slices.Backward(x.s.store.linksOf(end)) {
		if x.shows(r.deleted) && (keep == nil || keep(r)) {
			out = append(out, x.relationship(r, f))
		}
	}
	return out
}

// relationship shows a relationship with both its ends in full, as far as
// fields asks for them.
func (x *exporter) relationship(r *relationship, f *fieldTree) map[string]any {
	d := newDocument(f)
	d.set("relationship", r.uid)
	d.set("relationshipType", r.relationshipType)
	if t := x.s.meta.relationTypes[r.relationshipType]; t != nil {
		d.set("relationshipName", t.Name)
		d.set("bidirectional", t.Bidirectional)
	}
	d.set("createdAt", x.s.format(r.createdAt))
	d.set("updatedAt", x.s.format(r.updatedAt))
	d.set("createdAtClient", x.instant(r.createdAtClient))
	d.nest("from", func(f *fieldTree) any { return x.linked().item(r.from, f) })
	d.nest("to", func(f *fieldTree) any { return x.linked().item(r.to, f) })
	return d.fields
}

func (x *exporter) item(end itemIn, f *fieldTree) map[string]any {
	d := newDocument(f)
	switch {
	case end.entity != "":
		if e := x.s.store.entities.get(end.entity); e != nil {
			d.nest("trackedEntity", func(f *fieldTree) any { return x.entity(e, f, "") })
		}
	case end.enrollment != "":
		if e := x.s.store.enrollments.get(end.enrollment); e != nil {
			d.nest("enrollment", func(f *fieldTree) any { return x.enrollment(e, f, nil) })
		}
	default:
		if e := x.s.store.events.get(end.event); e != nil {
			d.nest("event", func(f *fieldTree) any { return x.event(e, f) })
		}
	}
	return d.fields
}
