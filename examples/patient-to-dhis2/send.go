package main

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/mediator"
)

// sender writes registrations to DHIS2: it looks up what is stored, merges and imports. It is safe
// for concurrent use: the importer sends one message of a patient at a time, for DHIS2 has no locks
// and the last of two writers wins (dhis2.md section 0, fact 9). That holds within one process: of
// several replicas each has its own.
type sender struct {
	server   *server
	guard    tracker.Guard     // what landed
	park     tracker.ParkStore // what could not
	importer *tracker.Importer
}

func newSender(server *server, s settings, logger *slog.Logger) (*sender, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	guard, park := tracker.NewMemoryGuard(0), tracker.NewMemoryPark(0)
	importer, err := tracker.NewImporter(tracker.ImporterConfig{
		Client: server.client, Params: params(), Refresh: server.refresh, Guard: guard, Park: park,
		// Somebody waits for the answer, and has the message if this gives up.
		Attempts: 3, MinWait: s.pause, MaxWait: 2 * time.Second,
		AttemptTimeout: s.patience / 2, Rest: s.patience / 2, Patience: s.patience,
		Alert: func(c tracker.Cause) {
			logger.Warn("DHIS2 refuses patients: solve the cause, then rerun their transactions", "cause", c.ID())
		},
	})
	if err != nil {
		return nil, err
	}
	return &sender{server, guard, park, importer}, nil
}

// upsert brings a registration to DHIS2 and says what became of each object.
func (s *sender) upsert(ctx context.Context, r registration, snapshot *dhis2.Snapshot) ([]tracker.Result, error) {
	stored, err := s.server.find(ctx, &r, snapshot)
	if err != nil {
		return nil, err
	}
	results, err := s.send(ctx, r, stored, snapshot)
	if err == nil && stored == nil && slices.ContainsFunc(results, contradicted) {
		results, err = s.again(ctx, r, snapshot)
	}
	if err == nil && len(refused(results)) == 0 {
		err = s.forget(ctx, r.key)
	}
	return results, err
}

// contradicted says that somebody is there after all: another tracked entity holds the identifier
// (E1064), or the patient landed before.
func contradicted(r tracker.Result) bool {
	return slices.Contains(r.Codes, "E1064") || r.Fate == tracker.FateUnchanged || r.Fate == tracker.FateStale
}

// again looks up once more. Who is found now came meanwhile; who is not was deleted since, and what
// landed then counts no more.
func (s *sender) again(ctx context.Context, r registration, snapshot *dhis2.Snapshot) ([]tracker.Result, error) {
	stored, err := s.server.find(ctx, &r, snapshot)
	if err == nil && stored == nil {
		var gone []tracker.Landed
		for ref := range r.payload.Refs() {
			gone = append(gone, tracker.Landed{Ref: ref})
		}
		err = s.guard.Save(ctx, gone)
	}
	if err != nil {
		return nil, err
	}
	return s.send(ctx, r, stored, snapshot)
}

// send merges with what is stored, if anything is, and imports. The requests are recorded in the
// transaction of ctx, and what they hold is stored as a whole or not at all.
func (s *sender) send(ctx context.Context, r registration, stored *tracker.TrackedEntity, snapshot *dhis2.Snapshot) ([]tracker.Result, error) {
	program, err := snapshot.Programs().Find(dhis2.SchemeCode, r.program)
	if err != nil {
		return nil, err
	}
	var left []tracker.Result
	if stored != nil {
		left = r.keep(*stored, program.UID)
	}
	results, err := s.importer.Send(mediator.Named(ctx, "DHIS2: import"), tracker.Record{
		Key: r.key, Source: mediator.TransactionFrom(ctx).ID(), Version: r.version, Payload: r.payload,
	})
	return append(results, left...), err
}

// forget takes older messages of a patient out of the park: what landed now replaces them.
func (s *sender) forget(ctx context.Context, key string) error {
	if causes, err := s.park.Causes(ctx); err != nil || len(causes) == 0 {
		return err
	}
	var gone []string
	for parked, err := range s.park.Entries(ctx, "") {
		if err != nil {
			return err
		}
		if parked.Key == key {
			gone = append(gone, parked.ID)
		}
	}
	return s.park.Remove(ctx, gone)
}
