package tracker

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// run is one run of an importer. Its fields belong to the goroutine that called Run, but for those
// that say otherwise. Three kinds of goroutines work for it and end before it: one reader of the
// source, a worker for each batch, and nothing else.
type run struct {
	cfg  ImporterConfig
	ctx  context.Context //nolint:containedctx // the caller's, for as long as the run
	each func(Result) error
	deaf bool // each has failed

	intake   chan *record
	events   chan event
	stopping chan struct{} // closed when nothing new is to begin; anybody may wait for it
	always   context.Context
	work     context.Context
	cutWork  context.CancelCauseFunc
	workers  sync.WaitGroup

	err       error
	eof       bool
	ended     bool
	lanes     *lanes
	limiter   *limiter
	busy      int
	live      map[*record]bool // all records without results
	held      int              // objects of them
	heldBytes int
	waiting   map[*record]time.Time // until when they wait for a parent
	waitsFor  map[Ref][]*record
	waitCount int
	nextWait  time.Time // not after the first of waiting; zero for none
	resting   []rest
	linger    time.Time // when what is ready goes, however little it is
	quiet     time.Time // nothing is sent before
	ghosts    time.Time // until when requests may be at work in the server

	done     positions
	saved    int64
	position int64 // records read
	summary  Summary
	meter    meter
	begun    time.Time
	nextSave time.Time
	nextTell time.Time

	condemned atomic.Int32 // by workers: records given up in a row
	mu        sync.Mutex
	refreshed map[string]refreshed // by workers, by cause
	alerted   map[string]bool
}

// refreshed says when metadata were read anew for a cause; never if that failed.
type refreshed struct{ at time.Time }

// rest is a record whose keys are kept for a while although no request of ours holds it.
type rest struct {
	record *record
	until  time.Time
	waits  bool // for a parent, after that; else it is final
}

type eventKind int

const (
	eventDone       eventKind = iota // all objects have their fate, which is safe
	eventAgain                       // goes into another batch
	eventWait                        // goes into another batch when its parents have landed
	eventUnfinished                  // the run is ending
	eventSample                      // an import request was answered
	eventFatal                       // the run must end
	eventExit                        // a worker is gone
)

// event is what workers tell.
type event struct {
	kind   eventKind
	record *record
	sample sample
	err    error
}

func (im *Importer) run(ctx context.Context, cfg ImporterConfig, source iter.Seq2[item, error], each func(Result) error, from Checkpoint) (Summary, error) {
	r, err := newRun(ctx, cfg, each, from)
	if err != nil {
		return Summary{}, err
	}
	return im.drive(r, source, from)
}

// drive brings a run to its end.
func (im *Importer) drive(r *run, source iter.Seq2[item, error], from Checkpoint) (Summary, error) {
	defer r.cutWork(nil)
	server, err := r.server()
	if err != nil {
		return Summary{}, err
	}
	if err := r.save(); err != nil {
		return Summary{}, err
	}
	over := false
	defer func() {
		if !over { // each, or another function of the caller, panics
			r.abandon()
		}
	}()
	r.workers.Go(func() { im.read(r, source, from.Records, separatorOf(server.Version)) })
	r.loop()
	r.workers.Wait()
	if panicked, is := errors.AsType[*panicError](r.err); is {
		over = true
		panic(panicked)
	}
	r.finish()
	over = true
	return r.summary, r.err
}

func newRun(ctx context.Context, cfg ImporterConfig, each func(Result) error, from Checkpoint) (*run, error) {
	now := time.Now()
	known, err := cfg.Park.Causes(ctx)
	if err != nil {
		return nil, &StoreError{Doing: "count the causes of parked records", Err: err}
	}
	r := &run{
		cfg: cfg, ctx: ctx, each: each,
		intake: make(chan *record), events: make(chan event), stopping: make(chan struct{}),
		lanes: newLanes(), limiter: newLimiter(cfg.MinRequests, cfg.MaxRequests, 2, cfg.SlowAfter, now),
		live: map[*record]bool{}, waiting: map[*record]time.Time{}, waitsFor: map[Ref][]*record{},
		done: positions{below: from.Records}, saved: from.Records, position: from.Records,
		meter: meter{begun: now, last: now}, begun: now,
		nextSave: now.Add(cfg.CheckpointEvery), nextTell: now.Add(cfg.ProgressEvery),
		refreshed: map[string]refreshed{}, alerted: map[string]bool{},
	}
	if from.Busy {
		r.quiet = now.Add(cfg.Rest)
	}
	r.ghosts = r.quiet
	r.summary.Skipped = from.Records
	r.summary.Parked = map[string]int64{}
	for cause := range known {
		r.alerted[cause] = true
	}
	r.always = context.WithoutCancel(ctx)
	r.work, r.cutWork = context.WithCancelCause(r.always)
	return r, nil
}

// read takes the records of the source apart. It stops when the run does.
func (im *Importer) read(r *run, source iter.Seq2[item, error], position int64, separator byte) {
	defer close(r.intake)
	defer r.recovered()
	for it, err := range source {
		arrival := im.arrive()
		if it.arrival != 0 {
			arrival = it.arrival
		}
		var rec *record
		switch {
		case err == nil:
			rec = newRecord(it.record, position, arrival, separator, im.cfg.Params)
		case errors.Is(err, ErrRecord):
			rec = unreadable(it.record.Source, position, arrival, err)
		default:
			r.tell(event{kind: eventFatal, err: err})
			return
		}
		if rec.parkedID = it.parkedID; rec.parkedID != "" {
			rec.position = -1
		}
		position++
		r.intake <- rec // the loop takes it, also when the run is ending: it was read, so it has a result
		if r.isStopping() {
			return
		}
	}
}

// tell hands an event to the loop, which takes events until the last worker is gone.
func (r *run) tell(e event) { r.events <- e }

func (r *run) isStopping() bool {
	select {
	case <-r.stopping:
		return true
	default:
		return false
	}
}

// loop runs until every record is final, or the run is to end and its workers are gone.
func (r *run) loop() {
	ended := r.ctx.Done()
	var cut <-chan time.Time
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	reading := r.intake
	for {
		r.dispatch()
		if r.over(reading == nil) {
			return
		}
		intake := reading
		if r.isFull() && !r.isStopping() {
			intake = nil
		}
		timer.Reset(time.Until(r.wakeAt()))
		select {
		case rec, ok := <-intake:
			if !ok {
				reading, r.eof = nil, true
				continue
			}
			r.take(rec)
		case e := <-r.events:
			r.handle(e)
		case <-timer.C:
			r.housekeep()
		case <-ended:
			ended = nil
			r.stop(r.ctx.Err())
		case <-cut:
			cut = nil
			r.cutWork(errStopped)
		}
		if r.isStopping() && cut == nil && r.work.Err() == nil {
			cut = time.After(r.cfg.Drain)
		}
	}
}

// isFull reports whether no more records may be held. One record alone may be of any size.
func (r *run) isFull() bool {
	return r.held >= r.cfg.LookAhead || r.heldBytes >= r.cfg.MaxBytes*(r.cfg.MaxRequests+2)
}

// over reports whether there is nothing more to do.
func (r *run) over(sourceEnded bool) bool {
	if r.busy > 0 || !sourceEnded {
		return false
	}
	return r.isStopping() || len(r.live) == 0
}

// stop lets nothing new begin. The first reason counts.
func (r *run) stop(err error) {
	if r.isStopping() {
		return
	}
	r.err = err
	close(r.stopping)
}

// take puts a record of the source into its lanes.
func (r *run) take(rec *record) {
	r.live[rec] = true
	r.held += len(rec.objects)
	r.heldBytes += rec.weight
	r.position++
	r.summary.Records++
	r.enqueue(rec)
}

func (r *run) enqueue(rec *record) {
	if r.lanes.ready.Len() == 0 {
		r.linger = time.Now().Add(r.cfg.Linger)
	}
	r.lanes.add(rec)
}

// dispatch starts workers as long as the server takes more and there is enough to send.
func (r *run) dispatch() {
	for !r.isStopping() && r.busy < r.limiter.limit && r.lanes.ready.Len() > 0 && r.enough() {
		b := newBatch(r.cfg.MaxObjects, r.cfg.MaxBytes)
		r.lanes.take(b)
		if len(b.records) == 0 {
			continue // what was ready waits for an older record again
		}
		r.linger = time.Now().Add(r.cfg.Linger)
		r.busy++
		w := &worker{run: r, ctx: r.work, left: map[*record]bool{}, rules: rules{
			unique: r.cfg.Unique, reincarnate: r.cfg.Reincarnate != nil, refresh: r.cfg.Refresh != nil,
			maxWaits: maxWaits, maxRewrites: maxRewrites,
		}}
		r.workers.Go(func() {
			defer r.tell(event{kind: eventExit})
			defer r.recovered()
			w.work(b.records)
		})
	}
	if r.busy == 0 && r.eof && len(r.waiting) > 0 && r.lanes.ready.Len() == 0 && !r.isStopping() {
		r.lastChances()
	}
}

// enough reports whether a request may go: it is full, or nothing would fill it soon.
func (r *run) enough() bool {
	if time.Now().Before(r.quiet) {
		return false
	}
	return r.lanes.size >= r.cfg.MaxObjects || r.eof || r.isFull() || !time.Now().Before(r.linger)
}

// handle takes note of what a worker tells.
func (r *run) handle(e event) {
	switch e.kind {
	case eventDone:
		r.wake(e.record)
		r.account(e.record)
		if !r.rest(e.record, false) {
			r.release(e.record)
		}
	case eventAgain:
		r.wake(e.record)
		r.lanes.release(e.record)
		e.record.rekey()
		r.enqueue(e.record)
	case eventWait:
		r.wake(e.record)
		if !r.rest(e.record, true) {
			r.lanes.release(e.record)
			r.wait(e.record)
		}
	case eventUnfinished: // it stays in live, for finish
		r.lanes.release(e.record)
		if e.record.ghost || !e.record.sentAt.IsZero() {
			r.ghosts = time.Now().Add(r.cfg.Rest)
		}
	case eventSample:
		r.summary.Requests++
		if e.sample.trouble || e.sample.partial {
			r.summary.Retries++
		}
		e.sample.full = r.busy >= r.limiter.limit
		r.limiter.observe(e.sample)
	case eventFatal:
		r.stop(e.err)
		if _, panicked := errors.AsType[*panicError](e.err); panicked {
			r.err = e.err // whatever else ended the run
		}
	case eventExit:
		r.busy--
	}
}

// rest keeps the keys of a record for a while if a request whose answer was lost may still be at
// work.
func (r *run) rest(rec *record, waits bool) bool {
	if !rec.ghost || r.cfg.Rest == 0 {
		return false
	}
	rec.ghost = false
	r.ghosts = time.Now().Add(r.cfg.Rest)
	r.resting = append(r.resting, rest{record: rec, until: r.ghosts, waits: waits})
	return true
}

func (r *run) release(rec *record) {
	before := r.lanes.ready.Len()
	r.lanes.release(rec)
	if before == 0 && r.lanes.ready.Len() > 0 {
		r.linger = time.Now().Add(r.cfg.Linger)
	}
}

// finish accounts for what the run left, and saves how far it came.
func (r *run) finish() {
	left := make([]*record, 0, len(r.live))
	for rec := range r.live {
		left = append(left, rec)
	}
	slices.SortFunc(left, func(a, b *record) int { return cmp.Compare(a.seq, b.seq) })
	for _, rec := range left {
		r.hand(rec)
	}
	r.ended = true
	r.summary.Complete = r.err == nil && len(left) == 0
	r.summary.Elapsed = time.Since(r.begun)
	if err := r.save(); err != nil && r.err == nil {
		r.err = err
	}
	r.progress(true)
}
