package dhis2

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// MetadataConfig says what a Metadata reads, and when it does so again.
type MetadataConfig struct {
	// Scope is what is read. Defaults to all programs and organisation units.
	Scope MetadataScope
	// TTL is how long a snapshot is given without asking the server. Then a few small requests
	// tell whether anything has changed, and it is read again only if so. Defaults to 15 minutes.
	TTL time.Duration
	// MaxAge is how long a snapshot is kept without being read anew, whatever those requests
	// tell: they see objects that were added, changed or removed, by their number and newest
	// time of change, but not a change that leaves both alone. Defaults to 6 hours.
	MaxAge time.Duration
	// MaxStale is for how long after TTL a snapshot is still given while the server cannot be
	// asked. Defaults to 24 hours; below 0 never.
	MaxStale time.Duration
	// RetryWait is the pause after the server could not be asked, and RefreshWait that between
	// two reloads by Refresh. Default to 30 seconds and 1 minute.
	RetryWait, RefreshWait time.Duration
	// Initial is what to begin with, such as a file that was saved: it is stale from the
	// beginning, so the server is asked at the first Get, and it is given if that fails.
	// Defaults to none.
	Initial *Snapshot
	// Logger gets a line at level warn when a stale snapshot is given, and at level info when
	// there is a new one. Defaults to silence.
	Logger *slog.Logger
}

// Metadata keeps a snapshot of a server's metadata. Servers have no cache that has to be waited
// for: what somebody changes counts at the next import. So the snapshot may be late, never
// early, and a refusal of class metadata is a reason for Refresh, once.
//
// It has no goroutine of its own: whoever asks when it is due reads, and the others are given
// what there is, or wait if there is nothing yet. It is safe for concurrent use.
type Metadata struct {
	client *Client
	cfg    MetadataConfig

	mu        sync.Mutex
	loading   chan struct{} // closed when the load under way has ended; nil if there is none
	snapshot  *Snapshot
	stamp     string    // what the small requests told when it was read
	loaded    time.Time // when it was read
	checked   time.Time // when it was last known to be right
	failed    time.Time // when the server could not be asked
	failures  int       // how often, to tell those who waited
	err       error     // why the last time, nil if it could be asked since
	refreshed time.Time // when Refresh last read
}

// NewMetadata makes a cache. Nothing is sent yet.
func NewMetadata(client *Client, cfg MetadataConfig) (*Metadata, error) {
	if err := cfg.Scope.check(); err != nil {
		return nil, err
	}
	for name, d := range map[string]time.Duration{"TTL": cfg.TTL, "MaxAge": cfg.MaxAge, "RetryWait": cfg.RetryWait, "RefreshWait": cfg.RefreshWait} {
		if d < 0 {
			return nil, &ConfigError{Field: name, Reason: "is below 0"}
		}
	}
	cfg.TTL = orDefault(cfg.TTL, 15*time.Minute)
	cfg.MaxAge = orDefault(cfg.MaxAge, 6*time.Hour)
	cfg.MaxStale = orDefault(cfg.MaxStale, 24*time.Hour)
	cfg.RetryWait = orDefault(cfg.RetryWait, 30*time.Second)
	cfg.RefreshWait = orDefault(cfg.RefreshWait, time.Minute)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Metadata{client: client, cfg: cfg, snapshot: cfg.Initial}
	if cfg.Initial != nil {
		m.checked = client.cfg.Clock().Add(-cfg.TTL)
	}
	return m, nil
}

// Get returns the snapshot. It asks the server only when there is none or the one there is has
// become older than TTL. If that fails, a snapshot is given all the same until it has been stale
// for MaxStale, and the server is left alone for RetryWait; without one the error is returned.
func (m *Metadata) Get(ctx context.Context) (*Snapshot, error) {
	failures := -1 // before waiting
	for {
		m.mu.Lock()
		if m.snapshot == nil && m.err != nil && failures >= 0 && m.failures > failures {
			defer m.mu.Unlock()
			return nil, m.err // whom this caller waited for could not
		}
		now := m.client.cfg.Clock()
		age := now.Sub(m.checked)
		usable := m.snapshot != nil && (age < m.cfg.TTL || age < m.cfg.TTL+m.cfg.MaxStale)
		switch {
		case m.snapshot != nil && age < m.cfg.TTL,
			usable && m.loading != nil,
			usable && m.err != nil && now.Sub(m.failed) < m.cfg.RetryWait:
			defer m.mu.Unlock()
			return m.snapshot, nil
		case m.snapshot != nil && m.err != nil && m.loading == nil && now.Sub(m.failed) < m.cfg.RetryWait:
			defer m.mu.Unlock()
			return nil, m.err
		case m.loading != nil:
			failures = m.failures
			if err := m.wait(ctx); err != nil {
				return nil, err
			}
			continue
		}
		whole := m.snapshot == nil || m.stamp == "" || now.Sub(m.loaded) >= m.cfg.MaxAge
		err := m.lead(ctx, whole)
		m.mu.Lock()
		defer m.mu.Unlock()
		if err == nil {
			return m.snapshot, nil
		}
		if usable {
			m.cfg.Logger.WarnContext(ctx, "dhis2: stale metadata are used, as the server cannot be asked", "age", age.Round(time.Second).String(), "error", err.Error())
			return m.snapshot, nil
		}
		return nil, err
	}
}

// Refresh reads the metadata anew after they were shown to be out of date: after a refusal of
// ClassMetadata. seen is the snapshot that the refused object was made by. However many callers
// come with the same one, it is read once; and it is not read more often than every
// RefreshWait, so that a stream of objects that really do not fit is no stream of reloads. Then,
// and if there is nothing new, the snapshot that there is comes back. If the server could not be
// asked, that is the error, for all who ask within RetryWait.
func (m *Metadata) Refresh(ctx context.Context, seen *Snapshot) (*Snapshot, error) {
	for {
		m.mu.Lock()
		now := m.client.cfg.Clock()
		switch {
		case m.loading != nil:
			if err := m.wait(ctx); err != nil {
				return nil, err
			}
			continue
		case m.snapshot != nil && (m.snapshot != seen || !m.refreshed.IsZero() && now.Sub(m.refreshed) < m.cfg.RefreshWait):
			defer m.mu.Unlock()
			return m.snapshot, nil
		case m.snapshot != nil && m.err != nil && now.Sub(m.failed) < m.cfg.RetryWait:
			defer m.mu.Unlock()
			return nil, m.err
		}
		if err := m.lead(ctx, true); err != nil {
			return nil, err
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.refreshed = now
		return m.snapshot, nil
	}
}

// Snapshot returns what Get would give without asking anything, nil if there is nothing yet.
func (m *Metadata) Snapshot() *Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.snapshot
}

// wait lets go of the lock, which must be held, and waits for the load under way.
func (m *Metadata) wait(ctx context.Context) error {
	loading := m.loading
	m.mu.Unlock()
	select {
	case <-loading:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// lead lets go of the lock, which must be held, and loads.
func (m *Metadata) lead(ctx context.Context, whole bool) error {
	done := make(chan struct{})
	m.loading = done
	before, stamp := m.snapshot, m.stamp
	m.mu.Unlock()

	var next *Snapshot
	asked := m.client.cfg.Clock()
	told, err := m.client.metadataStamp(ctx, m.cfg.Scope)
	if err == nil && (whole || told != stamp) {
		next, err = m.client.FetchMetadata(ctx, m.cfg.Scope)
	}
	same := next != nil && before != nil && next.Revision() == before.Revision() // takes a while

	m.mu.Lock()
	defer m.mu.Unlock()
	defer close(done)
	m.loading = nil
	if err != nil {
		if ctx.Err() == nil { // otherwise it is the caller who had no time
			m.failed, m.err = m.client.cfg.Clock(), err
			m.failures++
		}
		return err
	}
	m.err = nil
	m.checked = asked
	if next == nil {
		return nil
	}
	m.loaded, m.stamp = asked, told
	if !same {
		m.snapshot = next
		m.cfg.Logger.InfoContext(ctx, "dhis2: new metadata", "revision", next.Revision(), "problems", len(next.Problems()))
	}
	return nil
}
