package tracker

import (
	"context"
	"sync"
)

// MemoryGuard is a [Guard] that lives as long as the process and remembers the objects of last
// use: for one long run, for tests, and where sources never repeat old data. Build it with
// [NewMemoryGuard]. It is safe for concurrent use.
type MemoryGuard struct {
	mu      sync.Mutex
	half    int
	young   map[guardKey]guardEntry
	old     map[guardKey]guardEntry // dropped when young is full
	aliases map[Ref]string          // never dropped
}

type guardKey struct {
	kind byte
	uid  [11]byte
}

type guardEntry struct {
	version, arrival int64
	hash             [16]byte
	deleted          bool
}

// NewMemoryGuard returns a guard that remembers at least half of objects, and at most objects, of those
// that landed or were asked for last, at about 100 bytes each; 0 means 65,536. UIDs that were
// adopted are kept without bound.
func NewMemoryGuard(objects int) *MemoryGuard {
	if objects <= 0 {
		objects = 1 << 16
	}
	return &MemoryGuard{
		half: max(1, objects/2), young: map[guardKey]guardEntry{}, aliases: map[Ref]string{},
	}
}

// Load implements [Guard].
func (g *MemoryGuard) Load(_ context.Context, refs []Ref) ([]Landed, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	landed := make([]Landed, len(refs))
	for i, ref := range refs {
		key, ok := keyOf(ref)
		if !ok {
			continue
		}
		e, found := g.young[key]
		if !found {
			if e, found = g.old[key]; found {
				g.put(key, e)
			}
		}
		if alias := g.aliases[ref]; found || alias != "" {
			landed[i] = Landed{
				Ref: ref, UID: alias, Version: e.version, Arrival: e.arrival, Hash: e.hash, Deleted: e.deleted,
			}
		}
	}
	return landed, nil
}

// Save implements [Guard].
func (g *MemoryGuard) Save(_ context.Context, landed []Landed) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range landed {
		l := &landed[i]
		key, ok := keyOf(l.Ref)
		if !ok {
			continue
		}
		if l.UID != "" {
			g.aliases[l.Ref] = l.UID
		}
		g.put(key, guardEntry{version: l.Version, arrival: l.Arrival, hash: l.Hash, deleted: l.Deleted})
	}
	return nil
}

func (g *MemoryGuard) put(key guardKey, e guardEntry) {
	if _, known := g.young[key]; !known && len(g.young) >= g.half {
		g.old = g.young
		g.young = make(map[guardKey]guardEntry, g.half)
	}
	g.young[key] = e
}

// keyOf packs a ref. Refs without a UID of DHIS2's shape are not remembered: the importer refuses
// them before.
func keyOf(ref Ref) (guardKey, bool) {
	var key guardKey
	switch ref.Type {
	case TypeTrackedEntity:
		key.kind = 't'
	case TypeEnrollment:
		key.kind = 'n'
	case TypeEvent:
		key.kind = 'e'
	case TypeRelationship:
		key.kind = 'r'
	default:
		return key, false
	}
	return key, copy(key.uid[:], ref.UID) == len(key.uid) && len(ref.UID) == len(key.uid)
}
