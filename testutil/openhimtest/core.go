package openhimtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/memnet"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router"
)

// Core is a running fake core. Make it with [New] or [Start]; safe for concurrent
// use. Several cores know nothing of each other.
type Core struct {
	opts    Options
	models  *model.Set
	db      *mongo.DB
	orders  *router.HeaderOrders
	cert    certificate
	network *memnet.Network // nil: sockets

	apiAddress, routerAddress string

	// state guards what Kill and Restart replace.
	state   sync.Mutex
	running *instance

	mu           sync.Mutex
	failures     []Failure
	interceptors []*interceptor
	waiting      map[string]chan mongo.ObjectID // by the client's address
}

// New starts a core for a test and closes it at the test's end. What cannot be
// started fails the test.
func New(tb testing.TB, opts Options) *Core {
	tb.Helper()
	core, err := Start(opts)
	if err != nil {
		tb.Fatalf("openhimtest: %v", err)
	}
	tb.Cleanup(func() {
		if err := core.Close(); err != nil {
			tb.Errorf("openhimtest: %v", err)
		}
	})
	return core
}

// Start starts a core, for programs that are no test. Close it.
func Start(opts Options) (*Core, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	cert, err := newCertificate()
	if err != nil {
		return nil, err
	}
	c := &Core{
		opts: opts, models: model.New(opts.Version), orders: &router.HeaderOrders{}, cert: cert,
		apiAddress: "127.0.0.1:0", routerAddress: "127.0.0.1:0", waiting: map[string]chan mongo.ObjectID{},
	}
	c.db = c.models.NewDB(opts.Clock)
	if opts.Memory {
		c.network = &memnet.Network{}
		c.apiAddress, c.routerAddress = "openhim-core.test:8080", "openhim-core.test:5001"
	}
	if err := c.start(); err != nil {
		return nil, err
	}
	if err := c.Seed(Seed{Clients: []Client{{ClientID: ClientID, Password: ClientPassword, Roles: []string{ClientRole}}}}); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close ends the core, its connections and all that is under way. Closing twice is
// fine.
func (c *Core) Close() error {
	c.Kill()
	return nil
}

// Version is the version the core plays.
func (c *Core) Version() string { return c.opts.Version }

// APIURL is the base of the management API, without a slash at its end.
func (c *Core) APIURL() string {
	if c.opts.TLS {
		return "https://" + c.apiAddress
	}
	return "http://" + c.apiAddress
}

// RouterURL is where clients send their requests, without a slash at its end.
func (c *Core) RouterURL() string { return "http://" + c.routerAddress }

// Listen opens a listener that the core's router can reach: in memory with
// Options.Memory, else a socket. address is host:port, port 0 for a free one.
func (c *Core) Listen(address string) (net.Listener, error) {
	if c.network == nil {
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("openhimtest: %w", err)
		}
		return listener, nil
	}
	return c.network.Listen(address)
}

// Transport reaches the API, trusting its certificate, and the router; with
// Options.Memory nothing else. The caller closes its idle connections.
func (c *Core) Transport() *http.Transport {
	t := &http.Transport{TLSClientConfig: c.cert.clientConfig()}
	if c.network != nil {
		t.DialContext = c.dial
	}
	return t
}

// HTTPClient is a client over [Core.Transport] that follows no redirects.
func (c *Core) HTTPClient() *http.Client {
	return &http.Client{
		Transport:     c.Transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (c *Core) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.network != nil {
		return c.network.Dial(ctx, address)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("openhimtest: %w", err)
	}
	return conn, nil
}

// Handler is the API as an http.Handler, for tests that need no network.
// Interceptors apply; a reset or a cut ends in panic(http.ErrAbortHandler).
func (c *Core) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.state.Lock()
		running := c.running
		c.state.Unlock()
		if running == nil {
			http.Error(w, "the core was killed", http.StatusServiceUnavailable)
			return
		}
		running.handler.ServeHTTP(w, r)
	})
}

func (c *Core) collection(name string) *mongo.Collection { return c.db.Collection(name) }
