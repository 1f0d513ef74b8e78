package heartbeat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/heartbeat"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// console is a core whose config a test changes. It answers as the real one
// does: when asked, and once to whoever beats first after a change.
type console struct {
	mu      sync.Mutex
	body    string
	changed bool
}

func (c *console) set(body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.body, c.changed = body, true
}

func (c *console) sender() *scripted {
	return &scripted{answer: func(_ context.Context, _ int, hb openhim.Heartbeat) (string, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if hb.WantConfig || c.changed {
			c.changed = false
			return c.body, nil
		}
		return "", nil
	}}
}

// sink is an OnConfig that remembers what it got.
type sink struct {
	answer func(ctx context.Context, config string) error

	mu       sync.Mutex
	got      []string
	inside   int
	overlaps int
}

func (s *sink) onConfig(ctx context.Context, config json.RawMessage) error {
	s.mu.Lock()
	s.got = append(s.got, string(config))
	s.inside++
	if s.inside > 1 {
		s.overlaps++
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inside--
	}()
	if s.answer == nil {
		return nil
	}
	return s.answer(ctx, string(config))
}

func (s *sink) configs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

func TestAConfigIsDeliveredWhenItsContentChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c console
		var s sink
		c.set(`{"b": [1, {"y": "z", "x": null}], "a": 10}`)
		h, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: s.onConfig})
		first := h.State()
		for _, same := range []string{
			`{"b": [1, {"y": "z", "x": null}], "a": 10}`,
			`{"a":10,"b":[1,{"x":null,"y":"z"}]}`,
			"\n{ \"a\" : 1e1 ,\t\"b\" : [ 1.0, {\"x\":null, \"\\u0079\":\"\\u007a\"} ] }\r\n",
			`{"a":7,"a":10.00,"b":[1,{"x":null,"y":"z"}]}`,
		} {
			c.set(same)
			after(2 * time.Minute)
		}
		assert.Equal(t, []string{`{"a":10,"b":[1,{"x":null,"y":"z"}]}`}, s.configs())
		assert.Equal(t, first.ConfigHash, h.State().ConfigHash)
		assert.Len(t, first.ConfigHash, 12)
		assert.Equal(t, first.ConfigTaken, h.State().ConfigTaken)

		for _, other := range []string{
			`{"a":10,"b":[{"x":null,"y":"z"},1]}`, // the order of a list counts
			`{"a":"10","b":[{"x":null,"y":"z"},1]}`,
			`{"a":"10"}`,
		} {
			c.set(other)
			after(2 * time.Minute)
		}
		stop()
		assert.Len(t, s.configs(), 4)
		assert.Equal(t, `{"a":"10"}`, s.configs()[3])
		assert.NotEqual(t, first.ConfigHash, h.State().ConfigHash)
		assert.True(t, h.State().ConfigTaken.After(first.ConfigTaken))
	})
}

func TestEveryReplicaGetsAChangeThatTheCoreTellsToOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c console
		c.set(`{"v":1}`)
		sinks := make([]sink, 5)
		for i := range sinks {
			start(t, heartbeat.Config{Sender: c.sender(), OnConfig: sinks[i].onConfig})
		}
		after(5 * time.Second)
		c.set(`{"v":2}`)
		after(11 * time.Second)
		told := 0
		for i := range sinks {
			told += len(sinks[i].configs()) - 1
		}
		assert.Equal(t, 1, told, "the core tells one")
		after(6 * 11 * time.Second)
		for i := range sinks {
			assert.Equal(t, []string{`{"v":1}`, `{"v":2}`}, sinks[i].configs())
		}
	})
}

func TestBodiesWithoutAConfigAreUnderstood(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"OK", "", " \n", "User Authenticated Successfully", "null", "true", "1", `"x"`} {
		synctest.Test(t, func(t *testing.T) {
			var log records
			var s sink
			var c console
			c.set(body)
			h, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: s.onConfig, ConfigEvery: 1, Logger: log.logger()})
			after(time.Minute)
			c.set(`{"a":1}`)
			after(time.Minute)
			c.set(body)
			after(time.Minute)
			stop()
			assert.Equal(t, []string{`{"a":1}`}, s.configs(), "body %q", body)
			assert.NoError(t, h.State().ConfigError)
			assert.Zero(t, h.State().Failures)
			assert.Equal(t, []string{msgUp, msgTaken}, log.messages(t))
		})
	}
}

func TestAnEmptyListIsAnEmptyConfig(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s sink
		var c console
		c.set(`{}`)
		_, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: s.onConfig, ConfigEvery: 1})
		c.set(` [ ] `)
		after(time.Minute)
		c.set(`{"a":1}`)
		after(time.Minute)
		c.set(`[]`)
		after(time.Minute)
		stop()
		assert.Equal(t, []string{`{}`, `{"a":1}`, `{}`}, s.configs())
	})
}

func TestABodyThatIsNoConfigIsReportedOnceAndTheConfigKept(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"pw":"s3cret`:       "heartbeat: config is not valid JSON",
		`{"pw":"s3cret"}{}`:   "heartbeat: config is not valid JSON",
		`["s3cret"]`:          "heartbeat: config is not a JSON object",
		`{"pw":"s3cret",}`:    "heartbeat: config is not valid JSON",
		`{"pw":s3cret}`:       "heartbeat: config is not valid JSON",
		"{\"pw\":\"s3cret\n}": "heartbeat: config is not valid JSON",
	} {
		synctest.Test(t, func(t *testing.T) {
			var log records
			var s sink
			var c console
			c.set(`{"a":1}`)
			h, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: s.onConfig, ConfigEvery: 1, Logger: log.logger()})
			hash := h.State().ConfigHash
			c.set(body)
			after(10 * time.Minute)
			assert.EqualError(t, h.State().ConfigError, want)
			assert.Equal(t, hash, h.State().ConfigHash)
			assert.True(t, h.State().Alive, "a bad config is no failure of the beat")
			stop()
			assert.Equal(t, []string{`{"a":1}`}, s.configs())
			assert.ElementsMatch(t, []string{msgUp, msgTaken, msgNotTaken}, log.messages(t))
			assert.NotContains(t, log.text(), "s3cret")
		})
	}
}

func TestARefusedConfigIsReportedOnceAndTriedAgainWhenItChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		var c console
		broken := errors.New("no connection with user:s3cret@db")
		s := sink{answer: func(_ context.Context, config string) error {
			if config == `{"a":1}` {
				return nil
			}
			return broken
		}}
		c.set(`{"a":1}`)
		h, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: s.onConfig, ConfigEvery: 1, Logger: log.logger()})
		good := h.State().ConfigHash
		c.set(`{"pw":"s3cret"}`)
		after(10 * time.Minute)
		assert.Len(t, s.configs(), 2, "not again and again")
		assert.Equal(t, broken, h.State().ConfigError)
		assert.Equal(t, good, h.State().ConfigHash)
		c.set(`{"pw":"s3cret2"}`)
		after(time.Minute)
		assert.Len(t, s.configs(), 3, "when the content changes")
		c.set(`{"a":1}`)
		after(time.Minute)
		assert.Len(t, s.configs(), 4, "the good one again, as a refused one came between")
		assert.NoError(t, h.State().ConfigError)
		stop()

		assert.Equal(t, []string{msgTaken, msgNotTaken, msgNotTaken, msgTaken},
			slices.DeleteFunc(log.messages(t), func(m string) bool { return m == msgUp }))
		assert.NotContains(t, log.text(), "s3cret")
		i := slices.Index(log.messages(t), msgNotTaken)
		assert.Equal(t, "*errors.errorString", log.lines(t)[i]["error_type"])
		assert.Equal(t, []any{"pw"}, log.lines(t)[i]["params"])
	})
}

func TestParamErrorsOfACallbackAreLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		var c console
		s := sink{answer: func(context.Context, string) error {
			return fmt.Errorf("s3cret: %w", errors.Join(
				&heartbeat.ParamError{Param: "url", Reason: "must be a URL"},
				errors.New("s3cret"),
				fmt.Errorf("s3cret: %w", &heartbeat.ParamError{Reason: "names no server"}),
			))
		}}
		c.set(`{"url":"s3cret"}`)
		_, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: s.onConfig, Logger: log.logger()})
		stop()
		i := slices.Index(log.messages(t), msgNotTaken)
		require.GreaterOrEqual(t, i, 0)
		assert.Equal(t, []any{"heartbeat: config param url must be a URL", "heartbeat: config names no server"}, log.lines(t)[i]["errors"])
		assert.NotContains(t, log.text(), "s3cret")
	})
}

func TestACallbackThatPanicsIsReportedAndCalledForTheNextConfig(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		var c console
		var none map[string]int
		s := sink{answer: func(_ context.Context, config string) error {
			switch config {
			case `{"pw":"s3cret1"}`:
				panic(config)
			case `{"pw":"s3cret2"}`:
				none["x"] = 1
			}
			return nil
		}}
		c.set(`{"pw":"s3cret1"}`)
		h, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: s.onConfig, ConfigEvery: 1, Logger: log.logger()})
		assert.EqualError(t, h.State().ConfigError, "heartbeat: OnConfig panicked: a value of type string")
		c.set(`{"pw":"s3cret2"}`)
		after(time.Minute)
		assert.EqualError(t, h.State().ConfigError, "heartbeat: OnConfig panicked: assignment to entry in nil map")
		c.set(`{"pw":"s3cret3"}`)
		after(time.Minute)
		assert.NoError(t, h.State().ConfigError)
		stop()
		assert.Len(t, s.configs(), 3)
		i := slices.Index(log.messages(t), msgNotTaken)
		assert.Contains(t, log.lines(t)[i]["stack"], "delivery_test.go")
		assert.NotContains(t, log.text(), "s3cret")
	})
}

func TestACallbackThatHangsDoesNotStopTheBeatsAndTheLatestConfigWins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c console
		release := make(chan struct{})
		s := sink{answer: func(ctx context.Context, _ string) error {
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		core := c.sender()
		c.set(`{"v":1}`)
		h, stop := start(t, heartbeat.Config{Sender: core, OnConfig: s.onConfig})
		for v := 2; v <= 5; v++ {
			c.set(fmt.Sprintf(`{"v":%d}`, v))
			after(time.Minute)
		}
		assert.Greater(t, len(core.sent()), 20)
		assert.True(t, h.State().Alive)
		assert.Equal(t, []string{`{"v":1}`}, s.configs())
		release <- struct{}{}
		synctest.Wait()
		assert.Equal(t, []string{`{"v":1}`, `{"v":5}`}, s.configs())
		release <- struct{}{}
		after(5 * time.Minute)
		stop()
		assert.Len(t, s.configs(), 2)
		assert.Zero(t, s.overlaps)
	})
}

func TestAConfigThatChangedAndChangedBackBehindASlowCallbackIsNoChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c console
		release := make(chan struct{})
		s := sink{answer: func(context.Context, string) error { <-release; return nil }}
		c.set(`{"v":1}`)
		_, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: s.onConfig})
		c.set(`{"v":2}`)
		after(time.Minute)
		c.set(`{"v":1}`)
		after(time.Minute)
		close(release)
		synctest.Wait()
		stop()
		assert.Equal(t, []string{`{"v":1}`}, s.configs())
	})
}

func TestRunWaitsForACallbackWhoseContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		var c console
		ended := false
		s := sink{answer: func(ctx context.Context, _ string) error {
			<-ctx.Done()
			<-time.After(3 * time.Second) // tidies up
			ended = true
			return ctx.Err()
		}}
		c.set(`{"v":1}`)
		h, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: s.onConfig, Logger: log.logger()})
		begin := time.Now()
		stop()
		assert.True(t, ended)
		assert.Equal(t, 3*time.Second, time.Since(begin))
		assert.NoError(t, h.State().ConfigError, "the end of Run is no fault of the config")
		assert.Equal(t, []string{msgUp}, log.messages(t))
	})
}

func TestANewRunTriesARefusedConfigAgainAndNotOneThatWasTaken(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer func(context.Context, string) error
		want   int
	}{
		"taken":           {nil, 1},
		"refused":         {func(context.Context, string) error { return errors.New("no") }, 3},
		"cut off by Stop": {func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var c console
				c.set(`{"v":1}`)
				s := sink{answer: tt.answer}
				h, err := heartbeat.New(heartbeat.Config{URN: urn, Sender: c.sender(), OnConfig: s.onConfig})
				require.NoError(t, err)
				for range 3 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					require.ErrorIs(t, h.Run(ctx), context.DeadlineExceeded)
					cancel()
				}
				assert.Len(t, s.configs(), tt.want)
			})
		})
	}
}

func TestACallbackMayKeepAndChangeItsConfig(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c console
		calls := 0
		c.set(`{"v":1}`)
		_, stop := start(t, heartbeat.Config{Sender: c.sender(), ConfigEvery: 1, OnConfig: func(_ context.Context, config json.RawMessage) error {
			calls++
			clear(config)
			return nil
		}})
		after(time.Minute)
		stop()
		assert.Equal(t, 1, calls)
	})
}

func TestConfigsAreComparedWithoutACallback(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		var c console
		c.set(`{"v":1}`)
		h, stop := start(t, heartbeat.Config{Sender: c.sender(), Logger: log.logger()})
		assert.NotEmpty(t, h.State().ConfigHash)
		stop()
		assert.Equal(t, []string{msgUp}, log.messages(t))
	})
}

func TestTheLogNamesParamsOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log records
		var c console
		var v heartbeat.Value[struct {
			Password string `json:"password"`
			Limit    int    `json:"limit"`
		}]
		defs := []openhim.ConfigDef{{Param: "password", Type: openhim.ConfigPassword}, {Param: "limit", Type: openhim.ConfigNumber}}
		c.set(`{"password":"s3cret","limit":4711}`)
		h, stop := start(t, heartbeat.Config{Sender: c.sender(), OnConfig: heartbeat.Typed(defs, v.Set), ConfigEvery: 1, Logger: log.logger()})
		got, ok := v.Load()
		assert.True(t, ok)
		assert.Equal(t, "s3cret", got.Password)
		c.set(`{"password":471147114711,"limit":4711.5}`)
		after(time.Minute)
		assert.ErrorContains(t, h.State().ConfigError, "password must be a text")
		kept, _ := v.Load()
		assert.Equal(t, got, kept, "the last good one")
		c.set(`{"password":"s3cret","limit":4711.5}`)
		after(time.Minute)
		stop()
		text := log.text()
		assert.Contains(t, text, `"params":["limit","password"]`)
		assert.Contains(t, text, "config param password must be a text")
		assert.Contains(t, text, "config param limit must be an integer")
		assert.NotContains(t, text, "s3cret")
		assert.NotContains(t, text, "4711")
	})
}
