// Package store keeps resources with all their versions in memory. Changes are made in
// an [Store.Update], which is all or nothing.
package store

import (
	"errors"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// Version is one version of a resource; immutable but for what it remembers of searches.
type Version struct {
	Type, ID string
	Number   int
	Updated  time.Time
	Method   string // POST, PUT, DELETE: how it came to be
	Deleted  bool
	Tree     *jsontree.Node // nil when deleted; not to be changed
	Body     []byte         // nil when deleted
	// Sequence is its place among all versions of the store.
	Sequence int

	mu     sync.Mutex
	values map[string][]index.Value
	links  []index.Link
	linked bool
}

// Values are the values of a search parameter.
func (v *Version) Values(p *definitions.SearchParameter) []index.Value {
	v.mu.Lock()
	defer v.mu.Unlock()
	if found, known := v.values[p.Code]; known {
		return found
	}
	found := index.Values(v.Tree, p)
	if v.values == nil {
		v.values = map[string][]index.Value{}
	}
	v.values[p.Code] = found
	return found
}

// Links are the literal references of the version.
func (v *Version) Links() []index.Link {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.linked && v.Tree != nil {
		v.links, v.linked = index.Links(v.Tree), true
	}
	return v.links
}

type record struct {
	versions []*Version
}

func (r *record) last() *Version { return r.versions[len(r.versions)-1] }

type collection struct {
	byID  map[string]*record
	order []*record
}

// Store is safe for concurrent use. The zero value is empty and ready.
type Store struct {
	mu          sync.RWMutex
	collections map[string]*collection
	log         []*Version
	next        int
}

// View reads: nothing changes while f runs.
func (s *Store) View(f func(*Tx)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f(&Tx{s: s})
}

// Update reads and writes alone. When f gives an error, or panics, all it wrote is taken
// back.
func (s *Store) Update(f func(*Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	tx := &Tx{s: s, writing: true, logged: len(s.log)}
	done := false
	defer func() {
		if !done {
			tx.rollback()
		}
	}()
	if err := f(tx); err != nil {
		return err
	}
	done = true
	return nil
}

// Clear takes away everything.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collections, s.log = nil, nil
}

var errReading = errors.New("store: a change in a view")

// With is the same version with another body.
func (v *Version) With(tree *jsontree.Node, body []byte) *Version {
	return &Version{
		Type: v.Type, ID: v.ID, Number: v.Number, Updated: v.Updated, Method: v.Method, Sequence: v.Sequence, Tree: tree, Body: body,
	}
}
