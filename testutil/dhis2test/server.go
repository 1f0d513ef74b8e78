package dhis2test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is one DHIS2 on a loopback port. All its methods are safe for
// concurrent use; two servers share nothing.
type Server struct {
	// URL is the server's address, such as http://127.0.0.1:41234; the API is
	// below URL + "/api". It is empty on a server made by [Handler].
	URL string

	opts    Options
	routes  routeTable
	version version
	http    *http.Server
	work    sync.WaitGroup // the listener and the requests under way

	mu        sync.Mutex
	meta      *metadata
	store     *store
	users     map[string]User
	passwords map[string]string // user name -> password
	tokens    []*apiToken
	bearers   map[string]string // token -> user name
	sessions  sessions
	catalogue *catalogue
	settings  map[string]any
	queue     *jobQueue
	racing    racing
	uids      uidSource
	log       requestLog
	intercept func(w http.ResponseWriter, r *http.Request) bool
	faults    []*Injected

	datastore     datastore
	duplicates    []*potentialDuplicate
	files         map[string]fileResource
	userStore     datastore
	values        *dataValues
	registrations []*registration
	aggregateJobs map[string]aggregateJob

	failedLogins   map[string]failedLogins
	passwordChecks int
	reserved       map[string]int // attribute -> values given out
	workers        chan struct{}
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
	release, err := readVersion(opts.Version)
	if err != nil {
		return nil, fmt.Errorf("dhis2test: %w", err)
	}
	s := &Server{
		opts: opts, version: release, catalogue: newCatalogue(), store: newStore(),
		users: map[string]User{}, passwords: map[string]string{}, bearers: map[string]string{},
		files: map[string]fileResource{}, datastore: datastore{}, userStore: datastore{}, values: newDataValues(), aggregateJobs: map[string]aggregateJob{},
		settings: defaultSettings(), failedLogins: map[string]failedLogins{},
		workers: make(chan struct{}, opts.Latency.Workers),
	}
	s.queue = newJobQueue(&s.mu)
	s.routes = s.newRoutes()
	s.mergeMetadata(s.catalogue, defaultCategories(), "CREATE", User{})
	s.mergeMetadata(s.catalogue, s.userDocuments(opts.Users), "CREATE", User{})
	s.users = readUsers(s.catalogue, s.passwords)
	if err := s.seed(opts.Metadata); err != nil {
		return nil, fmt.Errorf("dhis2test: %w", err)
	}
	return s, nil
}

// Close cuts all connections, drops the asynchronous imports that wait, and
// waits for the requests and the import under way; calling it again does
// nothing. What the server holds can still be read.
func (s *Server) Close() {
	s.queue.stop()
	if s.http != nil {
		_ = s.http.Close() // the error would be the listener's, which is gone either way
	}
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
	if err := s.seed(metadata); err != nil {
		return fmt.Errorf("dhis2test: seed: %w", err)
	}
	return nil
}

func (s *Server) seed(metadata []byte) error {
	in, err := s.catalogue.readExport(metadata)
	if err != nil {
		return err
	}
	next := s.catalogue.clone()
	s.mergeMetadata(next, in, "CREATE_AND_UPDATE", s.users[superuserName])
	return s.useCatalogue(next)
}

// superuserName is whom the seed is from.
const superuserName = "admin"

// ServeHTTP answers one request. A fault that cuts the connection panics with
// http.ErrAbortHandler, which net/http's server turns into a cut.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.opts.MaxBody))
	entry := s.begin(r, body)
	status, handled, dropped := 0, false, true
	defer func() { s.end(entry, status, handled, dropped) }()
	if err != nil {
		status, dropped = http.StatusRequestEntityTooLarge, false
		writeProxyPage(w, status)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if intercept := s.interceptor(); intercept != nil && intercept(w, r) {
		dropped = false
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	a := &answer{header: http.Header{}}
	fault, hit := s.faultFor(entry)
	if hit {
		r = withFault(r, fault)
	}
	if !hit || !fault.before(a, r, s.version) {
		handled = true
		s.work1(a, r)
	}
	if s.opts.Gzip {
		a.compress(r)
	}
	status = a.status
	fault.send(w, r, a)
	dropped = false
}

func (s *Server) interceptor() func(http.ResponseWriter, *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.intercept
}

// work1 handles one request, as slowly as Options.Latency says.
func (s *Server) work1(a *answer, r *http.Request) {
	if !s.opts.Latency.enabled() {
		s.handle(a, r)
		return
	}
	select {
	case s.workers <- struct{}{}:
		defer func() { <-s.workers }()
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
	s.handle(a, r)
	if !wait(r.Context(), s.opts.Latency.of(a)) {
		panic(http.ErrAbortHandler) // done, but nobody hears of it
	}
}

// handle answers one request with the server locked. The answer is kept and
// sent afterwards, so that a slow client holds up nobody.
func (s *Server) handle(a *answer, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(strings.ToUpper(r.URL.EscapedPath()), "%2F") && s.version.atLeast(2, 42) {
		writeHTML(a, http.StatusBadRequest, "Invalid URI: [The encoded slash character is not allowed]") // Tomcat's own [R big-key]
		return
	}
	user, ok := s.authenticate(a, r)
	if !ok {
		return
	}
	found, ok := s.locate(a, r)
	if !ok {
		return
	}
	serve := found.handler(r.Method)
	if found.unlocked {
		s.mu.Unlock()
		defer s.mu.Lock()
	}
	serve(a, r, user)
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !found.unlocked {
		s.store.changed()
	}
}

func (s *Server) now() time.Time { return s.opts.Now() }
