package mapping

import (
	"fmt"

	"github.com/openhim/mediator-go/mapping/internal/path"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// value is a value of the input, of the document or made on the way.
type value = tape.Value

// failedNode marks the value of a rule that failed and has said so.
const failedNode tape.Node = 1

func failed() value { return value{Node: failedNode} }

func isFailed(v value) bool { return v.Doc == nil && v.Node == failedNode }

// scope is what paths are relative to: the input, an item of $each, what $with names. Its
// slots hold what the paths read, found in one walk.
type scope struct {
	item   value
	origin value // the item, or the value of the input it was made from
	slots  []value
	index  int   // of the item, from 0
	joined value // by $join
	parent *scope
}

// scopePlan is what the plan knows of a scope.
type scopePlan struct {
	trie  tape.Trie
	group bool // key, first and items instead of the item's members
}

// enter begins a scope below parent. Scopes are kept and used again, so that an item costs
// no allocation.
func (r *run) enter(plan *scopePlan, parent *scope) *scope {
	if r.depth == len(r.scopes) {
		r.scopes = append(r.scopes, &scope{})
	}
	s := r.scopes[r.depth]
	r.depth++
	n := plan.trie.Slots()
	if cap(s.slots) < n {
		s.slots = make([]value, n)
	}
	s.slots, s.parent, s.index, s.joined = s.slots[:n], parent, 0, value{}
	return s
}

func (r *run) leave() { r.depth-- }

// set makes v the scope's item.
func (r *run) set(s *scope, plan *scopePlan, v value) {
	s.item = v
	if s.origin = v; v.Doc != &r.in {
		s.origin = r.origin
	}
	plan.trie.Fill(v, s.slots)
}

// base is what a reference begins at.
type base uint8

const (
	baseItem base = iota
	baseRoot
	baseParent
	baseLet
	baseLookup
	baseContext
	baseIndex
	baseJoined
)

// ref is a compiled $.path or $name.path.
type ref struct {
	base  base
	up    int         // how many scopes, for baseParent
	slot  int         // in the scope, -1 for the item itself
	index int         // of the let or lookup
	rest  []path.Step // from there
	text  string      // as written
}

// get returns what is there, or the value that made the path impossible.
func (n *ref) get(r *run, s *scope) (v, wrong value) {
	switch n.base {
	case baseItem:
	case baseRoot:
		s = r.root
	case baseParent:
		for range n.up {
			s = s.parent
		}
	case baseLet:
		return r.follow(r.lets[n.index], n.rest)
	case baseLookup:
		return r.follow(r.lookedUp(n.index), n.rest)
	case baseContext:
		return r.follow(r.context.Value(), n.rest)
	case baseIndex:
		return r.heap.AddNumber(fmt.Append(nil, s.index)), value{}
	case baseJoined:
		return r.follow(s.joined, n.rest)
	}
	if n.slot < 0 {
		v = s.item
	} else {
		v = s.slots[n.slot]
		if at, bad := v.Wrong(); bad {
			return value{}, at
		}
	}
	if len(n.rest) == 0 {
		return v, value{}
	}
	return r.find(v, n.rest)
}

// find follows a path, and counts what it looks through when that is much: a query in a $each
// over another array takes the product of both.
func (r *run) find(v value, steps []path.Step) (found, wrong value) {
	found, wrong = r.reader.Get(v, steps)
	if seen := r.reader.Seen; seen > 64 {
		r.reader.Seen = 0
		if !r.step(nil, seen/4) {
			return failed(), value{}
		}
	}
	return found, wrong
}

func (r *run) follow(v value, rest []path.Step) (found, wrong value) {
	if len(rest) == 0 || isFailed(v) {
		return v, value{}
	}
	return r.find(v, rest)
}

// read is a node that copies what a reference finds.
type read struct {
	rule *rule
	ref  ref
	keep keep
	// check are the input schema's demands on the value, nil for none.
	check *check
}

func (n *read) emit(r *run, s *scope) yield {
	r.hits[n.rule.id]++
	return r.put(n.rule, n.get(r, s), n.keep)
}

func (n *read) value(r *run, s *scope) value {
	r.hits[n.rule.id]++
	return n.get(r, s)
}

func (n *read) get(r *run, s *scope) value {
	v, wrong := n.ref.get(r, s)
	if wrong.Doc != nil {
		return r.mismatch(n.rule, n.ref.text, wrong)
	}
	if n.check != nil {
		if v.Doc == nil && n.check.lacking(r, s, n.rule, n.ref.text) || v.Doc != nil && !n.check.test(r, n.rule, v) {
			return failed()
		}
	}
	if r.trace != nil {
		r.trace.read(&n.ref, v)
	}
	return v
}

func (r *run) mismatch(ru *rule, text string, wrong value) value {
	hint := "the input has another shape than the path says"
	if wrong.Kind() == tape.Array {
		hint = "name an item (name.0.family, name.#(use==\"official\").family) or go through all with $each"
	}
	return r.fail(ru, CodeType, wrong, fmt.Sprintf("%s is read of %s", text, wrong.Kind()), hint)
}

func newReader() *path.Reader {
	heap := &tape.Doc{}
	heap.Heap()
	return &path.Reader{Heap: heap}
}
