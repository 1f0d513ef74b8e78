package dhis2test

import (
	"io"
	"mime"
	"net/http"
	"time"
)

// importTracker serves POST /api/tracker. The server is locked for what reads
// or changes its state only, not while a body is decoded.
func (s *Server) importTracker(w http.ResponseWriter, r *http.Request, user User) {
	params, httpErr := readImportParams(r.URL.Query(), s.version)
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	in, httpErr := s.readImport(r)
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	charge(w, in.size())
	if params.async {
		s.enqueue(w, r, in, params, user)
		return
	}
	report, httpErr := s.runImport(in, params, user, func() {
		if s.opts.Race != nil {
			s.opts.Race(r)
		}
	})
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	status := http.StatusOK
	if report.Status == "ERROR" {
		status = http.StatusConflict
	}
	writeJSON(w, status, report)
}

// readImport reads the body by its media type.
func (s *Server) readImport(r *http.Request) (*payload, *httpError) {
	sent := r.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(sent)
	body, readErr := io.ReadAll(r.Body) // bounded by ServeHTTP
	switch {
	case sent == "":
		return nil, s.unsupportedMedia("")
	case readErr != nil:
		return nil, badRequest("Required request body is missing")
	case err == nil && (media == "text/csv" || media == "application/csv"):
		return readEventCSV(body, r.URL.Query().Get("skipFirst") != "false", s.version, s.opts.Location, &s.uids)
	case err != nil || media != "application/json":
		return nil, s.unsupportedMedia(sent)
	}
	doc, httpErr := decodeBody(body)
	if httpErr != nil {
		return nil, httpErr
	}
	return readPayload(doc, s.version, s.opts.Location, &s.uids)
}

func (s *Server) unsupportedMedia(sent string) *httpError {
	text := "Content-Type is not supported"
	switch {
	case sent != "" && s.version.before(2, 42):
		text = "Content type '" + sent + "' not supported"
	case sent != "":
		text = "Content-Type '" + sent + "' is not supported"
	case s.version.before(2, 42):
		text = "Content type '' not supported"
	}
	return &httpError{status: http.StatusUnsupportedMediaType, message: text}
}

// importRun is one import on its way through the pipeline (dhis2.md 1.1,
// "Pipeline order"). Its methods are spread over the preprocess, validate,
// permission and persist files.
type importRun struct {
	*findings
	version version
	meta    *metadata
	store   *store
	params  importParams
	user    *User
	users   map[string]User
	uids    *uidSource
	rules   func(RuleSubject) []RuleResult
	now     time.Time
	future  time.Time // the first instant that is in the future
	format  func(time.Time) string

	in    *payload
	index payloadIndex
	// reduced are the programs that an event without program has replaced by
	// a copy with neither attributes nor rules, for the whole payload
	// (dhis2.md 1.1, Event.program).
	reduced map[string]bool
	// relationshipsSent counts them before the duplicates were dropped.
	relationshipsSent int
}

// newRun is called with the server locked.
func (s *Server) newRun(in *payload, params importParams, user *User) *importRun {
	return &importRun{
		findings: newFindings(s.version, params.failFast), version: s.version,
		meta: s.meta, store: s.store, params: params, user: user, users: s.users, uids: &s.uids,
		rules: s.opts.ProgramRules, now: s.now(), future: s.tomorrow(), format: s.format,
		in: in, reduced: map[string]bool{}, relationshipsSent: len(in.relationships),
	}
}

// runImport imports synchronously. With Options.Race, between is called
// between validation and commit, without a lock.
func (s *Server) runImport(in *payload, params importParams, user User, between func()) (importReport, *httpError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run := s.newRun(in, params, &user)
	run.prepare()
	if s.opts.Race != nil && run.commits() {
		s.racing.enter(run)
		defer s.racing.leave(run)
		s.unlocked(between)
		if httpErr := s.racing.deadlock(run); httpErr != nil {
			return run.died(httpErr)
		}
	}
	return run.finish()
}

// unlocked calls f without the server's lock, which is held before and after,
// also when f panics.
func (s *Server) unlocked(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}

// prepare is everything before the commit.
func (run *importRun) prepare() {
	run.preprocess()
	if !run.skips() {
		run.validate()
	}
	run.filter()
	run.runRules()
	run.shuffle(run.in.size())
}

// skips: validationMode=SKIP is honoured for superusers only.
func (run *importRun) skips() bool { return run.params.skip && run.user.Has("ALL") }

// commits tells whether the import is going to store anything.
func (run *importRun) commits() bool {
	return !run.params.validate && (len(run.errors) == 0 || run.params.perObject)
}

// finish commits, if nothing speaks against it, and reports.
func (run *importRun) finish() (importReport, *httpError) {
	report := importReport{Status: "OK", ValidationReport: run.report(run.params.reportMode)}
	if run.version.before(2, 41) && run.params.reportMode == "FULL" {
		report.Timings = &timings{Timers: map[string]string{"totalImport": "0.001 sec."}}
	}
	switch {
	case len(run.errors) > 0 && !run.params.perObject:
		report.Status = "ERROR"
		report.Stats.Ignored = run.ignored()
	case run.params.validate:
		report.Stats.Ignored = len(run.invalid)
		report.BundleReport = &bundleReport{TypeReportMap: map[string]*typeReport{}}
	default:
		if httpErr := run.constraint(); httpErr != nil {
			return run.died(httpErr)
		}
		report.BundleReport = newBundleReport()
		run.totals(&report, run.relationshipsSent, run.commit(report.BundleReport))
	}
	report.Stats.sum()
	return report, nil
}

// died is the end of an import that the database refused: 2.40 reports it, the
// later ones let it fly (dhis2.md 1.1).
func (run *importRun) died(httpErr *httpError) (importReport, *httpError) {
	if run.version.atLeast(2, 41) {
		return importReport{}, httpErr
	}
	report := importReport{
		Status: "ERROR", Message: "Exception:" + httpErr.message, ValidationReport: run.report(run.params.reportMode),
	}
	report.Stats.Ignored = run.in.size()
	report.Stats.sum()
	return report, nil
}
