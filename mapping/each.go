package mapping

import (
	"fmt"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// each gives an array with what its body gives for each item of its sources.
type each struct {
	rule     *rule
	sources  []node
	single   bool // one value that is no array counts as an array of it
	expand   [][]node
	join     *hashJoin
	scope    *scopePlan // of the items
	where    condition
	distinct node
	sort     *sorting
	group    *grouping
	limit    int // -1 for none
	index    int // -1 for all: otherwise the one item alone
	folded   bool
	body     node
	dropBad  bool // an item that fails is left out and reported
	keep     keep
	cost     int // steps an item takes
}

func (n *each) emit(r *run, s *scope) yield {
	if n.index < 0 {
		return r.array(n, s, n.keep)
	}
	before := len(r.out)
	if n.items(r, s, 0) == 0 {
		r.out = r.out[:before]
		return nothing
	}
	return data
}

func (n *each) value(r *run, s *scope) value { return r.made(n, s) }

func (n *each) items(r *run, s *scope, count int) int {
	r.hits[n.rule.id]++
	n.visit(r, s, func(inner *scope) bool {
		before, at := len(r.out), n.attempt(r)
		if count > 0 && n.index < 0 {
			r.out = append(r.out, ',')
		}
		y := n.body.emit(r, inner)
		if n.dropped(r, at) || y == nothing {
			r.out = r.out[:before]
			return true
		}
		count++
		return true
	})
	return count
}

// attempt is a place to go back to when an item fails.
type attempt struct{ errors, issues int }

// attempt begins something that fails for one item alone.
func (n *each) attempt(r *run) attempt {
	if n.dropBad {
		r.guards++
	}
	return attempt{r.errors, len(r.issues)}
}

// dropped ends an attempt and reports whether the item is to be left out: because of an
// $onError: drop within it, or beside the $each. A limit that is exceeded is no item's fault.
func (n *each) dropped(r *run, at attempt) bool {
	drop := r.dropping
	r.dropping = false
	if n.dropBad {
		r.guards--
		if r.errors > at.errors && !r.stopped() {
			r.handled(at.errors, at.issues)
			drop = true
		}
	}
	if drop {
		r.drops++
	}
	return drop
}

// passes finds what is joined to an item and reports whether $where holds for it.
func (n *each) passes(r *run, inner *scope) bool {
	if n.join != nil {
		n.join.find(r, inner, n.rule)
	}
	return n.where == nil || n.where.test(r, inner)
}

// visit calls body with the scope of each item (or group) that is to be mapped, in order.
func (n *each) visit(r *run, s *scope, body func(*scope) bool) {
	if r.depth > maxScopes {
		r.exceeded(n.rule, "scopes within one another", maxScopes)
		return
	}
	mark := len(r.list)
	n.collect(r, s)
	if n.join != nil {
		n.join.build(r, s, n.rule)
	}
	if len(r.list)-mark > r.limits.Items {
		r.exceeded(n.rule, "items", r.limits.Items)
	}
	if !r.dropping { // or else the item around goes, by its own $each
		inner := r.enter(n.scope, s)
		if n.distinct == nil && n.sort == nil && n.group == nil {
			n.plain(r, inner, mark, body)
		} else {
			n.ordered(r, s, inner, mark, body)
		}
		r.leave()
	}
	clear(r.list[mark:])
	r.list = r.list[:mark]
}

// plain visits the items as they come: one walk over each.
func (n *each) plain(r *run, inner *scope, mark int, body func(*scope) bool) {
	end, passed := len(r.list), 0
	heap := r.heap.Mark()
	for i := mark; i < end; i++ {
		if !r.step(n.rule, n.cost) || n.limit >= 0 && passed >= n.limit {
			return
		}
		r.set(inner, n.scope, r.list[i])
		inner.index = i - mark
		if n.join != nil || n.where != nil {
			at := n.attempt(r)
			if passes := n.passes(r, inner); n.dropped(r, at) || !passes {
				continue
			}
		}
		if passed++; n.index >= 0 && passed != n.index+1 {
			continue
		}
		if !body(inner) || n.index >= 0 {
			return
		}
		if n.transient() {
			r.heap.Reset(heap)
		} else if r.heap.Size() > r.limits.Memory {
			r.exceeded(n.rule, "bytes of memory", r.limits.Memory)
		}
	}
}

// transient reports whether nothing made for an item outlives it.
func (n *each) transient() bool { return !n.folded }

// collect puts the items on r.list.
func (n *each) collect(r *run, s *scope) {
	from := len(r.list)
	for _, source := range n.sources {
		v := source.value(r, s)
		if v.Doc == &r.in {
			r.origin = v
		}
		n.add(r, from, v)
		if r.stopped() {
			return
		}
	}
	for _, paths := range n.expand {
		n.expanded(r, s, from, paths)
	}
}

// add puts the items of a value behind those that are on r.list from a place on.
func (n *each) add(r *run, from int, v value) {
	switch k := v.Kind(); {
	case k == tape.Array:
		for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
			r.list = append(r.list, v.Doc.At(c))
			if len(r.list)&0xfff == 0 && !n.room(r, from) {
				return
			}
		}
	case k <= tape.Null:
	case n.single:
		r.list = append(r.list, v)
	default:
		r.fail(n.rule, CodeType, v, "$each needs an array and found "+k.String(),
			"write $each: {from: …, single: true} if one value without an array is in order")
	}
}

// expanded replaces the items from a mark on by what the paths find in each.
func (n *each) expanded(r *run, s *scope, from int, paths []node) {
	end := len(r.list)
	inner := r.enter(n.scope, s)
	for i := from; i < end && n.room(r, end); i++ {
		r.set(inner, n.scope, r.list[i])
		before, at := len(r.list), n.attempt(r)
		for _, p := range paths {
			v := p.value(r, inner)
			if v.Kind() == tape.Array {
				n.add(r, end, v)
			} else if v.Kind() > tape.Null {
				r.list = append(r.list, v)
			}
		}
		if n.dropped(r, at) {
			r.list = r.list[:before]
		}
	}
	r.leave()
	kept := copy(r.list[from:], r.list[end:])
	r.list = r.list[:from+kept]
}

// room counts a step and looks whether there are more items than allowed.
func (n *each) room(r *run, from int) bool {
	const item = 16 // bytes on the list
	switch {
	case len(r.list)-from > r.limits.Items:
		r.exceeded(n.rule, "items", r.limits.Items)
	case item*len(r.list) > r.limits.Memory: // of all $each around it
		r.exceeded(n.rule, "bytes of memory", r.limits.Memory)
	}
	return r.step(n.rule, 1)
}

// fold is a $reduce over the items of an each.
type fold struct {
	rule *rule
	each *each
	how  string
	with string // between joined texts
}

func (n *fold) emit(r *run, s *scope) yield { return r.put(n.rule, n.value(r, s), 0) }

func (n *fold) value(r *run, s *scope) value {
	r.hits[n.rule.id]++
	r.hits[n.each.rule.id]++
	var best value
	count := 0
	sum := decimalSum{}
	var joined []byte
	ok := true
	n.each.visit(r, s, func(inner *scope) bool {
		at := n.each.attempt(r)
		v := n.each.body.value(r, inner)
		if n.each.dropped(r, at) {
			return true
		}
		if isFailed(v) {
			ok = false
			return true
		}
		if v.Kind() <= tape.Null {
			return true
		}
		count++
		switch n.how {
		case "min", "max":
			if best.Doc == nil {
				best = v
				return true
			}
			sign, alike := compareValues(v, best)
			if !alike {
				r.fail(n.rule, CodeType, v, fmt.Sprintf("$reduce: %s compares %s with %s", n.how, v.Kind(), best.Kind()), "convert the items with $as")
				ok = false
			} else if n.how == "min" && sign < 0 || n.how == "max" && sign > 0 {
				best = v
			}
		case "sum":
			if v.Kind() != tape.Number {
				r.fail(n.rule, CodeType, v, "$reduce: sum needs numbers and found "+v.Kind().String(), "convert the items with $as: number")
				ok = false
			} else if !sum.add(v.Text(nil)) {
				r.fail(n.rule, CodeFormat, v, "$reduce: sum of a number too large", "")
				ok = false
			}
		case "join":
			if k := v.Kind(); k == tape.Array || k == tape.Object {
				r.fail(n.rule, CodeType, v, "$reduce: join needs text and found "+k.String(), "")
				ok = false
			} else {
				if count > 1 {
					joined = append(joined, n.with...)
				}
				joined = append(joined, v.Text(nil)...)
				if len(joined) > r.limits.Memory {
					r.exceeded(n.rule, "bytes of memory", r.limits.Memory)
				}
			}
		}
		return !r.stopped()
	})
	switch {
	case !ok:
		return failed()
	case n.how == "count":
		return r.heap.AddNumber(fmt.Append(nil, count))
	case count == 0:
		return value{}
	case n.how == "sum":
		return r.heap.AddNumber(sum.append(nil))
	case n.how == "join":
		return r.heap.AddText(joined)
	}
	return best
}
