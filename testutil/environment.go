package testutil

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil/dhis2test"
	"github.com/openhim/mediator-go/testutil/openhimtest"
)

// readyWithin is how long a mediator may take to register and beat.
const readyWithin = 20 * time.Second

// Options of an [Environment]. The zero value is a core 8.5.0 and a DHIS2 2.42.
type Options struct {
	// Core is the fake core. Its network in memory (Memory) is not for
	// environments: mediators run on sockets here.
	Core openhimtest.Options
	// DHIS2 is the fake DHIS2, started when it is first asked for.
	DHIS2 dhis2test.Options
}

// Environment is a fake core, a fake DHIS2 and the mediators under test. It is
// safe for concurrent use. Everything in it ends with the test.
type Environment struct {
	// Core is the fake core.
	Core *openhimtest.Core

	tb   testing.TB
	opts Options

	mu       sync.Mutex
	dhis2    *dhis2test.Server
	channels int
}

// New starts an environment. A failure of the core that a real one would have
// suffered from, see [openhimtest.Failure], fails the test at its end.
func New(tb testing.TB, opts Options) *Environment {
	tb.Helper()
	e := &Environment{tb: tb, opts: opts, Core: openhimtest.New(tb, opts.Core)}
	tb.Cleanup(func() { e.Core.RequireNoFailures(tb) })
	return e
}

// DHIS2 is the fake DHIS2, which the first call starts.
func (e *Environment) DHIS2() *dhis2test.Server {
	e.tb.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.dhis2 == nil {
		e.dhis2 = dhis2test.New(e.tb, e.opts.DHIS2)
	}
	return e.dhis2
}

// OpenHIM is how a mediator reaches the core's API.
func (e *Environment) OpenHIM() openhim.Config {
	cfg := openhim.Config{URL: e.Core.APIURL(), Username: e.opts.Core.Username, Password: e.opts.Core.Password}
	if cfg.Username == "" {
		cfg.Username = openhimtest.DefaultUsername
	}
	if cfg.Password == "" {
		cfg.Password = openhimtest.DefaultPassword
	}
	if e.opts.Core.TLS {
		cfg.Fingerprint = e.Core.Fingerprint()
	}
	return cfg
}

// Config is a mediator's config for this environment: a free port, and a
// heartbeat often enough for a test.
func (e *Environment) Config(registration openhim.Mediator) mediator.Config {
	return mediator.Config{
		Registration:      registration,
		OpenHIM:           e.OpenHIM(),
		Addr:              "127.0.0.1:0",
		HeartbeatInterval: 50 * time.Millisecond,
	}
}

// Run runs a mediator until the test ends, waits until the core knows it, and
// leads every request that no other channel takes to it. It fails the test where
// the mediator does not get ready in 20 s, or ends with an error.
func (e *Environment) Run(m *mediator.Mediator) {
	e.tb.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(e.tb.Context()))
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	e.tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			e.tb.Errorf("mediator: %v", err)
		}
	})
	timer := time.NewTimer(readyWithin)
	defer timer.Stop()
	select {
	case <-m.Ready():
	case err := <-done:
		done <- nil
		e.tb.Fatalf("mediator ended: %v", err)
	case <-timer.C:
		e.tb.Fatalf("mediator is not ready after %s: %s", readyWithin, m.Health().Problem)
	}
	e.mu.Lock()
	e.channels++
	name := fmt.Sprintf("testutil %d", e.channels)
	e.mu.Unlock()
	if _, err := e.Core.AddChannel(name, "^/", "http://"+m.Addr().String()); err != nil {
		e.tb.Fatal(err)
	}
}

// Send sends a client's request through the core: headers are pairs of name
// and value. It fails the test where no answer comes.
func (e *Environment) Send(method, path, body string, headers ...string) *openhimtest.Exchange {
	e.tb.Helper()
	got, err := e.Core.Send(e.tb.Context(), method, path, strings.NewReader(body), func(r *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
	})
	if err != nil {
		e.tb.Fatal(err)
	}
	return got
}

// Finished waits until a transaction has a final status and returns it; for
// work that outlives its request.
func (e *Environment) Finished(id string) openhim.Transaction {
	e.tb.Helper()
	ctx, cancel := context.WithTimeout(e.tb.Context(), readyWithin)
	defer cancel()
	tx, err := e.Core.WaitTransaction(ctx, id, nil)
	if err != nil {
		e.tb.Fatal(err)
	}
	return tx
}
