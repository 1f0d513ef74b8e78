package terminology

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// cache keeps answers for a time, at most so many, and asks for each only once at a time. It is
// safe for concurrent use.
type cache struct {
	ttl, negative time.Duration
	size          int

	mu      sync.Mutex
	entries map[string]*list.Element // of *cached
	order   list.List                // the one used last at the front
	used    int
	flights map[string]*flight
}

// cached is an answer, or an error that is one.
type cached struct {
	key     string
	value   any
	err     error
	weight  int
	expires time.Time
}

// flight is a question that is being asked.
type flight struct {
	done chan struct{}
	// What came of it, when done is closed. It is abandoned when whoever asked went away.
	value     any
	err       error
	abandoned bool
}

// weighted is a value that takes more than one place.
type weighted interface{ weight() int }

func newCache(ttl, negative time.Duration, size int) *cache {
	return &cache{ttl: ttl, negative: negative, size: size, entries: map[string]*list.Element{}, flights: map[string]*flight{}}
}

// get returns the answer to a question: a kept one, the one that somebody else is asking for,
// or what ask gives. Where the one who is asking goes away, one of those who wait asks again.
func (c *cache) get(ctx context.Context, key string, ask func(context.Context) (any, error)) (any, error) {
	for {
		c.mu.Lock()
		if kept := c.kept(key); kept != nil {
			c.mu.Unlock()
			return kept.value, kept.err
		}
		f, flying := c.flights[key]
		if !flying {
			f = &flight{done: make(chan struct{}), abandoned: true}
			c.flights[key] = f
			c.mu.Unlock()
			return c.fly(ctx, key, f, ask)
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-f.done:
		}
		if !f.abandoned {
			return f.value, f.err
		}
	}
}

// fly asks, keeps what came and tells those who wait.
func (c *cache) fly(ctx context.Context, key string, f *flight, ask func(context.Context) (any, error)) (any, error) {
	defer func() { // also when ask panics
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, key)
		if !f.abandoned {
			c.keep(key, f.value, f.err)
		}
		close(f.done)
	}()
	value, err := ask(ctx)
	f.value, f.err = value, err
	f.abandoned = err != nil && ctx.Err() != nil
	return value, err
}

// kept returns an answer that still holds.
func (c *cache) kept(key string) *cached {
	e := c.entries[key]
	if e == nil {
		return nil
	}
	kept, ok := e.Value.(*cached)
	if !ok || !time.Now().Before(kept.expires) {
		c.drop(e)
		return nil
	}
	c.order.MoveToFront(e)
	return kept
}

func (c *cache) keep(key string, value any, err error) {
	ttl := c.ttl
	if err != nil {
		if !isAnswer(err) {
			return
		}
		ttl = c.negative
	}
	weight := 1
	if w, ok := value.(weighted); ok {
		weight = max(weight, w.weight())
	}
	if ttl <= 0 || weight > c.size {
		return
	}
	if old := c.entries[key]; old != nil {
		c.drop(old)
	}
	c.entries[key] = c.order.PushFront(&cached{key, value, err, weight, time.Now().Add(ttl)})
	c.used += weight
	for c.used > c.size {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	if gone, ok := c.order.Remove(e).(*cached); ok {
		delete(c.entries, gone.key)
		c.used -= gone.weight
	}
}
