package objectmapper

import (
	"errors"
	"math"
	"time"
)

type evaluator struct {
	*budget
	root *value
	now  time.Time
}

// frame is what names and variables mean at one place.
type frame struct {
	context *value
	names   []string
	vals    []*value
}

func (f frame) lookup(name string) *value {
	if name == "" {
		return f.context
	}
	for i := len(f.names) - 1; i >= 0; i-- {
		if f.names[i] == name {
			return f.vals[i]
		}
	}
	return nil
}

func (e *evaluator) eval(n *node, f frame) (*value, error) {
	if err := e.step(); err != nil {
		return nil, err
	}
	switch n.kind {
	case nodeLiteral:
		return n.val, nil
	case nodeName:
		return e.member(f.context, n.text)
	case nodeVariable:
		return f.lookup(n.text), nil
	case nodePath:
		return e.path(n, f)
	case nodeIndex:
		return e.index(n, f)
	case nodeBinary:
		return e.binary(n, f)
	case nodeNegate:
		v, err := e.eval(n.args[0], f)
		if err != nil || v == nil {
			return nil, err
		}
		x, err := number(v, "-")
		return newNumber(formatNumber(-x)), err
	case nodeConditional:
		return e.conditional(n, f)
	case nodeObject:
		return e.object(n, f)
	case nodeArray:
		return e.array(n, f)
	case nodeCall:
		return e.call(n, f)
	case nodeBlock:
		return e.eval(n.args[0], f)
	case nodeLambda:
	}
	return nil, errors.New("a function stands where a value is needed")
}

// member reads a name, of every element when the context is a list.
func (e *evaluator) member(context *value, name string) (*value, error) {
	if !context.is(kindArray) {
		return context.get(name), nil
	}
	var out []*value
	for _, item := range context.list {
		if err := e.step(); err != nil {
			return nil, err
		}
		v, err := e.member(item, name)
		if err != nil {
			return nil, err
		}
		if out, err = e.extend(out, v); err != nil {
			return nil, err
		}
	}
	return sequence(out), nil
}

// extend adds a value, or the elements of a list, to a sequence.
func (e *evaluator) extend(out []*value, v *value) ([]*value, error) {
	switch {
	case v == nil:
		return out, nil
	case v.kind == kindArray:
		return append(out, v.list...), e.spend(len(v.list), 0)
	default:
		return append(out, v), nil
	}
}

// sequence is what a path gives: nothing, the one value, or a list.
func sequence(list []*value) *value {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	default:
		return newArray(list...)
	}
}

func items(v *value) []*value {
	switch {
	case v == nil:
		return nil
	case v.kind == kindArray:
		return v.list
	default:
		return []*value{v}
	}
}

func (e *evaluator) path(n *node, f frame) (*value, error) {
	current, err := e.eval(n.args[0], f)
	if err != nil {
		return nil, err
	}
	for _, step := range n.args[1:] {
		list := items(current)
		if len(list) == 1 && !current.is(kindArray) {
			// One value needs no sequence, so that a list it holds stays as it is.
			if current, err = e.eval(step, f.with(list[0])); err != nil {
				return nil, err
			}
			continue
		}
		var out []*value
		for _, item := range list {
			v, err := e.eval(step, f.with(item))
			if err != nil {
				return nil, err
			}
			if out, err = e.extend(out, v); err != nil {
				return nil, err
			}
		}
		current = sequence(out)
	}
	return current, nil
}

func (f frame) with(context *value) frame {
	f.context = context
	return f
}

// index applies [n] or a condition.
func (e *evaluator) index(n *node, f frame) (*value, error) {
	v, err := e.eval(n.args[0], f)
	if err != nil || v == nil {
		return nil, err
	}
	list := items(v)
	if lit := n.args[1]; lit.kind == nodeLiteral && lit.val.kind == kindNumber || lit.kind == nodeNegate {
		at, err := e.eval(lit, f)
		if err != nil || at == nil {
			return nil, err
		}
		x, err := number(at, "[]")
		if err != nil {
			return nil, err
		}
		i := int(math.Floor(max(-1e9, min(x, 1e9))))
		return newArray(list...).at(i), nil
	}
	var out []*value
	for i, item := range list {
		keep, err := e.eval(n.args[1], f.with(item))
		if err != nil {
			return nil, err
		}
		if keep.is(kindNumber) {
			x, err := number(keep, "[]")
			if err != nil {
				return nil, err
			}
			at := int(math.Floor(max(-1e9, min(x, 1e9))))
			if at == i || at+len(list) == i {
				out = append(out, item)
			}
			continue
		}
		if jsonataTrue(keep) {
			out = append(out, item)
		}
	}
	return sequence(out), nil
}

func (e *evaluator) conditional(n *node, f frame) (*value, error) {
	condition, err := e.eval(n.args[0], f)
	if err != nil {
		return nil, err
	}
	if jsonataTrue(condition) {
		return e.eval(n.args[1], f)
	}
	if len(n.args) < 3 {
		return nil, nil //nolint:nilnil // undefined
	}
	return e.eval(n.args[2], f)
}

func (e *evaluator) object(n *node, f frame) (*value, error) {
	out := newObject()
	for i := 0; i < len(n.args); i += 2 {
		name, err := e.eval(n.args[i], f)
		if err != nil {
			return nil, err
		}
		if !name.is(kindString) {
			return nil, errors.New("the name of an object's member must be a text")
		}
		v, err := e.eval(n.args[i+1], f)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out.set(name.text, v)
		}
	}
	return out, nil
}

func (e *evaluator) array(n *node, f frame) (*value, error) {
	out := newArray()
	for _, arg := range n.args {
		v, err := e.eval(arg, f)
		if err != nil {
			return nil, err
		}
		if arg.kind == nodeArray {
			out.list = append(out.list, v)
			continue
		}
		if out.list, err = e.extend(out.list, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}
