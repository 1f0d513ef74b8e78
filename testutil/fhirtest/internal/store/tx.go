package store

import (
	"iter"
	"maps"
	"slices"
)

// Tx is the store inside a View or an Update; not to be kept.
type Tx struct {
	s       *Store
	writing bool
	logged  int
	undo    []*record
	types   []string      // of undo
	old     [][2]*Version // replaced, and by what
}

// Current is the newest version of a resource, which may be its deletion; nil when there
// never was one.
func (tx *Tx) Current(typ, id string) *Version {
	if r := tx.record(typ, id); r != nil {
		return r.last()
	}
	return nil
}

// Version is one version, nil when there is none.
func (tx *Tx) Version(typ, id string, number int) *Version {
	if r := tx.record(typ, id); r != nil {
		for _, v := range r.versions {
			if v.Number == number {
				return v
			}
		}
	}
	return nil
}

func (tx *Tx) record(typ, id string) *record {
	if c := tx.s.collections[typ]; c != nil {
		return c.byID[id]
	}
	return nil
}

// All gives the resources of a type that are not deleted, oldest first.
func (tx *Tx) All(typ string) iter.Seq[*Version] {
	return func(yield func(*Version) bool) {
		c := tx.s.collections[typ]
		if c == nil {
			return
		}
		for _, r := range c.order {
			if v := r.last(); !v.Deleted && !yield(v) {
				return
			}
		}
	}
}

// Types lists the types that have or had resources, sorted.
func (tx *Tx) Types() []string { return slices.Sorted(maps.Keys(tx.s.collections)) }

// History gives versions, the newest first: of one resource, of a type (id empty) or of
// everything (both empty).
func (tx *Tx) History(typ, id string) []*Version {
	var out []*Version
	if id != "" {
		if r := tx.record(typ, id); r != nil {
			out = slices.Clone(r.versions)
		}
	} else {
		for _, v := range tx.s.log {
			if typ == "" || v.Type == typ {
				out = append(out, v)
			}
		}
	}
	slices.Reverse(out)
	return out
}

// NextNumber is a number no other call gave.
func (tx *Tx) NextNumber() int {
	tx.s.next++
	return tx.s.next
}

// Put adds a version: the next of its resource.
func (tx *Tx) Put(v *Version) {
	if !tx.writing {
		panic(errReading) // a programmer's mistake
	}
	if tx.s.collections == nil {
		tx.s.collections = map[string]*collection{}
	}
	c := tx.s.collections[v.Type]
	if c == nil {
		c = &collection{byID: map[string]*record{}}
		tx.s.collections[v.Type] = c
	}
	r := c.byID[v.ID]
	if r == nil {
		r = &record{}
		c.byID[v.ID] = r
		c.order = append(c.order, r)
	}
	v.Sequence = len(tx.s.log)
	r.versions = append(r.versions, v)
	tx.s.log = append(tx.s.log, v)
	tx.undo = append(tx.undo, r)
	tx.types = append(tx.types, v.Type)
}

// Replace puts another body in place of the newest version's, as $meta-add does.
func (tx *Tx) Replace(v *Version) {
	old := tx.record(v.Type, v.ID).last()
	tx.swap(old, v)
	tx.old = append(tx.old, [2]*Version{old, v})
}

// swap puts one version in the place of another.
func (tx *Tx) swap(old, v *Version) {
	for _, list := range [][]*Version{tx.record(v.Type, v.ID).versions, tx.s.log} {
		if i := slices.Index(list, old); i >= 0 {
			list[i] = v
		}
	}
}

// Written are the versions this Update has put so far.
func (tx *Tx) Written() []*Version { return slices.Clone(tx.s.log[tx.logged:]) }

func (tx *Tx) rollback() {
	for _, pair := range slices.Backward(tx.old) {
		tx.swap(pair[1], pair[0])
	}
	for i := len(tx.undo) - 1; i >= 0; i-- {
		r, c := tx.undo[i], tx.s.collections[tx.types[i]]
		id := r.last().ID
		r.versions = r.versions[:len(r.versions)-1]
		if len(r.versions) == 0 {
			delete(c.byID, id)
			c.order = c.order[:len(c.order)-1] // the last one added is the first one taken back
		}
	}
	tx.s.log = tx.s.log[:tx.logged]
}
