package mapping

import (
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// constantNode gives a value that the document holds.
type constantNode struct {
	text []byte
	at   value // the same, in the plan's own document
	keep keep
}

func (n *constantNode) emit(r *run, _ *scope) yield {
	if n.keep&keepNull == 0 && n.at.Kind() == tape.Null {
		return nothing
	}
	r.out = append(r.out, n.text...)
	return constant
}

func (n *constantNode) value(*run, *scope) value { return n.at }

// chain gives a value that operators made of another, one after the other.
type chain struct {
	rule    *rule
	sources []node // the first that is neither missing nor null
	only    *read  // the source, when there is one and it reads a path
	steps   []chainStep
	keep    keep
}

type chainStep struct {
	name string
	op   operation
	// nothing: the operator also wants missing and null values.
	nothing bool
}

// operation is an operator with its argument. A value that it cannot take is reported with
// r.fail.
type operation interface {
	apply(r *run, s *scope, ru *rule, v value) value
}

func (n *chain) emit(r *run, s *scope) yield { return r.put(n.rule, n.value(r, s), n.keep) }

func (n *chain) value(r *run, s *scope) value {
	r.hits[n.rule.id]++
	var v value
	if n.only != nil {
		v = n.only.get(r, s)
	} else {
		for _, source := range n.sources {
			v = source.value(r, s)
			if v.Kind() > tape.Null || isFailed(v) {
				break
			}
		}
	}
	if v.Doc == &r.in {
		r.origin = v
	} else {
		r.origin = s.origin
	}
	for i := range n.steps {
		if isFailed(v) {
			return v
		}
		step := &n.steps[i]
		if v.Kind() > tape.Null || step.nothing {
			v = step.op.apply(r, s, n.rule, v)
			if r.trace != nil {
				r.trace.step(step.name, v)
			}
		}
	}
	if r.heap.Size() > r.limits.Memory {
		r.exceeded(n.rule, "bytes of memory", r.limits.Memory)
		return failed()
	}
	return v
}

// needText says whether v is text, and reports it when not.
func (r *run) needText(ru *rule, op string, v value) bool {
	if v.Kind() == tape.String {
		return true
	}
	hint := "convert it first with $as: string"
	if k := v.Kind(); k == tape.Array || k == tape.Object {
		hint = "name a member or an item in the path, or go through the items with $each"
	}
	r.fail(ru, CodeType, v, op+" needs text and found "+v.Kind().String(), hint)
	return false
}
