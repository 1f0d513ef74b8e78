package dhis2test

import "slices"

// entity shows the attributes of the type and, with a program, those of the
// program; without a program all enrollments and owners, with one those in it.
func (x *exporter) entity(e *entity, f *fieldTree, program string) map[string]any {
	d := newDocument(f)
	d.set("trackedEntity", e.uid)
	d.set("trackedEntityType", x.ids.name(x.ids.all, "TrackedEntityType", baseOf(x.s.meta.entityTypes, e.entityType), e.entityType))
	d.set("orgUnit", x.orgUnit(e.orgUnit))
	d.set("inactive", e.inactive)
	d.set("potentialDuplicate", e.potentialDuplicate)
	d.set("geometry", e.geometry)
	x.clientTimes(d, e.createdAtClient, e.updatedAtClient)
	x.stamp(d, &e.stamp)
	if x.shape.entityStoredBy && e.createdBy != nil {
		d.set("storedBy", e.createdBy.Username)
	}
	d.nest("attributes", func(f *fieldTree) any { return x.attributes(x.shownValues(e, program), f) })
	d.nest("enrollments", func(f *fieldTree) any {
		out := []any{}
		for _, child := range e.enrollments {
			if x.loaded(e, "enrollments") && x.shows(child.deleted) && (program == "" || child.program == program || x.listsAllPrograms()) {
				out = append(out, x.enrollment(child, f, e))
			}
		}
		return out
	})
	d.nest("programOwners", func(f *fieldTree) any {
		out := []any{}
		for _, o := range e.owners {
			if x.loaded(e, "programOwners") && (program == "" || o.program == program) {
				out = append(out, f.apply(map[string]any{
					"trackedEntity": e.uid, "program": x.program(o.program), "orgUnit": x.orgUnit(o.orgUnit),
				}))
			}
		}
		return out
	})
	if !x.shape.linked {
		d.nest("relationships", func(f *fieldTree) any {
			return x.links(itemIn{entity: e.uid}, f, func(r *relationship) bool {
				return x.s.version.before(2, 42) || !x.s.linksSingleEvent(r)
			})
		})
	}
	return d.fields
}

// loaded tells whether the entity that is shown carries a field at all: an
// entity of a list of 2.41 is the same object in its own relationships and
// carries there only what was asked of it in the list [R41].
func (x *exporter) loaded(e *entity, field string) bool {
	if !x.shape.linked || x.listed != e || x.s.version.atLeast(2, 42) {
		return true
	}
	_, ok := x.fields.find(field)
	return ok
}

// listsAllPrograms: a list of 2.41 shows the enrollments in other programs as
// well [R41 deleted-included].
func (x *exporter) listsAllPrograms() bool {
	return x.listed != nil && !x.shape.linked && x.s.version.before(2, 42)
}

// linksSingleEvent tells whether an end of a relationship is an event without
// a tracked entity: from 2.42 on such a relationship is not shown with the
// entity at the other end, only in the list of relationships [R].
func (s *Server) linksSingleEvent(r *relationship) bool {
	single := func(end itemIn) bool {
		e := s.store.events.get(end.event)
		return e != nil && s.store.enrollments.get(e.enrollment) == nil
	}
	return single(r.from) || single(r.to)
}

// shownValues are the values of an entity that a client sees: those of the
// attributes of its type and of the program; newest first before 2.43.
func (x *exporter) shownValues(e *entity, program string) []value {
	t, p := x.s.meta.entityTypes[e.entityType], x.s.meta.programs[program]
	return x.visible(e, func(uid string) bool {
		return (t != nil && t.hasAttribute(uid)) || (p != nil && p.hasAttribute(uid))
	})
}

func (x *exporter) visible(e *entity, shown func(uid string) bool) []value {
	out := make([]value, 0, len(e.attributes))
	for _, v := range e.attributes {
		if x.s.meta.attributes[v.ref] != nil && shown(v.ref) {
			out = append(out, v)
		}
	}
	if x.s.version.before(2, 43) {
		slices.Reverse(out)
	}
	return out
}

func (x *exporter) attributes(values []value, f *fieldTree) []any {
	out := make([]any, 0, len(values))
	for _, v := range values {
		a := x.s.meta.attributes[v.ref]
		d := newDocument(f)
		d.set("attribute", x.ids.name(x.ids.all, "TrackedEntityAttribute", &a.named, v.ref))
		d.set("code", a.Code)
		d.set("displayName", a.Name)
		d.set("createdAt", x.s.format(v.createdAt))
		d.set("updatedAt", x.s.format(v.updatedAt))
		if x.shape.attributeStoredBy && v.by != nil {
			d.set("storedBy", v.by.Username)
		}
		d.set("valueType", a.ValueType)
		d.set("value", v.text)
		out = append(out, d.fields)
	}
	return out
}

func (t *entityType) hasAttribute(uid string) bool {
	for _, a := range t.Attributes {
		if a.Attribute.ID == uid {
			return true
		}
	}
	return false
}
