package merge

import (
	"bytes"

	"github.com/openhim/mediator-go/fhir/internal/prune"
	"github.com/openhim/mediator-go/fhir/internal/scan"
	"github.com/openhim/mediator-go/fhir/internal/view"
)

// maxPairs bounds how many pairs of changed elements are compared.
const maxPairs = 40_000

// match tells for each element of next which element of base it was, -1 for
// a new one. No element of base is named twice.
//
// Equal elements are the same, wherever they are. Of the others, objects with
// the same id are the same; what is left between the same equal neighbours is
// the same in order if it is alike, so that an element that was changed keeps
// what the view does not show, and one that was replaced does not inherit it.
func match(base, next [][]byte) []int {
	m := &matcher{base: base, next: next, from: make([]int, len(next)), taken: make([]bool, len(base))}
	for i := range m.from {
		m.from[i] = -1
	}
	head := 0
	for head < min(len(base), len(next)) && bytes.Equal(base[head], next[head]) {
		m.take(head, head)
		head++
	}
	tail := 0
	for tail < min(len(base), len(next))-head && bytes.Equal(base[len(base)-1-tail], next[len(next)-1-tail]) {
		tail++
		m.take(len(base)-tail, len(next)-tail)
	}
	if head+tail < min(len(base), len(next)) {
		m.equal(head, len(base)-tail, len(next)-tail)
		m.sameID(head, len(base)-tail, len(next)-tail)
		m.alike(head, len(base)-tail, len(next)-tail)
		m.samePlace()
	}
	return m.from
}

type matcher struct {
	base, next [][]byte
	from       []int
	taken      []bool
}

func (m *matcher) take(b, n int) { m.from[n], m.taken[b] = b, true }

// equal matches equal elements between head and the ends.
func (m *matcher) equal(head, baseEnd, nextEnd int) {
	m.byKey(head, baseEnd, nextEnd, func(item []byte) string { return string(item) })
}

// sameID matches objects with the same id.
func (m *matcher) sameID(head, baseEnd, nextEnd int) {
	m.byKey(head, baseEnd, nextEnd, func(item []byte) string {
		if item[0] != '{' {
			return ""
		}
		id, ok := scan.Find(item, 0, "id")
		if !ok {
			return ""
		}
		return string(item[id.Value:id.End])
	})
}

// byKey matches elements with the same key, first with first; "" is no key.
func (m *matcher) byKey(head, baseEnd, nextEnd int, key func([]byte) string) {
	places := map[string][]int{}
	for b := head; b < baseEnd; b++ {
		if k := key(m.base[b]); !m.taken[b] && k != "" && k != `""` {
			places[k] = append(places[k], b)
		}
	}
	for n := head; n < nextEnd && len(places) > 0; n++ {
		if m.from[n] >= 0 {
			continue
		}
		if k := key(m.next[n]); len(places[k]) > 0 {
			m.take(places[k][0], n)
			places[k] = places[k][1:]
		}
	}
}

// alike matches what is left between the same neighbours: in order where as
// many are left on both sides, else each with the first that is alike.
func (m *matcher) alike(head, baseEnd, nextEnd int) {
	for n := head; n < nextEnd; {
		if m.from[n] >= 0 {
			n++
			continue
		}
		first := n
		for n < nextEnd && m.from[n] < 0 {
			n++
		}
		b, ok := m.gap(first)
		if !ok {
			continue
		}
		end := b
		for end < baseEnd && !m.taken[end] {
			end++
		}
		if n < len(m.next) && m.from[n] != end || n == len(m.next) && end != len(m.base) {
			continue // what follows is not the same on both sides
		}
		m.pairs(b, end, first, n)
	}
}

// samePlace matches what is left in lists of one length that were reordered,
// if it is alike and kept its place.
func (m *matcher) samePlace() {
	if len(m.base) != len(m.next) {
		return
	}
	for i := range m.next {
		if m.from[i] < 0 && !m.taken[i] && related(m.base[i], m.next[i]) {
			m.take(i, i)
		}
	}
}

// gap returns where in base the elements begin that stood where next[first:]
// stands: behind the same neighbour.
func (m *matcher) gap(first int) (int, bool) {
	if first == 0 {
		return 0, len(m.base) > 0 && !m.taken[0]
	}
	b := m.from[first-1] + 1
	return b, b < len(m.base) && !m.taken[b]
}

func (m *matcher) pairs(b, baseEnd, n, nextEnd int) {
	if baseEnd-b == nextEnd-n {
		for ; b < baseEnd; b, n = b+1, n+1 {
			if related(m.base[b], m.next[n]) {
				m.take(b, n)
			}
		}
		return
	}
	if (baseEnd-b)*(nextEnd-n) > maxPairs {
		return
	}
	for ; n < nextEnd; n++ {
		best, most := -1, 0
		for k := b; k < baseEnd; k++ {
			if score := shared(m.base[k], m.next[n]); !m.taken[k] && score > most {
				best, most = k, score
			}
		}
		if best >= 0 {
			m.take(best, n)
		}
	}
}

// related reports whether next can be base after a change, given that it
// stands in its place: anything but objects that have nothing in common, though
// there is more than one member to have in common.
func related(base, next []byte) bool {
	isObject := base[0] == '{'
	if isObject != (next[0] == '{') || (base[0] == '[') != (next[0] == '[') {
		return base[0] == 'n'
	}
	return !isObject || shared(base, next) > 0 || filled(base) <= 1
}

// shared counts the members that two objects have in common.
func shared(base, next []byte) int {
	if base[0] != '{' || next[0] != '{' {
		return 0
	}
	count := 0
	others := view.MembersOf(next)
	for _, b := range view.MembersOf(base) {
		if n, ok := lookup(others, b.Key, len(others)); ok && bytes.Equal(b.Value, n) && !prune.Empty(b.Value, 0) {
			count++
		}
	}
	return count
}

// filled counts the members that say something.
func filled(object []byte) int {
	count := 0
	for _, m := range view.MembersOf(object) {
		if !prune.Empty(m.Value, 0) {
			count++
		}
	}
	return count
}
