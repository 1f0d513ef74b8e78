package heartbeat_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/heartbeat"
)

func TestAValueIsEmptyUntilTheFirstSet(t *testing.T) {
	t.Parallel()
	var v heartbeat.Value[int]
	got, ok := v.Load()
	assert.Zero(t, got)
	assert.False(t, ok)
	require.NoError(t, v.Set(t.Context(), 0))
	got, ok = v.Load()
	assert.Zero(t, got)
	assert.True(t, ok)
}

func TestChangedIsClosedAtTheNextSetForAllWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var v heartbeat.Value[string]
		require.NoError(t, v.Set(t.Context(), "old"))
		var wg sync.WaitGroup
		for range 10 {
			ch := v.Changed()
			select {
			case <-ch:
				assert.Fail(t, "closed by an earlier Set")
			default:
			}
			wg.Go(func() {
				<-ch
				got, _ := v.Load()
				assert.Equal(t, "new", got)
			})
		}
		synctest.Wait()
		require.NoError(t, v.Set(t.Context(), "new"))
		wg.Wait()
	})
}

func TestAValueIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var v heartbeat.Value[[2]int]
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				_ = v.Set(t.Context(), [2]int{i, i})
				_ = v.Changed()
				got, ok := v.Load()
				assert.True(t, ok)
				assert.Equal(t, got[0], got[1])
			}
		})
	}
	wg.Wait()
}
