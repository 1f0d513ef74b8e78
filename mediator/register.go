package mediator

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/openhim/mediator-go/heartbeat"
	"github.com/openhim/mediator-go/mediator/openhim"
)

const (
	registerTimeout    = 30 * time.Second
	minRegisterBackoff = time.Second
	maxRegisterBackoff = 30 * time.Second
)

// registerUntilDone registers until it worked, whatever the core says
// meanwhile, and says so in the log once per change. It returns false when
// ctx ended.
func (m *Mediator) registerUntilDone(ctx context.Context, reg openhim.Mediator) bool {
	backoff := minRegisterBackoff
	said := ""
	for {
		err := m.register(ctx, reg)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if text := safeText(err); text != said {
			said = text
			m.cfg.Logger.WarnContext(ctx, "the core did not take the registration, it is tried again", slog.String("error", text))
		}
		timer := time.NewTimer(backoff/2 + rand.N(backoff/2)) //nolint:gosec // jitter
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
		backoff = min(2*backoff, maxRegisterBackoff)
	}
}

// register registers once, and installs the channels where that was asked for.
func (m *Mediator) register(ctx context.Context, reg openhim.Mediator) error {
	ctx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()
	result, err := m.api.Register(ctx, reg)
	if err != nil {
		return err
	}
	log := m.cfg.Logger.With(slog.String("urn", reg.URN), slog.String("version", reg.Version))
	if result.Outcome == openhim.Ignored && len(result.Differences) > 0 {
		fields := make([]string, 0, len(result.Differences))
		for _, d := range result.Differences {
			fields = append(fields, d.Field)
		}
		log.WarnContext(ctx, "the core ignored changes of the registration: raise its version", slog.Any("fields", fields))
	} else {
		log.InfoContext(ctx, "registered", slog.String("outcome", string(result.Outcome)))
	}
	for _, w := range result.Warnings {
		log.WarnContext(ctx, "registration", slog.String("field", w.Field), slog.String("problem", w.Message))
	}
	if m.cfg.InstallChannels && len(reg.DefaultChannels) > 0 {
		if err := m.installChannels(ctx, reg.URN, log); err != nil {
			return err
		}
	}
	m.health.set(func(h *health) { h.register = true })
	return nil
}

// installChannels installs the channels that are missing. Names that somebody
// else has taken are an administrator's to sort out: they are said, not tried
// for ever.
func (m *Mediator) installChannels(ctx context.Context, urn string, log *slog.Logger) error {
	done, err := m.api.InstallChannels(ctx, urn)
	if len(done.Installed) > 0 {
		log.InfoContext(ctx, "channels installed", slog.Any("channels", done.Installed))
	}
	if conflict, ok := errors.AsType[*openhim.ChannelConflictError](err); ok {
		log.ErrorContext(ctx, "channels could not be installed", slog.String("error", conflict.Error()))
		return nil
	}
	return err
}

// newHeartbeat returns the heartbeat of a registered mediator.
func (m *Mediator) newHeartbeat(reg openhim.Mediator) (*heartbeat.Heartbeat, error) {
	var once sync.Once
	return heartbeat.New(heartbeat.Config{
		URN: reg.URN,
		Sender: heartbeat.SenderFunc(func(ctx context.Context, urn string, hb openhim.Heartbeat) (openhim.HeartbeatReply, error) {
			return m.api.Heartbeat(ctx, urn, hb)
		}),
		Register: func(ctx context.Context) error {
			m.health.set(func(h *health) { h.register = false })
			return m.register(ctx, reg)
		},
		OnConfig: m.console.deliver,
		// Only now does Health tell of the beat: who waits for Ready finds it so.
		OnBeat:   func() { once.Do(func() { close(m.ready) }) },
		Interval: m.cfg.HeartbeatInterval,
		Logger:   m.cfg.Logger,
	})
}
