package dhis2test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// dataValueQuery is a read of data values.
type dataValueQuery struct {
	sets, elements, periods, units []string // as given; units and periods resolved below
	children, deleted              bool
	from, to                       time.Time
	since                          time.Time
	limit                          int
}

// exportDataValues serves GET /api/dataValueSets as JSON, XML, CSV or ADX;
// 2.43.1 answers JSON to those who ask for ADX (dhis2.md 0b.15).
func (s *Server) exportDataValues(w http.ResponseWriter, r *http.Request, user User) {
	q := r.URL.Query()
	query, err := s.readDataValueQuery(q)
	if err != nil {
		writeError(w, err)
		return
	}
	found := s.selectDataValues(query, user)
	charge(w, len(found))
	accept := r.Header.Get("Accept")
	switch {
	case strings.Contains(accept, "adx") && s.version.before(2, 43):
		s.writeADX(w, found)
	case strings.Contains(accept, "csv"):
		writeDataValueCSV(w, found)
	case strings.Contains(accept, "application/xml") && !strings.Contains(accept, "json"):
		writeDataValueXML(w, query, found)
	default:
		if s.version.atLeast(2, 43) {
			w.Header().Set("Content-Disposition", `attachment; filename="dataValues.json"`)
		}
		writeJSON(w, http.StatusOK, s.dataValueDocument(query, found))
	}
}

func (s *Server) readDataValueQuery(q url.Values) (dataValueQuery, *httpError) {
	conflict := func(code, text string) (dataValueQuery, *httpError) {
		return dataValueQuery{}, &httpError{status: http.StatusConflict, message: text, code: code}
	}
	out := dataValueQuery{
		sets: commaList(q["dataSet"]), elements: commaList(q["dataElement"]), periods: commaList(q["period"]),
		units: commaList(q["orgUnit"]), children: q.Get("children") == "true", deleted: q.Get("includeDeleted") == "true",
		limit: positive(q.Get("limit"), 0),
	}
	known := slices.DeleteFunc(slices.Clone(out.sets), func(uid string) bool { return s.catalogue.get("dataSets", uid) == nil })
	if len(known) == 0 && len(out.elements) == 0 && (s.version.before(2, 43) || len(out.sets) == 0) {
		return conflict("E2001", "At least one data element, data set or data element group must be specified")
	}
	out.from, _ = time.Parse(time.DateOnly, q.Get("startDate"))
	out.to, _ = time.Parse(time.DateOnly, q.Get("endDate"))
	if since, ok := parseInstant(q.Get("lastUpdated"), s.opts.Location); ok {
		out.since = since
	}
	if age, err := sinceDuration(q.Get("lastUpdatedDuration")); err == nil {
		out.since = s.now().Add(-age)
	}
	// Recorded: for 2.43.1 lastUpdated does not stand in for a period.
	if len(out.periods) == 0 && out.from.IsZero() && (out.since.IsZero() || s.version.atLeast(2, 43)) {
		return conflict("E2002", "At least one period, start/end dates, last updated or last updated duration must be specified")
	}
	if len(out.units) == 0 && len(commaList(q["orgUnitGroup"])) == 0 {
		return conflict("E2006", "At least one organisation unit or organisation unit group must be specified")
	}
	return out, nil
}

// sinceDuration reads 1d, 12h, 30m, 10s.
func sinceDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err //nolint:wrapcheck // only whether there is one matters
	}
	return time.ParseDuration(text) //nolint:wrapcheck // as above
}

func (s *Server) selectDataValues(q dataValueQuery, user User) []*dataValue {
	periods := map[string]bool{}
	for _, given := range q.periods {
		if p, ok := parsePeriod(given); ok {
			periods[p.id] = true
		}
	}
	var found []*dataValue
	for _, v := range s.values.order {
		inUnit := slices.Contains(q.units, v.orgUnit) || (q.children && s.meta.within(v.orgUnit, q.units))
		switch {
		case v.deleted && !q.deleted, !inUnit, !s.meta.within(v.orgUnit, user.OrgUnits) && !user.Has("ALL"):
		case len(periods) > 0 && !periods[v.period], v.updated.Before(q.since):
		case !s.inSets(v.dataElement, q), !inDates(v.period, q):
		case q.limit > 0 && len(found) == q.limit:
		default:
			found = append(found, v)
		}
	}
	return found
}

func (s *Server) inSets(dataElement string, q dataValueQuery) bool {
	if slices.Contains(q.elements, dataElement) {
		return true
	}
	return slices.ContainsFunc(q.sets, func(uid string) bool { return inSet(s.catalogue.get("dataSets", uid), dataElement) })
}

func inDates(id string, q dataValueQuery) bool {
	if q.from.IsZero() || q.to.IsZero() {
		return true
	}
	p, ok := parsePeriod(id)
	return ok && !p.start.Before(q.from) && !p.end.After(q.to.AddDate(0, 0, 1))
}

// dataValueDocument: 2.43 takes what all values share into the envelope and
// leaves out what is empty.
func (s *Server) dataValueDocument(q dataValueQuery, found []*dataValue) map[string]any {
	newer := s.version.atLeast(2, 43)
	onePeriod, oneUnit := len(q.periods) == 1, len(q.units) == 1 && !q.children
	doc := map[string]any{}
	if len(q.sets) == 1 && (newer || (onePeriod && len(q.units) == 1)) {
		doc["dataSet"] = q.sets[0]
	}
	if onePeriod && (newer || len(q.units) == 1) {
		doc["period"] = q.periods[0]
	}
	if len(q.units) == 1 && (!newer || oneUnit) && (newer || onePeriod) {
		doc["orgUnit"] = q.units[0]
	}
	if !newer && onePeriod && len(q.units) == 1 {
		doc["completeDate"] = s.completeDate(q)
	}
	list := []any{}
	for _, v := range found {
		item := map[string]any{
			"dataElement": v.dataElement, "categoryOptionCombo": v.category, "attributeOptionCombo": v.attribute,
			"value": v.value, "storedBy": v.storedBy, "created": stampUTC(v.created, newer), "lastUpdated": stampUTC(v.updated, newer),
		}
		if !newer || !onePeriod {
			item["period"] = v.period
		}
		if !newer || !oneUnit {
			item["orgUnit"] = v.orgUnit
		}
		if !newer {
			item["comment"], item["followup"] = nil, v.followup
		}
		if v.comment != "" {
			item["comment"] = v.comment
		}
		if newer && v.followup {
			item["followUp"] = true
		}
		if v.deleted {
			item["deleted"] = true
		}
		list = append(list, item)
	}
	doc["dataValues"] = list
	return doc
}

// completeDate is when the data set was declared complete, or null.
func (s *Server) completeDate(q dataValueQuery) any {
	for _, r := range s.registrations {
		if len(q.sets) == 1 && r.dataSet == q.sets[0] && r.period == q.periods[0] && r.orgUnit == q.units[0] && r.completed {
			return r.date
		}
	}
	return nil
}

// stampUTC: aggregate times are in UTC, unlike the tracker's; up to 2.42 in
// whole seconds.
func stampUTC(t time.Time, millis bool) string {
	if !millis {
		t = t.Truncate(time.Second)
	}
	return t.UTC().Format("2006-01-02T15:04:05.000-0700")
}

// writeADX writes values by data set, period and org unit, with codes.
func (s *Server) writeADX(w http.ResponseWriter, found []*dataValue) {
	code := func(plural, uid string) string {
		o := s.catalogue.get(plural, uid)
		return escapeXML(first(text(o["code"]), uid))
	}
	var b strings.Builder
	b.WriteString(`<adx xmlns="` + adxNamespace + `">`)
	group := ""
	for _, v := range found {
		set := ""
		for _, candidate := range s.catalogue.all("dataSets") {
			if inSet(candidate, v.dataElement) {
				set = text(candidate["id"])
				break
			}
		}
		p, _ := parsePeriod(v.period)
		key := fmt.Sprintf(`<group dataSet="%s" period="%s" orgUnit="%s">`, code("dataSets", set), p.adx(), code("organisationUnits", v.orgUnit))
		if key != group && group != "" {
			b.WriteString("</group>")
		}
		if key != group {
			b.WriteString(key)
			group = key
		}
		fmt.Fprintf(&b, `<dataValue dataElement="%s" value="%s"/>`, code("dataElements", v.dataElement), escapeXML(v.value))
	}
	if group != "" {
		b.WriteString("</group>")
	}
	w.Header().Set("Content-Type", "application/adx+xml;charset=UTF-8")
	_, _ = w.Write([]byte(b.String() + "</adx>"))
}

func writeDataValueXML(w http.ResponseWriter, q dataValueQuery, found []*dataValue) {
	var b strings.Builder
	b.WriteString(`<dataValueSet xmlns="http://dhis2.org/schema/dxf/2.0"`)
	for _, a := range [][2]string{{"dataSet", strings.Join(q.sets, ",")}, {"period", strings.Join(q.periods, ",")}, {"orgUnit", strings.Join(q.units, ",")}} {
		if a[1] != "" && !strings.Contains(a[1], ",") {
			fmt.Fprintf(&b, ` %s="%s"`, a[0], escapeXML(a[1]))
		}
	}
	b.WriteString(">")
	for _, v := range found {
		fmt.Fprintf(&b, `<dataValue dataElement="%s" period="%s" orgUnit="%s" categoryOptionCombo="%s" attributeOptionCombo="%s" value="%s" storedBy="%s" created="%s" lastUpdated="%s" followUp="%t"/>`,
			v.dataElement, v.period, v.orgUnit, v.category, v.attribute, escapeXML(v.value), escapeXML(v.storedBy), stampUTC(v.created, false), stampUTC(v.updated, false), v.followup)
	}
	w.Header().Set("Content-Type", "application/xml;charset=UTF-8")
	_, _ = w.Write([]byte(b.String() + "</dataValueSet>"))
}

func writeDataValueCSV(w http.ResponseWriter, found []*dataValue) {
	w.Header().Set("Content-Type", "application/csv;charset=UTF-8")
	out := csv.NewWriter(w)
	_ = out.Write([]string{"dataelement", "period", "orgunit", "categoryoptioncombo", "attributeoptioncombo", "value", "storedby", "lastupdated", "comment", "followup", "deleted"})
	for _, v := range found {
		_ = out.Write([]string{
			v.dataElement, v.period, v.orgUnit, v.category, v.attribute, v.value, v.storedBy, stampUTC(v.updated, false),
			v.comment, strconv.FormatBool(v.followup), strconv.FormatBool(v.deleted),
		})
	}
	out.Flush()
}
