package fhirtest

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/rest"
)

// Notification is one attempt to tell a rest-hook subscription of a change.
type Notification struct {
	Subscription string // id
	Method, URL  string
	// Status is the endpoint's answer, 0 when there was none; Err then says why.
	Status int
	Err    error
}

// hookTimeout is how long an endpoint may take.
const hookTimeout = 10 * time.Second

// hooks sends notifications, one after the other, in the order of the changes.
type hooks struct {
	client *http.Client
	ctx    context.Context //nolint:containedctx // of the sender, until close
	cancel context.CancelFunc

	mu      sync.Mutex
	changed *sync.Cond
	queue   []rest.Notification
	sent    []Notification
	busy    bool
	closed  bool
}

func newHooks(dial func(ctx context.Context, network, address string) (net.Conn, error)) *hooks {
	ctx, cancel := context.WithCancel(context.Background())
	h := &hooks{client: &http.Client{Timeout: hookTimeout, Transport: &http.Transport{DialContext: dial}}, ctx: ctx, cancel: cancel}
	h.changed = sync.NewCond(&h.mu)
	return h
}

// send queues a notification; a goroutine works while there are any.
func (h *hooks) send(n rest.Notification) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.queue = append(h.queue, n)
	if !h.busy {
		h.busy = true
		go h.work()
	}
}

func (h *hooks) work() {
	for {
		h.mu.Lock()
		if len(h.queue) == 0 || h.closed {
			h.busy = false
			h.changed.Broadcast()
			h.mu.Unlock()
			return
		}
		n := h.queue[0]
		h.queue = h.queue[1:]
		h.mu.Unlock()
		done := h.deliver(n)
		h.mu.Lock()
		h.sent = append(h.sent, done)
		h.mu.Unlock()
	}
}

func (h *hooks) deliver(n rest.Notification) Notification {
	out := Notification{Subscription: n.Subscription, Method: n.Method, URL: n.URL}
	req, err := http.NewRequestWithContext(h.ctx, n.Method, n.URL, bytes.NewReader(n.Body))
	if err != nil {
		out.Err = err
		return out
	}
	req.Header = n.Header
	res, err := h.client.Do(req)
	if err != nil {
		out.Err = err
		return out
	}
	out.Status, out.Err = res.StatusCode, res.Body.Close()
	return out
}

// Notifications waits until all subscriptions have been told of all changes so far, and
// returns what came of it, oldest first. A notification that fails is not sent again.
func (s *Server) Notifications() []Notification {
	h := s.hooks
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.busy {
		h.changed.Wait()
	}
	return slices.Clone(h.sent)
}

func (h *hooks) close() {
	h.cancel()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for h.busy {
		h.changed.Wait()
	}
	h.client.CloseIdleConnections()
}
