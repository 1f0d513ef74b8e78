package heartbeat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/heartbeat"
	"github.com/openhim/mediator-go/mediator/openhim"
)

const urn = "urn:mediator:test"

// scripted is a Sender that answers as told and remembers every beat.
type scripted struct {
	// answer answers the n-th beat, counted from 1. nil: always taken.
	answer func(ctx context.Context, n int, hb openhim.Heartbeat) (string, error)

	mu       sync.Mutex
	beats    []beat
	inFlight int
	overlaps int
}

type beat struct {
	at  time.Time
	urn string
	openhim.Heartbeat
}

func (s *scripted) Heartbeat(ctx context.Context, urn string, hb openhim.Heartbeat) (openhim.HeartbeatReply, error) {
	s.mu.Lock()
	s.beats = append(s.beats, beat{at: time.Now(), urn: urn, Heartbeat: hb})
	n := len(s.beats)
	s.inFlight++
	if s.inFlight > 1 {
		s.overlaps++
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight--
	}()
	if s.answer == nil {
		return openhim.HeartbeatReply{}, nil
	}
	body, err := s.answer(ctx, n, hb)
	if err != nil {
		return openhim.HeartbeatReply{}, err
	}
	return openhim.HeartbeatReply{Config: []byte(body)}, nil
}

// sent returns the beats until now.
func (s *scripted) sent() []beat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]beat(nil), s.beats...)
}

// gaps returns the times between the beats.
func (s *scripted) gaps() []time.Duration {
	beats := s.sent()
	var gaps []time.Duration
	for i := 1; i < len(beats); i++ {
		gaps = append(gaps, beats[i].at.Sub(beats[i-1].at))
	}
	return gaps
}

// asks returns the numbers of the beats that asked for the config.
func (s *scripted) asks() []int {
	var asks []int
	for i, b := range s.sent() {
		if b.WantConfig {
			asks = append(asks, i+1)
		}
	}
	return asks
}

func status(code int) error {
	return &openhim.StatusError{Op: "heartbeat", Status: code}
}

// records is a log that can be read back.
type records struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *records) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (r *records) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

func (r *records) lines(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(r.text()) {
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &m))
		all = append(all, m)
	}
	return all
}

func (r *records) messages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, m := range r.lines(t) {
		all = append(all, m["msg"].(string))
	}
	return all
}

const (
	msgUp           = "core takes the heartbeat"
	msgDown         = "core does not take the heartbeat, trying on"
	msgRefused      = "core refuses the heartbeat, trying on"
	msgUnregistered = "core does not know the mediator"
	msgTaken        = "config taken"
	msgNotTaken     = "config not taken, the one before stays in force"
)

// start fills in what a test leaves out, and runs a heartbeat until the test
// or the returned function ends it.
func start(t *testing.T, c heartbeat.Config) (h *heartbeat.Heartbeat, stop func()) {
	t.Helper()
	if c.URN == "" {
		c.URN = urn
	}
	h, err := heartbeat.New(c)
	require.NoError(t, err)
	ctx := context.WithoutCancel(t.Context()) // Stop ends it
	var wg sync.WaitGroup
	wg.Go(func() { assert.NoError(t, h.Run(ctx)) })
	stop = func() {
		h.Stop()
		wg.Wait()
	}
	t.Cleanup(stop)
	synctest.Wait()
	return h, stop
}

// after lets time pass, and everything that it makes happen.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func notFound() error { return status(http.StatusNotFound) }
