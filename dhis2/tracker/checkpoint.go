package tracker

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Checkpoint is how far an import has come in its source.
type Checkpoint struct {
	// Records is the number of records, counted from the source's beginning, of which all are
	// final: their outcomes were handed over, what landed is in the guard and what did not is
	// parked. A run that resumes leaves out as many.
	Records int64
	// Done says that the source had no more.
	Done bool
	// Busy says that requests may be at work in the server: the run is going on, or it crashed, or
	// answers were lost. The next run then waits for ImporterConfig.Rest before it sends anything,
	// as what they bring would overwrite it.
	Busy bool
	// At is when it was written.
	At time.Time
}

// Checkpoints keeps the checkpoint of each source under a key. Load of an unknown key gives the
// zero Checkpoint. [FileCheckpoints] and [MemoryCheckpoints] are there.
type Checkpoints interface {
	Load(ctx context.Context, key string) (Checkpoint, error)
	Save(ctx context.Context, key string, c Checkpoint) error
}

// MemoryCheckpoints keeps checkpoints as long as the process lives. The zero value works; it is
// safe for concurrent use.
type MemoryCheckpoints struct {
	mu    sync.Mutex
	byKey map[string]Checkpoint
}

// Load implements [Checkpoints].
func (m *MemoryCheckpoints) Load(_ context.Context, key string) (Checkpoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.byKey[key], nil
}

// Save implements [Checkpoints].
func (m *MemoryCheckpoints) Save(_ context.Context, key string, c Checkpoint) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byKey == nil {
		m.byKey = map[string]Checkpoint{}
	}
	m.byKey[key] = c
	return nil
}

// positions knows below which position every record is final. Records end in about the order of
// the source, so a few ranges tell it all.
type positions struct {
	below  int64
	beyond []span // sorted, apart from each other and from below
}

type span struct{ from, to int64 } // to is not in it

// done notes a record as final.
func (p *positions) done(position int64) {
	if position < p.below {
		return
	}
	i, found := slices.BinarySearchFunc(p.beyond, position, func(s span, at int64) int {
		switch {
		case at < s.from:
			return 1
		case at >= s.to:
			return -1
		default:
			return 0
		}
	})
	if found {
		return
	}
	p.beyond = slices.Insert(p.beyond, i, span{position, position + 1})
	if i+1 < len(p.beyond) && p.beyond[i].to == p.beyond[i+1].from {
		p.beyond[i].to = p.beyond[i+1].to
		p.beyond = slices.Delete(p.beyond, i+1, i+2)
	}
	if i > 0 && p.beyond[i-1].to == p.beyond[i].from {
		p.beyond[i-1].to = p.beyond[i].to
		p.beyond = slices.Delete(p.beyond, i, i+1)
	}
	if p.beyond[0].from == p.below {
		p.below = p.beyond[0].to
		p.beyond = slices.Delete(p.beyond, 0, 1)
	}
}
