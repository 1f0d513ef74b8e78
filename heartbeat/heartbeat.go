package heartbeat

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// Heartbeat beats for one mediator. Make it with [New]; it is safe for
// concurrent use.
type Heartbeat struct {
	cfg    Config
	random func() float64 // in [0, 1)

	mu      sync.Mutex
	stopped bool
	cancel  context.CancelCauseFunc // of the Run under way
	done    chan struct{}           // closed at its end; nil when there is none
	state   State
	known   bool // the core knew the mediator when it last answered

	outage   outage   // of the Run under way
	delivery delivery // lasts over several Runs
}

// New returns a Heartbeat that does not beat yet. Its error names every bad
// field of c.
func New(c Config) (*Heartbeat, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Heartbeat{
		cfg:    c,
		random: rand.Float64,
	}, nil
}

// Run beats at once and then at every interval. It blocks until ctx ends, and
// then returns its cause, or until [Heartbeat.Stop] is called, and then returns
// nil. Nothing else ends it: whatever the core answers, it backs off and goes
// on. When it returns, no beat and no callback is under way.
//
// Only one Run may be under way: a second one returns [ErrRunning]. A new one
// after the context of the first has ended is fine. After Stop, Run returns nil
// at once.
func (h *Heartbeat) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	h.mu.Lock()
	switch {
	case h.stopped:
		h.mu.Unlock()
		return nil
	case h.done != nil:
		h.mu.Unlock()
		return ErrRunning
	}
	done := make(chan struct{})
	h.done, h.cancel = done, cancel
	h.mu.Unlock()

	defer func() {
		h.mu.Lock()
		h.done, h.cancel = nil, nil
		h.mu.Unlock()
		close(done)
	}()

	h.run(ctx, cancel)

	if cause := context.Cause(ctx); !errors.Is(cause, errStopped) {
		return cause
	}
	return nil
}

// run beats until ctx ends, with the delivery of configs beside it.
func (h *Heartbeat) run(ctx context.Context, cancel context.CancelCauseFunc) {
	var configs sync.WaitGroup
	defer configs.Wait()
	defer cancel(nil) // when the Sender ended this goroutine
	h.outage = outage{}
	h.delivery.restart()
	configs.Go(func() { h.deliver(ctx) })

	started := h.cfg.Started
	if started.IsZero() {
		started = time.Now()
	}
	p := pulse{started: started, ask: true}
	for ctx.Err() == nil {
		if !pause(ctx, h.turn(ctx, &p)) {
			return
		}
	}
}

// Stop ends the Run under way and waits until it has returned; a Run that is
// called later returns at once. It may be called before Run, several times and
// by several goroutines. Do not call it from OnConfig or Register: it would
// wait for itself.
func (h *Heartbeat) Stop() {
	h.mu.Lock()
	h.stopped = true
	cancel, done := h.cancel, h.done
	h.mu.Unlock()
	if done == nil {
		return
	}
	cancel(errStopped)
	<-done
}
