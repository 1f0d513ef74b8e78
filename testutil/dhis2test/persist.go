package dhis2test

import (
	"slices"
	"time"
)

// commit stores what is persistable, in DHIS2's order, and returns how many
// relationships were there already. Scalars are replaced, missing ones by
// their default; attributes, data values and notes merge by key (dhis2.md
// section 0, fact 5).
func (run *importRun) commit(report *bundleReport) (knownRelationships int) {
	for _, e := range run.in.entities {
		if run.persistable[typeEntity+e.uid] {
			run.persistEntity(e)
			report.stored(typeEntity, e.uid, e.do)
		}
	}
	for _, e := range run.in.enrollments {
		if run.persistable[typeEnrollment+e.uid] {
			run.persistEnrollment(e)
			report.stored(typeEnrollment, e.uid, e.do)
		}
	}
	for _, e := range run.in.events {
		if run.persistable[typeEvent+e.uid] {
			run.persistEvent(e)
			report.stored(typeEvent, e.uid, e.do)
		}
	}
	for _, r := range run.in.relationships {
		switch {
		case !run.persistable[typeRelationship+r.uid]:
		case run.store.relationships.get(r.uid) != nil && r.do != remove:
			knownRelationships++
		default:
			run.persistRelationship(r)
			report.stored(typeRelationship, r.uid, r.do)
		}
	}
	return knownRelationships
}

func (run *importRun) newStamp() stamp {
	return stamp{createdAt: run.now, createdBy: run.user, updatedAt: run.now, updatedBy: run.user}
}

func (run *importRun) persistEntity(in *entityIn) {
	e := run.store.entities.get(in.uid)
	if in.do == remove {
		run.store.deleteEntity(e, run.now, run.user)
		return
	}
	if e == nil {
		e = &entity{stamp: run.newStamp(), uid: in.uid, owners: map[string]string{}}
		run.store.entities.add(in.uid, e)
	}
	e.touch(run.now, run.user)
	if t := run.entityType(in.entityType); t != nil {
		e.entityType = t.ID
	}
	if u := run.orgUnit(in.orgUnit); u != nil {
		e.orgUnit = u.ID
	}
	e.inactive, e.potentialDuplicate, e.geometry = in.inactive, in.potentialDuplicate, in.geometry
	e.createdAtClient, e.updatedAtClient = in.createdAtClient, in.updatedAtCli
	run.setAttributes(e, in.attributes)
}

func (run *importRun) setAttributes(e *entity, sent []valueIn) {
	for _, v := range sent {
		if a := run.attribute(v.ref); a != nil {
			e.attributes = e.attributes.set(run.newValue(a.ID, v), v.value)
		}
	}
}

func (run *importRun) newValue(ref string, v valueIn) value {
	return value{
		ref: ref, createdAt: run.now, updatedAt: run.now, by: run.user, providedElsewhere: v.providedElsewhere,
	}
}

func (run *importRun) persistEnrollment(in *enrollmentIn) {
	e := run.store.enrollments.get(in.uid)
	if in.do == remove {
		run.store.deleteEnrollment(e, run.now, run.user)
		run.touchEntity(e.entity)
		return
	}
	if e == nil {
		e = &enrollment{stamp: run.newStamp(), uid: in.uid, entity: in.entity}
		run.store.enrollments.add(in.uid, e)
	}
	e.touch(run.now, run.user)
	if p := run.program(in.program); p != nil {
		e.program = p.ID
	}
	if u := run.orgUnit(in.orgUnit); u != nil {
		e.orgUnit = u.ID
	}
	if in.enrolledAt != nil {
		e.enrolledAt = *in.enrolledAt
	}
	e.occurredAt = e.enrolledAt
	if in.occurredAt != nil {
		e.occurredAt = *in.occurredAt
	}
	e.followUp, e.geometry = in.followUp, in.geometry
	e.completedAt, e.completedBy = run.completion(in.status != "ACTIVE" && in.status != "CANCELLED",
		in.completedAt, e.completedAt, e.completedBy)
	e.status = in.status
	e.notes = run.addNotes(e.notes, in.notes)
	if owner := run.store.entities.get(e.entity); owner != nil {
		run.setAttributes(owner, in.attributes)
		if owner.owners[e.program] == "" {
			owner.owners[e.program] = e.orgUnit
		}
	}
	run.touchEntity(e.entity)
}

// completion keeps the time of an object that stays completed.
func (run *importRun) completion(completed bool, sent, old *time.Time, oldBy string) (*time.Time, string) {
	switch {
	case !completed:
		return nil, ""
	case sent != nil:
		return sent, run.user.Username
	case old != nil:
		return old, oldBy
	default:
		now := run.now
		return &now, run.user.Username
	}
}

func (run *importRun) persistEvent(in *eventIn) {
	e := run.store.events.get(in.uid)
	if in.do == remove {
		run.store.deleteEvent(e, run.now, run.user)
		run.touchParents(e)
		return
	}
	if e == nil {
		e = &event{stamp: run.newStamp(), uid: in.uid}
		run.store.events.add(in.uid, e)
	}
	e.touch(run.now, run.user)
	if p := run.program(in.program); p != nil {
		e.program = p.ID
		if p.registration() {
			e.enrollment = in.enrollment
		} else if e.enrollment == "" {
			e.enrollment = run.placeholder(p.ID)
		}
	}
	if s := run.stage(in.stage); s != nil {
		e.stage = s.ID
		e.assigned = User{}
		if s.EnableUserAssignment {
			e.assigned, _ = run.findUser(in.assignedUID, in.assignedName)
		}
	}
	if u := run.orgUnit(in.orgUnit); u != nil {
		e.orgUnit = u.ID
	}
	e.occurredAt, e.scheduledAt, e.geometry = in.occurredAt, in.scheduledAt, in.geometry
	e.completedAt, e.completedBy = run.completion(in.status == "COMPLETED", in.completedAt, e.completedAt, e.completedBy)
	e.status = in.status
	for _, v := range in.values {
		if d := run.dataElement(v.ref); d != nil {
			e.values = e.values.set(run.newValue(d.ID, v), v.value)
		}
	}
	e.notes = run.addNotes(e.notes, in.notes)
	run.touchParents(e)
}

// placeholder is the enrollment that 2.42 invents for all events of an event
// program.
func (run *importRun) placeholder(program string) string {
	for _, e := range run.store.events.all {
		if e.program == program && e.enrollment != "" {
			return e.enrollment
		}
	}
	return run.uids.next()
}

func (run *importRun) addNotes(notes []note, sent []noteIn) []note {
	for _, n := range sent {
		if !slices.ContainsFunc(notes, func(o note) bool { return o.uid == n.uid }) {
			notes = append(notes, note{uid: n.uid, value: n.value, at: run.now, by: run.user})
		}
	}
	return notes
}

func (run *importRun) persistRelationship(in *relationshipIn) {
	if in.do == remove {
		r := run.store.relationships.get(in.uid)
		r.deleted = true
		r.touch(run.now, run.user)
		return
	}
	r := &relationship{stamp: run.newStamp(), uid: in.uid, from: in.from, to: in.to}
	if t := run.relationshipType(in.relationshipType); t != nil {
		r.relationshipType = t.ID
	}
	run.store.relationships.add(in.uid, r)
	for _, end := range []itemIn{in.from, in.to} {
		run.touchEntity(end.entity)
	}
}

// touchEntity bumps an entity for a change of anything below it, so that
// polling entities finds every change (dhis2.md 1.3).
func (run *importRun) touchEntity(uid string) {
	if e := run.store.entities.get(uid); e != nil {
		e.touch(run.now, run.user)
	}
}

func (run *importRun) touchParents(e *event) {
	if parent := run.store.enrollments.get(e.enrollment); parent != nil {
		run.touchEntity(parent.entity)
	}
}
