package dhis2test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// maxBody bounds a request body; a proxy in front of DHIS2 stops at 10 MB or so.
const maxBody = 64 << 20

// Server is one DHIS2 on a loopback port. All its methods are safe for
// concurrent use; two servers share nothing.
type Server struct {
	// URL is the server's address, such as http://127.0.0.1:41234; the API is
	// below URL + "/api". It is empty on a server made by [Handler].
	URL string

	opts Options
	http *http.Server
	work sync.WaitGroup // the listener and the requests under way

	mu        sync.Mutex
	meta      *metadata
	store     *store
	users     map[string]User
	tokens    map[string]string // key -> user name
	jobs      map[string]job
	uids      uidSource
	requests  []Request
	intercept func(w http.ResponseWriter, r *http.Request) bool
	failures  []int
}

// New starts a server for one test and closes it at the test's end. A bad
// Options.Metadata or a port that cannot be opened ends the test.
func New(tb testing.TB, opts Options) *Server {
	tb.Helper()
	s, err := Start(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a server on a free port of the loopback interface, for programs
// that are not tests, such as an example's demonstration mode. Close it.
func Start(opts Options) (*Server, error) {
	s, err := Handler(opts)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed by Close
	if err != nil {
		return nil, fmt.Errorf("dhis2test: listen: %w", err)
	}
	s.URL = "http://" + listener.Addr().String()
	s.http = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.work.Add(1)
			defer s.work.Done()
			s.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	s.work.Go(func() { _ = s.http.Serve(listener) }) // until Close: nobody is there for its error
	return s, nil
}

// Handler makes a server without a port: an http.Handler to be called
// directly or served by the caller, for instance inside testing/synctest.
func Handler(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	meta, err := (&metadata{}).merge(opts.Metadata)
	if err != nil {
		return nil, fmt.Errorf("dhis2test: %w", err)
	}
	s := &Server{
		opts: opts, meta: meta, store: newStore(),
		users: map[string]User{}, tokens: map[string]string{}, jobs: map[string]job{},
	}
	for _, u := range opts.Users {
		s.users[u.Username] = u
	}
	return s, nil
}

// Close cuts all connections and waits for the requests under way; calling it
// again does nothing. What the server holds can still be read.
func (s *Server) Close() {
	if s.http == nil {
		return
	}
	_ = s.http.Close() // the error would be the listener's, which is gone either way
	s.work.Wait()
}

// Seed adds metadata to what the server has, as
// POST /api/metadata?importStrategy=CREATE_AND_UPDATE does: an object with a
// known UID replaces the old one. The next import sees it, because DHIS2's
// importer caches no metadata (dhis2.md 1.5). The error names the reference
// that leads nowhere; nothing is changed then.
func (s *Server) Seed(metadata []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	meta, err := s.meta.merge(metadata)
	if err != nil {
		return fmt.Errorf("dhis2test: seed: %w", err)
	}
	s.meta = meta
	return nil
}

// Request is one request as it came in.
type Request struct {
	Method string
	Path   string // without the query
	Query  string // raw
	Header http.Header
	Body   []byte
}

// Requests returns all requests so far, oldest first, also those that were
// refused, intercepted or failed on purpose.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		writeHTML(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	intercept := s.record(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if intercept != nil && intercept(w, r) {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.handle(r).sendTo(w)
}

// handle answers one request with the server locked. The answer is kept and
// sent afterwards, so that a slow client holds up nobody.
func (s *Server) handle(r *http.Request) *answer {
	w := &answer{header: http.Header{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.failures) > 0 {
		status := s.failures[0]
		s.failures = s.failures[1:]
		writeFailure(w, status)
		return w
	}
	if user, ok := s.authenticate(w, r); ok {
		s.route(w, r, user)
	}
	return w
}

// answer is an http.ResponseWriter that keeps what it is given.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

func (a *answer) sendTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(a.body.Bytes()) // a client that went away is not the server's concern
}

func (s *Server) record(r *http.Request, body []byte) func(http.ResponseWriter, *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
	})
	return s.intercept
}

func (s *Server) now() time.Time { return s.opts.Now() }
