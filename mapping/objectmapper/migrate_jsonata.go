package objectmapper

import (
	"slices"
	"strings"
)

const jsonataHint = "write it as a rule or an expression by hand, or keep the endpoint with an engine for JSONata"

// rule makes a rule of an expression. It is nil for null and for nothing.
func (c *jsonataConverter) rule(n *node, sc jsonataScope) (*yaml, error) {
	n = unwrap(n)
	if v, ok := c.constantOf(n, sc); ok {
		if v.absent() {
			return nil, nil //nolint:nilnil // nothing
		}
		return yConstant(v), nil
	}
	if at, ok := c.ref(n, sc); ok {
		return yText(at.value()), nil
	}
	switch n.kind { //nolint:exhaustive // the others have no equivalent
	case nodePath, nodeIndex:
		return c.filtered(n, sc)
	case nodeConditional:
		return c.conditional(n, sc)
	case nodeObject:
		return c.object(n, sc, true)
	case nodeArray:
		return c.concat(n.args, sc)
	case nodeBinary:
		return c.binary(n, sc)
	case nodeCall:
		return c.call(n, sc)
	}
	return nil, c.no(n, "this has no equivalent", jsonataHint)
}

// orNull makes a rule in places where something must stand.
func (c *jsonataConverter) orNull(n *node, sc jsonataScope) (*yaml, error) {
	out, err := c.rule(n, sc)
	if err == nil && out == nil {
		out = yRaw("null")
	}
	return out, err
}

func (c *jsonataConverter) object(n *node, sc jsonataScope, always bool) (*yaml, error) {
	out := yMap()
	constant, data := false, false
	for i := 0; i < len(n.args); i += 2 {
		name := unwrap(n.args[i])
		if name.kind != nodeLiteral || !name.val.is(kindString) || len(name.val.text) > 500 {
			return nil, c.no(name, "a member's name that is computed", "name the members")
		}
		member, err := c.rule(n.args[i+1], sc)
		if err != nil {
			return nil, err
		}
		if member == nil {
			continue
		}
		if out.get(memberName(name.val.text)) != nil {
			return nil, c.no(name, "a member that stands twice", "keep one of them")
		}
		if givesOf(member) == givesConstant {
			constant = true
		} else {
			data = true
		}
		out.with(memberName(name.val.text), member)
	}
	if len(out.keys) == 0 {
		return nil, nil //nolint:nilnil // nothing
	}
	if always && constant && data {
		out.keys = append([]string{"$always"}, out.keys...)
		out.list = append([]*yaml{yRaw("true")}, out.list...)
	}
	return out, nil
}

func (c *jsonataConverter) concat(args []*node, sc jsonataScope) (*yaml, error) {
	list := yList()
	for _, arg := range args {
		item, err := c.rule(arg, sc)
		if err != nil {
			return nil, err
		}
		if item == nil {
			continue
		}
		if unwrap(arg).kind == nodeArray && len(args) > 1 {
			item = yList(item)
		}
		list.list = append(list.list, item)
	}
	if len(list.list) == 0 {
		return nil, nil //nolint:nilnil // nothing
	}
	return yOp("$concat", list), nil
}

// binary converts operators that give a value.
func (c *jsonataConverter) binary(n *node, sc jsonataScope) (*yaml, error) {
	switch n.text {
	case "&":
		list := yList()
		for _, part := range ampersands(n) {
			item, err := c.rule(part, sc)
			if err != nil {
				return nil, err
			}
			if item != nil {
				list.list = append(list.list, item)
			}
		}
		return yOp("$concat", list).with("$join", yText("")), nil
	case "*":
		for i, arg := range n.args {
			// p * 100 is exact with $number.
			scale, ok := c.constantOf(n.args[1-i], sc)
			at, isRef := c.number(arg, sc)
			if ok && isRef && scale.is(kindNumber) && len(scale.text) < 30 {
				c.decide("the product is exact; JSONata calculates with binary fractions")
				return yOp("$from", yText(at.source())).with("$number", yMap().with("scale", yNumber(scale.text))), nil
			}
		}
	case "+", "-", "/", "%":
	default:
		when, err := c.condition(n, sc)
		if err != nil {
			return nil, err
		}
		return yText("= " + when), nil
	}
	text, guard, err := c.operand(n, sc)
	if err != nil {
		return nil, err
	}
	return computedRule(text, guard), nil
}

// number is p or $number(p).
func (c *jsonataConverter) number(n *node, sc jsonataScope) (ref, bool) {
	n = unwrap(n)
	if n.kind == nodeCall && n.text == "number" {
		return c.ref(n.args[0], sc)
	}
	return c.ref(n, sc)
}

// computedRule guards an expression by what it needs: JSONata gives nothing when an operand is missing.
func computedRule(text string, guard []string) *yaml {
	if len(guard) == 0 {
		return yText("= " + text)
	}
	slices.Sort(guard)
	guard = slices.Compact(guard)
	for i := range guard {
		guard[i] += " != nil"
	}
	return yOp("$when", yText(strings.Join(guard, " and "))).with("$from", yText("= "+text))
}
