package dhis2test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// singleKey reads the parameters of /api/dataValues; the problem is a 409.
func (s *Server) singleKey(r *http.Request) (dataValueKey, object, *httpError) {
	q := r.URL.Query()
	missing := func(code, text string) (dataValueKey, object, *httpError) {
		return dataValueKey{}, nil, &httpError{status: http.StatusConflict, message: text, code: code}
	}
	element := s.catalogue.get("dataElements", q.Get("de"))
	unit := s.catalogue.get("organisationUnits", q.Get("ou"))
	p, ok := parsePeriod(q.Get("pe"))
	switch {
	case element == nil:
		return missing("E1100", fmt.Sprintf("Data element not found or not accessible: `%s`", q.Get("de")))
	case !ok:
		return missing("E1101", fmt.Sprintf("Period is invalid: `%s`", q.Get("pe")))
	case unit == nil:
		return missing("E1102", fmt.Sprintf("Organisation unit not found or not accessible: `%s`", q.Get("ou")))
	}
	combo := first(q.Get("co"), defaultOptionCombo)
	if s.catalogue.get("categoryOptionCombos", combo) == nil {
		return missing("E1103", fmt.Sprintf("Category option combo not found or not accessible: `%s`", combo))
	}
	return dataValueKey{text(element["id"]), p.id, text(unit["id"]), combo, defaultOptionCombo}, element, nil
}

// writeDataValue serves POST /api/dataValues?de=&pe=&ou=&value=.
func (s *Server) writeDataValue(w http.ResponseWriter, r *http.Request, user User) {
	key, element, err := s.singleKey(r)
	if err != nil {
		writeError(w, err)
		return
	}
	value, kind := r.URL.Query().Get("value"), text(element["valueType"])
	if !s.meta.within(key.orgUnit, user.OrgUnits) {
		writeError(w, &httpError{status: http.StatusConflict, code: "E2020", message: fmt.Sprintf("Organisation unit: `%s` is not in the hierarchy of the current user: `%s`", key.orgUnit, user.Username)})
		return
	}
	if problem := aggregateProblem(kind, value); problem != "" && value != "" {
		err := &httpError{status: http.StatusConflict, code: "E2030", message: fmt.Sprintf("Data value must match data element value type: `%s`", kind)}
		if s.version.atLeast(2, 43) {
			err.code, err.message = "E1004", fmt.Sprintf("Failed to upsert data value: Value #0 value `%s` is no valid %s: %s", value, kind, problem)
		}
		writeError(w, err)
		return
	}
	s.values.put(&dataValue{
		dataValueKey: key, value: value, comment: r.URL.Query().Get("comment"), storedBy: user.Username,
		created: s.now(), updated: s.now(), deleted: value == "",
	})
	w.WriteHeader(http.StatusCreated)
}

// readDataValue serves GET /api/dataValues: the value as the one item of a list.
func (s *Server) readDataValue(w http.ResponseWriter, r *http.Request, _ User) {
	key, _, err := s.singleKey(r)
	if err != nil {
		writeError(w, err)
		return
	}
	v := s.values.get(key)
	if v == nil {
		writeError(w, &httpError{status: http.StatusConflict, code: "E2032", message: "Data value does not exist"})
		return
	}
	writeJSON(w, http.StatusOK, []string{v.value})
}

// deleteDataValue serves DELETE /api/dataValues.
func (s *Server) deleteDataValue(w http.ResponseWriter, r *http.Request, user User) {
	key, _, err := s.singleKey(r)
	if err != nil {
		writeError(w, err)
		return
	}
	v := s.values.get(key)
	if v == nil {
		writeError(w, &httpError{status: http.StatusConflict, code: "E2032", message: "Data value does not exist"})
		return
	}
	gone := *v
	gone.deleted, gone.storedBy, gone.updated = true, user.Username, s.now()
	s.values.put(&gone)
	w.WriteHeader(http.StatusNoContent)
}

// readRegistrations serves GET /api/completeDataSetRegistrations.
func (s *Server) readRegistrations(w http.ResponseWriter, r *http.Request, _ User) {
	q := r.URL.Query()
	sets, periods, units := commaList(q["dataSet"]), commaList(q["period"]), commaList(q["orgUnit"])
	list := []any{}
	for _, reg := range s.registrations {
		if slices.Contains(sets, reg.dataSet) && (len(periods) == 0 || slices.Contains(periods, reg.period)) &&
			(slices.Contains(units, reg.orgUnit) || (q.Get("children") == "true" && s.meta.within(reg.orgUnit, units))) {
			list = append(list, map[string]any{
				"period": reg.period, "dataSet": reg.dataSet, "organisationUnit": reg.orgUnit, "attributeOptionCombo": reg.attribute,
				"date": reg.date, "storedBy": reg.storedBy, "completed": reg.completed,
			})
		}
	}
	if len(list) == 0 {
		writeJSON(w, http.StatusOK, map[string]any{})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"completeDataSetRegistrations": list})
}

// importRegistrations serves POST /api/completeDataSetRegistrations; 2.43.1
// was recorded to fail on it (dhis2.md 0b.15).
func (s *Server) importRegistrations(w http.ResponseWriter, r *http.Request, user User) {
	var in struct {
		Registrations []struct {
			DataSet   string `json:"dataSet"`
			Period    string `json:"period"`
			OrgUnit   string `json:"organisationUnit"`
			Attribute string `json:"attributeOptionCombo"`
			Date      string `json:"date"`
			Completed *bool  `json:"completed"`
		} `json:"completeDataSetRegistrations"`
	}
	q := r.URL.Query()
	summary := newSummary(s.importOptions(q, readAggregateSchemes(q, false)))
	err := json.NewDecoder(r.Body).Decode(&in)
	switch {
	case err != nil:
		summary.die("Post-condition was null")
	case s.version.atLeast(2, 43) && len(in.Registrations) > 0:
		summary.die("Failed to flush BatchHandler")
	default:
		summary.Description = "Import process complete."
	}
	for i, reg := range in.Registrations {
		if summary.Status == "ERROR" {
			break
		}
		p, ok := parsePeriod(reg.Period)
		reject := func(object, why, code string) {
			summary.Status = "WARNING"
			summary.Count.Ignored++
			summary.RejectedIndexes = append(summary.RejectedIndexes, i)
			summary.Conflicts = append(summary.Conflicts, importConflict{Object: object, Objects: map[string]string{}, Value: why, ErrorCode: code, Indexes: []int{i}})
		}
		switch {
		case s.catalogue.get("dataSets", reg.DataSet) == nil:
			reject(reg.DataSet, "Data set not found or not accessible", "E7600")
		case !ok:
			reject(reg.Period, "Period not valid", "E7601")
		case s.catalogue.get("organisationUnits", reg.OrgUnit) == nil:
			reject(reg.OrgUnit, "Organisation unit not found or not accessible", "E7603")
		default:
			day := first(reg.Date, s.now().In(s.opts.Location).Format(time.DateOnly))
			added := &registration{
				dataSet: reg.DataSet, period: p.id, orgUnit: reg.OrgUnit, attribute: first(reg.Attribute, defaultOptionCombo),
				date: day[:min(len(day), len(time.DateOnly))], storedBy: user.Username, completed: reg.Completed == nil || *reg.Completed,
			}
			before := len(s.registrations)
			s.register(added)
			if len(s.registrations) > before {
				summary.Count.Imported++
			} else {
				summary.Count.Updated++
			}
		}
	}
	summary.write(w, r, s.version)
}
