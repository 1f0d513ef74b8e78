package openhimtest

import (
	"strings"
	"testing"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router"
)

// Failure is something a real core would have suffered: its worker process would
// have died, a save would have been refused, or the client got a 500 of the core's
// own making.
type Failure struct {
	// Quirk says what it was in words, with the section of openhim-core.md and the
	// core's source file.
	Quirk string
	// Fatal: the real core's worker process would have died.
	Fatal bool
	// TransactionID it happened in; empty when none was stored yet.
	TransactionID string
	// Detail is the error's text. It holds no bodies.
	Detail string
	At     time.Time
}

// String puts the failure in one line.
func (f Failure) String() string {
	text := f.Quirk
	if f.Fatal {
		text = "FATAL: " + text
	}
	if f.TransactionID != "" {
		text += ", transaction " + f.TransactionID
	}
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	return text
}

func (c *Core) report(f router.Failure) {
	failure := Failure{Quirk: string(f.Quirk), Fatal: f.Fatal, TransactionID: string(f.Transaction), Detail: f.Detail, At: f.At}
	c.opts.Logger.Warn("core would have failed", "quirk", failure.Quirk, "fatal", failure.Fatal, "transaction_id", failure.TransactionID)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, failure)
}

// Failures lists what a real core would have suffered so far, oldest first.
func (c *Core) Failures() []Failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Failure(nil), c.failures...)
}

// RequireNoFailures fails the test when the core would have suffered anything.
func (c *Core) RequireNoFailures(tb testing.TB) {
	tb.Helper()
	failures := c.Failures()
	if len(failures) == 0 {
		return
	}
	lines := make([]string, len(failures))
	for i, f := range failures {
		lines[i] = "  " + f.String()
	}
	tb.Fatalf("a real core would have suffered %d failures:\n%s", len(failures), strings.Join(lines, "\n"))
}
