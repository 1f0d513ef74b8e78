package fhir

import (
	"context"
	"maps"
	"sync"
	"time"
)

// Watermark is how far a [Poller] has come. It is JSON for a store to keep.
type Watermark struct {
	// Time is the latest meta.lastUpdated of what was handled, by the server's
	// clock.
	Time time.Time `json:"time"`
	// Seen holds the versions handled since Time less the overlap, so that they
	// are not handled twice: "Type/id" to version and time.
	Seen map[string]SeenVersion `json:"seen,omitempty"`
}

// SeenVersion is the version of a resource that was handled last.
type SeenVersion struct {
	Version string    `json:"version,omitempty"`
	Time    time.Time `json:"time"`
}

func (w Watermark) clone() Watermark {
	w.Seen = maps.Clone(w.Seen)
	if w.Seen == nil {
		w.Seen = map[string]SeenVersion{}
	}
	return w
}

// has reports whether this version was handled.
func (w Watermark) has(r Resource, meta Meta) bool {
	seen, ok := w.Seen[r.Reference()]
	if !ok {
		return false
	}
	// Versions begin anew where a resource was expunged: both must be the same.
	return meta.VersionID == seen.Version && meta.LastUpdated.Equal(seen.Time)
}

func (w Watermark) note(r Resource, meta Meta) {
	w.Seen[r.Reference()] = SeenVersion{Version: meta.VersionID, Time: meta.LastUpdated}
}

// forget drops what was seen before t.
func (w Watermark) forget(t time.Time) {
	maps.DeleteFunc(w.Seen, func(_ string, s SeenVersion) bool { return s.Time.Before(t) })
}

// WatermarkStore keeps watermarks over restarts: in a file, a table, or beside
// the data that the resources go to.
type WatermarkStore interface {
	// Load returns the watermark kept under key, the zero Watermark if there is
	// none.
	Load(ctx context.Context, key string) (Watermark, error)
	// Save keeps it. It must not be partly there after a crash.
	Save(ctx context.Context, key string, w Watermark) error
}

// MemoryWatermarks is a [WatermarkStore] that forgets everything with the
// process. It is safe for concurrent use; the zero value is ready.
type MemoryWatermarks struct {
	mu   sync.Mutex
	kept map[string]Watermark
}

// Load implements [WatermarkStore].
func (m *MemoryWatermarks) Load(_ context.Context, key string) (Watermark, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept[key].clone(), nil
}

// Save implements [WatermarkStore].
func (m *MemoryWatermarks) Save(_ context.Context, key string, w Watermark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[string]Watermark{}
	}
	m.kept[key] = w.clone()
	return nil
}
