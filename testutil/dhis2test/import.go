package dhis2test

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// importTracker serves POST /api/tracker.
func (s *Server) importTracker(w http.ResponseWriter, r *http.Request, user User) {
	params, httpErr := readImportParams(r.URL.Query())
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && (media == "text/csv" || media == "application/csv"):
		writeMessage(w, http.StatusNotImplemented, "dhis2test does not cover events as CSV", "")
		return
	case r.Header.Get("Content-Type") == "":
		writeMessage(w, http.StatusUnsupportedMediaType, "Content-Type is not supported", "")
		return
	case err != nil || media != "application/json":
		writeMessage(w, http.StatusUnsupportedMediaType,
			fmt.Sprintf("Content-Type '%s' is not supported", r.Header.Get("Content-Type")), "")
		return
	}
	body, err := io.ReadAll(r.Body) // bounded by ServeHTTP
	if err != nil {
		writeMessage(w, http.StatusBadRequest, "Required request body is missing", "")
		return
	}
	doc, httpErr := decodeBody(body)
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	in, httpErr := readPayload(doc, s.opts.Location, &s.uids)
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	report, httpErr := s.runImport(in, params, user)
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	if params.async {
		s.writeJob(w, r, report)
		return
	}
	status := http.StatusOK
	if report.Status == "ERROR" {
		status = http.StatusConflict
	}
	writeJSON(w, status, report)
}

// importRun is one import on its way through the pipeline (dhis2.md 1.1,
// "Pipeline order"). Its methods are spread over the validate and persist
// files.
type importRun struct {
	*findings
	meta   *metadata
	store  *store
	params importParams
	user   User
	users  map[string]User
	uids   *uidSource
	now    time.Time
	future time.Time // the first instant that is in the future
	format func(time.Time) string

	in *payload
	// reduced are the programs that an event without program has replaced by
	// a copy with neither attributes nor rules, for the whole payload
	// (dhis2.md 1.1, Event.program).
	reduced map[string]bool
	// persistable are the objects that will be stored, by type + UID.
	persistable map[string]bool
}

func (s *Server) runImport(in *payload, params importParams, user User) (importReport, *httpError) {
	run := &importRun{
		findings: &findings{invalid: map[string]bool{}, failFast: params.failFast},
		meta:     s.meta, store: s.store, params: params, user: user, users: s.users, uids: &s.uids,
		now: s.now(), future: s.tomorrow(), format: s.format,
		in: in, reduced: map[string]bool{}, persistable: map[string]bool{},
	}
	relationshipsSent := len(in.relationships)
	run.preprocess()
	if !params.skip || !user.Has("ALL") { // SKIP is honoured for superusers only
		run.validate()
	}
	run.filter()
	run.shuffle(len(s.requests))

	report := importReport{Status: "OK", ValidationReport: run.report(params.reportMode)}
	switch {
	case len(run.errors) > 0 && !params.perObject:
		report.Status = "ERROR"
		report.Stats.Ignored = in.size()
	case params.validate:
		report.Stats.Ignored = len(run.invalid)
		report.BundleReport = &bundleReport{TypeReportMap: map[string]*typeReport{}}
	case in.hasNUL():
		return report, databaseError(`ERROR: invalid byte sequence for encoding "UTF8": 0x00`)
	default:
		report.BundleReport = newBundleReport()
		ignored := run.commit(report.BundleReport)
		run.totals(&report, relationshipsSent, ignored)
	}
	report.Stats.sum()
	return report, nil
}

// totals fills the counts of a committed import. Ignored counts the objects
// with an error and known relationships; a type's own ignored counts
// everything of it that was sent and not stored, also dropped duplicates and
// children of failed parents [R atomic-object-children, rel-dup-in-payload].
func (run *importRun) totals(report *importReport, relationshipsSent, knownRelationships int) {
	sent := map[string]int{
		typeEntity: len(run.in.entities), typeEnrollment: len(run.in.enrollments),
		typeEvent: len(run.in.events), typeRelationship: relationshipsSent,
	}
	for trackerType, t := range report.BundleReport.TypeReportMap {
		report.Stats.Created += t.Stats.Created
		report.Stats.Updated += t.Stats.Updated
		report.Stats.Deleted += t.Stats.Deleted
		t.Stats.Ignored = sent[trackerType] - len(t.ObjectReports)
		t.Stats.sum()
	}
	report.Stats.Ignored = len(run.invalid) + knownRelationships
}

// preprocess decides what to do with each object, completes events and drops
// relationships that are twice in the payload.
func (run *importRun) preprocess() {
	for _, e := range run.in.entities {
		e.do = run.decide(run.store.entities.get(e.uid) != nil)
	}
	for _, e := range run.in.enrollments {
		e.do = run.decide(run.store.enrollments.get(e.uid) != nil)
	}
	for _, e := range run.in.events {
		e.do = run.decide(run.store.events.get(e.uid) != nil)
		run.completeEvent(e)
	}
	var kept []*relationshipIn
	seen := map[string]bool{}
	for _, r := range run.in.relationships {
		r.do = run.decide(run.store.relationships.get(r.uid) != nil)
		key := run.linkKey(r.relationshipType, r.from, r.to)
		if seen[key] && r.do != remove {
			continue
		}
		seen[key] = true
		kept = append(kept, r)
	}
	run.in.relationships = kept
}

func (run *importRun) decide(exists bool) action {
	switch run.params.strategy {
	case "CREATE":
		return create
	case "UPDATE":
		return update
	case "DELETE":
		return remove
	}
	if exists {
		return update
	}
	return create
}

// completeEvent finds the program by the stage and the stage of an event
// program. The first has a price: see reduced.
func (run *importRun) completeEvent(e *eventIn) {
	if e.do == remove {
		return
	}
	if e.program == "" {
		if stage := run.stage(e.stage); stage != nil {
			p := run.meta.programs[stage.Program.ID]
			run.reduced[p.ID] = true
			e.program = run.identifierOf(&p.named, run.params.program)
		}
	}
	if p := run.program(e.program); e.stage == "" && p != nil && !p.registration() && len(p.Stages) > 0 {
		e.stage = run.identifierOf(&run.meta.stages[p.Stages[0].ID].named, run.params.programStage)
	}
}

// identifierOf is how the payload would have named an object.
func (run *importRun) identifierOf(n *named, s scheme) string {
	switch s {
	case "CODE":
		return n.Code
	case "NAME":
		return n.Name
	}
	for _, v := range n.AttributeValues {
		if s == scheme("ATTRIBUTE:"+v.Attribute.ID) {
			return v.Value
		}
	}
	return n.ID
}

// linkKey is what makes two relationships the same: type and ends, in either
// order when the type is bidirectional (dhis2.md 2.2).
func (run *importRun) linkKey(relationshipType string, from, to itemIn) string {
	a, b := fmt.Sprint(from), fmt.Sprint(to)
	if t := run.relationshipType(relationshipType); t != nil {
		relationshipType = t.ID
		if t.Bidirectional && b < a {
			a, b = b, a
		}
	}
	return relationshipType + a + b
}

func (run *importRun) entityType(given string) *entityType {
	return find(run.meta.entityTypes, run.params.scheme, given)
}

func (run *importRun) attribute(given string) *attribute {
	return find(run.meta.attributes, run.params.scheme, given)
}

func (run *importRun) orgUnit(given string) *orgUnit {
	return find(run.meta.orgUnits, run.params.orgUnit, given)
}

func (run *importRun) program(given string) *program {
	return find(run.meta.programs, run.params.program, given)
}

func (run *importRun) stage(given string) *programStage {
	return find(run.meta.stages, run.params.programStage, given)
}

func (run *importRun) dataElement(given string) *dataElement {
	return find(run.meta.dataElements, run.params.dataElement, given)
}

func (run *importRun) relationshipType(given string) *relationshipType {
	return find(run.meta.relationTypes, run.params.scheme, given)
}
