package dhis2

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// WatchConfig says what a Watch looks for.
type WatchConfig struct {
	// List is TrackedEntities, Enrollments, Events, TrackerEvents or SingleEvents. A tracked
	// entity's time of change covers its enrollments, events and relationships, so that watching
	// TrackedEntities sees all. Relationships by themselves have no time of change. Needed.
	List List
	// Query chooses the objects, as for ListRequest: program, orgUnitMode, fields … It must not
	// have the parameters that the watch sets: order, updatedAfter, updatedBefore,
	// updatedWithin, includeDeleted and those of paging. If it has fields, the three that the
	// watch needs are added.
	Query url.Values
	// From is where to go on: what Watermark of an earlier watch gave. The zero value begins
	// with the oldest object.
	From Watermark
	// Overlap is the longest time that an import into the server takes: its objects have the
	// time at which they were written, and are seen when it commits. The watermark never comes
	// nearer to the server's clock than that, and each poll looks so far back again. Defaults
	// to 10 minutes; 1 second at least.
	Overlap time.Duration
	// IgnoreDeleted leaves out deleted objects. Defaults to giving them, with Deleted set.
	IgnoreDeleted bool
	// PageSize is how many objects one answer has. Defaults to 200.
	PageSize int
	// MaxRemembered bounds how many objects of the overlap are remembered so as not to give
	// them twice; what is more comes again. Defaults to 1 million, of 24 bytes each.
	MaxRemembered int
	// Interval is the pause between polls of Follow. Defaults to 1 minute.
	Interval time.Duration
}

// Watermark is how far a watch has come: all changes before it have been given. It is a time of
// the server. As JSON it is that time, to be stored by the caller.
type Watermark struct{ time.Time }

// Change is an object as it was after a change. Changes in between are not seen.
type Change struct {
	UID       string
	UpdatedAt time.Time // by the server
	Deleted   bool
	Object    json.RawMessage
}

// Watch gives the objects of a tracker list that change, each with its newest state, losing none
// although the list changes while it is read:
//
//   - it reads in the order of change from the last time of change on, never by page numbers
//     over a moving list;
//   - it goes by the server's clock, and never trusts the last Overlap of it;
//   - what the overlap brings again is recognised by UID and time of change;
//   - pages that come with less or with nothing, as servers take out what the user may not read,
//     are not taken for the end (below 2.42, where nothing tells, up to 10,000 such objects in
//     succession).
//
// A caller stores Watermark once it has dealt with all changes that were given, and begins
// with it after a restart. Then what changed within Overlap before comes again: dealing with a
// change twice must do no harm.
//
// A Watch serves one goroutine.
type Watch struct {
	client *Client
	cfg    WatchConfig
	id     string
	mark   Watermark
	seen   *remembered
}

// NewWatch begins a watch. Nothing is sent yet.
func (c *Client) NewWatch(cfg WatchConfig) (*Watch, error) {
	w := &Watch{client: c, cfg: cfg, mark: cfg.From}
	switch cfg.List {
	case TrackedEntities:
		w.id = "trackedEntity"
	case Enrollments:
		w.id = "enrollment"
	case Events, TrackerEvents, SingleEvents:
		w.id = "event"
	default:
		return nil, &ArgumentError{Argument: "list", Reason: "has no time of change; watch trackedEntities, enrollments or events"}
	}
	for name := range cfg.Query {
		if slices.Contains([]string{"order", "updatedAfter", "updatedBefore", "updatedWithin", "includeDeleted", "page", "pageSize", "paging", "skipPaging", "totalPages"}, name) {
			return nil, &ArgumentError{Argument: "query", Reason: name + " is set by the watch itself"}
		}
	}
	if cfg.PageSize < 0 || cfg.PageSize > maxWatchPage {
		return nil, &ArgumentError{Argument: "page size", Reason: "must be 1 to 10,000, or 0 for the default"}
	}
	if cfg.Overlap != 0 && cfg.Overlap < time.Second || cfg.Interval < 0 || cfg.MaxRemembered < 0 {
		return nil, &ArgumentError{Argument: "overlap, interval or memory", Reason: "is too small"}
	}
	w.cfg.PageSize = orDefault(cfg.PageSize, defaultPageSize)
	w.cfg.Overlap = orDefault(cfg.Overlap, 10*time.Minute)
	w.cfg.Interval = orDefault(cfg.Interval, time.Minute)
	w.cfg.MaxRemembered = orDefault(cfg.MaxRemembered, 1_000_000)
	w.seen = newRemembered(w.cfg.MaxRemembered)
	return w, nil
}

func orDefault[T int | time.Duration](v, other T) T {
	if v == 0 {
		return other
	}
	return v
}

// Watermark is how far the watch has come: it covers the changes that were given before the one
// that was given last, and that one as well once the next was asked for or the poll has ended.
// Store it after what was given has been dealt with.
func (w *Watch) Watermark() Watermark { return w.mark }

// Poll gives what changed since the last poll, or since WatchConfig.From, up to now. An error is
// the last thing that comes; the next Poll goes on where the watermark is.
func (w *Watch) Poll(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		p, err := w.begin(ctx)
		if err == nil {
			_, err = p.run(ctx, func(c Change) bool { return yield(c, nil) })
		}
		if err != nil {
			yield(Change{}, err)
		}
	}
}

// Follow polls until the context ends, with WatchConfig.Interval between the polls. An error of
// a poll is given, and followed by the next poll if the caller goes on.
func (w *Watch) Follow(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for {
			for change, err := range w.Poll(ctx) {
				if ctx.Err() != nil {
					return
				}
				if !yield(change, err) {
					return
				}
			}
			timer := time.NewTimer(w.cfg.Interval)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
		}
	}
}

// query is what is asked of the list from a time on.
func (w *Watch) query(zone *time.Location, from time.Time) url.Values {
	q := url.Values{}
	maps.Copy(q, w.cfg.Query)
	q.Set("order", "updatedAt:asc")
	if !w.cfg.IgnoreDeleted {
		q.Set("includeDeleted", "true")
	}
	if !from.IsZero() {
		q.Set("updatedAfter", FormatTime(from.In(zone)))
	}
	if fields := q.Get("fields"); fields != "" {
		q.Set("fields", strings.Join([]string{fields, w.id, "updatedAt", "deleted"}, ","))
	}
	return q
}
