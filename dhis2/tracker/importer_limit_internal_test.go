package tracker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// drive sends requests to a server that gives each a latency, as many at once as the limiter says.
func drive(l *limiter, requests int, latency func(underWay int) (time.Duration, bool)) {
	now := l.changed
	type flight struct{ s sample }
	var flying []flight
	for range requests {
		for len(flying) < l.limit {
			d, trouble := latency(len(flying) + 1)
			flying = append(flying, flight{sample{begun: now, ended: now.Add(d), objects: 500, trouble: trouble, full: true}})
		}
		first := 0
		for i := range flying {
			if flying[i].s.ended.Before(flying[first].s.ended) {
				first = i
			}
		}
		now = flying[first].s.ended
		s := flying[first].s
		flying = append(flying[:first], flying[first+1:]...)
		l.observe(s)
	}
}

func TestTroubleHalvesTheRequestsAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := newLimiter(1, 8, 8, time.Minute, now)
	begun := now.Add(time.Second)
	l.observe(sample{begun: begun, ended: begun.Add(time.Second), trouble: true, full: true})
	assert.Equal(t, 4, l.limit)
	l.observe(sample{begun: begun, ended: begun.Add(2 * time.Second), trouble: true, full: true})
	assert.Equal(t, 4, l.limit, "once for all that were under way together")
	l.observe(sample{begun: begun.Add(3 * time.Second), ended: begun.Add(4 * time.Second), trouble: true, full: true})
	assert.Equal(t, 2, l.limit)
	for i := range 10 {
		at := begun.Add(time.Duration(10+i) * time.Second)
		l.observe(sample{begun: at, ended: at.Add(time.Millisecond), trouble: true, full: true})
	}
	assert.Equal(t, 1, l.limit, "never below the lowest")

	drive(l, 200, func(int) (time.Duration, bool) { return time.Second, false })
	assert.GreaterOrEqual(t, l.limit, 7, "and it comes back when the trouble is over")
}

func TestLatencyAboveTheBoundHalvesTheRequestsAtOnce(t *testing.T) {
	t.Parallel()
	l := newLimiter(1, 16, 2, 5*time.Second, time.Unix(0, 0))
	most := 0
	drive(l, 2000, func(underWay int) (time.Duration, bool) {
		most = max(most, underWay)
		return time.Duration(underWay) * 900 * time.Millisecond / 2 * time.Duration(1+underWay/20), false
	})
	require.LessOrEqual(t, l.limit, 12)
	assert.LessOrEqual(t, most, 14, "9 at once take 4 s, 12 take more than 5 s")
}

func TestASlowSourceTellsNothingOfTheServer(t *testing.T) {
	t.Parallel()
	l := newLimiter(1, 8, 2, time.Minute, time.Unix(0, 0))
	for i := range 100 {
		at := time.Unix(int64(i), 0)
		l.observe(sample{begun: at, ended: at.Add(100 * time.Millisecond), objects: 4})
	}
	assert.Equal(t, 2, l.limit)
}
