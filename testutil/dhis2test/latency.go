package dhis2test

import (
	"context"
	"net/http"
	"time"
)

// Latency makes a server as slow as a real one (dhis2.md 0b, "Speed"): a
// request is worked on by one of Workers for PerRequest, PerObject for each
// object imported or shown, and Password when its password was checked. More
// requests than workers wait for each other. The zero value is no delay.
type Latency struct {
	PerRequest time.Duration
	PerObject  time.Duration
	Password   time.Duration

	// Workers is how many requests are worked on at once. Defaults to 2, the
	// cores of the measured machine.
	Workers int
}

func (l Latency) enabled() bool { return l.PerRequest > 0 || l.PerObject > 0 || l.Password > 0 }

// charge notes how many objects a request has imported or shown.
func charge(w http.ResponseWriter, objects int) {
	if a, ok := w.(*answer); ok {
		a.objects += objects
	}
}

func chargePassword(w http.ResponseWriter) {
	if a, ok := w.(*answer); ok {
		a.passwords++
	}
}

func (l Latency) of(a *answer) time.Duration {
	return l.PerRequest + time.Duration(a.objects)*l.PerObject + time.Duration(a.passwords)*l.Password
}

// wait sleeps, or returns false when the context ends first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
