package dhis2test

// validateRelationship: dhis2.md 1.1, relationship sequence. An existing
// relationship is never updated: it is ignored with a warning.
func (run *importRun) validateRelationship(r *relationshipIn) {
	s := run.subject(&r.head)
	stored := run.store.relationships.get(r.uid)
	if !s.uids(nil) {
		return
	}
	switch {
	case stored != nil && stored.deleted:
		s.fail("E4017", plain(r.uid))
		return
	case stored == nil && r.do != create:
		s.fail("E4016", plain(r.uid))
		return
	case stored != nil && r.do == create:
		s.fail("E4015", plain(r.uid)) // importStrategy=CREATE
		return
	case stored != nil && r.do == update:
		s.warn("E4015", plain(r.uid))
		return
	case r.do == remove:
		return
	}
	for _, end := range []struct {
		name string
		item itemIn
	}{{"from", r.from}, {"to", r.to}} {
		if end.item.count() != 1 {
			s.fail("E4001", plain(end.name), plain(r.uid))
		}
	}
	if r.relationshipType == "" {
		s.fail("E1124", plain("relationshipType"))
	}
	if !s.ok() {
		return
	}
	kind := run.relationshipType(r.relationshipType)
	if kind == nil {
		s.fail("E4006", identifier(run.params.scheme, r.relationshipType))
		return
	}
	if r.from == r.to {
		s.fail("E4000", plain(r.uid))
		return
	}
	run.relationshipEnd(s, "from", kind.From, r.from)
	run.relationshipEnd(s, "to", kind.To, r.to)
	if !s.ok() {
		return
	}
	if !kind.Sharing.allows(*run.user, writeData) {
		s.fail("E4020", plain(run.user.UID), plain(kind.ID))
		return
	}
	if run.linked(r) {
		from, to := run.endRef(r.from), run.endRef(r.to)
		s.fail("E4018", plain(r.uid), plain(from.kind), plain(from.uid), plain(to.kind), plain(to.uid))
	}
}

// linked tells whether another relationship says the same already.
func (run *importRun) linked(r *relationshipIn) bool {
	key := run.linkKey(r.relationshipType, r.from, r.to)
	for _, other := range run.store.linksOf(r.from) {
		if !other.deleted && other.uid != r.uid && run.linkKeyOf(other) == key {
			return true
		}
	}
	return false
}

func (run *importRun) linkKeyOf(r *relationship) linkKey {
	given := r.relationshipType
	if t := run.meta.relationTypes[given]; t != nil {
		given = run.identifierOf(&t.named, run.params.scheme)
	}
	return run.linkKey(given, r.from, r.to)
}

func (run *importRun) relationshipEnd(s *subject, side string, want relationshipConstraint, item itemIn) {
	end := run.endRef(item)
	kinds := map[string]string{
		"TRACKED_ENTITY_INSTANCE": typeEntity, "PROGRAM_INSTANCE": typeEnrollment, "PROGRAM_STAGE_INSTANCE": typeEvent,
	}
	if wanted := kinds[want.Entity]; wanted != end.kind {
		s.fail("E4010", plain(side), plain(typeName(wanted)), plain(typeName(end.kind)))
		return
	}
	if !end.exists && !run.sent(end) {
		s.fail("E4012", plain(typeName(end.kind)), plain(end.uid))
		return
	}
	if end.kind == typeEntity && want.TrackedEntityType != nil {
		if found, _ := run.typeOfEntity(end.uid); found != "" && found != want.TrackedEntityType.ID {
			s.fail("E4014", plain(side), plain(want.TrackedEntityType.ID), plain(found))
		}
	}
}

// sent tells whether an object is in the payload.
func (run *importRun) sent(p parentRef) bool {
	switch p.kind {
	case typeEntity:
		return run.index.entities[p.uid] != nil
	case typeEnrollment:
		return run.index.enrollments[p.uid] != nil
	default:
		return run.index.events[p.uid] != nil
	}
}
