package fhir

import (
	"context"
	"errors"
	"time"
)

// maxPasses bounds how often one window is read again.
const maxPasses = 10

// errNoLastUpdated means that the server shows no meta.lastUpdated.
var errNoLastUpdated = errors.New("a resource has no meta.lastUpdated; it cannot be polled for")

// errUnsettled means that each reading of a window found something new.
var errUnsettled = errors.New("the server's pages do not settle: each reading of the same time showed something new")

// pollWindow is one poll under way.
type pollWindow struct {
	poller  *Poller
	mark    Watermark
	since   time.Time // from when on the next window reads
	handle  func(context.Context, Resource) error
	handled int
}

func newPollWindow(p *Poller, mark Watermark, handle func(context.Context, Resource) error) *pollWindow {
	w := &pollWindow{poller: p, mark: mark, since: p.cfg.Start, handle: handle}
	if back := mark.Time.Add(-p.cfg.Overlap); !mark.Time.IsZero() && back.After(w.since) {
		w.since = back
	}
	return w
}

// reading is what one reading of a window found.
type reading struct {
	fresh   int       // resources handled
	pages   int       // read
	latest  time.Time // lastUpdated of all that was read
	cut     bool      // there is more behind the window
	ordered bool      // sorted by lastUpdated, as was asked for
}

// pass reads one window, again until nothing new is in it, and moves the
// watermark. It reports whether there is more behind the window. The overlap is
// for what comes late, so that the next window need not reach back.
func (w *pollWindow) pass(ctx context.Context) (more bool, err error) {
	first, err := w.read(ctx, time.Time{})
	if err != nil {
		return false, err
	}
	again := first
	for n := 1; again.pages > 1 && again.fresh > 0; n++ {
		if n == maxPasses {
			return false, errUnsettled
		}
		if again, err = w.read(ctx, first.latest); err != nil {
			return false, err
		}
	}
	if first.latest.After(w.mark.Time) {
		w.mark.Time = first.latest
	}
	w.mark.forget(w.mark.Time.Add(-w.poller.cfg.Overlap))
	w.since = first.latest
	return first.cut, nil
}

// read reads from w.since until the given time, or until the window is full, and
// handles what was not seen yet.
func (w *pollWindow) read(ctx context.Context, until time.Time) (reading, error) {
	out := reading{ordered: true}
	for page, err := range w.poller.cfg.Client.SearchPages(ctx, w.poller.cfg.Type, w.options(until)...) {
		if err != nil {
			return out, err
		}
		out.pages++
		for r := range page.Matches() {
			meta := r.Meta()
			if meta.LastUpdated.IsZero() {
				return out, errNoLastUpdated
			}
			if out.fresh >= w.poller.cfg.Window && out.ordered && until.IsZero() {
				out.cut = true
				return out, nil
			}
			if meta.LastUpdated.Before(out.latest) {
				out.ordered = false
			} else {
				out.latest = meta.LastUpdated
			}
			if w.mark.has(r, meta) {
				continue
			}
			if err := w.handle(ctx, r); err != nil {
				return out, err
			}
			w.mark.note(r, meta)
			w.handled++
			out.fresh++
		}
	}
	return out, nil
}

func (w *pollWindow) options(until time.Time) []SearchOption {
	cfg := w.poller.cfg
	opts := []SearchOption{cfg.Query, SortBy("_lastUpdated"), PageSize(cfg.PageSize), Fresh()}
	if !w.since.IsZero() {
		opts = append(opts, ByLastUpdated(Ge, w.since))
	}
	if !until.IsZero() {
		// Parameters have milliseconds, servers may have more.
		opts = append(opts, ByLastUpdated(Le, until.Add(time.Millisecond)))
	}
	return append(opts, cfg.Options...)
}
