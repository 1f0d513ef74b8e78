package dhis2test

// filter marks what will be stored. A child whose parent in the payload is
// not stored is not either, unless the parent is in the database, deleted or
// not: that is how orphans of deleted parents come to be (dhis2.md section 0,
// fact 8). E5000 is raised only below a parent with an error of its own, so a
// grandchild goes without a word [R atomic-object-children].
func (run *importRun) filter() {
	var orphans []objectKey
	keep := func(h *head, parents ...parentRef) {
		if !run.keep(h, parents...) {
			orphans = append(orphans, h.objectKey)
		}
	}
	for _, e := range run.in.entities {
		keep(&e.head)
	}
	for _, e := range run.in.enrollments {
		keep(&e.head, run.parent(typeEntity, e.entity))
	}
	for _, e := range run.in.events {
		if p := run.program(e.program); p != nil && !p.registration() {
			keep(&e.head)
			continue
		}
		keep(&e.head, run.parent(typeEnrollment, e.enrollment))
	}
	for _, r := range run.in.relationships {
		keep(&r.head, run.endRef(r.from), run.endRef(r.to))
	}
	for _, o := range orphans {
		run.invalid[o] = true
	}
}

// parentRef is an object that another one hangs on.
type parentRef struct {
	objectKey
	exists bool  // it is in the store, deleted or not
	sent   *head // it in the payload, nil when it is not there
}

func (run *importRun) parent(kind, uid string) parentRef {
	p := parentRef{objectKey: objectKey{kind, uid}}
	switch kind {
	case typeEntity:
		p.exists = run.store.entities.get(uid) != nil
		if e := run.index.entities[uid]; e != nil {
			p.sent = &e.head
		}
	case typeEnrollment:
		p.exists = run.store.enrollments.get(uid) != nil
		if e := run.index.enrollments[uid]; e != nil {
			p.sent = &e.head
		}
	case typeEvent:
		p.exists = run.store.events.get(uid) != nil
		if e := run.index.events[uid]; e != nil {
			p.sent = &e.head
		}
	case typeRelationship:
		p.exists = run.store.relationships.get(uid) != nil
	}
	return p
}

func (run *importRun) endRef(i itemIn) parentRef {
	switch {
	case i.entity != "":
		return run.parent(typeEntity, i.entity)
	case i.enrollment != "":
		return run.parent(typeEnrollment, i.enrollment)
	default:
		return run.parent(typeEvent, i.event)
	}
}

// keep marks one object, unless it has an error or a parent that is not
// stored; it returns false where that made an E5000.
func (run *importRun) keep(h *head, parents ...parentRef) bool {
	if run.invalid[h.objectKey] {
		return true
	}
	if h.do != remove && !run.skips() {
		for _, p := range parents {
			if p.exists || (p.sent != nil && p.sent.persist) {
				continue
			}
			if !run.invalid[p.objectKey] {
				return true
			}
			run.add(h.objectKey, "E5000", plain(typeName(h.kind)), plain(h.uid), plain(typeName(p.kind)), plain(p.uid))
			delete(run.invalid, h.objectKey) // its own children go without a word; see filter
			return false
		}
	}
	h.persist = true
	return true
}

// typeName is how messages spell a tracker type.
func typeName(trackerType string) string {
	switch trackerType {
	case typeEntity:
		return "trackedEntity"
	case typeEnrollment:
		return "enrollment"
	case typeEvent:
		return "event"
	default:
		return "relationship"
	}
}
