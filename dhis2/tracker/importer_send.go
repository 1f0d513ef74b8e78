package tracker

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/internal/httpx"
)

// send brings the pending objects of records to the server, again and in halves where that is due.
func (w *worker) send(records []*record, depth int) error {
	s := pack(records)
	t := tries{first: time.Now()}
	for {
		report, err := w.post(s, depth)
		if err == nil {
			w.run.condemned.Store(0)
			return w.settle(s, report)
		}
		if w.ctx.Err() != nil || w.run.isStopping() {
			return errStopped
		}
		var refused *dhis2.Error
		if !errors.As(err, &refused) {
			return err
		}
		s.note(refused)
		again, err := w.weigh(&t, refused)
		if err != nil {
			return err
		}
		if !again {
			w.run.cfg.Logger.LogAttrs(w.ctx, slog.LevelDebug, "an import request is split or given up",
				slog.String("class", string(refused.Class)), slog.Int("status", refused.Status), slog.Int("objects", len(s.objects)))
			return w.split(s, refused, depth)
		}
		w.run.cfg.Logger.LogAttrs(w.ctx, slog.LevelDebug, "an import request is repeated",
			slog.String("class", string(refused.Class)), slog.Int("status", refused.Status),
			slog.Int("attempt", t.made), slog.Duration("wait", t.wait))
		if !w.pause(t.wait) {
			return errStopped
		}
	}
}

// tries counts what was done about one shipment.
type tries struct {
	first time.Time
	made  int
	wait  time.Duration
}

// maxRaces is how often a request is sent that loses races.
const maxRaces = 12

// weigh decides whether to send the same bytes again; if not, and without error, the server works
// and it is the request that is at fault.
func (w *worker) weigh(t *tries, e *dhis2.Error) (again bool, err error) {
	t.made++
	limit := w.run.cfg.Attempts
	switch e.Verdict {
	case dhis2.VerdictSplit:
		return false, nil
	case dhis2.VerdictRetry:
		if e.Class == dhis2.ClassRace {
			limit = max(limit, maxRaces)
		}
	case dhis2.VerdictBisect:
	case dhis2.VerdictPark, dhis2.VerdictDone, dhis2.VerdictIgnore, dhis2.VerdictAfterParent, dhis2.VerdictLookUp,
		dhis2.VerdictUpsert, dhis2.VerdictReincarnate, dhis2.VerdictRefresh, dhis2.VerdictOperator:
		return false, &ServerError{Err: e} // credentials, address: every request would fail
	}
	t.wait = httpx.Backoff(min(t.made, 16), w.run.cfg.MinWait, w.run.cfg.MaxWait)
	if e.RetryAfter > 0 {
		t.wait = min(e.RetryAfter, w.run.cfg.Patience)
	}
	if t.made%limit != 0 {
		return true, nil
	}
	// Before anything is held against the request: does the server work at all?
	if w.run.serverWorks(w.ctx) {
		return false, nil
	}
	if time.Since(t.first)+t.wait > w.run.cfg.Patience {
		return false, &ServerError{Err: e}
	}
	return true, nil
}

// ServerError ends a run: the server cannot be reached, or refuses everything. Nothing was parked
// for it; the checkpoint says where to go on.
type ServerError struct {
	// Err is the last refusal, a *[dhis2.Error].
	Err error
}

// Error implements error.
func (e *ServerError) Error() string { return "tracker: import: " + e.Err.Error() }

// Unwrap returns the refusal.
func (e *ServerError) Unwrap() error { return e.Err }

// maxCondemned is how many records may be given up because the server fails over them, without
// any other import between them: if it fails over everything, it is not the records.
const maxCondemned = 5

// split sends the halves of a shipment that the server cannot take; a single record is at fault
// itself.
func (w *worker) split(s *shipment, e *dhis2.Error, depth int) error {
	if len(s.records) == 1 {
		if e.Verdict != dhis2.VerdictSplit && w.run.condemned.Add(1) > maxCondemned {
			return &ServerError{Err: e}
		}
		r := s.records[0]
		for i := range r.objects {
			if o := &r.objects[i]; o.fate == "" {
				o.fate, o.class, o.status, o.reason = FateRejected, e.Class, e.Status, e.Message
			}
		}
		return w.conclude(s.records)
	}
	half := len(s.records) / 2
	if err := w.send(s.records[:half], depth+1); err != nil {
		return err
	}
	return w.send(s.records[half:], depth+1)
}

// note keeps that the answer about a shipment is not known, where it is not.
func (s *shipment) note(e *dhis2.Error) {
	if e.Class != dhis2.ClassTransport || httpx.NeverSent(e.Err) || e.Status == http.StatusTooManyRequests {
		return
	}
	for _, o := range s.objects {
		o.lost = true
	}
	for _, r := range s.records {
		r.ghost = true
	}
}

// isSubjectOf reports whether a report may be about the shipment: one that names objects, and none
// of these, is another request's.
func (s *shipment) isSubjectOf(report *Report) bool {
	return len(report.byRef) == 0 ||
		slices.ContainsFunc(s.objects, func(o *object) bool { return report.byRef[o.sent()] != nil })
}

// post sends a shipment once and returns the server's report.
func (w *worker) post(s *shipment, depth int) (*Report, error) {
	cfg := &w.run.cfg
	for _, o := range s.objects {
		o.attempts++
	}
	query, err := w.query(s)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	for _, r := range s.records {
		r.sentAt = begun
	}
	var report *Report
	if cfg.Async {
		report, err = w.postJob(s, query)
	} else {
		report, err = w.postSync(s, query)
	}
	if err == nil && !s.isSubjectOf(report) {
		report, err = nil, unknownOutcome(0, dhis2.ClassTransport, dhis2.VerdictRetry)
	}
	var refused *dhis2.Error
	trouble := errors.As(err, &refused) && (refused.Class == dhis2.ClassTransport ||
		refused.Class == dhis2.ClassRace || refused.Class == dhis2.ClassInternal)
	w.run.tell(event{kind: eventSample, sample: sample{
		begun: begun, ended: time.Now(), objects: len(s.objects), trouble: trouble, partial: depth > 0,
	}})
	return report, err
}

func (w *worker) query(s *shipment) (url.Values, error) {
	params := w.run.cfg.Params
	params.Strategy = s.records[0].strategy
	params.Atomic = w.run.cfg.Atomic
	if params.Atomic == "" {
		params.Atomic = AtomicObject
		if len(s.records) == 1 {
			params.Atomic = AtomicAll
		}
	}
	return params.Query()
}

func (w *worker) postSync(s *shipment, query url.Values) (*Report, error) {
	res, err := w.do(dhis2.Request{
		Method: http.MethodPost, Path: "tracker", Query: query, Body: s.body, Repeat: dhis2.RepeatNever,
	})
	return readReport(res, err)
}

// do sends one request once.
func (w *worker) do(req dhis2.Request) (*dhis2.Response, error) {
	req.Attempts = 1
	req.AttemptTimeout = w.run.cfg.AttemptTimeout
	req.Timeout = 2 * req.AttemptTimeout // a new session may be needed before it
	return w.run.cfg.Client.Do(w.ctx, req)
}

// readReport reads the report in an answer, also in one with status 409. A report without codes
// whose import died is the error that the client made of it.
func readReport(res *dhis2.Response, err error) (*Report, error) {
	if res == nil {
		return nil, err
	}
	report, parseErr := ParseReport(res.Body)
	switch {
	case parseErr == nil && (err == nil || len(report.Errors) > 0):
		if report.Status == StatusError && len(report.Errors) == 0 {
			return nil, unknownOutcome(res.Status, dhis2.ClassInternal, dhis2.VerdictBisect)
		}
		return report, nil
	case err != nil:
		return nil, err
	default:
		return nil, unknownOutcome(res.Status, dhis2.ClassTransport, dhis2.VerdictRetry)
	}
}

// unknownOutcome is an answer that does not say what became of an import.
func unknownOutcome(status int, class dhis2.Class, verdict dhis2.Verdict) *dhis2.Error {
	return &dhis2.Error{
		Method: http.MethodPost, Path: "tracker", Status: status, Class: class, Verdict: verdict,
		Message: "the answer holds no import report that says what became of the objects",
	}
}

// pause waits, half of it at random so that those who met do not meet again; false if the run is
// ending.
func (w *worker) pause(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.run.stopping:
		return false
	case <-w.ctx.Done():
		return false
	}
}

// serverWorks asks for the user behind the credentials, which takes the database.
func (r *run) serverWorks(ctx context.Context) bool {
	_, err := r.cfg.Client.Do(ctx, dhis2.Request{
		Path: "me", Query: url.Values{"fields": {"id"}}, Attempts: 1,
		AttemptTimeout: r.cfg.AttemptTimeout, Timeout: 2 * r.cfg.AttemptTimeout, Repeat: dhis2.RepeatNever,
	})
	return err == nil
}

// server asks what server it is, with all patience: the client may not have talked to it yet.
func (r *run) server() (dhis2.Server, error) {
	for tries := 1; ; tries++ {
		server, err := r.cfg.Client.Server(r.ctx)
		wait := httpx.Backoff(min(tries, 16), r.cfg.MinWait, r.cfg.MaxWait)
		switch {
		case err == nil:
			return server, nil
		case r.ctx.Err() != nil:
			return server, r.ctx.Err()
		case !dhis2.Retryable(err) || time.Since(r.begun)+wait > r.cfg.Patience:
			return server, &ServerError{Err: err}
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-r.ctx.Done():
			timer.Stop()
		}
	}
}
