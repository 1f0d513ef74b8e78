package dhis2test

import (
	"net/http"
	"time"
)

// The fields an object is exported with when none are asked for.
const (
	entityFields     = "*,!relationships,!enrollments,!events,!programOwners"
	enrollmentFields = "*,!relationships,!events,!attributes"
	eventFields      = "*,!relationships"
)

// getObject serves GET /api/tracker/{kind}/{uid}. Deleted, unknown and out of
// scope are the same 404.
func (s *Server) getObject(kind, uid string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		fallback := map[string]string{"trackedEntities": entityFields, "enrollments": enrollmentFields, "events": eventFields}[kind]
		fields, httpErr := readFields(r.URL.Query(), fallback)
		if httpErr != nil {
			writeError(w, httpErr)
			return
		}
		var doc map[string]any
		name := ""
		switch kind {
		case "trackedEntities":
			name = "TrackedEntity"
			if e := s.store.entities.get(uid); e != nil && !e.deleted && s.meta.within(e.orgUnit, user.OrgUnits) {
				doc = s.exportEntity(e, r.URL.Query().Get("program"))
			}
		case "enrollments":
			name = "Enrollment"
			if e := s.store.enrollments.get(uid); e != nil && !e.deleted && s.meta.within(e.orgUnit, user.OrgUnits) {
				doc = s.exportEnrollment(e)
			}
		case "events":
			name = "Event"
			if e := s.store.events.get(uid); e != nil && !e.deleted && s.meta.within(e.orgUnit, user.OrgUnits) {
				doc = s.exportEvent(e)
			}
		}
		switch {
		case !uidPattern.MatchString(uid):
			writeError(w, badRequest("Value '%s' is not valid for path parameter uid. "+
				"UID must be an alphanumeric string of 11 characters starting with a letter, but was: %s", uid, uid))
		case doc == nil:
			writeError(w, notFound(name, uid))
		default:
			writeJSON(w, http.StatusOK, fields.apply(doc))
		}
	}
}

// document is an object on its way out; nil and "" are left out, as DHIS2
// leaves out null.
type document map[string]any

func (d document) set(key string, v any) {
	switch v := v.(type) {
	case nil:
	case string:
		if v != "" {
			d[key] = v
		}
	default:
		d[key] = v
	}
}

func (s *Server) stamp(d document, st stamp) {
	d["createdAt"], d["updatedAt"], d["deleted"] = s.format(st.createdAt), s.format(st.updatedAt), st.deleted
	d["createdBy"], d["updatedBy"] = userDoc(st.createdBy), userDoc(st.updatedBy)
}

func (s *Server) instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return s.format(*t)
}

func userDoc(u User) map[string]any {
	return map[string]any{"uid": u.UID, "username": u.Username, "firstName": u.FirstName, "surname": u.Surname}
}

// exportEntity shows the attributes of the type and, with a program, those of
// the program; without a program all enrollments, with one those in it.
func (s *Server) exportEntity(e *entity, program string) map[string]any {
	d := document{"trackedEntity": e.uid, "inactive": e.inactive, "potentialDuplicate": e.potentialDuplicate}
	d.set("trackedEntityType", e.entityType)
	d.set("orgUnit", e.orgUnit)
	d.set("geometry", e.geometry)
	d.set("createdAtClient", s.instant(e.createdAtClient))
	d.set("updatedAtClient", s.instant(e.updatedAtClient))
	s.stamp(d, e.stamp)
	shown := map[string]bool{}
	if t := s.meta.entityTypes[e.entityType]; t != nil {
		for _, a := range t.Attributes {
			shown[a.Attribute.ID] = true
		}
	}
	if p := s.meta.programs[program]; p != nil {
		for _, a := range p.Attributes {
			shown[a.Attribute.ID] = true
		}
	}
	d["attributes"] = s.exportAttributes(e, func(uid string) bool { return shown[uid] })
	enrollments, owners := []any{}, []any{}
	for _, child := range s.store.enrollments.all {
		if child.entity == e.uid && !child.deleted && (program == "" || child.program == program) {
			enrollments = append(enrollments, s.exportEnrollment(child))
		}
	}
	for p, unit := range e.owners {
		if program == "" || p == program {
			owners = append(owners, map[string]any{"trackedEntity": e.uid, "program": p, "orgUnit": unit})
		}
	}
	d["enrollments"], d["programOwners"] = enrollments, owners
	d["relationships"] = s.exportLinks(itemIn{entity: e.uid})
	return d
}

func (s *Server) exportAttributes(e *entity, shown func(uid string) bool) []any {
	out := []any{}
	for _, v := range e.attributes {
		a := s.meta.attributes[v.ref]
		if a == nil || !shown(v.ref) {
			continue
		}
		out = append(out, map[string]any{
			"attribute": v.ref, "code": a.Code, "displayName": a.Name, "valueType": a.ValueType, "value": v.text,
			"createdAt": s.format(v.createdAt), "updatedAt": s.format(v.updatedAt),
		})
	}
	return out
}

func (s *Server) exportEnrollment(e *enrollment) map[string]any {
	d := document{
		"enrollment": e.uid, "trackedEntity": e.entity, "status": e.status, "followUp": e.followUp,
		"enrolledAt": s.format(e.enrolledAt), "occurredAt": s.format(e.occurredAt), "notes": s.exportNotes(e.notes),
	}
	d.set("program", e.program)
	d.set("orgUnit", e.orgUnit)
	d.set("geometry", e.geometry)
	d.set("completedAt", s.instant(e.completedAt))
	d.set("completedBy", e.completedBy)
	s.stamp(d, e.stamp)
	d["attributes"] = []any{}
	if owner, p := s.store.entities.get(e.entity), s.meta.programs[e.program]; owner != nil && p != nil {
		d["attributes"] = s.exportAttributes(owner, p.hasAttribute)
	}
	events := []any{}
	for _, child := range s.store.events.all {
		if child.enrollment == e.uid && !child.deleted {
			events = append(events, s.exportEvent(child))
		}
	}
	d["events"], d["relationships"] = events, s.exportLinks(itemIn{enrollment: e.uid})
	return d
}

func (s *Server) exportEvent(e *event) map[string]any {
	d := document{
		"event": e.uid, "status": e.status, "followUp": false, "notes": s.exportNotes(e.notes),
		"attributeOptionCombo": defaultOptionCombo, "attributeCategoryOptions": defaultCategoryOption,
	}
	d.set("program", e.program)
	d.set("programStage", e.stage)
	d.set("enrollment", e.enrollment)
	d.set("orgUnit", e.orgUnit)
	d.set("occurredAt", s.instant(e.occurredAt))
	d.set("scheduledAt", s.instant(e.scheduledAt))
	d.set("completedAt", s.instant(e.completedAt))
	d.set("completedBy", e.completedBy)
	d.set("geometry", e.geometry)
	s.stamp(d, e.stamp)
	if parent := s.store.enrollments.get(e.enrollment); parent != nil {
		d["trackedEntity"], d["followUp"] = parent.entity, parent.followUp
	}
	if e.assigned.UID != "" {
		d["assignedUser"] = userDoc(e.assigned)
	}
	values := []any{}
	for _, v := range e.values {
		values = append(values, map[string]any{
			"dataElement": v.ref, "value": v.text, "providedElsewhere": v.providedElsewhere, "storedBy": v.by.Username,
			"createdAt": s.format(v.createdAt), "updatedAt": s.format(v.updatedAt),
			"createdBy": userDoc(v.by), "updatedBy": userDoc(v.by),
		})
	}
	d["dataValues"], d["relationships"] = values, s.exportLinks(itemIn{event: e.uid})
	return d
}

func (s *Server) exportNotes(notes []note) []any {
	out := []any{}
	for _, n := range notes {
		by := userDoc(n.by)
		by["displayName"] = n.by.FirstName + " " + n.by.Surname
		out = append(out, map[string]any{
			"note": n.uid, "value": n.value, "storedAt": s.format(n.at), "createdBy": by,
		})
	}
	return out
}

// exportLinks lists the living relationships of one object.
func (s *Server) exportLinks(end itemIn) []any {
	out := []any{}
	for _, r := range s.store.relationships.all {
		if !r.deleted && (r.from == end || r.to == end) {
			out = append(out, map[string]any{
				"relationship": r.uid, "relationshipType": r.relationshipType, "from": itemDoc(r.from), "to": itemDoc(r.to),
			})
		}
	}
	return out
}

func itemDoc(i itemIn) map[string]any {
	switch {
	case i.entity != "":
		return map[string]any{"trackedEntity": map[string]any{"trackedEntity": i.entity}}
	case i.enrollment != "":
		return map[string]any{"enrollment": map[string]any{"enrollment": i.enrollment}}
	default:
		return map[string]any{"event": map[string]any{"event": i.event}}
	}
}
