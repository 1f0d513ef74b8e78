package dhis2test

import (
	"net/http"
	"slices"
	"time"
)

// Request is one request as it came in, and what became of it.
type Request struct {
	Method string
	Path   string // without the query
	Query  string // raw
	Header http.Header
	Body   []byte // nil when it was dropped to save memory, see Options.MaxRecorded

	// Status is that of the answer, also of one that was lost; 0 while there is
	// none, when the connection was cut before one, and after an interception.
	Status int

	// Dropped tells that the answer did not, or not wholly, reach the client,
	// though the server may have done what was asked.
	Dropped bool

	// Handled tells that the server itself saw the request: no fault and no
	// interception stood in its way.
	Handled bool

	Start, End time.Time // by the server's clock; End is zero while it is under way

	began, ended int // the order of comings and goings
}

// requestLog keeps the newest requests.
type requestLog struct {
	entries []*Request
	total   int
	bytes   int64
	held    int // entries before this have had their body dropped
	tick    int
}

// begin records a request, and forgets old ones beyond the bounds.
func (s *Server) begin(r *http.Request, body []byte) *Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &s.log
	l.tick++
	entry := &Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
		Start: s.now(), began: l.tick,
	}
	l.entries = append(l.entries, entry)
	l.total++
	l.bytes += int64(len(body))
	for l.bytes > s.opts.MaxRecorded && l.held < len(l.entries)-1 {
		old := l.entries[l.held]
		l.bytes -= int64(len(old.Body))
		old.Body = nil
		l.held++
	}
	if len(l.entries) > s.opts.MaxRequests {
		l.bytes -= int64(len(l.entries[0].Body))
		l.entries = slices.Delete(l.entries, 0, 1)
		l.held = max(l.held-1, 0)
	}
	return entry
}

// end records how a request ended.
func (s *Server) end(entry *Request, status int, handled, dropped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.tick++
	entry.Status, entry.Handled, entry.Dropped = status, handled, dropped
	entry.End, entry.ended = s.now(), s.log.tick
}

// Requests returns the newest requests, oldest first, also those that were
// refused, intercepted or failed on purpose; Options.MaxRequests says how
// many.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, len(s.log.entries))
	for i, entry := range s.log.entries {
		out[i] = *entry
	}
	return out
}

// RequestCount is how many requests there have been.
func (s *Server) RequestCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.total
}

// ForgetRequests empties the record.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = requestLog{tick: s.log.tick}
}
