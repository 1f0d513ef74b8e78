package dhis2test

// filter marks what will be stored. A child whose parent in the payload is
// not stored is not either, unless the parent is in the database, deleted or
// not: that is how orphans of deleted parents come to be (dhis2.md section 0,
// fact 8). E5000 is raised only below a parent with an error of its own, so a
// grandchild goes without a word [R atomic-object-children].
func (run *importRun) filter() {
	before := len(run.errors)
	for _, e := range run.in.entities {
		run.keep(typeEntity, e.uid, e.do)
	}
	for _, e := range run.in.enrollments {
		run.keep(typeEnrollment, e.uid, e.do,
			parentRef{typeEntity, e.entity, run.store.entities.get(e.entity) != nil})
	}
	for _, e := range run.in.events {
		p := run.program(e.program)
		if p != nil && !p.registration() {
			run.keep(typeEvent, e.uid, e.do)
			continue
		}
		run.keep(typeEvent, e.uid, e.do,
			parentRef{typeEnrollment, e.enrollment, run.store.enrollments.get(e.enrollment) != nil})
	}
	for _, r := range run.in.relationships {
		run.keep(typeRelationship, r.uid, r.do, run.endRef(r.from), run.endRef(r.to))
	}
	for _, e := range run.errors[before:] {
		run.invalid[e.TrackerType+e.UID] = true
	}
}

type parentRef struct {
	trackerType, uid string
	exists           bool
}

func (run *importRun) endRef(i itemIn) parentRef {
	switch {
	case i.entity != "":
		return parentRef{typeEntity, i.entity, run.store.entities.get(i.entity) != nil}
	case i.enrollment != "":
		return parentRef{typeEnrollment, i.enrollment, run.store.enrollments.get(i.enrollment) != nil}
	default:
		return parentRef{typeEvent, i.event, run.store.events.get(i.event) != nil}
	}
}

func (run *importRun) keep(trackerType, uid string, do action, parents ...parentRef) {
	if run.failed(trackerType, uid) {
		return
	}
	if do != remove && !run.params.skip {
		for _, p := range parents {
			if p.exists || run.persistable[p.trackerType+p.uid] {
				continue
			}
			if run.failed(p.trackerType, p.uid) {
				run.errors = append(run.errors, errorReport{
					Message: messageText("E5000", []arg{
						plain(typeName(trackerType)), plain(uid), plain(typeName(p.trackerType)), plain(p.uid),
					}),
					ErrorCode: "E5000", TrackerType: trackerType, UID: uid,
					Args: []string{typeName(trackerType), uid, typeName(p.trackerType), p.uid},
				})
			}
			return
		}
	}
	run.persistable[trackerType+uid] = true
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
