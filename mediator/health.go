package mediator

import (
	"sync"
	"time"

	"github.com/openhim/mediator-go/heartbeat"
)

// Health is how a mediator is at one instant.
type Health struct {
	// Serving says that requests are served.
	Serving bool `json:"serving"`
	// Registered says that the core has the registration.
	Registered bool `json:"registered"`
	// Beating says that the core counts the mediator as alive.
	Beating bool `json:"beating"`
	// LastBeat is when the core took the latest heartbeat; zero before it.
	LastBeat time.Time `json:"lastBeat,omitzero"`
	// Problem says in a few words what is missing; "" when nothing is.
	Problem string `json:"problem,omitempty"`
}

// Ready reports whether the core can route requests here.
func (h Health) Ready() bool { return h.Serving && h.Registered && h.Beating }

// Health tells how the mediator is now. An Unregistered one needs no core.
func (m *Mediator) Health() Health {
	h := Health{Serving: m.health.isServing(), Registered: m.health.registered(), Beating: m.health.beating()}
	if hb := m.health.heartbeat(); hb != nil {
		h.LastBeat = hb.State().LastBeat
	}
	switch {
	case !h.Serving:
		h.Problem = "not serving"
	case !h.Registered:
		h.Problem = "the core does not have the registration yet"
	case !h.Beating:
		h.Problem = "the core does not take heartbeats"
	}
	return h
}

// health is what Health tells. Safe for concurrent use.
type health struct {
	mu       sync.Mutex
	serving  bool
	alone    bool // Unregistered: no core is needed
	register bool
	beat     *heartbeat.Heartbeat
}

func (h *health) set(fn func(*health)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fn(h)
}

func (h *health) isServing() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.serving
}

func (h *health) registered() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.register || h.alone
}

func (h *health) beating() bool {
	h.mu.Lock()
	alone := h.alone
	h.mu.Unlock()
	if hb := h.heartbeat(); hb != nil {
		return hb.State().Alive
	}
	return alone
}

func (h *health) heartbeat() *heartbeat.Heartbeat {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.beat
}
