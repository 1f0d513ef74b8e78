package dhis2test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// importSummary is the response of an aggregate import (dhis2.md 1.6).
type importSummary struct {
	Status          string           `json:"status"`
	Options         map[string]any   `json:"importOptions"`
	Description     string           `json:"description,omitempty"`
	Count           importCount      `json:"importCount"`
	Conflicts       []importConflict `json:"conflicts"`
	RejectedIndexes []int            `json:"rejectedIndexes"`
	Complete        string           `json:"dataSetComplete,omitempty"`
	ResponseType    string           `json:"responseType"`

	options []importOption
}

type importCount struct {
	Imported int `json:"imported"`
	Updated  int `json:"updated"`
	Ignored  int `json:"ignored"`
	Deleted  int `json:"deleted"`
}

// importConflict is one reason for a value, or a whole group, not to be
// stored.
type importConflict struct {
	Object    string            `json:"object,omitempty"`
	Objects   map[string]string `json:"objects"`
	Value     string            `json:"value"`
	ErrorCode string            `json:"errorCode"`
	Property  string            `json:"property,omitempty"`
	Indexes   []int             `json:"indexes,omitempty"`
}

// importOption is one of the options that a summary repeats.
type importOption struct {
	name  string
	value any
}

// importOptions are what a summary says of the request.
func (s *Server) importOptions(q url.Values, schemes aggregateSchemes) []importOption {
	given := map[string]any{}
	for name, value := range schemes.given {
		given[name] = map[string]any{"type": string(value)}
	}
	flag := func(name string) importOption { return importOption{name, q.Get(name) == "true"} }
	strategy := strings.ToUpper(q.Get("importStrategy"))
	if strategy == "" {
		strategy = "CREATE_AND_UPDATE"
	}
	out := []importOption{{"idSchemes", given}}
	if s.version.atLeast(2, 43) {
		out = append(out, flag("atomic"))
	}
	out = append(out, flag("dryRun"), flag("async"), importOption{"importStrategy", strategy},
		importOption{"mergeMode", "REPLACE"}, importOption{"reportMode", "FULL"})
	for _, name := range []string{
		"skipExistingCheck", "sharing", "skipNotifications", "skipAudit", "datasetAllowsPeriods", "strictPeriods",
		"strictDataElements", "strictCategoryOptionCombos", "strictAttributeOptionCombos", "strictOrganisationUnits",
		"strictDataSetApproval", "strictDataSetLocking", "strictDataSetInputPeriods", "requireCategoryOptionCombo",
		"requireAttributeOptionCombo", "skipPatternValidation", "ignoreEmptyCollection", "force",
	} {
		out = append(out, flag(name))
	}
	out = append(out, importOption{"firstRowIsHeader", q.Get("firstRowIsHeader") != "false"})
	for _, name := range []string{"skipLastUpdated", "mergeDataValues", "skipCache"} {
		out = append(out, flag(name))
	}
	return out
}

func newSummary(options []importOption) *importSummary {
	out := &importSummary{
		Status: "SUCCESS", Options: map[string]any{}, Conflicts: []importConflict{}, RejectedIndexes: []int{},
		ResponseType: "ImportSummary", options: options,
	}
	for _, o := range options {
		out.Options[o.name] = o.value
	}
	return out
}

// die turns the summary into that of an import that broke off.
func (m *importSummary) die(why string) {
	m.Status, m.Description, m.Complete = "ERROR", "The import process failed: "+why, ""
}

// write answers with a summary: in 2.42 any conflict is a 409, in 2.43 only an
// import that stored nothing (dhis2.md 0b.15).
func (m *importSummary) write(w http.ResponseWriter, r *http.Request, v version) {
	status, state, text := http.StatusOK, "OK", "Import was successful."
	switch {
	case m.Status == "ERROR":
		status, state, text = http.StatusConflict, "ERROR", "An error occurred, please check import summary."
	case m.Status == "WARNING" && v.atLeast(2, 43):
		state, text = "WARNING", "Import completed with warnings, please check import summary."
	case m.Status == "WARNING":
		status, state, text = http.StatusConflict, "WARNING", "One more conflicts encountered, please check import summary."
	}
	out := message{HTTPStatus: http.StatusText(status), HTTPStatusCode: status, Status: state, Message: text, Response: m}
	if accept := r.Header.Get("Accept"); strings.Contains(accept, "xml") && !strings.Contains(accept, "json") {
		m.writeXML(w, out)
		return
	}
	writeJSON(w, status, out)
}

// writeXML writes the summary as DHIS2's own XML.
func (m *importSummary) writeXML(w http.ResponseWriter, out message) {
	var b strings.Builder
	fmt.Fprintf(&b, `<webMessage xmlns="http://dhis2.org/schema/dxf/2.0" httpStatus="%s" httpStatusCode="%d" status="%s">`, out.HTTPStatus, out.HTTPStatusCode, out.Status)
	fmt.Fprintf(&b, "<message>%s</message><response><status>%s</status><importOptions>", escapeXML(out.Message), m.Status)
	for _, o := range m.options {
		switch value := o.value.(type) {
		case map[string]any:
			writeSchemesXML(&b, value)
		default:
			space := ""
			if o.name == "atomic" {
				space = ` xmlns=""`
			}
			fmt.Fprintf(&b, "<%s%s>%v</%s>", o.name, space, value, o.name)
		}
	}
	b.WriteString("</importOptions>")
	if m.Description != "" {
		fmt.Fprintf(&b, "<description>%s</description>", escapeXML(m.Description))
	}
	fmt.Fprintf(&b, `<importCount imported="%d" updated="%d" ignored="%d" deleted="%d"/>`, m.Count.Imported, m.Count.Updated, m.Count.Ignored, m.Count.Deleted)
	b.WriteString(listXML("rejectedIndexes", m.RejectedIndexes))
	if m.Complete != "" {
		fmt.Fprintf(&b, "<dataSetComplete>%s</dataSetComplete>", escapeXML(m.Complete))
	}
	b.WriteString(`<responseType xmlns="">ImportSummary</responseType>` + m.conflictsXML() + "</response></webMessage>")
	w.Header().Set("Content-Type", "application/xml;charset=UTF-8")
	w.WriteHeader(out.HTTPStatusCode)
	_, _ = w.Write([]byte(b.String()))
}

func writeSchemesXML(b *strings.Builder, schemes map[string]any) {
	if len(schemes) == 0 {
		b.WriteString("<idSchemes/>")
		return
	}
	b.WriteString("<idSchemes>")
	for _, name := range []string{"idScheme", "dataElementIdScheme", "orgUnitIdScheme", "dataSetIdScheme", "categoryOptionComboIdScheme", "attributeOptionComboIdScheme"} {
		if given, ok := schemes[name].(map[string]any); ok {
			fmt.Fprintf(b, `<%s xmlns=""><type>%s</type></%s>`, name, escapeXML(fmt.Sprint(given["type"])), name)
		}
	}
	b.WriteString("</idSchemes>")
}

func (m *importSummary) conflictsXML() string {
	if len(m.Conflicts) == 0 {
		return "<conflicts/>"
	}
	var b strings.Builder
	b.WriteString("<conflicts>")
	for _, c := range m.Conflicts {
		b.WriteString("<conflict")
		for _, a := range [][2]string{{"object", c.Object}, {"value", c.Value}, {"errorCode", c.ErrorCode}, {"property", c.Property}} {
			if a[1] != "" {
				fmt.Fprintf(&b, ` %s="%s"`, a[0], escapeXML(a[1]))
			}
		}
		b.WriteString(">")
		for _, i := range c.Indexes {
			fmt.Fprintf(&b, `<indexes xmlns="" indexes="%d"/>`, i)
		}
		b.WriteString(`<objects xmlns="">`)
		for key, value := range c.Objects {
			fmt.Fprintf(&b, "<%s>%s</%s>", key, escapeXML(value), key)
		}
		b.WriteString("</objects></conflict>")
	}
	return b.String() + "</conflicts>"
}

func listXML(name string, items []int) string {
	if len(items) == 0 {
		return "<" + name + "/>"
	}
	var b strings.Builder
	for _, i := range items {
		fmt.Fprintf(&b, "<%s>%d</%s>", name, i, name)
	}
	return b.String()
}

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // into memory
	return b.String()
}

// aggregateJob is an asynchronous aggregate import; it is done when the answer
// goes out.
type aggregateJob struct {
	summary *importSummary
	at      string
}

// writeAggregateJob answers that an import was taken on.
func (s *Server) writeAggregateJob(w http.ResponseWriter, r *http.Request, summary *importSummary) {
	uid, now := s.uids.next(), s.now()
	if len(s.aggregateJobs) < maxSettings {
		s.aggregateJobs[uid] = aggregateJob{summary, s.format(now)}
	}
	name := fmt.Sprintf("DATAVALUE_IMPORT (%d)", now.UnixMilli())
	w.Header().Set("Location", s.base(r)+"/api/system/tasks/DATAVALUE_IMPORT")
	writeJSON(w, http.StatusOK, message{
		HTTPStatus: "OK", HTTPStatusCode: http.StatusOK, Status: "OK", Message: "Initiated " + name,
		Response: map[string]any{
			"name": name, "id": uid, "created": s.format(now), "jobType": "DATAVALUE_IMPORT", "jobStatus": "NOT_STARTED",
			"jobParameters": summary.Options, "relativeNotifierEndpoint": "/api/system/tasks/DATAVALUE_IMPORT/" + uid,
			"responseType": "JobConfiguration",
		},
	})
}

// readAggregateJob serves GET /api/system/tasks/DATAVALUE_IMPORT/{id}.
func (s *Server) readAggregateJob(w http.ResponseWriter, r *http.Request, _ User) {
	uid := r.PathValue("id")
	job, known := s.aggregateJobs[uid]
	if !known {
		writeJSON(w, http.StatusOK, []any{})
		return
	}
	writeJSON(w, http.StatusOK, []any{map[string]any{
		"uid": uid, "id": uid, "level": "INFO", "category": "DATAVALUE_IMPORT", "time": job.at, "completed": true,
		"message": "Import done",
	}})
}

// readAggregateSummary serves GET /api/system/taskSummaries/DATAVALUE_IMPORT/{id}.
func (s *Server) readAggregateSummary(w http.ResponseWriter, r *http.Request, _ User) {
	job, known := s.aggregateJobs[r.PathValue("id")]
	if !known {
		writeJSON(w, http.StatusOK, nil)
		return
	}
	writeJSON(w, http.StatusOK, job.summary)
}
