package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/openhim/mediator-go/testutil/live/core"
	"github.com/openhim/mediator-go/testutil/live/mongo"
)

// stack is everything that runs: the database, the core on it, and the control server.
type stack struct {
	log       *slog.Logger
	core      *core.Core
	control   *control
	stateDir  string
	temporary bool // the directory is ours to remove

	stopMongo context.CancelFunc
	mongoDone chan error
}

// start starts the stack, or nothing at all.
func start(ctx context.Context, o options, installDir string, log *slog.Logger) (_ *stack, err error) {
	s := &stack{log: log, stateDir: o.stateDir, temporary: o.stateDir == ""}
	if s.temporary {
		s.stateDir, err = os.MkdirTemp("", "openhim-live")
	} else {
		err = os.MkdirAll(s.stateDir, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("make the state directory: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop(context.WithoutCancel(ctx), false))
		}
	}()

	database, err := mongo.Listen(ctx, mongo.Config{Dir: filepath.Join(s.stateDir, "data"), Logger: log})
	if err != nil {
		return nil, err
	}
	// The database outlives ctx: the core is stopped before it.
	mongoCtx, stopMongo := context.WithCancel(context.WithoutCancel(ctx))
	s.stopMongo, s.mongoDone = stopMongo, make(chan error, 1)
	go func() { s.mongoDone <- database.Run(mongoCtx) }()

	s.core, err = core.New(ctx, core.Config{
		InstallDir:    installDir,
		StateDir:      s.stateDir,
		MongoURL:      database.URL("openhim"),
		RouterTimeout: o.routerTimeout,
		Logger:        log,
	})
	if err != nil {
		return nil, err
	}
	if err := s.core.Start(ctx); err != nil {
		return nil, err
	}
	s.control, err = listenControl(ctx, s.core, log)
	return s, err
}

// environ is what a test finds in its environment.
func (s *stack) environ() []string {
	return append(s.core.Facts().Environ(), "OPENHIM_LIVE_CONTROL="+s.control.url())
}

// stop ends everything that was started, in reverse. The state directory is kept for a
// look at the logs unless all was well.
func (s *stack) stop(ctx context.Context, well bool) error {
	var errs []error
	if s.control != nil {
		errs = append(errs, s.control.close(ctx))
	}
	if s.core != nil {
		errs = append(errs, s.core.Stop(ctx))
	}
	if s.stopMongo != nil {
		s.stopMongo()
		errs = append(errs, <-s.mongoDone)
	}
	switch err := errors.Join(errs...); {
	case err != nil || !well:
		s.log.InfoContext(ctx, "state and logs are kept", "dir", s.stateDir)
		return err
	case s.temporary:
		return os.RemoveAll(s.stateDir) //nolint:gosec // only set when we made the directory
	default:
		return nil
	}
}
