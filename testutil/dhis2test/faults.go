package dhis2test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong with a request. Method, Path and Match
// choose the requests, Skip and Times which of those; the other fields say
// what happens. Give one of them (Delay may stand beside any).
type Fault struct {
	Method string                // such as POST; empty is any
	Path   string                // what the request's path begins with, such as /api/tracker; empty is any
	Match  func(r *Request) bool // a further condition; called with no lock held
	Skip   int                   // that many of the chosen requests pass first
	Times  int                   // that many are hit: 0 is one, -1 all

	// Delay goes by before anything else, unless the request ends first.
	Delay time.Duration

	// Status is answered and nothing done: 502, 503, 504, 413 and 429 with the
	// HTML page of a proxy, everything else with DHIS2's WebMessage.
	Status     int
	RetryAfter string // the header, seconds or a date; for any Status

	// Hang answers nothing until the request's context ends.
	Hang bool

	// Drop cuts the connection before the request has done anything.
	Drop bool

	// CommitThenDrop does what is asked and cuts the connection before the
	// answer: the unknown outcome (dhis2.md 2.1).
	CommitThenDrop bool

	// Deadlock loses the import as a deadlock of the database does: nothing is
	// stored, and the answer is a WebMessage, 409 in 2.42, 500 in 2.43 and in
	// 2.41 (with another text), in 2.40 an import report with a message
	// (dhis2.md section 0, fact 2).
	Deadlock bool

	// DeadJob lets an asynchronous import die: its last notification says
	// so, and it never has a report (dhis2.md section 0, fact 4).
	DeadJob bool

	// Truncate sends that many bytes of the answer as if they were all of it.
	Truncate int

	// CutBody sends that many bytes of the answer and cuts the connection.
	CutBody int

	// SlowBody sends the answer in ten parts with this time between them.
	SlowBody time.Duration
}

// Injected is a fault at work.
type Injected struct {
	server *Server
	fault  Fault
	seen   int
	fired  int
}

// Inject makes requests go wrong from now on. Faults are looked at in the
// order of their making; the first that fits is the request's.
func (s *Server) Inject(f Fault) *Injected {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &Injected{server: s, fault: f}
	s.faults = append(s.faults, in)
	return in
}

// Fired is how many requests the fault has hit.
func (i *Injected) Fired() int {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	return i.fired
}

// Remove ends the fault.
func (i *Injected) Remove() {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	i.fault.Times, i.fired = 1, max(i.fired, 1)
}

// ClearFaults ends all faults, those of [Server.Fail] too.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Intercept puts f before the server: when f returns true it has answered (or
// cut the connection with panic(http.ErrAbortHandler)) and the server does
// nothing more; when it returns false the server goes on, also if f only
// waited. Credentials are not checked yet, the body may be read, and f may be
// called from several goroutines at once. It must return when the request's
// context ends, for Close waits for it. nil takes it away.
func (s *Server) Intercept(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Fail makes the next n requests answer status instead of being handled, as
// [Fault].Status does; 429 and 503 come with Retry-After: 1.
func (s *Server) Fail(n, status int) {
	if n <= 0 {
		return
	}
	f := Fault{Status: status, Times: n}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		f.RetryAfter = "1"
	}
	s.Inject(f)
}

// faultFor is the fault that hits a request, and counts it.
func (s *Server) faultFor(r *Request) (Fault, bool) {
	s.mu.Lock()
	candidates := s.faults
	s.mu.Unlock()
	for _, in := range candidates {
		if f, hit := in.hit(r); hit {
			return f, true
		}
	}
	return Fault{}, false
}

// hit tells whether the fault is this request's, and counts it.
func (i *Injected) hit(r *Request) (Fault, bool) {
	i.server.mu.Lock()
	f := i.fault
	i.server.mu.Unlock()
	if (f.Method != "" && f.Method != r.Method) || !strings.HasPrefix(r.Path, f.Path) || (f.Match != nil && !f.Match(r)) {
		return Fault{}, false
	}
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	i.seen++
	times := i.fault.Times // Remove may have ended it meanwhile
	if times == 0 {
		times = 1
	}
	if i.seen <= f.Skip || (times > 0 && i.fired >= times) {
		return Fault{}, false
	}
	i.fired++
	return f, true
}

// before does what a fault does instead of the request; it returns true when
// there is nothing more to do.
func (f Fault) before(w http.ResponseWriter, r *http.Request, v version) bool {
	if !wait(r.Context(), f.Delay) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case f.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		writeFailure(w, f.Status)
	case f.Deadlock:
		writeDeadlock(w, v)
	default:
		return false
	}
	return true
}

// send sends an answer as the fault lets it.
func (f Fault) send(w http.ResponseWriter, r *http.Request, a *answer) {
	body := a.body.Bytes()
	switch {
	case f.CommitThenDrop:
		panic(http.ErrAbortHandler)
	case f.Truncate > 0:
		a.body.Truncate(min(f.Truncate, len(body)))
		a.sendTo(w, r)
	case f.CutBody > 0:
		a.header.Set("Content-Length", strconv.Itoa(len(body)))
		a.body.Truncate(min(f.CutBody, len(body)))
		a.sendTo(w, r)
		_ = http.NewResponseController(w).Flush() // cut anyway
		panic(http.ErrAbortHandler)
	case f.SlowBody > 0:
		f.sendSlowly(w, r, a)
	default:
		a.sendTo(w, r)
	}
}

const slowParts = 10

func (f Fault) sendSlowly(w http.ResponseWriter, r *http.Request, a *answer) {
	body := a.body.Bytes()
	a.header.Set("Content-Length", strconv.Itoa(len(body)))
	a.writeHeader(w)
	part := len(body)/slowParts + 1
	for start := 0; start < len(body); start += part {
		if !wait(r.Context(), f.SlowBody) {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(body[start:min(start+part, len(body))]) // a client that went away ends the context
		_ = http.NewResponseController(w).Flush()
	}
}

func writeFailure(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway,
		http.StatusGatewayTimeout, http.StatusRequestEntityTooLarge:
		writeProxyPage(w, status)
	default:
		writeMessage(w, status, "failed on purpose", "")
	}
}

// writeDeadlock is how a version reports that the database gave up a
// transaction (dhis2.md section 0, fact 2).
func writeDeadlock(w http.ResponseWriter, v version) {
	const deadlock = "ERROR: deadlock detected\n  Detail: Process 17952 waits for ShareLock on transaction 18033; blocked by process 17946.\n" +
		"Process 17946 waits for ShareLock on transaction 18034; blocked by process 17952.\n  Hint: See server log for query details.\n" +
		"  Where: while updating tuple (5,10) in relation \"trackedentity\""
	switch v.minor {
	case 40:
		writeJSON(w, http.StatusConflict, map[string]any{
			"status": "ERROR", "message": "Exception:could not execute statement",
			"validationReport": map[string]any{"errorReports": []any{}, "warningReports": []any{}},
			"stats":            metaStats{},
		})
	case 41:
		writeMessage(w, http.StatusInternalServerError, `Cannot invoke "org.hisp.dhis.tracker.imports.report.PersistenceReport.getStats()" because "persistenceReport" is null`, "")
	case 42:
		writeMessage(w, http.StatusConflict, deadlock, "")
	default:
		writeMessage(w, http.StatusInternalServerError, deadlock, "")
	}
}

type faultKey struct{}

func withFault(r *http.Request, f Fault) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), faultKey{}, f))
}

// diesAsJob tells whether a fault lets this request's job die.
func diesAsJob(r *http.Request) bool {
	f, _ := r.Context().Value(faultKey{}).(Fault)
	return f.DeadJob
}
