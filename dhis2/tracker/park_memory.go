package tracker

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
)

// MemoryPark is a [ParkStore] that lives as long as the process. Build it with [NewMemoryPark].
type MemoryPark struct {
	mu      sync.Mutex
	limit   int
	entries map[string]Parked
	counts  map[string]int64
	order   map[string]int64
	next    int64
}

// NewMemoryPark returns a park that keeps at most limit entries; of further ones it counts the
// causes only, for good, so that memory stays flat. 0 means 10,000.
func NewMemoryPark(limit int) *MemoryPark {
	if limit <= 0 {
		limit = 10_000
	}
	return &MemoryPark{
		limit: limit, entries: map[string]Parked{}, counts: map[string]int64{}, order: map[string]int64{},
	}
}

// Park implements [ParkStore].
func (p *MemoryPark) Park(_ context.Context, entries []Parked) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range entries {
		if old, known := p.entries[e.ID]; known {
			p.uncount(old.Cause)
		}
		p.counts[e.Cause]++
		if _, known := p.entries[e.ID]; !known && len(p.entries) >= p.limit {
			continue
		}
		if _, known := p.order[e.ID]; !known {
			p.next++
			p.order[e.ID] = p.next
		}
		p.entries[e.ID] = e
	}
	return nil
}

// Remove implements [ParkStore].
func (p *MemoryPark) Remove(_ context.Context, ids []string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		if e, known := p.entries[id]; known {
			p.uncount(e.Cause)
			delete(p.entries, id)
			delete(p.order, id)
		}
	}
	return nil
}

func (p *MemoryPark) uncount(cause string) {
	if p.counts[cause]--; p.counts[cause] <= 0 {
		delete(p.counts, cause)
	}
}

// Causes implements [ParkStore].
func (p *MemoryPark) Causes(context.Context) (map[string]int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.counts), nil
}

// Entries implements [ParkStore].
func (p *MemoryPark) Entries(_ context.Context, cause string) iter.Seq2[Parked, error] {
	return func(yield func(Parked, error) bool) {
		p.mu.Lock()
		ids := slices.SortedFunc(maps.Keys(p.entries), func(a, b string) int { return cmp.Compare(p.order[a], p.order[b]) })
		p.mu.Unlock()
		for _, id := range ids {
			p.mu.Lock()
			e, known := p.entries[id]
			p.mu.Unlock()
			if known && (cause == "" || e.Cause == cause) && !yield(e, nil) {
				return
			}
		}
	}
}
