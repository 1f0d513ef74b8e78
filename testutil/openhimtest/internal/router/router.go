package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// Deps are what a Router works with.
type Deps struct {
	// DB and Models hold and cast the core's documents.
	DB     *mongo.DB
	Models *model.Set
	// Version of the core: "4.0.5" or "8.5.0".
	Version string
	// Timeout is router.timeout: idle time on a mediator's connection. Defaults to
	// 60 s, as the core.
	Timeout time.Duration
	// Clock gives the time stored in documents. Defaults to time.Now.
	Clock func() time.Time
	// Dial opens connections to mediators. Defaults to net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Logger gets what the core would log. Defaults to none.
	Logger *slog.Logger
	// Report gets every failure, from any goroutine. May be nil.
	Report func(Failure)
	// Address is the router's own host:port, the target of rewritten URLs. Defaults
	// to localhost:5001.
	Address func() string
	// PollingAddress is polling.host and polling.pollingPort: the Host of the core's
	// requests to itself. Defaults to 127.0.0.1:7788, as the core.
	PollingAddress string
	// Orders keeps the order of request headers; share it between Routers over the
	// same database. May be nil.
	Orders *HeaderOrders
}

// Router is the transaction half of a core. Safe for concurrent use.
type Router struct {
	deps   Deps
	modern bool

	// poller is the client that stands for the core itself when it polls.
	poller mongo.Doc

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu sync.Mutex
	// open are the transactions the core still writes to; each channel is closed
	// when the last write is done.
	open map[mongo.ObjectID]chan struct{}
}

// HeaderOrders keeps the order of each transaction's stored request headers, which
// a document does not: a rerun sends them in it. The zero value is ready. Safe for
// concurrent use.
type HeaderOrders struct {
	mu     sync.Mutex
	orders map[mongo.ObjectID][]string
}

func (h *HeaderOrders) set(id mongo.ObjectID, names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.orders == nil {
		h.orders = map[mongo.ObjectID][]string{}
	}
	h.orders[id] = names
}

func (h *HeaderOrders) get(id mongo.ObjectID) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.orders[id])
}

// New makes a Router; Close ends it.
func New(deps Deps) *Router {
	if deps.Timeout <= 0 {
		deps.Timeout = time.Minute
	}
	if deps.Clock == nil {
		deps.Clock = time.Now
	}
	if deps.Dial == nil {
		deps.Dial = (&net.Dialer{}).DialContext
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	if deps.Address == nil {
		deps.Address = func() string { return "localhost:5001" }
	}
	if deps.PollingAddress == "" {
		deps.PollingAddress = "127.0.0.1:7788"
	}
	if deps.Orders == nil {
		deps.Orders = &HeaderOrders{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Router{
		deps: deps, modern: deps.Models.Modern(),
		poller: mongo.Doc{"_id": mongo.NewID(deps.Clock()), "clientID": "DUMMY-POLLING-USER"},
		ctx:    ctx, cancel: cancel, open: map[mongo.ObjectID]chan struct{}{},
	}
}

// Close ends what is under way and waits for it.
func (r *Router) Close() {
	r.cancel()
	r.work.Wait()
}

// Handle runs one request of a client and gives the answer. It blocks as long as
// the real core would keep the client waiting: for ever, or until ctx is done,
// when the mediator's connection ended inside the body.
func (r *Router) Handle(ctx context.Context, req *Request) *Answer {
	x := r.newExchange(req)
	r.authenticate(x)
	x.res.setBody(x.body)
	if quirk, err := r.match(x); err != nil {
		r.report(quirk, true, "", err.Error())
		return &Answer{Hangup: true}
	}
	if !x.authorise() {
		return x.res.answer(x.method)
	}
	x.res.set("Vary", "Accept-Encoding")
	x.forwarded()
	return x.run(ctx)
}

// Wait blocks until the core has made its last write to a transaction; it returns
// at once for one that is not under way.
func (r *Router) Wait(ctx context.Context, id mongo.ObjectID) error {
	r.mu.Lock()
	done, under := r.open[id]
	r.mu.Unlock()
	if !under {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("router: transaction %s is still under way: %w", id, ctx.Err())
	case <-r.ctx.Done():
		return fmt.Errorf("router: transaction %s: %w", id, errClosed)
	}
}

var errClosed = errors.New("the core was closed")

func (r *Router) begin(id mongo.ObjectID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[id] = make(chan struct{})
}

func (r *Router) end(id mongo.ObjectID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if done, under := r.open[id]; under {
		close(done)
		delete(r.open, id)
	}
}

func (r *Router) collection(name string) *mongo.Collection { return r.deps.DB.Collection(name) }
