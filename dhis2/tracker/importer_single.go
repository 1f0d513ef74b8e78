package tracker

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Send imports one record and returns the results of its objects, in their order. It is for records
// that come one by one and from several goroutines at once, as requests to a mediator do: what [Run]
// keeps for its callers, it keeps across calls. Records that mention one UID go one after the other,
// in the order in which they came; after a lost answer the next one waits for ImporterConfig.Rest. At
// most MaxRequests are at work at once; the others wait. A request of Send holds one record and is
// all or nothing, unless ImporterConfig.Atomic says otherwise. Everything is sent with ctx, whose
// values clients and transports get.
//
// Rejected records are parked like those of a run, and stay there when a later record of the patient
// lands: Release finds them stale. An error is that of a store (*[StoreError]), a
// *[ServerError], ctx.Err(), or [ErrRunning] while a run is on (a Release is waited for): what the server says of the objects is
// in the results only. With an error all objects that have no fate are [FateUnfinished].
//
// Checkpoints and Progress are not used, and Refresh is called for every record that asks for it. An object that takes the UID of another one (see
// ImporterConfig.Unique) is kept apart from that one's own records from the next call on.
//
// [Run]: see Importer.Run
func (im *Importer) Send(ctx context.Context, record Record) ([]Result, error) {
	if err := im.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer im.gate.exit()
	keys, err := im.claim(ctx, record)
	if err != nil {
		return nil, err
	}
	var free time.Time
	defer func() { im.claims.give(keys, free) }()
	select {
	case im.slots <- struct{}{}:
		defer func() { <-im.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var results []Result
	r, err := newRun(ctx, im.single(ctx), func(result Result) error {
		results = append(results, result)
		return nil
	}, Checkpoint{})
	if err != nil {
		return nil, err
	}
	// Until the run has told otherwise, a panic leaves a request behind.
	free = time.Now().Add(im.cfg.Rest)
	_, err = im.drive(r, func(yield func(item, error) bool) { yield(item{record: record}, nil) }, Checkpoint{})
	free = time.Time{}
	if r.ghosts.After(time.Now()) {
		free = r.ghosts
	}
	return results, err
}

// claim takes the UIDs that a record mentions, by the names of the source and of the server.
func (im *Importer) claim(ctx context.Context, record Record) ([]string, error) {
	// What the guard knows may change while others are waited for.
	var held []string
	for {
		rec := newRecord(record, 0, 0, ',', im.cfg.Params)
		refs := rec.mentions(nil)
		if len(refs) > 0 {
			known, err := im.cfg.Guard.Load(ctx, refs)
			if err != nil {
				im.claims.give(held, time.Time{})
				return nil, &StoreError{Doing: "ask the guard", Err: err}
			}
			rec.rename(known)
			rec.rekey()
		}
		if held != nil && !slices.ContainsFunc(rec.keys, func(key string) bool { return !slices.Contains(held, key) }) {
			return held, nil
		}
		im.claims.give(held, time.Time{})
		held = nil
		if err := im.claims.take(ctx, rec.keys); err != nil {
			return nil, err
		}
		held = append([]string{}, rec.keys...)
	}
}

// single is the configuration for one record among several that are imported at once.
func (im *Importer) single(ctx context.Context) ImporterConfig {
	cfg := im.cfg
	cfg.Checkpoints, cfg.Progress = nil, nil
	cfg.MinRequests, cfg.MaxRequests = 1, 1
	if alert := im.cfg.Alert; alert != nil {
		cfg.Alert = func(c Cause) {
			if im.isNews(context.WithoutCancel(ctx), c) {
				alert(c)
			}
		}
	}
	if refresh := im.cfg.Refresh; refresh != nil {
		cfg.Refresh = func(ctx context.Context, c Cause) error {
			im.refreshing.Lock()
			defer im.refreshing.Unlock()
			return refresh(ctx, c)
		}
	}
	return cfg
}

// isNews reports whether nobody was told of a cause since the park held nothing of it.
func (im *Importer) isNews(ctx context.Context, c Cause) bool {
	id := c.ID()
	parked, err := im.cfg.Park.Causes(ctx)
	im.mu.Lock()
	defer im.mu.Unlock()
	maps.DeleteFunc(im.alerted, func(known string, _ bool) bool { return err == nil && parked[known] == 0 })
	if im.alerted[id] && (err != nil || parked[id] > 1) {
		return false
	}
	im.alerted[id] = true
	return true
}
