package heartbeat_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/heartbeat"
	"github.com/openhim/mediator-go/mediator/openhim"
)

var errDown = fmt.Errorf("post: %w", &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})

// failing answers the beats from..to with err, and takes all others.
func failing(from, to int, err error) *scripted {
	return &scripted{answer: func(_ context.Context, n int, _ openhim.Heartbeat) (string, error) {
		if n >= from && n <= to {
			return "", err
		}
		return "", nil
	}}
}

const always = 1 << 30

func TestFailuresAreBackedOffWithJitterAndNeverEndRun(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err   error
		first time.Duration
	}{
		"core down":                     {errDown, time.Second},
		"certificate not trusted":       {fmt.Errorf("post: %w", x509.UnknownAuthorityError{}), time.Second},
		"500":                           {status(500), time.Second},
		"503 wrapped":                   {fmt.Errorf("beat: %w", status(503)), time.Second},
		"429":                           {status(429), time.Second},
		"401":                           {status(401), 10 * time.Second},
		"403":                           {status(403), 10 * time.Second},
		"400":                           {status(400), 10 * time.Second},
		"404 and nobody who registers":  {status(404), 10 * time.Second},
		"a canceled context of its own": {context.Canceled, time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				core := failing(1, always, tt.err)
				h, stop := start(t, heartbeat.Config{Sender: core})
				after(time.Hour)
				s := h.State()
				stop()

				want := tt.first
				shortened := 0
				for i, gap := range core.gaps() {
					assert.LessOrEqual(t, gap, want, "pause %d", i)
					assert.GreaterOrEqual(t, gap, want/2, "pause %d", i)
					if gap < want {
						shortened++
					}
					want = min(want*2, time.Minute)
				}
				assert.Greater(t, len(core.gaps()), 59, "it goes on")
				assert.Greater(t, shortened, 50, "with jitter")
				assert.True(t, s.Running)
				assert.False(t, s.Alive)
				assert.ErrorIs(t, s.LastError, tt.err)
				assert.Equal(t, uint64(len(core.sent())), s.Failures)
				assert.Equal(t, s.Failures, s.FailuresInRow)
				assert.Zero(t, s.Beats)
			})
		})
	}
}

func TestMaxBackoffIsTheLongestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := failing(1, always, errDown)
		_, stop := start(t, heartbeat.Config{Sender: core, MaxBackoff: 7 * time.Second})
		after(time.Hour)
		stop()
		for _, gap := range core.gaps() {
			assert.LessOrEqual(t, gap, 7*time.Second)
		}
	})
}

func TestTheBackoffStartsAnewAfterABeatThatWasTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := &scripted{answer: func(_ context.Context, n int, _ openhim.Heartbeat) (string, error) {
			if n == 8 {
				return "", nil
			}
			return "", errDown
		}}
		_, stop := start(t, heartbeat.Config{Sender: core})
		after(10 * time.Minute)
		stop()
		gaps := core.gaps()
		assert.GreaterOrEqual(t, gaps[6], 30*time.Second)
		assert.LessOrEqual(t, gaps[8], time.Second, "the pause after the failure that follows")
	})
}

func TestAnOutageIsLoggedOnceAndItsEndWithHowLongItTook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		core := failing(3, 20, errDown)
		h, stop := start(t, heartbeat.Config{Sender: core, Logger: log.logger()})
		for len(core.sent()) < 20 {
			after(time.Second)
		}
		assert.Equal(t, []string{msgUp, msgDown}, log.messages(t))
		assert.False(t, h.State().Beating)
		down := core.sent()[2].at
		assert.Equal(t, down, h.State().Since)
		after(3 * time.Minute)
		stop()

		lines := log.lines(t)
		assert.Equal(t, []string{msgUp, msgDown, msgUp}, log.messages(t))
		assert.Equal(t, "WARN", lines[1]["level"])
		assert.Contains(t, lines[1]["error"], "connection refused")
		assert.Equal(t, urn, lines[1]["urn"])
		up := core.sent()[20].at
		assert.InDelta(t, up.Sub(down), lines[2]["down_for"], 0)
		assert.InDelta(t, 18, lines[2]["failures"], 0)
		assert.Equal(t, up, h.State().Since)
		assert.NoError(t, h.State().LastError)
		assert.Zero(t, h.State().FailuresInRow)
	})
}

func TestEachConditionIsLoggedOncePerOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		flapping := []error{errDown, status(503), status(401), errDown, status(403), status(404), status(500), status(401)}
		core := &scripted{answer: func(_ context.Context, n int, _ openhim.Heartbeat) (string, error) {
			if n%100 == 0 {
				return "", nil
			}
			return "", flapping[n%len(flapping)]
		}}
		_, stop := start(t, heartbeat.Config{Sender: core, Logger: log.logger()})
		for len(core.sent()) < 200 {
			after(time.Minute)
		}
		stop()
		once := []string{msgDown, msgRefused, msgUnregistered}
		messages := log.messages(t)
		require.GreaterOrEqual(t, len(messages), 8)
		assert.ElementsMatch(t, once, messages[:3])
		assert.Equal(t, msgUp, messages[3])
		assert.ElementsMatch(t, once, messages[4:7])
		assert.Equal(t, msgUp, messages[7])
	})
}

func TestASilentHeartbeatNeedsNoLogger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := failing(2, 4, errDown)
		_, stop := start(t, heartbeat.Config{Sender: core})
		after(time.Minute)
		stop()
		assert.Greater(t, len(core.sent()), 5)
	})
}

func TestAnUnknownMediatorIsRegisteredAgainAndBeatsAtOnceAskingForConfig(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		deleted := false
		registered := 0
		core := &scripted{answer: func(_ context.Context, n int, hb openhim.Heartbeat) (string, error) {
			deleted = deleted || n == 3
			switch {
			case deleted:
				return "", notFound()
			case hb.WantConfig:
				return `{"a":1}`, nil
			}
			return "", nil
		}}
		h, stop := start(t, heartbeat.Config{
			Sender: core, Logger: log.logger(),
			Register: func(ctx context.Context) error {
				_, bounded := ctx.Deadline()
				assert.True(t, bounded)
				registered++
				deleted = false
				return nil
			},
		})
		after(30 * time.Second)
		s := h.State()
		stop()
		assert.Equal(t, 1, registered)
		assert.Zero(t, core.gaps()[2], "the beat after the registration follows at once")
		assert.Equal(t, []int{1, 4}, core.asks())
		assert.True(t, s.Alive)
		assert.Equal(t, uint64(1), s.Registrations)
		assert.Equal(t, uint64(1), s.Failures)
		assert.Equal(t, []string{msgUp, msgUnregistered, msgUp}, log.messages(t))
	})
}

func TestARegistrationThatFailsBacksOff(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err   error
		panic bool
		first time.Duration
		said  string
	}{
		"core down meanwhile": {err: errDown, first: time.Second, said: msgDown},
		"refused":             {err: status(403), first: 10 * time.Second, said: msgRefused},
		"404":                 {err: status(404), first: 10 * time.Second, said: msgRefused},
		"panic":               {panic: true, first: time.Second, said: msgDown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log records
				core := failing(1, always, notFound())
				registered := 0
				h, stop := start(t, heartbeat.Config{
					Sender: core, Logger: log.logger(),
					Register: func(context.Context) error {
						registered++
						if tt.panic {
							panic("s3cret-password")
						}
						return tt.err
					},
				})
				after(time.Hour)
				s := h.State()
				stop()
				want := tt.first
				for i, gap := range core.gaps() {
					assert.LessOrEqual(t, gap, want, "pause %d", i)
					assert.GreaterOrEqual(t, gap, want/2, "pause %d", i)
					want = min(want*2, time.Minute)
				}
				assert.Len(t, core.sent(), registered, "one registration for each beat")
				assert.Greater(t, registered, 59)
				assert.ErrorContains(t, s.LastError, "registering the mediator again: ")
				assert.False(t, s.Alive)
				assert.Zero(t, s.Registrations)
				assert.Equal(t, []string{msgUnregistered, tt.said}, log.messages(t))
				assert.NotContains(t, log.text(), "s3cret")
			})
		})
	}
}

func TestARegistrationThatDoesNotHelpIsNotRepeatedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		core := failing(1, always, notFound())
		registered := 0
		h, stop := start(t, heartbeat.Config{
			Sender: core, Logger: log.logger(),
			Register: func(context.Context) error { registered++; return nil },
		})
		after(time.Minute)
		s := h.State()
		stop()
		assert.LessOrEqual(t, registered, 6)
		assert.Len(t, core.sent(), 2*registered)
		assert.ErrorContains(t, s.LastError, "still does not know")
		assert.Equal(t, []string{msgUnregistered, msgRefused}, log.messages(t))
	})
}

func TestARegistrationThatHangsIsCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := failing(1, 1, notFound())
		h, stop := start(t, heartbeat.Config{Sender: core, Register: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		after(30 * time.Second)
		assert.ErrorIs(t, h.State().LastError, context.DeadlineExceeded)
		after(time.Second)
		assert.True(t, h.State().Beating, "and the beats go on")
		stop()
	})
}

func TestStopEndsARegistrationUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core := failing(1, always, notFound())
		_, stop := start(t, heartbeat.Config{Sender: core, Register: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		begin := time.Now()
		stop()
		assert.Zero(t, time.Since(begin))
		assert.Len(t, core.sent(), 1)
	})
}

func TestASenderThatPanicsIsAFailureWithoutItsValueInTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		core := &scripted{answer: func(_ context.Context, n int, _ openhim.Heartbeat) (string, error) {
			if n == 1 {
				panic(errors.New("password is s3cret"))
			}
			return "", nil
		}}
		h, stop := start(t, heartbeat.Config{Sender: core, Logger: log.logger()})
		assert.ErrorContains(t, h.State().LastError, "Sender panicked: a value of type *errors.errorString")
		after(time.Second)
		assert.True(t, h.State().Alive)
		stop()
		assert.Equal(t, []string{msgDown, msgUp}, log.messages(t))
		assert.Contains(t, log.lines(t)[0]["stack"], "outage_test.go")
		assert.NotContains(t, log.text(), "s3cret")
	})
}

func TestAliveIsWhatTheCoreCountsAsAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, err := heartbeat.New(heartbeat.Config{URN: urn, Sender: &scripted{}})
		require.NoError(t, err)
		assert.Equal(t, heartbeat.State{}, h.State(), "before Run")
	})
	synctest.Test(t, func(t *testing.T) {
		core := failing(2, always, errDown)
		h, stop := start(t, heartbeat.Config{Sender: core})
		last := core.sent()[0].at
		assert.Equal(t, last, h.State().LastBeat)
		after(59 * time.Second)
		s := h.State()
		assert.True(t, s.Alive, "an outage shorter than 60 s")
		assert.False(t, s.Beating)
		assert.Error(t, s.LastError)
		assert.Equal(t, last, s.LastBeat)
		after(time.Second)
		assert.False(t, h.State().Alive, "60 s after the last beat")
		stop()
	})
	synctest.Test(t, func(t *testing.T) {
		h, stop := start(t, heartbeat.Config{Sender: failing(2, always, notFound())})
		assert.True(t, h.State().Alive)
		after(12 * time.Second)
		assert.False(t, h.State().Alive, "deleted by an administrator")
		stop()
	})
	synctest.Test(t, func(t *testing.T) {
		h, stop := start(t, heartbeat.Config{Sender: &scripted{}})
		assert.True(t, h.State().Alive)
		stop()
		assert.False(t, h.State().Alive, "after Run")
	})
}
