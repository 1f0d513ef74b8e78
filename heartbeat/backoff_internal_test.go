package heartbeat

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// almostOne is the largest value of a random number in [0, 1).
var almostOne = math.Nextafter(1, 0)

func TestSpreadIsWithinATenth(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 9*time.Second, spread(10*time.Second, 0))
	assert.Equal(t, 10*time.Second, spread(10*time.Second, 0.5))
	assert.InDelta(t, 11*time.Second, spread(10*time.Second, almostOne), 1)
	assert.Equal(t, 45*time.Second, spread(maxInterval, 0))
	assert.LessOrEqual(t, spread(maxInterval, almostOne), 55*time.Second, "the core never waits 60 s for a beat")
}

func TestBackoffDoublesUpToItsLongestAndIsHalvedAtMost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		failures       int
		first, longest time.Duration
		want           time.Duration
	}{
		{1, time.Second, time.Minute, time.Second},
		{2, time.Second, time.Minute, 2 * time.Second},
		{6, time.Second, time.Minute, 32 * time.Second},
		{7, time.Second, time.Minute, time.Minute},
		{1000, time.Second, time.Minute, time.Minute},
		{1 << 30, time.Second, math.MaxInt64, math.MaxInt64},
		{1, 10 * time.Second, time.Second, time.Second},
		{5, 1, 1, 1},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, backoff(tt.failures, tt.first, tt.longest, 0))
		shortest := backoff(tt.failures, tt.first, tt.longest, almostOne)
		assert.GreaterOrEqual(t, shortest, tt.want/2)
		assert.LessOrEqual(t, shortest, tt.want/2+tt.want/1000+1)
	}
}
