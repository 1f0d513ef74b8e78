package dhis2test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// adxType is the media type of ADX.
const adxType = "application/adx+xml"

// aggregateRun is one import of data values.
type aggregateRun struct {
	server  *Server
	user    User
	schemes aggregateSchemes
	summary *importSummary

	strategy string
	dryRun   bool
	strict   func(name string) bool
	index    int // of the next value, over all groups
}

// importDataValues serves POST /api/dataValueSets: JSON, XML, CSV and ADX
// (dhis2.md 1.6). Up to 2.42 it is lenient, 2.43 checks each group as a whole.
func (s *Server) importDataValues(w http.ResponseWriter, r *http.Request, user User) {
	q, media := r.URL.Query(), bodyType(r)
	params := paramReader{q: q}
	strategy := params.choice("importStrategy", "CREATE_AND_UPDATE", "CREATE", "UPDATE", "CREATE_AND_UPDATE", "DELETE", "SYNC", "NEW_AND_UPDATES", "NEW", "UPDATES", "DELETES")
	if params.err != nil {
		writeError(w, params.err)
		return
	}
	if !user.Has("F_DATAVALUE_ADD") {
		writeError(w, &httpError{status: http.StatusForbidden, message: "Access is denied, requires one Authority from [F_DATAVALUE_ADD]"})
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeError(w, badRequest("Required request body is missing"))
		return
	}
	sets, known, err := readDataValueSets(media, body)
	if !known {
		s.refuseType(w, r)
		return
	}
	run := &aggregateRun{
		server: s, user: user, schemes: readAggregateSchemes(q, media == adxType && s.version.before(2, 43)),
		strategy: shortStrategy(strategy), dryRun: q.Get("dryRun") == "true", strict: func(name string) bool { return q.Get(name) == "true" },
	}
	run.summary = newSummary(s.importOptions(q, run.schemes))
	run.run(w, sets, err, media == adxType)
	if run.summary == nil {
		return // answered
	}
	charge(w, run.index)
	if q.Get("async") == "true" {
		s.writeAggregateJob(w, r, run.summary)
		return
	}
	run.summary.write(w, r, s.version)
}

// refuseType is the 415 of a body nobody reads.
func (s *Server) refuseType(w http.ResponseWriter, r *http.Request) {
	media := r.Header.Get("Content-Type")
	text := "Content-Type '" + media + "' is not supported"
	if s.version.before(2, 42) {
		text = "Content type '" + media + "' not supported"
	}
	writeJSONAs(w, "application/json", http.StatusUnsupportedMediaType, message{
		HTTPStatus: "Unsupported Media Type", HTTPStatusCode: http.StatusUnsupportedMediaType, Status: "ERROR", Message: text,
	})
}

// shortStrategy: the old names of the strategies still work.
func shortStrategy(strategy string) string {
	switch strategy {
	case "NEW":
		return "CREATE"
	case "UPDATES":
		return "UPDATE"
	case "DELETES":
		return "DELETE"
	case "NEW_AND_UPDATES", "SYNC":
		return "CREATE_AND_UPDATE"
	}
	return strategy
}

func (run *aggregateRun) run(w http.ResponseWriter, sets []dataValueSet, unreadable error, adx bool) {
	m := run.summary
	m.Complete = "false"
	switch {
	case run.server.version.atLeast(2, 43):
		run.runStrict(w, sets, unreadable, adx)
		return
	case unreadable != nil:
		// Recorded: a 409, not a 400 [R malformed, adx-malformed].
		m.die("Post-condition was null")
		return
	}
	m.Description = "Import process completed successfully"
	for i := range sets {
		if !run.lenient(&sets[i]) {
			return
		}
	}
	if len(m.Conflicts) > 0 {
		m.Status = "WARNING"
	}
}

// target is a value with what its identifiers stand for.
type target struct {
	in     *dataValueIn
	index  int
	key    dataValueKey
	period aggPeriod
	kind   string // the data element's value type
	set    object // the data set it belongs to, if any
}

// store writes a value and counts what that was.
func (run *aggregateRun) store(t target, deleted bool) {
	s, in := run.server, t.in
	if run.dryRun {
		return
	}
	s.values.put(&dataValue{
		dataValueKey: t.key, value: in.Value.text, comment: in.Comment, followup: in.Followup, deleted: deleted,
		storedBy: run.user.Username, created: s.now(), updated: s.now(),
	})
}

// complete registers a data set as complete when the envelope says when.
func (run *aggregateRun) complete(set *dataValueSet, dataSet, orgUnit object, p aggPeriod) {
	if set.CompleteDate == "" || dataSet == nil || orgUnit == nil || p.id == "" {
		return
	}
	day := set.CompleteDate[:min(len(set.CompleteDate), len("2006-01-02"))]
	run.summary.Complete = day
	if !run.dryRun {
		run.server.register(&registration{
			dataSet: text(dataSet["id"]), period: p.id, orgUnit: text(orgUnit["id"]), attribute: defaultOptionCombo,
			date: day, storedBy: run.user.Username, completed: true,
		})
	}
}

func (s *Server) register(r *registration) {
	for i, old := range s.registrations {
		if old.dataSet == r.dataSet && old.period == r.period && old.orgUnit == r.orgUnit && old.attribute == r.attribute {
			s.registrations[i] = r
			return
		}
	}
	s.registrations = append(s.registrations, r)
}

// setOf is the first data set a data element is in.
func (run *aggregateRun) setsOf(dataElement string) []object {
	var out []object
	for _, set := range run.server.catalogue.all("dataSets") {
		if inSet(set, dataElement) {
			out = append(out, set)
		}
	}
	return out
}

func inSet(set object, dataElement string) bool {
	elements, _ := set["dataSetElements"].([]any)
	for _, item := range elements {
		o, _ := item.(map[string]any)
		if de, ok := o["dataElement"].(map[string]any); ok && text(de["id"]) == dataElement {
			return true
		}
	}
	return false
}

func (run *aggregateRun) readPeriod(set *dataValueSet, given string) (aggPeriod, bool) {
	if set.adx {
		return parseADXPeriod(given)
	}
	return parsePeriod(given)
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// orNull is how Java prints an identifier that was not given.
func orNull(text string) string {
	if text == "" {
		return "null"
	}
	return text
}

// optionCombo finds the combination of ADX's category options: categories and
// options by code.
func (run *aggregateRun) optionCombo(options map[string]string) (string, bool) {
	if len(options) == 0 {
		return defaultOptionCombo, true
	}
	c := run.server.catalogue
	wanted := map[string]bool{}
	for category, option := range options {
		found := c.lookUp("categories", "CODE", category)
		chosen := c.lookUp("categoryOptions", "CODE", option)
		if found == nil || chosen == nil {
			return fmt.Sprint(options), false
		}
		wanted[text(chosen["id"])] = true
	}
	for _, combo := range c.all("categoryOptionCombos") {
		ids := idsOf(combo["categoryOptions"])
		missing := len(ids) != len(wanted)
		for _, id := range ids {
			missing = missing || !wanted[id]
		}
		if !missing {
			return text(combo["id"]), true
		}
	}
	return fmt.Sprint(options), false
}

func joined(texts []string) string { return "[" + strings.Join(texts, ", ") + "]" }
