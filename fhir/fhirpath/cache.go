package fhirpath

import (
	"container/list"
	"sync"
)

// cachedSource is the longest expression that is kept.
const cachedSource = 16 << 10

// cache keeps compiled expressions; those used least recently make room.
type cache struct {
	size   int
	mu     sync.Mutex
	recent *list.List // of *Expression, used last first
	bySrc  map[string]*list.Element
}

func (c *cache) get(source string) *Expression {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.bySrc[source]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(e)
	x, _ := e.Value.(*Expression)
	return x
}

func (c *cache) put(source string, x *Expression) {
	if c.size <= 0 || len(source) > cachedSource {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bySrc == nil {
		c.recent, c.bySrc = list.New(), map[string]*list.Element{}
	}
	if _, ok := c.bySrc[source]; ok {
		return
	}
	c.bySrc[source] = c.recent.PushFront(x)
	if c.recent.Len() > c.size {
		oldest := c.recent.Back()
		c.recent.Remove(oldest)
		if x, ok := oldest.Value.(*Expression); ok {
			delete(c.bySrc, x.source)
		}
	}
}
