package dhis2test

import (
	"net/http"
	"net/url"
)

// The fields of the old lists when none are asked for.
const (
	legacyEnrollmentFields = "enrollment,created,lastUpdated,trackedEntityType,trackedEntityInstance,program,status,orgUnit,orgUnitName," +
		"enrollmentDate,incidentDate,followup"
	legacyEventFields = "event,program,programStage,programType,status,assignedUser,orgUnit,orgUnitName,eventDate,created,lastUpdated," +
		"followup,deleted,dataValues"
)

// legacyRoutes are the lists DHIS2 had until 2.41 beside their successors
// (dhis2.md 1.8). Of 2.41 that of entities was recorded; the others go by the
// source.
func (s *Server) legacyRoutes() []route {
	if s.version.atLeast(2, 42) {
		return nil
	}
	return []route{
		{path: "trackedEntityInstances", get: s.listInstances, post: s.notCovered},
		{path: "enrollments", get: s.listLegacyEnrollments, post: s.notCovered},
		{path: "events", get: s.listLegacyEvents, post: s.notCovered},
	}
}

// notCovered answers what DHIS2 serves and this package does not.
func (s *Server) notCovered(w http.ResponseWriter, r *http.Request, _ User) {
	writeMessage(w, http.StatusNotImplemented, "dhis2test does not cover "+r.Method+" "+r.URL.Path, "")
}

// translated gives the parameters of an old list the names of its successor up
// to 2.41; others are ignored.
func translated(old url.Values, names map[string]string) url.Values {
	out := url.Values{}
	for before, now := range names {
		if v := old.Get(before); v != "" {
			out.Set(now, v)
		}
	}
	for _, same := range []string{
		"program", "ouMode", "programStatus", "followUp", "includeDeleted", "page", "pageSize", "totalPages", "skipPaging", "paging",
	} {
		if v := old.Get(same); v != "" {
			out.Set(same, v)
		}
	}
	return out
}

// listLegacyEnrollments serves GET /api/enrollments.
func (s *Server) listLegacyEnrollments(w http.ResponseWriter, r *http.Request, user User) {
	params := s.exportParams(translated(queryOf(r), map[string]string{
		"ou": "orgUnit", "trackedEntityType": "trackedEntityType", "trackedEntityInstance": "trackedEntity", "enrollment": "enrollment",
		"lastUpdated": "updatedAfter", "lastUpdatedDuration": "updatedWithin", "programStartDate": "enrolledAfter", "programEndDate": "enrolledBefore",
	}))
	q := params.enrollmentQuery()
	if params.err == nil {
		params.err = q.resolve(s, user)
	}
	if params.err != nil {
		writeError(w, params.err)
		return
	}
	x, fields := s.newExporter(uidSchemes(), q.includeDeleted), readFields(queryOf(r), legacyEnrollmentFields)
	rows := s.selectEnrollments(q, user)
	writeLegacyList(w, q.page, "enrollments", rows, func(e *enrollment) map[string]any { return x.legacyEnrollment(e, fields) })
}

// listLegacyEvents serves GET /api/events. Its parameter for the org unit is
// orgUnit, not ou as in the other two.
func (s *Server) listLegacyEvents(w http.ResponseWriter, r *http.Request, user User) {
	params := s.exportParams(translated(queryOf(r), map[string]string{
		"programStage": "programStage", "orgUnit": "orgUnit", "status": "status", "event": "event", "filter": "filter",
		"trackedEntityInstance": "trackedEntity", "startDate": "occurredAfter", "endDate": "occurredBefore",
		"dueDateStart": "scheduledAfter", "dueDateEnd": "scheduledBefore",
		"lastUpdatedStartDate": "updatedAfter", "lastUpdatedEndDate": "updatedBefore", "lastUpdatedDuration": "updatedWithin",
	}))
	q := params.eventQuery()
	if params.err == nil {
		params.err = q.resolve(s, user)
	}
	if params.err != nil {
		writeError(w, params.err)
		return
	}
	x, fields := s.newExporter(uidSchemes(), q.includeDeleted), readFields(queryOf(r), legacyEventFields)
	rows := s.selectEvents(q, user)
	writeLegacyList(w, q.page, "events", rows, func(e *event) map[string]any { return x.legacyEvent(e, fields) })
}

// uidSchemes name everything by its UID.
func uidSchemes() *exportSchemes {
	return &exportSchemes{
		all: "UID", dataElement: "UID", orgUnit: "UID", program: "UID", programStage: "UID", categoryOption: "UID", categoryOptionCombo: "UID",
	}
}

// writeLegacyList answers with one page of rows; without totals the pager says
// whether it is the last.
func writeLegacyList[T any](w http.ResponseWriter, p pager, name string, rows []T, doc func(T) map[string]any) {
	first, last := p.window(len(rows))
	list := make([]any, 0, last-first)
	for _, row := range rows[first:last] {
		list = append(list, doc(row))
	}
	charge(w, len(list))
	out := map[string]any{name: list}
	switch pager := map[string]any{"page": p.page, "pageSize": p.size}; {
	case p.off:
	case p.total:
		pager["total"], pager["pageCount"] = len(rows), (len(rows)+p.size-1)/p.size
		out["pager"] = pager
	default:
		pager["isLastPage"] = last == len(rows) && last > first
		out["pager"] = pager
	}
	writeJSON(w, http.StatusOK, out)
}

// legacyStamp sets what every object carries, by the names of old.
func (x *exporter) legacyStamp(d *document, st *stamp) {
	d.set("created", x.s.format(st.createdAt))
	d.set("lastUpdated", x.s.format(st.updatedAt))
	d.set("createdByUserInfo", userDoc(st.createdBy))
	d.set("lastUpdatedByUserInfo", userDoc(st.updatedBy))
	d.set("deleted", st.deleted)
	x.storedBy(d, st, true)
}

func (x *exporter) legacyUnit(d *document, uid string) {
	d.set("orgUnit", uid)
	if unit := x.s.meta.orgUnits[uid]; unit != nil {
		d.set("orgUnitName", unit.Name)
	}
}

// legacyEnrollment is an enrollment by its names of old.
func (x *exporter) legacyEnrollment(e *enrollment, f *fieldTree) map[string]any {
	d := newDocument(f)
	d.set("enrollment", e.uid)
	d.set("trackedEntityInstance", e.entity)
	if owner := x.s.store.entities.get(e.entity); owner != nil {
		d.set("trackedEntityType", owner.entityType)
	}
	d.set("program", e.program)
	d.set("status", e.status)
	x.legacyUnit(d, e.orgUnit)
	d.set("enrollmentDate", x.s.format(e.enrolledAt))
	d.set("incidentDate", x.s.format(e.occurredAt))
	d.set("followup", e.followUp)
	d.set("completedDate", x.instant(e.completedAt))
	d.set("completedBy", e.completedBy)
	d.set("geometry", e.geometry)
	d.set("createdAtClient", x.instant(e.createdAtClient))
	d.set("lastUpdatedAtClient", x.instant(e.updatedAtClient))
	x.legacyStamp(d, &e.stamp)
	d.nest("events", func(f *fieldTree) any {
		out := []any{}
		for _, child := range e.events {
			if x.shows(child.deleted) {
				out = append(out, x.legacyEvent(child, f))
			}
		}
		return out
	})
	return d.fields
}

// legacyEvent is an event by its names of old.
func (x *exporter) legacyEvent(e *event, f *fieldTree) map[string]any {
	d := newDocument(f)
	d.set("event", e.uid)
	d.set("program", e.program)
	d.set("programStage", e.stage)
	if p := x.s.meta.programs[e.program]; p != nil {
		d.set("programType", p.ProgramType)
	}
	if parent := x.s.store.enrollments.get(e.enrollment); parent != nil {
		d.set("enrollment", e.enrollment)
		d.set("enrollmentStatus", parent.status)
		d.set("trackedEntityInstance", parent.entity)
		d.set("followup", parent.followUp)
	}
	d.set("status", e.status)
	x.legacyUnit(d, e.orgUnit)
	d.set("eventDate", x.instant(e.occurredAt))
	d.set("dueDate", x.instant(e.scheduledAt))
	d.set("completedDate", x.instant(e.completedAt))
	d.set("completedBy", e.completedBy)
	d.set("geometry", e.geometry)
	d.set("createdAtClient", x.instant(e.createdAtClient))
	d.set("lastUpdatedAtClient", x.instant(e.updatedAtClient))
	d.set("attributeOptionCombo", x.optionCombo(e.categoryOptionCombo))
	d.set("attributeCategoryOptions", x.categoryOptions(e.categoryOptionCombo))
	if e.assigned != nil {
		d.set("assignedUser", e.assigned.UID)
	}
	x.legacyStamp(d, &e.stamp)
	d.nest("dataValues", func(f *fieldTree) any {
		out := make([]any, 0, len(e.values))
		for _, v := range e.values {
			value := newDocument(f)
			value.set("dataElement", v.ref)
			value.set("value", v.text)
			value.set("providedElsewhere", v.providedElsewhere)
			value.set("created", x.s.format(v.createdAt))
			value.set("lastUpdated", x.s.format(v.updatedAt))
			value.set("storedBy", usernameOf(v.by))
			value.set("createdByUserInfo", userDoc(v.by))
			value.set("lastUpdatedByUserInfo", userDoc(v.by))
			out = append(out, value.fields)
		}
		return out
	})
	return d.fields
}
