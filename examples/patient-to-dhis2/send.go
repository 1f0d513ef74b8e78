package main

import (
	"context"
	"hash/maphash"
	"strconv"

	"github.com/openhim/mediator-go/mediator"
)

// sender writes payloads to DHIS2: it looks up what is stored, merges and imports. It is safe
// for concurrent use.
type sender struct {
	dhis2 *dhis2
	lanes lanes
}

// upsert lets one message of a patient through at a time: DHIS2 has no locks, the last of two
// writers wins (dhis2.md section 0, fact 9).
func (s *sender) upsert(ctx context.Context, p payload) ([]result, error) {
	uid := p.TrackedEntities[0].TrackedEntity
	leave, err := s.lanes.enter(ctx, uid)
	if err != nil {
		return nil, err
	}
	defer leave()

	tx := mediator.TransactionFrom(ctx)
	tx.SetProperty("dhis2-program", p.TrackedEntities[0].Enrollments[0].Program)
	tx.SetProperty("dhis2-tracked-entity", uid)
	tx.SetProperty("birth-date-precision", p.birthDatePrecision())
	stored, err := s.dhis2.stored(ctx, uid)
	if err != nil {
		return nil, err
	}
	if stored != nil {
		p.keep(*stored)
	}
	report, err := s.dhis2.send(ctx, p)
	if err != nil {
		return nil, err
	}
	results := report.results(p)
	created, updated, refused := 0, 0, 0
	for _, r := range results {
		switch {
		case r.created:
			created++
		case r.stored:
			updated++
		default:
			refused++
		}
	}
	tx.SetProperty("dhis2-created", strconv.Itoa(created))
	tx.SetProperty("dhis2-updated", strconv.Itoa(updated))
	tx.SetProperty("dhis2-refused", strconv.Itoa(refused))
	return results, nil
}

// lanes let one message of a patient through at a time. Two patients share a
// lane now and then, which only costs time. They hold within one process: of
// several replicas each has its own.
type lanes struct {
	seed maphash.Seed
	free []chan struct{}
}

func newLanes() lanes {
	l := lanes{seed: maphash.MakeSeed(), free: make([]chan struct{}, 256)}
	for i := range l.free {
		l.free[i] = make(chan struct{}, 1)
	}
	return l
}

func (l lanes) enter(ctx context.Context, uid string) (leave func(), err error) {
	lane := l.free[maphash.String(l.seed, uid)%uint64(len(l.free))]
	select {
	case lane <- struct{}{}:
		return func() { <-lane }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
