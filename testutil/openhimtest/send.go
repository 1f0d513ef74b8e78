package openhimtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router"
)

// Exchange is a client's request that went through the core.
type Exchange struct {
	// Status, Header and Body are the client's answer, as it came.
	Status int
	Header http.Header
	Body   []byte
	// Transaction is what the core stored; its ID is empty when nothing was
	// (401, 404).
	Transaction openhim.Transaction
}

// maxAnswer bounds the body a client reads.
const maxAnswer = 256 << 20

// Send sends a client's request through the router and waits until the core has
// made its last write. path is the path with its query; a request without
// Authorization header goes out as the client of every new core. modify may change
// the request before it goes. The error wraps what went wrong on the connection;
// the Exchange then holds the transaction as far as one was stored.
func (c *Core) Send(ctx context.Context, method, path string, body io.Reader, modify ...func(*http.Request)) (*Exchange, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.RouterURL()+path, body)
	if err != nil {
		return nil, fmt.Errorf("openhimtest: send: %w", err)
	}
	for _, change := range modify {
		change(req)
	}
	return c.Do(req)
}

// Do is [Core.Send] for a request that is ready: only its path and query decide
// where it goes.
func (c *Core) Do(req *http.Request) (*Exchange, error) {
	ctx := req.Context()
	req = req.Clone(ctx)
	req.URL.Scheme, req.URL.Host = "http", c.routerAddress
	if req.Header.Get("Authorization") == "" {
		req.SetBasicAuth(ClientID, ClientPassword)
	}
	tracker := &tracker{core: c}
	defer tracker.forget()
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: tracker.dial}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	out := &Exchange{}
	if err == nil {
		out.Status, out.Header = res.StatusCode, res.Header
		out.Body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		err = errors.Join(err, res.Body.Close())
	}
	if id := tracker.transaction(); id != "" {
		waited := c.settle(ctx, id)
		err = errors.Join(err, waited)
		out.Transaction, _ = c.Transaction(string(id))
		if out.Transaction.ID == "" {
			out.Transaction.ID = string(id)
		}
	}
	if err != nil {
		return out, fmt.Errorf("openhimtest: send %s %s: %w", req.Method, req.URL.Path, err)
	}
	return out, nil
}

// Settled waits until the core has made its last write to a transaction: after the
// client's answer, a real core still stores it, and secondary routes go on. An
// unknown transaction is settled. The error wraps ctx's.
func (c *Core) Settled(ctx context.Context, id string) error {
	oid, err := lowerID(id)
	if err != nil {
		return err
	}
	return c.settle(ctx, oid)
}

// settle waits until the core has made its last write to a transaction.
func (c *Core) settle(ctx context.Context, id mongo.ObjectID) error {
	c.state.Lock()
	running := c.running
	c.state.Unlock()
	if running == nil {
		return nil
	}
	return running.router.Wait(ctx, id)
}

// tracker learns which transaction the request on its connection became.
type tracker struct {
	core *Core

	mu      sync.Mutex
	address string
	got     chan mongo.ObjectID
}

func (t *tracker) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := t.core.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.address, t.got = conn.LocalAddr().String(), make(chan mongo.ObjectID, 1)
	t.core.mu.Lock()
	defer t.core.mu.Unlock()
	t.core.waiting[t.address] = t.got
	return conn, nil
}

func (t *tracker) transaction() mongo.ObjectID {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.got == nil {
		return ""
	}
	select {
	case id := <-t.got:
		return id
	default:
		return ""
	}
}

func (t *tracker) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.core.mu.Lock()
	defer t.core.mu.Unlock()
	delete(t.core.waiting, t.address)
}

// stored tells whoever sent from this address what its request became.
func (c *Core) stored(address string, answer *router.Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if waiting, ok := c.waiting[address]; ok && answer.Transaction != "" {
		select {
		case waiting <- answer.Transaction:
		default:
		}
	}
}

// poll is how often a waiting call looks again.
const poll = 5 * time.Millisecond

// WaitTransaction waits until a transaction is as wanted and gives it; a nil done
// waits for a final status. The error wraps ctx's and names the status so far.
func (c *Core) WaitTransaction(ctx context.Context, id string, done func(openhim.Transaction) bool) (openhim.Transaction, error) {
	if done == nil {
		done = func(tx openhim.Transaction) bool { return tx.Status.Final() }
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		tx, err := c.Transaction(id)
		if err == nil && done(tx) {
			return tx, nil
		}
		select {
		case <-ctx.Done():
			return tx, fmt.Errorf("openhimtest: transaction %s is %q: %w", id, tx.Status, errors.Join(err, ctx.Err()))
		case <-ticker.C:
		}
	}
}

func lowerID(id string) (mongo.ObjectID, error) {
	oid, ok := mongo.ParseID(strings.TrimSpace(id))
	if !ok {
		return "", fmt.Errorf("openhimtest: %q is not an ObjectId: %w", id, ErrNotFound)
	}
	return oid, nil
}
