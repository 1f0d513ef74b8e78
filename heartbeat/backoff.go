package heartbeat

import (
	"context"
	"time"
)

// firstBackoff is the first pause after a failure that may pass by itself.
const firstBackoff = time.Second

// spread returns d, less or more a tenth at most; r is random in [0, 1).
func spread(d time.Duration, r float64) time.Duration {
	return d + time.Duration((r*2-1)*float64(d)/10)
}

// backoff returns the pause after the given number of failures in a row: first
// doubled each time up to longest, then shortened by at most half, so that it
// is never more than longest; r is random in [0, 1).
func backoff(failures int, first, longest time.Duration, r float64) time.Duration {
	d := min(first, longest)
	for i := 1; i < failures && d < longest; i++ {
		if d > longest/2 {
			d = longest
			break
		}
		d *= 2
	}
	return d - time.Duration(r*float64(d)/2)
}

// pause waits for d or until ctx ends, and says whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-t.C:
		}
	}
	return ctx.Err() == nil
}
