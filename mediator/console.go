package mediator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/openhim/mediator-go/heartbeat"
)

// consoleConfig hands the console's config to those who asked for it.
type consoleConfig struct {
	mu    sync.Mutex
	sinks []func(context.Context, json.RawMessage) error
}

func (c *consoleConfig) add(sink func(context.Context, json.RawMessage) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sinks = append(c.sinks, sink)
}

func (c *consoleConfig) deliver(ctx context.Context, config json.RawMessage) error {
	c.mu.Lock()
	sinks := append([]func(context.Context, json.RawMessage) error(nil), c.sinks...)
	c.mu.Unlock()
	errs := make([]error, 0, len(sinks))
	for _, sink := range sinks {
		errs = append(errs, sink(ctx, config))
	}
	return errors.Join(errs...)
}

// OnConfig calls fn with the config an administrator set in the console,
// decoded into a T by its JSON names and checked against the ConfigDefs of the
// registration: soon after the first heartbeat, and whenever the config
// changes. Settings the console lost are those of Registration.Config. fn is
// never called twice at the same time. A config that does not decode, or that
// fn refuses, is reported in the log and the last good one stays in force.
// Call it before Run.
//
// To read the config in handlers, pass the Set method of a [heartbeat.Value].
// The error says which field of T no definition describes, or which default
// does not fit.
func OnConfig[T any](m *Mediator, fn func(context.Context, T) error) error {
	decoder, err := heartbeat.NewDecoder[T](m.cfg.Registration.ConfigDefs, m.cfg.Registration.Config)
	if err != nil {
		return fmt.Errorf("mediator: OnConfig: %w", err)
	}
	m.console.add(decoder.OnConfig(fn))
	return nil
}
