package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// pulse is where the loop of one Run is. Only its goroutine sees it.
type pulse struct {
	started  time.Time
	ask      bool // the next beat asks for the config, whatever its number
	sinceAsk int  // beats taken since one asked, that one included
	failures int  // turns in a row that ended with a failure
}

// turn sends a beat, registers the mediator again if the core does not know
// it, and returns how long to wait for the next turn.
func (h *Heartbeat) turn(ctx context.Context, p *pulse) time.Duration {
	sent := time.Now()
	config, err := h.beat(ctx, p)
	if statusOf(err) == http.StatusNotFound && h.cfg.Register != nil && ctx.Err() == nil {
		h.failed(ctx, err)
		if err = h.register(ctx); err == nil {
			sent = time.Now()
			if config, err = h.beat(ctx, p); statusOf(err) == http.StatusNotFound {
				err = fmt.Errorf("%w worked, but the core still does not know %q: check that Register registers this URN: %w", errRegistration, h.cfg.URN, err)
			}
		}
	}
	if err == nil {
		p.failures = 0
		h.succeeded(ctx, sent)
		h.delivery.offer(config)
		return spread(h.cfg.Interval, h.random()) - time.Since(sent)
	}
	if ctx.Err() != nil {
		return 0 // the end of Run is no failure of the core
	}
	p.failures++
	h.failed(ctx, err)
	first := min(firstBackoff, h.cfg.Interval)
	if conditionOf(err) != unavailable {
		first = h.cfg.Interval
	}
	return backoff(p.failures, first, h.cfg.MaxBackoff, h.random())
}

// beat sends one beat and returns the body of the answer.
func (h *Heartbeat) beat(ctx context.Context, p *pulse) ([]byte, error) {
	beatCtx, cancel := context.WithTimeout(ctx, h.cfg.Timeout)
	defer cancel()
	ask := p.ask || p.sinceAsk >= h.cfg.ConfigEvery
	var reply openhim.HeartbeatReply
	err := guard("Sender", func() (err error) {
		reply, err = h.cfg.Sender.Heartbeat(beatCtx, h.cfg.URN, openhim.Heartbeat{
			Uptime:     max(0, time.Since(p.started)),
			WantConfig: ask,
		})
		return err
	})
	if err != nil {
		p.ask = true
		if beatCtx.Err() != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("heartbeat: no answer within %s: %w", h.cfg.Timeout, err)
		}
		return nil, err
	}
	p.ask = false
	p.sinceAsk++
	if ask {
		p.sinceAsk = 1
	}
	return reply.Config, nil
}

// register calls the callback that registers the mediator again.
func (h *Heartbeat) register(ctx context.Context) error {
	regCtx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()
	err := guard("Register", func() error { return h.cfg.Register(regCtx) })
	if err != nil {
		return fmt.Errorf("%w: %w", errRegistration, err)
	}
	h.update(func(s *State) { s.Registrations++ })
	return nil
}

// statusOf returns the status that the core answered, or 0 when the error is
// not an answer of the core.
func statusOf(err error) int {
	if se, ok := errors.AsType[*openhim.StatusError](err); ok {
		return se.Status
	}
	return 0
}
