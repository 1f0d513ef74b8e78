package mapping

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/openhim/mediator-go/mapping/internal/decimal"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// sorting is a $sort: stable, missing last.
type sorting struct {
	by   node
	desc bool
}

// grouping is a $group: by the key's text, in the order in which the keys come first.
type grouping struct {
	by    node
	scope *scopePlan // key, first, items
}

// compareValues compares two numbers, two texts or two booleans.
func compareValues(a, b value) (sign int, alike bool) {
	switch ka, kb := a.Kind(), b.Kind(); {
	case ka == tape.Number && kb == tape.Number:
		return compareNumbers(a.Text(nil), b.Text(nil)), true
	case ka == tape.String && kb == tape.String:
		return bytes.Compare(a.Text(nil), b.Text(nil)), true
	case (ka == tape.True || ka == tape.False) && (kb == tape.True || kb == tape.False):
		return int(kb) - int(ka), true // no before yes: False is the lower kind
	}
	return 0, false
}

// compareNumbers compares JSON numbers, exactly when they are written exactly.
func compareNumbers(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 0
	}
	x, errX := strconv.ParseFloat(string(a), 64)
	y, errY := strconv.ParseFloat(string(b), 64)
	if errX == nil && errY == nil && x != y {
		if x < y {
			return -1
		}
		return 1
	}
	return decimal.Compare(a, b)
}

// found is an item under way to its order. Those of a $each lie together on run.found.
type found struct {
	item, joined value
	key          value // to sort by
	at           int   // its number
	next         int   // the next item of its group, on run.found
}

// group is a group under way. Those of a $each lie together on run.groups.
type group struct {
	key         value
	first, last int // on run.found
	count       int
}

// manyGroups is from when on a map finds a group faster than looking through them.
const manyGroups = 16

// ordered visits the items after $distinct, $sort and $group.
func (n *each) ordered(r *run, s, inner *scope, mark int, body func(*scope) bool) {
	from := len(r.found)
	if n.gather(r, inner, mark) && (n.sort == nil || n.sorted(r, r.found[from:])) {
		if n.group == nil {
			n.visitFound(r, inner, from, body)
		} else {
			groups := len(r.groups)
			n.gatherGroups(r, inner, from)
			n.visitGroups(r, s, groups, body)
			r.groups = r.groups[:groups]
		}
	}
	clear(r.found[from:])
	r.found = r.found[:from]
}

// gather puts the items that pass $where and $distinct on run.found.
func (n *each) gather(r *run, inner *scope, mark int) bool {
	var seen map[string]bool
	if n.distinct != nil {
		seen = map[string]bool{}
	}
	for i, end := mark, len(r.list); i < end; i++ {
		if !r.step(n.rule, n.cost) {
			return false
		}
		r.set(inner, n.scope, r.list[i])
		inner.index = i - mark
		at := n.attempt(r)
		passes := n.passes(r, inner)
		var unlike value
		if passes && n.distinct != nil {
			unlike = n.distinct.value(r, inner)
		}
		f := found{item: inner.item, joined: inner.joined, at: i - mark}
		if passes && n.sort != nil {
			f.key = n.sort.by.value(r, inner)
		}
		if n.dropped(r, at) || !passes {
			continue
		}
		if n.distinct != nil {
			r.text = appendKey(r.text[:0], unlike)
			if seen[string(r.text)] {
				continue
			}
			seen[string(r.text)] = true
		}
		const item = 96 // bytes of a found
		if r.found = append(r.found, f); item*len(r.found) > r.limits.Memory {
			r.exceeded(n.rule, "bytes of memory", r.limits.Memory)
			return false
		}
	}
	return true
}

// appendKey writes a value so that values of different types differ.
func appendKey(dst []byte, v value) []byte {
	dst = append(dst, byte('0'+v.Kind()))
	switch v.Kind() {
	case tape.Array, tape.Object:
		return v.AppendJSON(dst)
	case tape.Number:
		return decimal.AppendKey(dst, v.Text(nil))
	default:
		return append(dst, v.Text(nil)...)
	}
}

func (n *each) sorted(r *run, items []found) bool {
	unlike := value{}
	slices.SortStableFunc(items, func(a, b found) int {
		if a.key.Kind() <= tape.Null || b.key.Kind() <= tape.Null {
			return boolOrder(a.key.Kind() <= tape.Null, b.key.Kind() <= tape.Null)
		}
		sign, alike := compareValues(a.key, b.key)
		if !alike {
			unlike = b.key
		}
		if n.sort.desc {
			return -sign
		}
		return sign
	})
	if unlike.Doc != nil {
		r.fail(n.rule, CodeType, unlike, "$sort compares values of different types", "convert them: $sort: {by: {$from: …, $as: string}}")
	}
	return unlike.Doc == nil
}

// boolOrder puts no before yes.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (n *each) visitFound(r *run, inner *scope, from int, body func(*scope) bool) {
	end := len(r.found)
	for i := from; i < end && !r.stopped(); i++ {
		if n.limit >= 0 && i-from >= n.limit {
			return
		}
		if n.index >= 0 && i-from != n.index {
			continue
		}
		f := r.found[i]
		r.set(inner, n.scope, f.item)
		inner.index, inner.joined = f.at, f.joined
		if !body(inner) {
			return
		}
	}
}

// gatherGroups chains the items of each group and puts the groups on run.groups.
func (n *each) gatherGroups(r *run, inner *scope, from int) {
	groups := len(r.groups)
	var byKey map[string]int
	for i, end := from, len(r.found); i < end && !r.stopped(); i++ {
		f := &r.found[i]
		r.set(inner, n.scope, f.item)
		inner.index, inner.joined = f.at, f.joined
		try := n.attempt(r)
		key := n.group.by.value(r, inner)
		if k := key.Kind(); k == tape.Array || k == tape.Object {
			key = r.fail(n.rule, CodeType, key, "$group needs text, a number or a boolean and found "+k.String(), "")
		}
		if n.dropped(r, try) || isFailed(key) {
			continue
		}
		g := -1
		if byKey == nil {
			for j := groups; j < len(r.groups); j++ {
				if equalValues(r.groups[j].key, key) {
					g = j
					break
				}
			}
		} else {
			r.text = appendKey(r.text[:0], key)
			if j, known := byKey[string(r.text)]; known {
				g = j
			}
		}
		if g >= 0 {
			at := &r.groups[g]
			r.found[at.last].next = i
			at.last = i
			at.count++
			continue
		}
		r.groups = append(r.groups, group{key, i, i, 1})
		switch known := len(r.groups) - groups; {
		case byKey != nil:
			byKey[string(r.text)] = len(r.groups) - 1
		case known == manyGroups:
			byKey = map[string]int{}
			for j := groups; j < len(r.groups); j++ {
				byKey[string(appendKey(nil, r.groups[j].key))] = j
			}
		}
	}
}

func (n *each) visitGroups(r *run, s *scope, from int, body func(*scope) bool) {
	outer := r.enter(n.group.scope, s)
	trie := &n.group.scope.trie
	for i, end := from, len(r.groups); i < end && !r.stopped(); i++ {
		if n.limit >= 0 && i-from >= n.limit {
			break
		}
		if n.index >= 0 && i-from != n.index {
			continue
		}
		g := r.groups[i]
		mark := len(r.list)
		for at, left := g.first, g.count; left > 0; at, left = r.found[at].next, left-1 {
			r.list = append(r.list, r.found[at].item)
		}
		items := r.heap.AddList(r.list[mark:])
		r.list = r.list[:mark]
		clear(outer.slots)
		first := r.found[g.first].item
		trie.FillName("key", g.key, outer.slots)
		trie.FillName("first", first, outer.slots)
		trie.FillName("items", items, outer.slots)
		outer.item, outer.origin, outer.index = value{}, first, i-from
		if first.Doc != &r.in {
			outer.origin = r.origin
		}
		if !body(outer) {
			break
		}
	}
	r.leave()
}

// hashJoin finds for each item the one of another array with the same key.
type hashJoin struct {
	with  node
	scope *scopePlan // of the other array's items
	left  node       // in the scope of the items
	right node       // in the scope of the others
}

type joinTable map[string]value

func (j *hashJoin) build(r *run, s *scope, ru *rule) {
	table := joinTable{}
	v := j.with.value(r, s)
	if v.Kind() > tape.Null && v.Kind() != tape.Array {
		r.fail(ru, CodeType, v, "$join needs an array and found "+v.Kind().String(), "")
	}
	if v.Kind() == tape.Array {
		inner := r.enter(j.scope, s)
		for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end && r.step(ru, 1); c = v.Doc.Next(c) {
			item := v.Doc.At(c)
			r.set(inner, j.scope, item)
			if key, ok := j.key(r, j.right.value(r, inner), ru); ok {
				if _, twice := table[string(key)]; !twice {
					table[string(key)] = item
				}
			}
		}
		r.leave()
	}
	if r.joins == nil {
		r.joins = map[*hashJoin]joinTable{}
	}
	r.joins[j] = table
}

func (j *hashJoin) find(r *run, s *scope, ru *rule) {
	s.joined = value{}
	if key, ok := j.key(r, j.left.value(r, s), ru); ok {
		s.joined = r.joins[j][string(key)]
	}
}

// key is what two values have to have in common: the text of a text and of a number, which
// also join each other, so that 7 finds "7" and 7.0.
func (j *hashJoin) key(r *run, v value, ru *rule) ([]byte, bool) {
	switch k := v.Kind(); k {
	case tape.Missing, tape.Null:
		return nil, false
	case tape.Array, tape.Object:
		r.fail(ru, CodeType, v, "$join needs text, a number or a boolean to join on and found "+k.String(), "")
		return nil, false
	case tape.Number:
		r.text = decimal.AppendKey(r.text[:0], v.Text(nil))
		return r.text, true
	default:
		return v.Text(nil), true
	}
}
