package heartbeat

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// condition is how things stand between the mediator and the core.
type condition int

const (
	unavailable  condition = iota // not reached, or failing: it may pass by itself
	refused                       // the core says no: somebody must change something
	unregistered                  // the core does not know the mediator
	conditions                    // how many there are
)

// conditionOf tells failures apart by what an operator has to do.
func conditionOf(err error) condition {
	switch status := statusOf(err); {
	case status == http.StatusNotFound && !errors.Is(err, errRegistration):
		return unregistered
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		return unavailable
	case status >= 400:
		return refused
	}
	return unavailable
}

// outage is the time between a beat that failed and the next that did not. It
// makes sure that the log has each of its conditions once. Only the goroutine
// of Run sees it.
type outage struct {
	beaten   bool // a beat was taken in this Run
	on       bool
	since    time.Time
	failures int
	said     [conditions]bool
}

// failed notes a beat or a registration that failed.
func (h *Heartbeat) failed(ctx context.Context, err error) {
	now, c := time.Now(), conditionOf(err)
	o := &h.outage
	if !o.on {
		o.on, o.since = true, now
	}
	o.failures++
	h.mu.Lock()
	s := &h.state
	if s.Beating || s.Since.IsZero() {
		s.Beating, s.Since = false, now
	}
	s.LastError = err
	s.Failures++
	s.FailuresInRow++
	h.known = h.known && c != unregistered
	h.mu.Unlock()

	if o.said[c] {
		return
	}
	o.said[c] = true
	attrs := []slog.Attr{slog.String("urn", h.cfg.URN), slog.Any("error", err)}
	if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", p.stack))
	}
	switch c {
	case unregistered:
		attrs = append(attrs, slog.Bool("registering", h.cfg.Register != nil))
		h.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "core does not know the mediator", attrs...)
	case refused:
		h.cfg.Logger.LogAttrs(ctx, slog.LevelError, "core refuses the heartbeat, trying on", attrs...)
	default:
		h.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "core does not take the heartbeat, trying on", attrs...)
	}
}

// succeeded notes a beat that the core took.
func (h *Heartbeat) succeeded(ctx context.Context, sent time.Time) {
	now := time.Now()
	h.mu.Lock()
	s := &h.state
	if !s.Beating {
		s.Beating, s.Since = true, now
	}
	s.LastBeat = sent
	s.LastError = nil
	s.Beats++
	s.FailuresInRow = 0
	h.known = true
	h.mu.Unlock()
	if h.cfg.OnBeat != nil {
		h.cfg.OnBeat()
	}

	o := h.outage
	h.outage = outage{beaten: true}
	if o.beaten && !o.on {
		return
	}
	attrs := []slog.Attr{slog.String("urn", h.cfg.URN), slog.Duration("interval", h.cfg.Interval)}
	if o.on {
		attrs = append(attrs, slog.Duration("down_for", now.Sub(o.since)), slog.Int("failures", o.failures))
	}
	h.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "core takes the heartbeat", attrs...)
}
