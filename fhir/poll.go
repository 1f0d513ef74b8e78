package fhir

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// PollConfig is what a [Poller] reads. Client, Type and Store are needed.
type PollConfig struct {
	// Client reads the server.
	Client *Client
	// Type of the resources.
	Type string
	// Query narrows them down, for example to those of one facility. Defaults
	// to all of the type.
	Query Query
	// Options go with each search, such as [ByPost]. Defaults to none.
	Options []SearchOption
	// Store keeps how far the poller has come.
	Store WatermarkStore
	// Key is under which it does so. Defaults to Type: give pollers that share
	// a store and a type keys of their own.
	Key string
	// Start is from when on resources are of interest. Defaults to everything.
	Start time.Time
	// Overlap is how far each search reaches back behind what was seen. What a
	// long transaction stored, and what is indexed late, comes up with a time
	// that is past already. Defaults to 5 minutes.
	Overlap time.Duration
	// Interval is the pause between two polls of [Poller.Run]. Defaults to 1
	// minute.
	Interval time.Duration
	// PageSize is asked for. Defaults to 200.
	PageSize int
	// Window is after about how many new resources the watermark moves on and a
	// new search begins: it bounds what is remembered during a long catch-up,
	// and what is done again after a crash. Defaults to 5,000.
	Window int
	// Logger gets a warning for each poll of Run that failed. Defaults to
	// silence.
	Logger *slog.Logger
}

// Poller hands over the resources that were made or changed on a server since
// it did so last, by searching for _lastUpdated. Every version that is the
// current one when it looks is handed over at least once, and not twice unless
// the process stopped in between. Versions that were replaced between two
// looks, and deletions, are not seen: see [Client.History].
//
// How it loses nothing: a search reaches back behind the watermark; only
// times of the server count; a window of several pages is read again until
// nothing new is in it, as entries slip between the pages of a server whose
// data change.
type Poller struct{ cfg PollConfig }

// NewPoller returns a poller for cfg.
func NewPoller(cfg PollConfig) (*Poller, error) {
	switch {
	case cfg.Client == nil:
		return nil, &ConfigError{Field: "Client", Reason: "is missing"}
	case !isTypeName(cfg.Type):
		return nil, &ConfigError{Field: "Type", Reason: "is no name of a resource type"}
	case cfg.Store == nil:
		return nil, &ConfigError{Field: "Store", Reason: "is missing; MemoryWatermarks and FileWatermarks are there"}
	}
	for _, p := range cfg.Query {
		if p.name == "_lastUpdated" || isResultParam(p.name) {
			return nil, &ConfigError{Field: "Query", Reason: "cannot have " + p.name + ", which the poller sets"}
		}
	}
	if cfg.Key == "" {
		cfg.Key = cfg.Type
	}
	defaultInt(&cfg.Overlap, 5*time.Minute)
	defaultInt(&cfg.Interval, time.Minute)
	defaultInt(&cfg.PageSize, 200)
	defaultInt(&cfg.Window, 5_000)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Poller{cfg: cfg}, nil
}

// Run polls until the context ends, and returns why. A poll that failed is
// tried again after the interval. handle is called by one goroutine.
func (p *Poller) Run(ctx context.Context, handle func(context.Context, Resource) error) error {
	for {
		if _, err := p.Poll(ctx, handle); err != nil && ctx.Err() == nil {
			p.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "poll failed", slog.String("type", p.cfg.Type), slog.Any("error", err))
		}
		timer := time.NewTimer(p.cfg.Interval)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// Poll looks once, hands over what is new and returns how many that were. An
// error of handle ends it: what was handled before is remembered, and the same
// resource comes again with the next poll. Where the watermark cannot be
// saved, what was handled since comes again too.
func (p *Poller) Poll(ctx context.Context, handle func(context.Context, Resource) error) (int, error) {
	mark, err := p.cfg.Store.Load(ctx, p.cfg.Key)
	if err != nil {
		return 0, fmt.Errorf("fhir: poll %s: %w", p.cfg.Type, err)
	}
	w := newPollWindow(p, mark.clone(), handle)
	for {
		more, err := w.pass(ctx)
		// What was handled is kept even where the context has ended.
		saved := p.cfg.Store.Save(context.WithoutCancel(ctx), p.cfg.Key, w.mark)
		if err := errors.Join(err, saved); err != nil {
			return w.handled, fmt.Errorf("fhir: poll %s: %w", p.cfg.Type, err)
		}
		if !more {
			return w.handled, nil
		}
	}
}
