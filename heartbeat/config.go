package heartbeat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// The defaults of a [Config], and its bounds.
const (
	defaultInterval    = 10 * time.Second
	defaultTimeout     = 5 * time.Second
	defaultConfigEvery = 6
	defaultMaxBackoff  = time.Minute

	// aliveFor is how long the core counts a mediator as alive after a beat
	// (openhim-core, src/api/heartbeat.js).
	aliveFor = time.Minute
	// maxInterval leaves room for the jitter and the answer.
	maxInterval = 50 * time.Second
	// registerTimeout bounds one re-registration, which is several calls.
	registerTimeout = 30 * time.Second
)

// Sender sends one heartbeat to a core. [openhim.API] is one.
//
// An answer of the core that is no success must be an error that holds an
// [*openhim.StatusError]; every other error counts as "core not reached".
// Heartbeat must return when its context ends. It is never called twice at
// once by one [Heartbeat].
type Sender interface {
	Heartbeat(ctx context.Context, urn string, hb openhim.Heartbeat) (openhim.HeartbeatReply, error)
}

// SenderFunc makes a function a [Sender].
type SenderFunc func(ctx context.Context, urn string, hb openhim.Heartbeat) (openhim.HeartbeatReply, error)

var _ Sender = SenderFunc(nil)

// Heartbeat implements [Sender].
func (f SenderFunc) Heartbeat(ctx context.Context, urn string, hb openhim.Heartbeat) (openhim.HeartbeatReply, error) {
	return f(ctx, urn, hb)
}

// Config says what beats, how often, and who is told. URN and Sender are
// required; the zero value of everything else works.
type Config struct {
	// URN of the mediator. Required.
	URN string
	// Sender takes the beats to the core. Required.
	Sender Sender

	// Register registers the mediator again. It is called when the core
	// answers a beat with 404, which it does after an administrator deleted
	// the mediator. A beat that asks for the config follows at once when it
	// returns nil; an error is backed off like a failed beat. Its context ends
	// after 30 s, and no beat is sent while it runs. Defaults to nil: the 404
	// is logged and backed off.
	Register func(ctx context.Context) error

	// OnConfig takes a config that differs by content from the one before: a
	// JSON object, its keys sorted, without white space. The order of keys,
	// white space and the spelling of numbers are no difference. See [Typed].
	//
	// It is called by one goroutine at a time, beside the beats: one that
	// hangs does not stop them. Of the configs that come meanwhile the latest
	// wins. An error or a panic is reported once, in the log and in
	// [State.ConfigError]; the config is then not handed over again until its
	// content changes or Run is called anew. What OnConfig took before should
	// stay in force. Its context ends with Run, which waits for it.
	//
	// The text of its errors is not logged, as it may hold a password, but for
	// each [*ParamError] in them. Defaults to nil: configs are only compared.
	OnConfig func(ctx context.Context, config json.RawMessage) error

	// OnBeat is called after each beat that the core took, when State tells of
	// it already. It is called between two beats, so it must be quick.
	// Defaults to nil.
	OnBeat func()

	// Interval between the starts of two beats, less or more a random tenth,
	// so that replicas spread. At most 50 s, as the core counts a mediator as
	// dead after 60 s. Defaults to 10 s, the convention.
	Interval time.Duration

	// Timeout of one beat. It is never more than Interval. Defaults to 5 s.
	Timeout time.Duration

	// ConfigEvery is k: after the first beat, which asks for the config, every
	// k-th does. 1 asks always. The first beat after a failure asks too.
	// Defaults to 6.
	ConfigEvery int

	// MaxBackoff is the longest pause after a failure. The pauses double from
	// 1 s when the core is not reached or failing, from Interval when it
	// refuses the beat, and are shortened by a random part, at most half.
	// After a long outage the mediator is alive again at most MaxBackoff after
	// the core. Defaults to 1 min.
	MaxBackoff time.Duration

	// Started is the instant that the uptime counts from. Defaults to the
	// start of Run.
	Started time.Time

	// Logger hears of changes only: the core takes beats, or no longer does,
	// a config was taken or refused. Defaults to nil: silent.
	Logger *slog.Logger
}

// withDefaults returns c with the fields that were left out filled in, or an
// error that names every bad field.
func (c Config) withDefaults() (Config, error) {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("heartbeat: Config."+format, args...))
	}
	if strings.TrimSpace(c.URN) == "" {
		bad("URN is empty: set the URN that the mediator is registered with")
	}
	if f, ok := c.Sender.(SenderFunc); c.Sender == nil || (ok && f == nil) {
		bad("Sender is nil: set the openhim.API of the core")
	}
	if c.Interval < 0 || c.Interval > maxInterval {
		bad("Interval is %s: set 0 for %s, or up to %s, as the core counts a mediator as dead after %s",
			c.Interval, defaultInterval, maxInterval, aliveFor)
	}
	if c.Timeout < 0 {
		bad("Timeout is %s: set 0 for %s, or more", c.Timeout, defaultTimeout)
	}
	if c.ConfigEvery < 0 {
		bad("ConfigEvery is %d: set 0 for %d, or 1 and more", c.ConfigEvery, defaultConfigEvery)
	}
	if c.MaxBackoff < 0 {
		bad("MaxBackoff is %s: set 0 for %s, or more", c.MaxBackoff, defaultMaxBackoff)
	}
	if len(errs) > 0 {
		return Config{}, errors.Join(errs...)
	}
	setDefault(&c.Interval, defaultInterval)
	setDefault(&c.Timeout, defaultTimeout)
	setDefault(&c.ConfigEvery, defaultConfigEvery)
	setDefault(&c.MaxBackoff, defaultMaxBackoff)
	c.Timeout = min(c.Timeout, c.Interval)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func setDefault[T comparable](field *T, v T) {
	var zero T
	if *field == zero {
		*field = v
	}
}
