package tracker

import (
	"context"
	"log/slog"
	"time"
)

// account hands out the results of a final record.
func (r *run) account(rec *record) {
	rec.final = true
	delete(r.live, rec)
	r.held -= len(rec.objects)
	r.heldBytes -= rec.weight
	if rec.cause != (Cause{}) {
		r.summary.Parked[rec.cause.ID()]++
		r.alert(rec.cause)
	}
	r.hand(rec)
	if rec.position >= 0 && !r.deaf {
		r.done.done(rec.position)
	}
}

// hand gives the results of a record to the caller. When each has failed nothing is handed over
// any more, nor counted as done: the run that resumes tells of it.
func (r *run) hand(rec *record) {
	for i := range rec.objects {
		result := rec.result(&rec.objects[i])
		r.summary.Tally = r.summary.Tally.with(result.Fate)
		if r.each == nil || r.deaf {
			continue
		}
		if err := r.each(result); err != nil {
			r.deaf = true
			r.stop(err)
		}
	}
}

func (rec *record) result(o *object) Result {
	out := Result{
		Ref: o.ref, UID: o.uid, Source: rec.source, Position: rec.position, Fate: o.fate,
		Adopted: o.uid != o.ref.UID, Class: o.class, Codes: o.codes, Reason: o.reason, Warnings: o.warnings,
		Root: o.root, RootCodes: o.rootWhy, Status: o.status, Attempts: o.attempts,
	}
	if out.Fate == "" || out.Fate == FateRejected && !rec.final { // not parked yet
		out.Fate = FateUnfinished
	}
	if out.Fate == FateRejected && rec.cause != (Cause{}) {
		out.Cause = rec.cause.ID()
	}
	return out
}

func (r *run) alert(c Cause) {
	id := c.ID()
	if r.alerted[id] {
		return
	}
	r.alerted[id] = true
	r.cfg.Logger.LogAttrs(r.ctx, slog.LevelWarn, "records are parked", slog.String("cause", id))
	if r.cfg.Alert != nil {
		r.cfg.Alert(c)
	}
}

// refreshOnce has metadata read anew, once for each cause; a worker calls it. It reports whether a
// request that was sent at a time may go better now.
func (r *run) refreshOnce(ctx context.Context, c Cause, sent time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	state, done := r.refreshed[c.ID()]
	if !done {
		if err := r.cfg.Refresh(ctx, c); err == nil {
			state.at = time.Now()
		}
		r.refreshed[c.ID()] = state
	}
	return !sent.After(state.at) && !state.at.IsZero()
}
