package tracker

import (
	"context"
	"sync"
)

// gate says who may work: one run, or one release of parked records, or any number of single records.
// The zero value is open. It is safe for concurrent use.
type gate struct {
	mu      sync.Mutex
	alone   bool          // a run or a release is on
	closing bool          // by a release, which waits for single records or is on: new ones wait for it
	singles int           // at work
	changed chan struct{} // closed at the next change, if anybody waits for one
}

// run lets a run in, if nobody is at work.
func (g *gate) run() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.alone || g.closing || g.singles > 0 {
		return ErrRunning
	}
	g.alone = true
	return nil
}

// release lets a release in when the single records that are at work are done; others wait meanwhile.
func (g *gate) release(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.alone || g.closing {
		return ErrRunning
	}
	g.closing = true
	for g.singles > 0 {
		if err := g.wait(ctx); err != nil {
			g.open()
			return err
		}
	}
	g.alone = true
	return nil
}

// leave ends a run or a release.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open()
}

// enter lets a single record in, after a release, but not during a run.
func (g *gate) enter(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.closing {
		if err := g.wait(ctx); err != nil {
			return err
		}
	}
	if g.alone {
		return ErrRunning
	}
	g.singles++
	return nil
}

// exit ends the work on a single record.
func (g *gate) exit() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.singles--
	g.tell()
}

func (g *gate) open() {
	g.alone, g.closing = false, false
	g.tell()
}

func (g *gate) tell() {
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}

// wait gives the lock away until something changes.
func (g *gate) wait(ctx context.Context) error {
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	changed := g.changed
	g.mu.Unlock()
	defer g.mu.Lock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
