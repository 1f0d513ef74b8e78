package dhis2test

import (
	"net/http"
	"slices"
)

// listInstances serves GET /api/trackedEntityInstances, which DHIS2 had until
// 2.41 beside its successor: by org unit and program.
func (s *Server) listInstances(w http.ResponseWriter, r *http.Request, user User) {
	params := s.exportParams(queryOf(r))
	q := &entityQuery{
		program: params.uid("program"), kind: params.uid("trackedEntityType"),
		uids:  params.splitUIDs("trackedEntityInstance", params.q["trackedEntityInstance"], ";"),
		scope: orgScope{mode: params.choice("ouMode", orgUnitModes...), units: params.splitUIDs("ou", params.q["ou"], ";")},
	}
	if q.scope.mode == "" {
		q.scope.mode = "SELECTED"
	}
	if params.err == nil {
		_, params.err = s.trackerProgram(user, q.program)
	}
	if params.err == nil {
		params.err = s.permit(user, q.scope, scopeWords{unknownUnit, outsideUnit})
	}
	if params.err != nil {
		writeError(w, params.err)
		return
	}
	rows := s.selectEntities(q, user)
	slices.Reverse(rows) // oldest first
	x := s.newExporter(&exportSchemes{all: "UID", orgUnit: "UID", program: "UID"}, false)
	list := make([]any, 0, len(rows))
	for _, e := range rows {
		list = append(list, x.instance(e, q.program))
	}
	writeJSON(w, http.StatusOK, map[string]any{"trackedEntityInstances": list})
}

// instance is a tracked entity by its names of old.
func (x *exporter) instance(e *entity, program string) map[string]any {
	d := newDocument(nil)
	d.set("trackedEntityInstance", e.uid)
	d.set("trackedEntityType", e.entityType)
	d.set("orgUnit", e.orgUnit)
	d.set("created", x.s.format(e.createdAt))
	d.set("lastUpdated", x.s.format(e.updatedAt))
	d.set("createdAtClient", x.instant(e.createdAtClient))
	d.set("lastUpdatedAtClient", x.instant(e.updatedAtClient))
	d.set("createdByUserInfo", userDoc(e.createdBy))
	d.set("lastUpdatedByUserInfo", userDoc(e.updatedBy))
	d.set("inactive", e.inactive)
	d.set("deleted", e.deleted)
	d.set("potentialDuplicate", e.potentialDuplicate)
	d.set("featureType", "NONE")
	if e.geometry != nil {
		d.set("geometry", e.geometry)
		if wkt, _, _ := csvPoint(e.geometry); wkt != "" {
			d.set("featureType", "POINT")
		}
	}
	d.set("enrollments", []any{})
	d.set("programOwners", []any{})
	d.set("relationships", []any{})
	attributes := []any{}
	for _, v := range x.shownValues(e, program) {
		a := x.s.meta.attributes[v.ref]
		attributes = append(attributes, map[string]any{
			"attribute": v.ref, "code": a.Code, "displayName": a.Name, "valueType": a.ValueType, "value": v.text,
			"created": x.s.format(v.createdAt), "lastUpdated": x.s.format(v.updatedAt), "storedBy": usernameOf(v.by),
		})
	}
	d.set("attributes", attributes)
	return d.fields
}
