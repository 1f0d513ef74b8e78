package fhirtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"
)

// Call is a request before the server answers it.
type Call struct {
	Method string
	// Path and Query as they came, still escaped; Path begins with Options.BasePath.
	Path, Query string
	Header      http.Header
	Body        []byte
}

type interceptor struct{ decide func(*Call) *Fault }

// Intercept lets decide look at every request; the first interceptor that gives a Fault
// other than nil wins. It is called from many goroutines at once and must not keep the
// call. remove takes it away again.
func (s *Server) Intercept(decide func(*Call) *Fault) (remove func()) {
	added := &interceptor{decide}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.interceptors = append(s.interceptors, added)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.interceptors = slices.DeleteFunc(s.interceptors, func(i *interceptor) bool { return i == added })
	}
}

// Fail gives each of the next requests one of the faults, in their order.
func (s *Server) Fail(faults ...Fault) {
	left := slices.Clone(faults)
	turn := make(chan struct{}, 1) // guards left
	s.Intercept(func(*Call) *Fault {
		turn <- struct{}{}
		defer func() { <-turn }()
		if len(left) == 0 {
			return nil
		}
		next := left[0]
		left = left[1:]
		return &next
	})
}

func (s *Server) fault(call *Call) *Fault {
	s.mu.Lock()
	all := slices.Clone(s.interceptors)
	s.mu.Unlock()
	for _, i := range all {
		if f := i.decide(call); f != nil {
			return f
		}
	}
	return nil
}

// serve records a request, lets interceptors look at it and answers it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, s.opts.MaxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	if len(s.requests) >= 2*mostRequests {
		s.requests = slices.Clone(s.requests[mostRequests:])
	}
	s.requests = append(s.requests, Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
	})
	s.mu.Unlock()
	fault := s.fault(&Call{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body})
	won, done := s.meet(r)
	defer done()
	switch {
	case !won:
		s.engine.ServeConflict(w, r)
	case fault == nil:
		s.engine.ServeHTTP(w, r)
	default:
		fault.meet(w, r, s.engine)
	}
}

// meet does what the fault says instead of, or after, what the server would.
func (f *Fault) meet(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if !pause(r.Context(), f.Delay) {
		panic(http.ErrAbortHandler)
	}
	if f.FailEntry != nil {
		r = r.WithContext(context.WithValue(r.Context(), failKey{}, f))
	}
	if f.Drop && !f.AfterWork {
		breakConnection(w, nil)
		return
	}
	rec := httptest.NewRecorder()
	if f.Status != 0 && f.FailEntry == nil {
		if f.AfterWork {
			next.ServeHTTP(httptest.NewRecorder(), r)
		}
		f.write(rec)
	} else {
		next.ServeHTTP(rec, r)
	}
	if f.Drop {
		breakConnection(w, nil)
		return
	}
	f.change(rec)
	if f.Cut {
		breakConnection(w, head(rec, f.CutAfter))
		return
	}
	f.send(r.Context(), w, rec)
}

// pause waits; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
