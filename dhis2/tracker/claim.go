package tracker

import (
	"context"
	"sync"
	"time"
)

// claims keeps single records apart that mention the same UID, in the order in which they came. A key
// may rest for a while after it was given back. The zero value is ready; it is safe for concurrent
// use.
type claims struct {
	mu      sync.Mutex
	held    map[string]time.Time // until when; zero while a record holds it
	waiting []*claim             // in the order in which they came
	changed chan struct{}        // closed when something was given back
}

// claim is one record's wish for keys.
type claim struct{ keys []string }

// take waits until all keys are free, and takes them.
func (c *claims) take(ctx context.Context, keys []string) error {
	mine := &claim{keys: keys}
	c.mu.Lock()
	c.waiting = append(c.waiting, mine)
	c.mu.Unlock()
	for {
		granted, changed, rest := c.try(mine)
		if granted {
			return nil
		}
		timer := time.NewTimer(rest)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			c.leave(mine)
			return ctx.Err()
		}
		timer.Stop()
	}
}

// try takes the keys if nobody holds or awaits one of them before. Else it says what to wait for, and
// for how long at most.
func (c *claims) try(mine *claim) (granted bool, changed <-chan struct{}, rest time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rest = time.Hour
	free := !c.awaited(mine)
	now := time.Now()
	for _, key := range mine.keys {
		until, held := c.held[key]
		switch {
		case !held:
		case until.IsZero():
			free = false
		case until.After(now):
			free = false
			rest = min(rest, until.Sub(now))
		}
	}
	if !free {
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		return false, c.changed, rest
	}
	if c.held == nil {
		c.held = map[string]time.Time{}
	}
	for key, until := range c.held {
		if !until.IsZero() && !until.After(now) {
			delete(c.held, key)
		}
	}
	for _, key := range mine.keys {
		c.held[key] = time.Time{}
	}
	c.remove(mine)
	return true, nil, 0
}

// awaited reports whether somebody who came before waits for one of the keys.
func (c *claims) awaited(mine *claim) bool {
	wanted := make(map[string]bool, len(mine.keys))
	for _, key := range mine.keys {
		wanted[key] = true
	}
	for _, other := range c.waiting {
		if other == mine {
			return false
		}
		for _, key := range other.keys {
			if wanted[key] {
				return true
			}
		}
	}
	return false
}

// give gives keys back; until is when they are free, zero for now.
func (c *claims) give(keys []string, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		if until.IsZero() {
			delete(c.held, key)
		} else {
			c.held[key] = until
		}
	}
	c.wake()
}

func (c *claims) leave(mine *claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(mine)
	c.wake()
}

// remove takes a claim out of those that wait.
func (c *claims) remove(mine *claim) {
	for i, other := range c.waiting {
		if other == mine {
			c.waiting = append(c.waiting[:i:i], c.waiting[i+1:]...)
			break
		}
	}
}

func (c *claims) wake() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}
