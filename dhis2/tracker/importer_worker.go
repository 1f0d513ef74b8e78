package tracker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// errStopped ends the work of a run that is ending.
var errStopped = errors.New("the run is ending")

const (
	maxWaits    = 4
	maxRewrites = 6
	maxRepeats  = 6
)

// worker brings one batch to an end: it sends it, repeats it, splits it, and says of each record
// what comes next. The records are the worker's until it has told so.
type worker struct {
	run   *run
	ctx   context.Context //nolint:containedctx // of this one batch
	rules rules
	left  map[*record]bool // records of which nothing was told yet
}

func (w *worker) work(records []*record) {
	for _, r := range records {
		w.left[r] = true
	}
	err := w.begin(records)
	if err != nil && !errors.Is(err, errStopped) {
		w.run.tell(event{kind: eventFatal, err: err})
	}
	for r := range w.left {
		w.run.tell(event{kind: eventUnfinished, record: r})
	}
}

// begin asks the guard what has landed, and sends the rest.
func (w *worker) begin(records []*record) error {
	records, err := w.guarded(records)
	if err != nil {
		return err
	}
	if w.run.cfg.CheckParents {
		if err := w.checkParents(records); err != nil {
			return err
		}
	}
	var complete, pending []*record
	for _, r := range records {
		if r.pendingCount() == 0 {
			complete = append(complete, r)
		} else {
			pending = append(pending, r)
		}
	}
	if err := w.conclude(complete); err != nil {
		return err
	}
	if len(pending) == 0 {
		return nil
	}
	return w.send(pending, 0)
}

// settle reads the answer to a shipment.
func (w *worker) settle(s *shipment, report *Report) error {
	j := judge(s, report, w.rules)
	j.presentLinks()
	var landed []Landed
	byRecord := make(map[*record][]*ruling, len(s.records))
	for i := range j.list {
		f := &j.list[i]
		byRecord[f.record] = append(byRecord[f.record], f)
		if f.do == actLanded || f.do == actPresent {
			f.object.fate = j.fateOf(f, report)
			f.object.codes = f.codes
			f.object.class = f.class
			if f.provesContent() {
				landed = append(landed, f.record.landed(f.object))
			}
		}
	}
	if len(landed) > 0 {
		if err := w.run.cfg.Guard.Save(w.ctx, landed); err != nil {
			return w.storeError("save to the guard", err)
		}
	}
	failed := 0
	for i := range j.list {
		failed += len(j.list[i].codes)
	}
	var complete []*record
	for _, r := range s.records {
		next, err := w.next(j, r, byRecord[r])
		if err != nil {
			return err
		}
		if next == eventAgain && failed > 0 && !isFaulty(byRecord[r]) {
			r.repeats-- // others failed, and took it along as Atomic is ALL: they are fewer now
		}
		switch next {
		case eventDone:
			complete = append(complete, r)
		case eventAgain, eventWait:
			w.tell(event{kind: next, record: r})
		case eventFatal, eventUnfinished, eventSample, eventExit:
		}
	}
	return w.conclude(complete)
}

// isFaulty reports whether an object of a record has errors of its own.
func isFaulty(findings []*ruling) bool {
	return slices.ContainsFunc(findings, func(f *ruling) bool { return len(f.codes) > 0 })
}

// next says what is to be done about a record whose answer was judged, and does what is needed
// before it is sent again.
func (w *worker) next(j *judgement, r *record, findings []*ruling) (eventKind, error) {
	next := eventDone
	wants := actLanded
	for _, f := range findings {
		do := f.do
		switch do {
		case actAdopt:
			var err error
			if do, err = w.adopt(r, f); err != nil {
				return next, err
			}
		case actReincarnate:
			var err error
			if do, err = w.reincarnate(r, f); err != nil {
				return next, err
			}
		case actRefresh:
			do = w.refresh(f)
		case actLanded, actPresent, actFollow, actAgain, actWait, actUpsert, actReject:
		}
		f.do = do
		if do == actReject {
			j.reject(f)
		}
		if do > actPresent && do < actReject {
			wants = max(wants, do)
		}
	}
	// Whoever shared the fate of an object that could not be helped, shares it still.
	for _, f := range findings {
		if f.do > actPresent && f.do < actReject && f.root != (Ref{}) {
			if root := j.last(f.root); root != nil && root.record == r && root.object.fate == FateRejected {
				f.class = root.class
				j.reject(f)
			}
		}
	}
	if r.pendingCount() == 0 {
		return next, nil
	}
	switch {
	case wants == actWait && r.tries < maxWaits && !r.lastChance:
		return eventWait, nil
	case wants == actWait:
		giveUp(r, dhis2.ClassDependency, "its parent did not land")
		return next, nil
	case wants == actUpsert:
		r.strategy = CreateAndUpdate
	case r.repeats >= maxRepeats:
		giveUp(r, dhis2.ClassInternal, "the server does not say what became of it")
		return next, nil
	}
	r.repeats++
	return eventAgain, nil
}

// reject gives an object its fate, and its root by the name of the source.
func (j *judgement) reject(f *ruling) {
	o := f.object
	o.fate, o.class, o.codes = FateRejected, f.class, f.codes
	if root := j.last(f.root); root != nil && root != f {
		o.root, o.rootWhy = root.object.ref, root.codes
	} else if f.root != (Ref{}) {
		o.root = f.root
	}
	f.do = actReject
}

// giveUp rejects what is pending of a record.
func giveUp(r *record, class dhis2.Class, reason string) {
	for i := range r.objects {
		if o := &r.objects[i]; o.fate == "" {
			o.fate, o.class, o.reason = FateRejected, class, reason
		}
	}
}

// refresh has the caller's metadata read anew, once for each cause.
func (w *worker) refresh(f *ruling) action {
	o := f.object
	probe := object{ref: o.ref, class: f.class, codes: f.codes, program: o.program, orgUnit: o.orgUnit}
	if !w.run.refreshOnce(w.ctx, causeOf(&probe), f.record.sentAt) {
		return actReject
	}
	f.record.refreshed = true
	return actRefresh
}

// conclude parks what was rejected of records that are final, and tells of them.
func (w *worker) conclude(records []*record) error {
	var parked []Parked
	var gone []string
	for _, r := range records {
		worst := decisiveOf(r)
		if worst == nil {
			if r.parkedID != "" {
				gone = append(gone, r.parkedID)
			}
			continue
		}
		cause := causeOf(worst)
		r.cause = cause
		parked = append(parked, r.parked(cause, w.run.cfg.ParkPayloads, time.Now()))
	}
	if len(parked) > 0 {
		if err := w.run.cfg.Park.Park(w.ctx, parked); err != nil {
			return w.storeError("park records", err)
		}
	}
	if len(gone) > 0 {
		if err := w.run.cfg.Park.Remove(w.ctx, gone); err != nil {
			return w.storeError("remove parked records", err)
		}
	}
	for _, r := range records {
		w.tell(event{kind: eventDone, record: r})
	}
	return nil
}

func (w *worker) tell(e event) {
	delete(w.left, e.record)
	w.run.tell(e)
}

// storeError is the end of a run; the context's own is not, as it was ending already.
func (w *worker) storeError(what string, err error) error {
	if w.ctx.Err() != nil {
		return errStopped
	}
	return &StoreError{Doing: what, Err: err}
}

// StoreError means that a [Guard], [ParkStore] or [Checkpoints] failed, which ends a run: what
// cannot be remembered is not sent.
type StoreError struct {
	// Doing is what was tried.
	Doing string
	// Err is the store's.
	Err error
}

// Error implements error.
func (e *StoreError) Error() string { return "tracker: import: " + e.Doing + ": " + e.Err.Error() }

// Unwrap returns the store's error.
func (e *StoreError) Unwrap() error { return e.Err }
