package heartbeat_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/heartbeat"
	"github.com/openhim/mediator-go/mediator/openhim"
)

func TestBeatsAtOnceAndThenEveryIntervalWithJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := &scripted{}
		begin := time.Now()
		h, stop := start(t, heartbeat.Config{Sender: core})
		require.Len(t, core.sent(), 1, "the first beat is sent at once")
		assert.Equal(t, begin, core.sent()[0].at)
		after(time.Hour)
		stop()

		gaps := core.gaps()
		assert.InDelta(t, 360, len(gaps), 10)
		distinct := map[time.Duration]bool{}
		for _, gap := range gaps {
			assert.GreaterOrEqual(t, gap, 9*time.Second)
			assert.LessOrEqual(t, gap, 11*time.Second)
			distinct[gap] = true
		}
		assert.Greater(t, len(distinct), 300, "replicas that start together drift apart")
		assert.Equal(t, uint64(len(core.sent())), h.State().Beats)
		assert.Equal(t, urn, core.sent()[0].urn)
	})
}

func TestTheIntervalCountsFromTheStartOfABeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := &scripted{answer: func(context.Context, int, openhim.Heartbeat) (string, error) {
			<-time.After(4 * time.Second)
			return "", nil
		}}
		_, stop := start(t, heartbeat.Config{Sender: core})
		after(10 * time.Minute)
		stop()
		for _, gap := range core.gaps() {
			assert.LessOrEqual(t, gap, 11*time.Second)
		}
		assert.Zero(t, core.overlaps)
	})
}

func TestAsksForConfigOnTheFirstAndEveryKthBeat(t *testing.T) {
	t.Parallel()
	for k, want := range map[int][]int{
		0: {1, 7, 13},
		1: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
		4: {1, 5, 9, 13},
	} {
		synctest.Test(t, func(t *testing.T) {
			core := &scripted{}
			_, stop := start(t, heartbeat.Config{Sender: core, ConfigEvery: k})
			for len(core.sent()) < 13 {
				after(time.Second)
			}
			stop()
			assert.Equal(t, want, core.asks(), "ConfigEvery %d", k)
		})
	}
}

func TestAsksForConfigAfterAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := &scripted{answer: func(_ context.Context, n int, _ openhim.Heartbeat) (string, error) {
			if n == 3 {
				return "", status(503)
			}
			return "", nil
		}}
		_, stop := start(t, heartbeat.Config{Sender: core})
		for len(core.sent()) < 10 {
			after(time.Second)
		}
		stop()
		assert.Equal(t, []int{1, 4, 10}, core.asks())
	})
}

func TestUptimeIsTheAgeOfRunOrSinceStarted(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{0, 90 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			core := &scripted{}
			begin := time.Now()
			c := heartbeat.Config{Sender: core}
			if age > 0 {
				c.Started = begin.Add(-age)
			}
			_, stop := start(t, c)
			after(time.Minute)
			stop()
			for _, b := range core.sent() {
				assert.Equal(t, b.at.Sub(begin)+age, b.Uptime)
			}
			assert.GreaterOrEqual(t, len(core.sent()), 6)
		})
	}
}

func TestUptimeIsNeverNegative(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := &scripted{}
		_, stop := start(t, heartbeat.Config{Sender: core, Started: time.Now().Add(time.Hour)})
		stop()
		assert.Zero(t, core.sent()[0].Uptime)
	})
}

func TestABeatEndsAtItsTimeoutWhichIsAtMostTheInterval(t *testing.T) {
	t.Parallel()
	tests := []struct{ interval, timeout, want time.Duration }{
		{0, 0, 5 * time.Second},
		{0, 3 * time.Second, 3 * time.Second},
		{0, time.Hour, 10 * time.Second},
		{2 * time.Second, 0, 2 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			var took time.Duration
			core := &scripted{answer: func(ctx context.Context, _ int, _ openhim.Heartbeat) (string, error) {
				begin := time.Now()
				<-ctx.Done()
				took = time.Since(begin)
				return "", ctx.Err()
			}}
			h, stop := start(t, heartbeat.Config{Sender: core, Interval: tt.interval, Timeout: tt.timeout})
			after(tt.want)
			s := h.State()
			stop()
			assert.Equal(t, tt.want, took)
			assert.ErrorIs(t, s.LastError, context.DeadlineExceeded)
			assert.ErrorContains(t, s.LastError, "no answer within "+tt.want.String())
			assert.Zero(t, core.overlaps)
		})
	}
}

func TestRunReturnsTheCauseOfItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("lights out")
		ctx, cancel := context.WithCancelCause(t.Context())
		core := &scripted{}
		h, err := heartbeat.New(heartbeat.Config{URN: urn, Sender: core})
		require.NoError(t, err)
		got := make(chan error, 1)
		go func() { got <- h.Run(ctx) }()
		after(time.Minute)
		cancel(cause)
		assert.Equal(t, cause, <-got)
		assert.False(t, h.State().Running)
		assert.False(t, h.State().Alive)

		n := len(core.sent())
		assert.Equal(t, cause, h.Run(ctx), "a context that has ended")
		assert.Len(t, core.sent(), n, "sends no beat")
	})
}

func TestRunMayBeCalledAgainAfterItsContextEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := &scripted{}
		h, err := heartbeat.New(heartbeat.Config{URN: urn, Sender: core})
		require.NoError(t, err)
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			assert.ErrorIs(t, h.Run(ctx), context.DeadlineExceeded)
			cancel()
		}
		assert.Equal(t, []int{1, 2, 3}, core.asks(), "the first beat of each asks for the config")
		for _, b := range core.sent() {
			assert.Zero(t, b.Uptime)
		}
	})
}

func TestStopEndsABeatUnderWayAndRunReturnsNil(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := &scripted{answer: func(ctx context.Context, _ int, _ openhim.Heartbeat) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}}
		h, err := heartbeat.New(heartbeat.Config{URN: urn, Sender: core})
		require.NoError(t, err)
		got := make(chan error, 1)
		go func() { got <- h.Run(t.Context()) }()
		synctest.Wait()
		begin := time.Now()
		h.Stop()
		assert.False(t, h.State().Running, "Stop waits for Run")
		assert.NoError(t, <-got)
		assert.Zero(t, time.Since(begin))
		assert.Zero(t, h.State().Failures, "being stopped is no failure")
		h.Stop()
	})
}

func TestStopBeforeRunMakesRunReturnAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := &scripted{}
		h, err := heartbeat.New(heartbeat.Config{URN: urn, Sender: core})
		require.NoError(t, err)
		h.Stop()
		h.Stop()
		assert.NoError(t, h.Run(t.Context()))
		assert.Empty(t, core.sent())
	})
}

func TestASecondRunAtOnceIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, _ := start(t, heartbeat.Config{Sender: &scripted{}})
		assert.ErrorIs(t, h.Run(t.Context()), heartbeat.ErrRunning)
		assert.True(t, h.State().Running, "the first one goes on")
	})
}

func TestASenderThatEndsItsGoroutineLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, err := heartbeat.New(heartbeat.Config{URN: urn, Sender: heartbeat.SenderFunc(
			func(context.Context, string, openhim.Heartbeat) (openhim.HeartbeatReply, error) {
				runtime.Goexit()
				return openhim.HeartbeatReply{}, nil
			})})
		require.NoError(t, err)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = h.Run(t.Context())
		}()
		<-ended
		h.Stop()
		assert.False(t, h.State().Running)
	})
}

// Real time: what is tested is the absence of races and deadlocks.
func TestStartAndStopFromManyGoroutines(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 50 {
				core := &scripted{answer: func(context.Context, int, openhim.Heartbeat) (string, error) {
					return `{"a":1}`, nil
				}}
				h, err := heartbeat.New(heartbeat.Config{
					URN: urn, Sender: core, Interval: time.Microsecond,
					OnConfig: func(context.Context, json.RawMessage) error { return nil },
				})
				if !assert.NoError(t, err) {
					return
				}
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						if err := h.Run(t.Context()); err != nil {
							assert.ErrorIs(t, err, heartbeat.ErrRunning)
						}
					})
					wg.Go(h.Stop)
					wg.Go(func() { _ = h.State() })
				}
				wg.Wait()
				assert.False(t, h.State().Running)
				assert.Zero(t, core.overlaps)
			}
		})
	}
	all.Wait()
}

func TestManyGoroutinesStartAndStopOneHeartbeat(t *testing.T) {
	t.Parallel()
	core := &scripted{}
	h, err := heartbeat.New(heartbeat.Config{URN: urn, Sender: core, Interval: time.Microsecond})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 50 {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Microsecond)
				err := h.Run(ctx)
				cancel()
				if !errors.Is(err, heartbeat.ErrRunning) {
					assert.ErrorIs(t, err, context.DeadlineExceeded)
				}
			}
		})
	}
	wg.Wait()
	assert.Zero(t, core.overlaps, "one Run at a time")
	h.Stop()
	assert.NoError(t, h.Run(t.Context()))
}

func TestOnBeatFindsTheStateThatTellsOfTheBeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := &scripted{answer: func(_ context.Context, n int, _ openhim.Heartbeat) (string, error) {
			if n == 1 {
				return "", status(500)
			}
			return "", nil
		}}
		var h *heartbeat.Heartbeat
		var found []heartbeat.State
		h, err := heartbeat.New(heartbeat.Config{URN: urn, Sender: core, OnBeat: func() { found = append(found, h.State()) }})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, h.Run(ctx), context.DeadlineExceeded)
		require.NotEmpty(t, found)
		assert.NotZero(t, h.State().Failures)
		for i, s := range found {
			assert.True(t, s.Alive)
			assert.Equal(t, uint64(i+1), s.Beats, "a beat that failed is none")
		}
	})
}

func TestTwoHeartbeatsDoNotKnowEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		good := &scripted{answer: func(context.Context, int, openhim.Heartbeat) (string, error) { return `{"a":1}`, nil }}
		bad := &scripted{answer: func(context.Context, int, openhim.Heartbeat) (string, error) { return "", status(500) }}
		one, _ := start(t, heartbeat.Config{URN: "urn:one", Sender: good})
		two, stopTwo := start(t, heartbeat.Config{URN: "urn:two", Sender: bad})
		after(5 * time.Minute)
		assert.True(t, one.State().Alive)
		assert.NoError(t, one.State().LastError)
		assert.NotEmpty(t, one.State().ConfigHash)
		assert.False(t, two.State().Alive)
		assert.Error(t, two.State().LastError)
		assert.Empty(t, two.State().ConfigHash)

		stopTwo()
		n := len(good.sent())
		after(time.Minute)
		assert.Greater(t, len(good.sent()), n, "stopping one does not stop the other")
		for _, b := range good.sent() {
			assert.Equal(t, "urn:one", b.urn)
		}
		for _, b := range bad.sent() {
			assert.Equal(t, "urn:two", b.urn)
		}
	})
}
