package elements

import (
	"slices"
	"strings"
	"sync/atomic"
)

// slots finds records by name and decodes each when it is first asked for. Read-only but for the pointers, which are set once; whoever
// comes second drops what it decoded.
type slots[T any] struct {
	byName map[string]*slot[T]
	names  []string
	decode func(*slot[T]) *T
}

type slot[T any] struct {
	name    string
	record  string
	decoded atomic.Pointer[T]
}

// readSlots reads an index (count, then name and length each) and cuts the records that follow it.
func readSlots[T any](r *reader, decode func(*slot[T]) *T) *slots[T] {
	list := make([]slot[T], r.count())
	lengths := make([]int, len(list))
	for i := range list {
		list[i].name = r.text()
		lengths[i] = r.count()
	}
	s := &slots[T]{byName: make(map[string]*slot[T], len(list)), names: make([]string, len(list)), decode: decode}
	for i := range list {
		list[i].record = r.take(lengths[i])
		s.byName[list[i].name] = &list[i]
		s.names[i] = list[i].name
	}
	return s
}

func (s *slots[T]) get(name string) (*T, bool) {
	found, ok := s.byName[name]
	if !ok {
		return nil, false
	}
	if value := found.decoded.Load(); value != nil {
		return value, true
	}
	found.decoded.CompareAndSwap(nil, s.decode(found))
	return found.decoded.Load(), true
}

// canonical gets by a canonical URL, whose "|version" must be the record's when there is one: R4's own are all of one version.
// Some tables of HL7 v2 have a version in their URL itself.
func (s *slots[T]) canonical(url string, version func(*T) string) (*T, bool) {
	if value, ok := s.get(url); ok {
		return value, true
	}
	url, wanted, versioned := strings.Cut(url, "|")
	value, ok := s.get(url)
	if !ok || versioned && wanted != version(value) {
		return nil, false
	}
	return value, true
}

func (s *slots[T]) list() []string { return slices.Clone(s.names) }
