package tracker_test

import (
	"context"
	"errors"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

var errTrouble = errors.New("no space left on device")

// stores are those of one life of the program; they fail at times, and do nothing after its crash.
type modelStores struct {
	tracker.Guard
	tracker.ParkStore
	tracker.Checkpoints

	m    *model
	life context.Context //nolint:containedctx // of the process
}

func (s modelStores) fail() error {
	switch {
	case s.life.Err() != nil:
		return errCrash
	case !s.m.strict && s.m.trouble(60):
		return errTrouble
	default:
		return nil
	}
}

type modelGuard struct{ modelStores }

func (s modelGuard) Load(ctx context.Context, refs []tracker.Ref) ([]tracker.Landed, error) {
	if err := s.fail(); err != nil {
		return nil, err
	}
	return s.Guard.Load(ctx, refs)
}

func (s modelGuard) Save(ctx context.Context, landed []tracker.Landed) error {
	if err := s.fail(); err != nil {
		return err
	}
	return s.Guard.Save(ctx, landed)
}

func (s modelStores) Park(ctx context.Context, entries []tracker.Parked) error {
	if err := s.fail(); err != nil {
		return err
	}
	return s.ParkStore.Park(ctx, entries)
}

func (s modelStores) Remove(ctx context.Context, ids []string) error {
	if err := s.fail(); err != nil {
		return err
	}
	return s.ParkStore.Remove(ctx, ids)
}

type modelCheckpoints struct{ modelStores }

func (s modelCheckpoints) Load(ctx context.Context, key string) (tracker.Checkpoint, error) {
	return s.Checkpoints.Load(ctx, key)
}

func (s modelCheckpoints) Save(ctx context.Context, key string, c tracker.Checkpoint) error {
	if err := s.fail(); err != nil {
		return err
	}
	return s.Checkpoints.Save(ctx, key, c)
}
