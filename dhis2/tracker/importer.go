package tracker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// Importer brings records of any number to a DHIS2 server and says of each object what became of
// it.
//
//	importer, err := tracker.NewImporter(tracker.ImporterConfig{Client: client})
//	…
//	summary, err := importer.Run(ctx, records, func(r tracker.Result) error {
//		if !r.Fate.Landed() { … }
//		return nil
//	})
//
// What it keeps for its callers (dhis2.md 2.1-2.4):
//
//   - One request at a time holds a tracked entity, and its records go in the order of the source:
//     the server has no locks.
//   - Requests are filled up to MaxObjects and MaxBytes, sorted by UID, and as many are under way
//     as the server takes best.
//   - The same bytes are sent again when the server failed, lost a race or did not answer; halves
//     when it fails over a request for good, down to the record at fault. Nothing else is repeated.
//   - Older data never overwrites newer, and unchanged data is not sent (see [Guard]).
//   - What cannot land is parked by its cause, with one alert for each (see [ParkStore]).
//   - Memory is flat: LookAhead bounds what is held.
//
// An Importer does one run at a time: two would not know of each other's tracked entities.
// [Importer.Send] is for single records that come at the same time, as requests to a mediator do.
// Two importers for one server want different patients.
type Importer struct {
	cfg    ImporterConfig
	gate   gate
	claims claims
	slots  chan struct{} // of requests of Send

	refreshing sync.Mutex      // one call of Refresh at a time
	mu         sync.Mutex      // of what follows
	last       int64           // the arrival of the last record
	alerted    map[string]bool // by Send
}

// ErrRunning means that the importer is at work already.
var ErrRunning = errors.New("tracker: the importer is running")

// NewImporter returns an importer. A field that cannot be used gives a *[dhis2.ConfigError].
func NewImporter(cfg ImporterConfig) (*Importer, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.setDefaults()
	return &Importer{cfg: cfg, slots: make(chan struct{}, cfg.MaxRequests), alerted: map[string]bool{}}, nil
}

// arrive is the order of the next record: the time, but never the same twice.
func (im *Importer) arrive() int64 {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.last = max(im.last+1, time.Now().UnixNano())
	return im.last
}

// Run imports the records of a source, which it reads in a goroutine of its own and only as far
// ahead as it has to. each gets the result of every object, one at a time, those of a record
// together; an error of it ends the run. Every object read comes out once, as
// [FateUnfinished] where the run ended before.
//
// The error is that of the source, of each or of a store (*[StoreError]), a *[ServerError], or
// ctx.Err(); nil says that the source came to its end. It says nothing about single objects. When
// ctx ends, requests under way may finish for Drain. The source has to end with ctx, too: Run
// waits for it.
//
// With Checkpoints a run goes on where the last one with the same key stopped. A source with fewer
// records than its checkpoint says are done is an error. What each did not hear of comes again.
//
// A panic of the source, of each, a store or a callback comes out of Run.
func (im *Importer) Run(ctx context.Context, records iter.Seq2[Record, error], each func(Result) error) (Summary, error) {
	if err := im.gate.run(); err != nil {
		return Summary{}, err
	}
	defer im.gate.leave()
	from, err := im.checkpoint(ctx)
	if err != nil {
		return Summary{}, err
	}
	return im.run(ctx, im.cfg, items(behind(ctx, records, from.Records)), each, from)
}

// errShortSource means that a checkpoint is not about the source it is used for.
var errShortSource = errors.New("tracker: the source holds fewer records than its checkpoint says are done: give each source a CheckpointKey of its own")

// behind leaves out the first records of a source.
func behind(ctx context.Context, records iter.Seq2[Record, error], done int64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		skip := done
		for record, err := range records {
			switch {
			case skip > 0 && (err == nil || errors.Is(err, ErrRecord)):
				skip--
			case !yield(record, err):
				return
			case skip > 0:
				return // the source has failed
			}
		}
		if skip > 0 && ctx.Err() == nil {
			yield(Record{}, errShortSource)
		}
	}
}

// RunNDJSON is [Importer.Run] for the records of [ReadRecords].
func (im *Importer) RunNDJSON(ctx context.Context, r io.Reader, each func(Result) error) (Summary, error) {
	return im.Run(ctx, ReadRecords(r), each)
}

// Release imports the parked records of a cause once more, "" for all causes: when an operator has
// solved it. Records that land leave the park; those that fail again stay, under the cause of now.
// A record that is older than what landed meanwhile is stale, and leaves it too.
//
// It waits for the records of [Importer.Send] that are at work, and those that come meanwhile wait for it, so
// that it can be called while a mediator serves; but not by a callback of the importer.
//
// Records that were parked without payload are read again by Config.Reload.
func (im *Importer) Release(ctx context.Context, cause string, each func(Result) error) (Summary, error) {
	if err := im.gate.release(ctx); err != nil {
		return Summary{}, err
	}
	defer im.gate.leave()
	from, err := im.checkpoint(ctx)
	if err != nil {
		return Summary{}, err
	}
	cfg := im.cfg
	cfg.Checkpoints = nil // it is about another source
	return im.run(ctx, cfg, im.parkedItems(ctx, cause), each, Checkpoint{Busy: from.Busy})
}

func (im *Importer) checkpoint(ctx context.Context) (Checkpoint, error) {
	if im.cfg.Checkpoints == nil {
		return Checkpoint{}, nil
	}
	c, err := im.cfg.Checkpoints.Load(ctx, im.cfg.CheckpointKey)
	if err != nil {
		return c, &StoreError{Doing: "load the checkpoint", Err: err}
	}
	if !c.At.IsZero() { // whatever our clock says now: what comes, comes after what came then
		im.mu.Lock()
		im.last = max(im.last, c.At.UnixNano())
		im.mu.Unlock()
	}
	return c, nil
}

// item is one record on its way from a source to the run.
type item struct {
	record   Record
	parkedID string
	arrival  int64
}

// items are the records of a source.
func items(records iter.Seq2[Record, error]) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for record, err := range records {
			if !yield(item{record: record}, err) {
				return
			}
		}
	}
}

// errNotReloaded means that a parked record has no payload.
var errNotReloaded = errors.New("tracker: a parked record holds no payload: set Config.Reload to read it from its source, or Config.ParkPayloads before")

// parkedItems are the records in the park.
func (im *Importer) parkedItems(ctx context.Context, cause string) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for p, err := range im.cfg.Park.Entries(ctx, cause) {
			it := item{parkedID: p.ID, arrival: p.Arrival}
			switch {
			case err != nil:
			case im.cfg.Reload != nil && p.Payload == nil:
				it.record, err = im.cfg.Reload(ctx, p)
			case p.Payload == nil && len(p.Refs) == 0:
				it.record.Source = p.Source
				err = fmt.Errorf("%w: it was parked as unreadable; set Config.Reload to read it anew", ErrRecord)
			case p.Payload == nil:
				err = errNotReloaded
			default:
				it.record = Record{Key: p.Key, Source: p.Source, Version: p.Version, Strategy: p.Strategy, Payload: *p.Payload}
			}
			if err != nil {
				err = fmt.Errorf("tracker: release: %w", err)
			}
			if !yield(it, err) || err != nil && !errors.Is(err, ErrRecord) {
				return
			}
		}
	}
}

// separator of the server's version, for texts that hold several UIDs.
func separatorOf(v dhis2.Version) byte { return v.Separator()[0] }
