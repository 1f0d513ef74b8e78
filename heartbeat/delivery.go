package heartbeat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// maxLoggedParams bounds the names in one line of the log.
const maxLoggedParams = 100

// fingerprint tells configs apart by content.
type fingerprint [sha256.Size]byte

// config is one config that came from the core.
type config struct {
	sum    fingerprint
	raw    json.RawMessage // canonical; nil when err is set
	params []string
	err    error // why it is none
}

// readConfig reads the body of a heartbeat's answer, and returns nil when it
// holds no config.
func readConfig(body []byte) *config {
	obj, err := parseConfig(body)
	if err != nil {
		return &config{sum: sha256.Sum256(body), err: err}
	}
	if obj == nil {
		return nil
	}
	raw := appendCanonical(nil, obj)
	return &config{sum: sha256.Sum256(raw), raw: raw, params: slices.Sorted(maps.Keys(obj))}
}

// delivery is the way of the configs from the beats to OnConfig. One config
// waits at most: the latest.
type delivery struct {
	mu      sync.Mutex
	waiting *config
	wake    chan struct{} // capacity 1

	// last is the content that was handed over last, lastErr what came of it.
	// Only the delivering goroutine sees them.
	last    fingerprint
	lastErr error
	handed  bool
}

// restart begins a Run: a config that was refused gets a new chance, one that
// was taken does not come again.
func (d *delivery) restart() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = nil
	d.wake = make(chan struct{}, 1)
	if d.lastErr != nil {
		d.handed, d.lastErr = false, nil
	}
}

// offer takes the body of a heartbeat's answer. It never blocks.
func (d *delivery) offer(body []byte) {
	c := readConfig(body)
	if c == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = c
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// take waits for a config, or returns nil when ctx has ended.
func (d *delivery) take(ctx context.Context) *config {
	select {
	case <-ctx.Done():
		return nil
	case <-d.wake:
	}
	if ctx.Err() != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.waiting
	d.waiting = nil
	return c
}

// deliver hands configs over, one after the other, until ctx ends.
func (h *Heartbeat) deliver(ctx context.Context) {
	d := &h.delivery
	for c := d.take(ctx); c != nil; c = d.take(ctx) {
		if d.handed && c.sum == d.last {
			continue
		}
		err := h.hand(ctx, c)
		if err != nil && ctx.Err() != nil {
			// The end of Run may have made it fail: the next Run tries again.
			d.handed = false
			return
		}
		d.handed, d.last, d.lastErr = true, c.sum, err
		if err != nil {
			h.configRefused(ctx, c, err)
		} else {
			h.configTaken(ctx, c)
		}
	}
}

// hand gives one config to the callback.
func (h *Heartbeat) hand(ctx context.Context, c *config) error {
	if c.err != nil {
		return c.err
	}
	if h.cfg.OnConfig == nil {
		return nil
	}
	return guard("OnConfig", func() error { return h.cfg.OnConfig(ctx, c.raw) })
}

func (h *Heartbeat) configTaken(ctx context.Context, c *config) {
	h.update(func(s *State) {
		s.ConfigHash = hex.EncodeToString(c.sum[:6])
		s.ConfigTaken = time.Now()
		s.ConfigError = nil
	})
	if h.cfg.OnConfig == nil {
		return
	}
	h.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "config taken",
		slog.String("urn", h.cfg.URN), slog.Any("params", c.params[:min(len(c.params), maxLoggedParams)]))
}

// configRefused reports a config that was not taken. Errors of a callback may
// hold a value, so only those made for it are written out.
func (h *Heartbeat) configRefused(ctx context.Context, c *config, err error) {
	h.update(func(s *State) { s.ConfigError = err })
	attrs := []slog.Attr{
		slog.String("urn", h.cfg.URN),
		slog.Any("params", c.params[:min(len(c.params), maxLoggedParams)]),
	}
	if texts := paramErrors(err); len(texts) > 0 {
		attrs = append(attrs, slog.Any("errors", texts[:min(len(texts), maxLoggedParams)]))
	} else if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("error", p.Error()), slog.String("stack", p.stack))
	} else {
		attrs = append(attrs, slog.String("error_type", fmt.Sprintf("%T", err)))
	}
	h.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "config not taken, the one before stays in force", attrs...)
}
