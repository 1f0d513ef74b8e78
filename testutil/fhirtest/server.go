package fhirtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/rest"
)

// Server is one FHIR server. All its methods are safe for concurrent use; two servers
// share nothing.
type Server struct {
	// URL is the base of the FHIR API, such as http://127.0.0.1:41234/fhir, without a
	// slash at its end. On a server made by [NewHandler] it is empty.
	URL string

	opts     Options
	engine   *rest.Engine
	http     *http.Server
	listener net.Listener
	memory   *pipeListener // nil: sockets
	work     sync.WaitGroup
	hooks    *hooks

	mu           sync.Mutex
	closed       bool
	requests     []Request
	interceptors []*interceptor
	race         *race
}

// New starts a server for a test and closes it at the test's end. What cannot be started
// fails the test.
func New(tb testing.TB, opts Options) *Server {
	tb.Helper()
	s, err := Start(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a server, for programs that are no test, such as an example's
// demonstration mode. Close it.
func Start(opts Options) (*Server, error) {
	s, err := NewHandler(opts)
	if err != nil {
		return nil, err
	}
	if opts.Memory {
		s.memory = newPipeListener()
		s.listener = s.memory
	} else {
		s.listener, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("fhirtest: listen: %w", err)
		}
	}
	s.URL = "http://" + s.listener.Addr().String() + s.opts.BasePath
	s.http = &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	s.work.Go(func() { _ = s.http.Serve(s.listener) }) // until Close: nobody is there for its error
	return s, nil
}

// NewHandler makes a server without a network, to be served by the caller through
// [Server.Handler]. Close it.
func NewHandler(opts Options) (*Server, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	s := &Server{opts: opts, hooks: newHooks(opts.Dial)}
	config := rest.Config{
		HAPI: opts.Flavour == HAPI, Path: opts.BasePath, Clock: opts.Clock, References: opts.References, PageSize: opts.PageSize,
		MaxPageSize: opts.MaxPageSize, MaxBody: opts.MaxBody, SearchCache: opts.SearchCache, ExportPolls: opts.ExportPolls,
		EveryWrite: opts.ValidateWrites, Notify: s.hooks.send, FailEntry: failEntry,
	}
	if opts.Validate != nil {
		config.Validate = func(ctx context.Context, resource []byte, profiles []string) ([]rest.Issue, error) {
			return findings(ctx, opts.Validate, resource, profiles)
		}
	}
	s.engine = rest.New(config)
	return s, nil
}

// Close cuts all connections and waits for the requests under way and for the
// notifications being sent; calling it again does nothing. What the server holds can
// still be read.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	if s.http != nil {
		_ = s.http.Close() // the error would be the listener's, which is gone either way
	}
	s.hooks.close()
	s.work.Wait()
}

// Handler is the server as an http.Handler, faults included: below Options.BasePath is
// FHIR, all else is 404. Faults that break connections panic with
// [http.ErrAbortHandler] where the connection cannot be had, and so does every request
// after [Server.Close].
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.begin() {
			panic(http.ErrAbortHandler)
		}
		defer s.work.Done()
		s.serve(w, r)
	})
}

// begin counts a request that Close has to wait for; false when the server is closed.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.work.Add(1)
	}
	return !s.closed
}

// Transport reaches the server; with Options.Memory nothing else. The caller closes its
// idle connections.
func (s *Server) Transport() *http.Transport {
	t := &http.Transport{MaxIdleConnsPerHost: 16}
	if s.memory != nil {
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return s.memory.dial(ctx) }
	}
	return t
}

// Client is an [http.Client] over [Server.Transport]. Close its idle connections.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }

// Flavour is whose manners the server has.
func (s *Server) Flavour() Flavour { return s.opts.Flavour }

func findings(
	ctx context.Context, validate func(context.Context, fhir.Resource, []string) (fhir.OperationOutcome, error), text []byte, profiles []string,
) ([]rest.Issue, error) {
	resource, err := fhir.Parse(text)
	if err != nil {
		return nil, err
	}
	found, err := validate(ctx, resource, profiles)
	if err != nil {
		return nil, err
	}
	var out []rest.Issue
	for _, i := range found.Issues {
		issue := rest.Issue{
			Severity: cmp.Or(i.Severity, fhir.SeverityError), Code: cmp.Or(i.Code, fhir.IssueProcessing), // as OperationOutcome has it
			Text: i.Details, Line: i.Line, Column: i.Column,
		}
		if issue.Text == "" {
			issue.Text = i.Diagnostics
		}
		if len(i.Expression) > 0 {
			issue.Expression = i.Expression[0]
		}
		out = append(out, issue)
	}
	return out, nil
}

// pipeListener is a listener in memory.
type pipeListener struct {
	queue  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{queue: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.queue:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.queue <- server:
		return client, nil
	case <-l.closed:
		return nil, errors.Join(errors.New("fhirtest: the server is closed"), client.Close())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), client.Close())
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "fhir.test" }
