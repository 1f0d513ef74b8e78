package mediator

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// Mediator serves the requests a core routes to it. Make one with [New], add
// handlers, then [Mediator.Run] it. Handlers are added before Run; everything
// else is safe for concurrent use.
type Mediator struct {
	cfg      Config
	api      *openhim.API // nil when Unregistered
	mux      *http.ServeMux
	use      []Middleware
	useHTTP  []func(http.Handler) http.Handler
	metrics  *metrics
	channels channelFacts
	console  consoleConfig

	build   sync.Once
	handler http.Handler

	late    lateWorks
	running atomic.Bool
	health  health
	ready   chan struct{}
	addr    atomic.Pointer[net.Addr]
	admin   atomic.Pointer[net.Addr]
}

// New returns a mediator that is not running yet. Its error names every field
// of the config that cannot be used.
func New(cfg Config) (*Mediator, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	m := &Mediator{
		cfg:      cfg,
		mux:      http.NewServeMux(),
		channels: newChannelFacts(cfg),
		ready:    make(chan struct{}),
	}
	m.late.limit = cfg.MaxLate
	if !cfg.Unregistered {
		api, err := openhim.New(cfg.OpenHIM)
		if err != nil {
			return nil, fmt.Errorf("mediator: Config.OpenHIM: %w", err)
		}
		m.api = api
		if _, err := m.newHeartbeat(cfg.Registration); err != nil {
			return nil, fmt.Errorf("mediator: Config.HeartbeatInterval: %w", err)
		}
	}
	metrics, err := newMetrics(m)
	if err != nil {
		return nil, fmt.Errorf("mediator: Config.Metrics: %w", err)
	}
	m.metrics = metrics
	return m, nil
}

// API is the client of the core's API the mediator itself uses, or nil when it
// is Unregistered.
func (m *Mediator) API() *openhim.API { return m.api }

// Logger is the mediator's logger. In a handler, [Transaction.Logger] adds the
// transaction's ID.
func (m *Mediator) Logger() *slog.Logger { return m.cfg.Logger }

// Handle adds a handler for a pattern of [http.ServeMux], such as
// "POST /fhir/Patient" or "GET /patients/{id}". It panics, as http.ServeMux
// does, where the pattern cannot be read or was added before.
//
// The status of the transaction is computed from the answer: Failed for an
// error or a 5xx, Completed for other answers that are no 2xx, Completed with
// error(s) for a 2xx after a call that failed (no answer, a 5xx, an error of
// [Transaction.Orchestrate]) and was not repeated with success, else
// Successful. SetStatus and Response.TransactionStatus override it.
func (m *Mediator) Handle(pattern string, h Handler) {
	m.mux.Handle(pattern, m.adapt(h))
}

// HandleHTTP mounts any http.Handler. It gets its envelope too, and passes
// through the same middlewares. What it writes is held in memory up to
// Config.MaxResponseBody; more than that, and everything a handler hijacks or
// streams, has no place in an envelope. An answer that is an envelope already
// is checked and used as one.
func (m *Mediator) HandleHTTP(pattern string, h http.Handler) {
	m.mux.Handle(pattern, m.adapt(m.mounted(h)))
}

// Use adds middlewares around every handler, mounted ones included. The first
// added is the outermost. They run after the body was read.
func (m *Mediator) Use(mw ...Middleware) { m.use = append(m.use, mw...) }

// UseHTTP adds plain HTTP middlewares around the routing, the first added
// being the outermost. They see the request as it came, body unread, and the
// answer before it goes into the envelope.
func (m *Mediator) UseHTTP(mw ...func(http.Handler) http.Handler) {
	m.useHTTP = append(m.useHTTP, mw...)
}

// ServeHTTP serves one request: with an envelope where it carries
// X-OpenHIM-TransactionID. It works without [Mediator.Run], in tests and in
// servers of one's own. No handler may be added after the first call.
func (m *Mediator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.build.Do(func() {
		var h http.Handler = m.mux
		for i := len(m.useHTTP) - 1; i >= 0; i-- {
			h = m.useHTTP[i](h)
		}
		m.handler = traceServer(m.cfg.Tracer, h)
	})
	m.serve(w, r)
}

// Transport is [Transport], with spans of the calls where Config.Tracer is set.
func (m *Mediator) Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = defaultTransport()
	}
	return Transport(traceClient(m.cfg.Tracer, base))
}

// withTransaction returns a context that carries t.
func withTransaction(ctx context.Context, t *Transaction) context.Context {
	return context.WithValue(ctx, transactionKey{}, t)
}
