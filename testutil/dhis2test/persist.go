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
	run.store.changed()
	for _, e := range run.in.entities {
		if run.persists(&e.head) {
			run.persistEntity(e)
			run.stored(report, &e.head)
		}
	}
	for _, e := range run.in.enrollments {
		if run.persists(&e.head) {
			run.persistEnrollment(e)
			run.stored(report, &e.head)
		}
	}
	for _, e := range run.in.events {
		if run.persists(&e.head) {
			run.persistEvent(e)
			run.stored(report, &e.head)
		}
	}
	for _, r := range run.in.relationships {
		switch {
		case !run.persists(&r.head):
		case run.store.relationships.get(r.uid) != nil && r.do != remove:
			knownRelationships++
		default:
			run.persistRelationship(r)
			run.stored(report, &r.head)
		}
	}
	return knownRelationships
}

// persists tells whether to store an object: what is to be deleted must be
// there, which validationMode=SKIP has not looked at. Of a new UID that is twice in a
// payload 2.41 counts the second as an update, 2.42 as another new one
// (dhis2.md 7, rule 6).
func (run *importRun) persists(h *head) bool {
	if h.again && h.do == create && run.version.before(2, 42) {
		h.do = update
	}
	return h.persist && (h.do != remove || run.parent(h.kind, h.uid).exists)
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
		e = &entity{stamp: run.newStamp(), uid: in.uid}
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
	if len(sent) == 0 {
		return
	}
	changes := make([]change, 0, len(sent))
	for _, v := range sent {
		if a := run.attribute(v.ref); a != nil {
			changes = append(changes, change{run.newValue(a.ID, v), v.value})
			run.holdFile(a.ValueType, v.value, e.uid)
		}
	}
	if len(e.attributes) > 0 {
		run.store.logChanges(typeEntity+e.uid, e.attributes, changes, run.now, run.user)
	}
	run.store.setAttributes(e, e.attributes.merge(changes))
}

func (run *importRun) newValue(ref string, v valueIn) value {
	return value{
		ref: ref, createdAt: run.now, updatedAt: run.now, by: run.user, updatedBy: run.user, providedElsewhere: v.providedElsewhere,
	}
}

func (run *importRun) persistEnrollment(in *enrollmentIn) {
	e := run.store.enrollments.get(in.uid)
	if in.do == remove {
		run.store.deleteEnrollment(e, run.now, run.user)
		run.touchEntity(e.entity)
		run.stampClient(e.entity)
		return
	}
	if e == nil {
		e = &enrollment{stamp: run.newStamp(), uid: in.uid, entity: in.entity}
		run.store.addEnrollment(e)
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
	e.createdAtClient, e.updatedAtClient = in.createdAtClient, in.updatedAtCli
	if combo := run.optionCombo(in.categoryOptionCombo); combo != nil && combo.ID != defaultOptionCombo {
		e.categoryOptionCombo = combo.ID
	}
	e.completedAt, e.completedBy = run.completion(in.status != "ACTIVE" && in.status != "CANCELLED",
		in.completedAt, e.completedAt, e.completedBy)
	e.status = in.status
	e.notes = run.addNotes(e.notes, in.notes)
	if owner := run.store.entities.get(e.entity); owner != nil {
		run.setAttributes(owner, in.attributes)
		if owner.owner(e.program) == "" {
			owner.setOwner(e.program, e.orgUnit)
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
		if parent := run.store.enrollments.get(e.enrollment); parent != nil {
			stampClient(parent.stamp, &parent.createdAtClient, &parent.updatedAtClient)
			run.stampClient(parent.entity)
		}
		return
	}
	run.now = run.now.Add(time.Microsecond) // one row after the other, for order=createdAt
	added := e == nil
	if added {
		e = &event{stamp: run.newStamp(), uid: in.uid}
	}
	e.touch(run.now, run.user)
	if p := run.program(in.program); p != nil {
		e.program = p.ID
		if p.registration() {
			e.enrollment = in.enrollment // immutable: an update names the same
		} else if e.enrollment == "" {
			e.enrollment = run.placeholder(p.ID)
		}
	}
	if s := run.stage(in.stage); s != nil {
		e.stage = s.ID
		e.assigned = nil
		if s.EnableUserAssignment {
			if u, ok := run.findUser(in.assignedUID, in.assignedName); ok {
				e.assigned = &u
			}
		}
	}
	if u := run.orgUnit(in.orgUnit); u != nil {
		e.orgUnit = u.ID
	}
	e.occurredAt, e.scheduledAt, e.geometry = in.occurredAt, in.scheduledAt, in.geometry
	e.createdAtClient, e.updatedAtClient = in.createdAtClient, in.updatedAtCli
	if combo := run.optionCombo(in.categoryOptionCombo); combo != nil && combo.ID != defaultOptionCombo {
		e.categoryOptionCombo = combo.ID
	}
	e.completedAt, e.completedBy = run.completion(in.status == "COMPLETED", in.completedAt, e.completedAt, e.completedBy)
	e.status = in.status
	run.persistValues(e, in)
	e.notes = run.addNotes(e.notes, in.notes)
	if added {
		run.store.addEvent(e)
	}
	run.touchParents(e)
}

// persistValues merges the data values into those that validation saw. They
// are one JSON column: what another import has stored since is lost (dhis2.md
// section 0, fact 9).
func (run *importRun) persistValues(e *event, in *eventIn) {
	before := in.before
	if in.again {
		before = e.values
	}
	changes := make([]change, 0, len(in.values))
	for _, v := range in.values {
		if d := run.dataElement(v.ref); d != nil {
			changes = append(changes, change{run.newValue(d.ID, v), v.value})
			run.holdFile(d.ValueType, v.value, e.uid)
		}
	}
	if len(before) > 0 {
		run.store.logChanges(typeEvent+e.uid, before, changes, run.now, run.user)
	}
	e.values = before.merge(changes)
}

// holdFile makes an object the holder of the file resource in a value.
func (run *importRun) holdFile(valueType string, uid *string, object string) {
	if uid != nil && (valueType == "FILE_RESOURCE" || valueType == "IMAGE") {
		run.store.files[*uid] = object
	}
}

// placeholder is the enrollment that 2.42 invents for all events of an event
// program.
func (run *importRun) placeholder(program string) string {
	if run.store.placeholders[program] == "" {
		run.store.placeholders[program] = run.uids.next()
	}
	return run.store.placeholders[program]
}

func (run *importRun) addNotes(notes []note, sent []noteIn) []note {
	for _, n := range sent {
		if !slices.ContainsFunc(notes, func(o note) bool { return o.uid == n.uid }) {
			run.store.notes[n.uid] = true
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
	r := &relationship{stamp: run.newStamp(), uid: in.uid, from: in.from, to: in.to, createdAtClient: in.createdAtClient}
	if t := run.relationshipType(in.relationshipType); t != nil {
		r.relationshipType = t.ID
	}
	run.store.addRelationship(r)
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

// stampClient: a delete below an object fills its client times, as a real
// server does [R te-list after setup-delete-event].
func (run *importRun) stampClient(entityUID string) {
	if e := run.store.entities.get(entityUID); e != nil {
		stampClient(e.stamp, &e.createdAtClient, &e.updatedAtClient)
	}
}

func stampClient(s stamp, createdAt, updatedAt **time.Time) {
	if *createdAt == nil {
		at := s.createdAt
		*createdAt = &at
	}
	at := s.updatedAt
	*updatedAt = &at
}

func (run *importRun) touchParents(e *event) {
	if parent := run.store.enrollments.get(e.enrollment); parent != nil {
		run.touchEntity(parent.entity)
	}
}
