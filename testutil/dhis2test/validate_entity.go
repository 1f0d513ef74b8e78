package dhis2test

// validateEntity: dhis2.md 1.1, TE sequence. There is no check that an
// attribute belongs to the type, and none of the geometry.
func (run *importRun) validateEntity(e *entityIn) {
	s := run.subject(&e.head)
	stored := run.store.entities.get(e.uid)
	if !s.uids(nil) || !s.existence(e.do, stored != nil, stored != nil && stored.deleted, "E1114", "E1002", "E1063") {
		return
	}
	if e.do == remove {
		s.mayDeleteEntity(stored)
		return
	}
	if e.entityType == "" {
		s.fail("E1121", plain("trackedEntityType"))
	}
	if e.orgUnit == "" {
		s.fail("E1121", plain("orgUnit"))
	}
	if !s.ok() {
		return
	}
	unit, kind := run.orgUnit(e.orgUnit), run.entityType(e.entityType)
	if unit == nil {
		s.fail("E1049", identifier(run.params.orgUnit, e.orgUnit))
	}
	if kind == nil {
		s.fail("E1005", identifier(run.params.scheme, e.entityType))
	}
	if !s.ok() {
		return
	}
	if stored != nil && stored.entityType != kind.ID {
		s.fail("E1126", plain("trackedEntityType"))
		return
	}
	if s.maySaveEntity(stored, unit, kind) {
		run.entityAttributes(s, e, kind, stored)
	}
}

func (run *importRun) entityAttributes(s *subject, e *entityIn, kind *entityType, stored *entity) {
	sent := func(uid string) bool {
		for _, v := range e.attributes {
			if a := run.attribute(v.ref); a != nil && a.ID == uid {
				return true
			}
		}
		return false
	}
	for _, a := range kind.Attributes {
		if !a.Mandatory || sent(a.Attribute.ID) {
			continue
		}
		if stored != nil && stored.attributes.index(a.Attribute.ID) >= 0 {
			continue
		}
		given := run.identifierOf(&run.meta.attributes[a.Attribute.ID].named, run.params.scheme)
		s.fail("E1090", identifier(run.params.scheme, given), plain(kind.ID), plain(e.uid))
	}
	for _, v := range e.attributes {
		a := run.attribute(v.ref)
		if a == nil {
			s.fail("E1006", identifier(run.params.scheme, v.ref))
			continue
		}
		s.attributeValue(a, v, kind.mandatory(a.ID))
		s.unique(a, v, e.uid)
	}
}

// mandatory tells whether an attribute is one of the type's and mandatory.
func (t *entityType) mandatory(uid string) bool {
	for _, a := range t.Attributes {
		if a.Attribute.ID == uid {
			return a.Mandatory
		}
	}
	return false
}
