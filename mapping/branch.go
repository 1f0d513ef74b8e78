package mapping

import (
	"github.com/openhim/mediator-go/mapping/internal/decimal"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// choice gives what its first branch whose condition holds gives.
type choice struct {
	rule     *rule
	branches []branch
}

type branch struct {
	rule *rule
	when condition // nil for else
	node node
}

func (n *choice) pick(r *run, s *scope) node {
	r.hits[n.rule.id]++
	for i := range n.branches {
		b := &n.branches[i]
		if b.when == nil || b.when.test(r, s) {
			r.hits[b.rule.id]++
			return b.node
		}
	}
	return nil
}

func (n *choice) emit(r *run, s *scope) yield {
	if picked := n.pick(r, s); picked != nil {
		// Which constant it is depends on the input, so a constant counts as data.
		return asData(picked.emit(r, s))
	}
	return nothing
}

func asData(y yield) yield {
	if y == constant {
		return data
	}
	return y
}

func (n *choice) value(r *run, s *scope) value {
	if picked := n.pick(r, s); picked != nil {
		return picked.value(r, s)
	}
	return value{}
}

// firstOf gives what the first of its nodes that gives something gives.
type firstOf struct {
	rule     *rule
	branches []branch
}

func (n *firstOf) emit(r *run, s *scope) yield {
	r.hits[n.rule.id]++
	for i := range n.branches {
		before := r.errors
		if y := n.branches[i].node.emit(r, s); y != nothing {
			r.hits[n.branches[i].rule.id]++
			return asData(y) // that nothing stood before it depends on the input
		}
		if r.errors > before {
			return nothing
		}
	}
	return nothing
}

func (n *firstOf) value(r *run, s *scope) value {
	r.hits[n.rule.id]++
	for i := range n.branches {
		if v := n.branches[i].node.value(r, s); !v.Empty() || isFailed(v) {
			r.hits[n.branches[i].rule.id]++
			return v
		}
	}
	return value{}
}

// switchOn gives the branch for the text or number that it finds.
type switchOn struct {
	rule  *rule
	on    node
	cases map[string]branch
	other *branch
}

func (n *switchOn) pick(r *run, s *scope) node {
	r.hits[n.rule.id]++
	v := n.on.value(r, s)
	if isFailed(v) {
		return nil
	}
	if k := v.Kind(); k == tape.Array || k == tape.Object {
		r.fail(n.rule, CodeType, v, "$switch needs text, a number or a boolean and found "+k.String(), "")
		return nil
	}
	if v.Kind() > tape.Null {
		b, ok := n.cases[string(v.Text(r.text[:0]))]
		if !ok && v.Kind() == tape.Number { // 1.0 and 1e0 are the case 1
			r.text = decimal.AppendKey(r.text[:0], v.Text(nil))
			b, ok = n.cases[string(r.text)]
		}
		if ok {
			r.hits[b.rule.id]++
			return b.node
		}
	}
	if n.other != nil {
		r.hits[n.other.rule.id]++
		return n.other.node
	}
	return nil
}

func (n *switchOn) emit(r *run, s *scope) yield {
	if picked := n.pick(r, s); picked != nil {
		return asData(picked.emit(r, s))
	}
	return nothing
}

func (n *switchOn) value(r *run, s *scope) value {
	if picked := n.pick(r, s); picked != nil {
		return picked.value(r, s)
	}
	return value{}
}
