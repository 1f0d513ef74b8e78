package tracker

import (
	"cmp"
	"slices"
	"time"
)

// wait keeps a record until a parent of its objects lands, or ParentWait is over. Its lanes are
// free meanwhile: the parent may be behind it.
func (r *run) wait(rec *record) {
	rec.tries++
	until := time.Now().Add(r.cfg.ParentWait)
	r.waiting[rec] = until
	if r.nextWait.IsZero() || until.Before(r.nextWait) {
		r.nextWait = until
	}
	for _, parent := range rec.pendingParents() {
		r.waitsFor[parent] = append(r.waitsFor[parent], rec)
	}
	r.waitCount += rec.pendingCount()
	if r.waitCount > r.cfg.LookAhead/2 { // room for the parents
		r.resumeOldest()
	}
}

func (rec *record) pendingParents() []Ref {
	var parents []Ref
	for i := range rec.objects {
		if o := &rec.objects[i]; o.fate == "" {
			parents = append(parents, o.parents...)
		}
	}
	return parents
}

// wake resumes the records that waited for objects of rec: they landed, or never will.
func (r *run) wake(rec *record) {
	if len(r.waitsFor) == 0 {
		return
	}
	for i := range rec.objects {
		o := &rec.objects[i]
		if o.fate == "" {
			continue
		}
		for _, waiter := range slices.Clone(r.waitsFor[o.ref]) {
			if _, still := r.waiting[waiter]; !still || waiter == rec {
				continue
			}
			waiter.lastChance = waiter.lastChance || !o.fate.Landed()
			r.resume(waiter)
		}
	}
}

// resume puts a waiting record back into its lanes.
func (r *run) resume(rec *record) {
	delete(r.waiting, rec)
	for _, parent := range rec.pendingParents() {
		others := slices.DeleteFunc(r.waitsFor[parent], func(w *record) bool { return w == rec })
		if len(others) == 0 {
			delete(r.waitsFor, parent)
		} else {
			r.waitsFor[parent] = others
		}
	}
	r.waitCount -= rec.pendingCount()
	r.enqueue(rec)
}

func (r *run) resumeOldest() {
	var oldest *record
	for rec := range r.waiting {
		if oldest == nil || rec.seq < oldest.seq {
			oldest = rec
		}
	}
	oldest.lastChance = true
	r.resume(oldest)
}

// lastChances resumes all: the source is at its end, so no parent will come any more.
func (r *run) lastChances() {
	for _, rec := range r.waitingInOrder() {
		rec.lastChance = true
		r.resume(rec)
	}
}

func (r *run) waitingInOrder() []*record {
	all := make([]*record, 0, len(r.waiting))
	for rec := range r.waiting {
		all = append(all, rec)
	}
	slices.SortFunc(all, func(a, b *record) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

// wakeAt is when the loop has something to do by itself.
func (r *run) wakeAt() time.Time {
	at := time.Now().Add(time.Hour)
	earlier := func(t time.Time) {
		if t.Before(at) {
			at = t
		}
	}
	if r.lanes.ready.Len() > 0 && r.busy < r.limiter.limit && !r.isStopping() {
		if r.linger.Before(r.quiet) {
			earlier(r.quiet)
		} else {
			earlier(r.linger)
		}
	}
	if !r.nextWait.IsZero() {
		earlier(r.nextWait)
	}
	if len(r.resting) > 0 {
		earlier(r.resting[0].until) // they rest equally long
	}
	if r.cfg.Checkpoints != nil && r.done.below > r.saved {
		earlier(r.nextSave)
	}
	if r.cfg.Progress != nil {
		earlier(r.nextTell)
	}
	return at
}

// housekeep does what is due.
func (r *run) housekeep() {
	now := time.Now()
	if !r.nextWait.IsZero() && !now.Before(r.nextWait) {
		r.nextWait = time.Time{}
		for _, rec := range r.waitingInOrder() {
			switch until := r.waiting[rec]; {
			case !now.Before(until):
				r.resume(rec)
			case r.nextWait.IsZero() || until.Before(r.nextWait):
				r.nextWait = until
			}
		}
	}
	for len(r.resting) > 0 && !now.Before(r.resting[0].until) {
		s := r.resting[0]
		r.resting = r.resting[1:]
		r.release(s.record)
		if s.waits {
			r.wait(s.record)
		}
	}
	if !now.Before(r.nextSave) && r.done.below > r.saved {
		if err := r.save(); err != nil {
			r.stop(err)
		}
	}
	if !now.Before(r.nextTell) {
		r.progress(false)
	}
}

// save writes the checkpoint.
func (r *run) save() error {
	now := time.Now()
	r.nextSave = now.Add(r.cfg.CheckpointEvery)
	if r.cfg.Checkpoints == nil {
		return nil
	}
	c := Checkpoint{
		Records: r.done.below, Done: r.summary.Complete, Busy: !r.ended || now.Before(r.ghosts), At: now,
	}
	// What is final is final, also when the caller's context has ended.
	if err := r.cfg.Checkpoints.Save(r.always, r.cfg.CheckpointKey, c); err != nil {
		return &StoreError{Doing: "save the checkpoint", Err: err}
	}
	r.saved = r.done.below
	return nil
}

func (r *run) progress(done bool) {
	now := time.Now()
	r.nextTell = now.Add(r.cfg.ProgressEvery)
	if r.cfg.Progress == nil {
		return
	}
	p := Progress{
		Tally: r.summary.Tally, Records: r.position, Final: r.done.below,
		InFlight: r.busy, Concurrency: r.limiter.limit, Held: r.held, Waiting: r.waitCount,
		Requests: r.summary.Requests, Retries: r.summary.Retries, P95: r.limiter.p95(),
		Elapsed: now.Sub(r.begun), Done: done,
	}
	for _, n := range r.summary.Parked {
		p.Parked += n
	}
	p.Rate, p.Average = r.meter.rates(r.summary.Tally.Total(), now)
	r.cfg.Progress(p)
}
