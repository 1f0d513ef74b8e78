package fhirpath

import (
	"context"
	"errors"
	"regexp"
)

type literalNode struct{ value Item }

func (n *literalNode) eval(_ *run, out []Item) ([]Item, error) { return append(out, n.value), nil }

type emptyNode struct{}

func (emptyNode) eval(_ *run, out []Item) ([]Item, error) { return out, nil }

type constantNode struct {
	name string
	pos  int
}

func (n *constantNode) eval(r *run, out []Item) ([]Item, error) {
	return r.constant(n.name, n.pos, out)
}

// variableNode is $this, $index or $total.
type variableNode string

func (n variableNode) eval(r *run, out []Item) ([]Item, error) {
	switch n {
	case "index":
		if r.index < 0 {
			return out, nil
		}
		return append(out, NewInteger(int64(r.index))), nil
	case "total":
		return append(out, r.total...), nil
	default:
		return append(out, r.this...), nil
	}
}

// scopedNode evaluates a variable behind a path: a.$this is a.
type scopedNode struct {
	input evaluator
	then  evaluator
}

func (n *scopedNode) eval(r *run, out []Item) ([]Item, error) {
	items, err := n.input.eval(r, r.get())
	if err != nil {
		return nil, err
	}
	saved := r.this
	r.this = items
	out, err = n.then.eval(r, out)
	r.this = saved
	r.release(items)
	return out, err
}

// contextNode is a type's name at the start of a path.
type contextNode struct {
	spec   typeSpec
	member memberNode
}

func (n *contextNode) eval(r *run, out []Item) ([]Item, error) {
	before := len(out)
	for i := range r.this {
		if item := &r.this[i]; item.kind == kindNode && n.spec.is(item, false) {
			out = append(out, *item)
		}
	}
	if len(out) == before && n.spec.fhir == nil {
		return n.member.eval(r, out)
	}
	return out, nil
}

// indexNode is input[index].
type indexNode struct {
	input, index evaluator
	pos          int
}

func (n *indexNode) eval(r *run, out []Item) ([]Item, error) {
	items, own, err := r.input(n.input)
	if err != nil {
		return nil, err
	}
	index, err := r.operand(n.index)
	if err != nil {
		return nil, err
	}
	i, ok, err := r.integer(index, n.pos, "an index")
	if err != nil {
		return nil, err
	}
	if ok && i >= 0 && i < int64(len(items)) {
		out = append(out, items[i])
	}
	r.release(index)
	if own {
		r.release(items)
	}
	return out, nil
}

// typeNode is input is T, input as T.
type typeNode struct {
	input evaluator
	spec  typeSpec
	op    string
	pos   int
}

func (n *typeNode) eval(r *run, out []Item) ([]Item, error) {
	items, err := r.operand(n.input)
	if err != nil {
		return nil, err
	}
	out, err = r.typeTest(&n.spec, n.op, n.pos, items, out)
	r.release(items)
	return out, err
}

// typeTest does is and as, operators and functions alike.
func (r *run) typeTest(spec *typeSpec, op string, pos int, items, out []Item) ([]Item, error) {
	if op == "as" && r.x.engine.config.LooseAs {
		for i := range items {
			if spec.is(&items[i], true) {
				out = append(out, items[i])
			}
		}
		return out, nil
	}
	if len(items) > 1 {
		hint := "use where($this is …)"
		if op == "as" {
			hint = "use ofType(…)"
		}
		return nil, r.fail(pos, "several items on the left of "+op, hint)
	}
	if len(items) == 0 {
		return out, nil
	}
	if op == "is" {
		return append(out, NewBoolean(spec.is(&items[0], false))), nil
	}
	if spec.is(&items[0], true) {
		out = append(out, items[0])
	}
	return out, nil
}

// callNode is input.name(args), a standard function.
type callNode struct {
	input   evaluator
	name    string
	pos     int
	args    []evaluator
	run     implementation
	spec    typeSpec       // of is(), as(), ofType()
	pattern *regexp.Regexp // a pattern that is a literal
	down    []bool         // of sort()
}

// implementation appends to out what a function gives for items.
type implementation func(r *run, n *callNode, items, out []Item) ([]Item, error)

func (n *callNode) eval(r *run, out []Item) ([]Item, error) {
	items, own, err := r.input(n.input)
	if err != nil {
		return nil, err
	}
	if err = r.step(n.pos, 1); err != nil {
		return nil, err
	}
	out, err = n.run(r, n, items, out)
	if err != nil {
		return nil, err
	}
	if own {
		r.release(items)
	}
	return out, r.grown(n.pos, out)
}

// userNode is a call of a user's function.
type userNode struct {
	input evaluator
	name  string
	pos   int
	args  []evaluator
	call  func(context.Context, Collection, []Collection) (Collection, error)
}

func (n *userNode) eval(r *run, out []Item) ([]Item, error) {
	items, _, err := r.input(n.input) // not released: the function may keep what it got
	if err != nil {
		return nil, err
	}
	args := make([]Collection, len(n.args))
	for i, a := range n.args {
		values, err := r.operand(a)
		if err != nil {
			return nil, err
		}
		args[i] = values
	}
	result, err := n.call(r.ctx, append(Collection(nil), items...), args)
	if err != nil {
		var own *EvalError
		if errors.As(err, &own) {
			return nil, err
		}
		return nil, r.wrap(n.pos, n.name+"()", err)
	}
	if err = r.step(n.pos, len(result)+1); err != nil {
		return nil, err
	}
	out = append(out, result...)
	return out, r.grown(n.pos, out)
}
