package heartbeat

import (
	"context"
	"sync"
)

// Value holds the latest good config of type T, for handlers to read. The zero
// Value is empty and ready; it is safe for concurrent use and must not be
// copied. What it holds is shared by all readers: do not change maps or slices
// in it.
//
// Set is made to be the sink of [Typed] or [Decoder.OnConfig].
type Value[T any] struct {
	mu      sync.Mutex
	v       T
	ok      bool
	changed chan struct{}
}

// Load returns the latest config, and whether there was one yet.
func (v *Value[T]) Load() (T, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.v, v.ok
}

// Set replaces the config and tells those who wait for Changed. It never
// fails; the context is not used.
func (v *Value[T]) Set(_ context.Context, t T) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.v, v.ok = t, true
	if v.changed != nil {
		close(v.changed)
		v.changed = nil
	}
	return nil
}

// Changed returns a channel that is closed at the next Set. To miss no change,
// call it before Load.
func (v *Value[T]) Changed() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.changed == nil {
		v.changed = make(chan struct{})
	}
	return v.changed
}
