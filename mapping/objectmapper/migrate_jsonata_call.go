package objectmapper

import (
	"regexp"
	"strings"
)

// textArgument is a constant text of a call.
func (c *jsonataConverter) textArgument(n *node, i int, sc jsonataScope) (string, error) {
	if i >= len(n.args) {
		return "", nil
	}
	v, ok := c.constantOf(n.args[i], sc)
	if !ok || !v.is(kindString) {
		return "", c.no(n.args[i], "a computed argument of $"+n.text, jsonataHint)
	}
	return v.text, nil
}

// call converts a function that gives a value.
func (c *jsonataConverter) call(n *node, sc jsonataScope) (*yaml, error) {
	switch n.text {
	case "now":
		return yText("$ctx.now"), nil
	case "map":
		c.decide("$map gives a list, also of one element; JSONata gives that element alone")
		return c.mapped(n, sc)
	case "filter":
		c.decide("$filter gives a list, also of one element; JSONata gives that element alone")
		out, _, err := c.chosen(n, sc)
		return out, err
	case "append":
		return c.appended(n, sc)
	case "exists", "boolean", "not", "contains":
		when, err := c.condition(n, sc)
		if err != nil {
			return nil, err
		}
		return yText("= " + when), nil
	case "count", "sum", "max", "min":
		list, ok := c.ref(n.args[0], sc)
		if !ok {
			return nil, c.no(n, "$"+n.text+" of what is no path", jsonataHint)
		}
		out := yOp("$each", yMap().with("from", yText(list.source())).with("single", yRaw("true"))).with("$reduce", yText(n.text))
		if n.text == "count" {
			out.with("$default", yRaw("0"))
		}
		return out, nil
	}
	if len(n.args) == 0 {
		return nil, c.no(n, "$"+n.text+" has no equivalent", jsonataHint)
	}
	from, err := c.rule(n.args[0], sc)
	if err != nil {
		return nil, err
	}
	if from == nil {
		return nil, c.no(n, "$"+n.text+" of nothing", jsonataHint)
	}
	if at, ok := c.ref(n.args[0], sc); ok {
		from = yText(at.source())
	} else if v, constant := c.constantOf(n.args[0], sc); constant {
		if v.kind >= kindArray {
			return nil, c.no(n, "$"+n.text+" of a constant object or list", jsonataHint)
		}
		from = yText("= " + exprLiteral(v))
	}
	return c.operator(n, yOp("$from", from), sc)
}

// operator adds what a function does to a value.
func (c *jsonataConverter) operator(n *node, out *yaml, sc jsonataScope) (*yaml, error) {
	text, err := c.textArgument(n, 1, sc)
	switch n.text {
	case "string":
		if len(n.args) == 1 {
			return out.with("$as", yText("string")), nil
		}
	case "number":
		return out.with("$as", yText("number")), nil
	case "uppercase":
		return out.with("$case", yText("upper")), nil
	case "lowercase":
		return out.with("$case", yText("lower")), nil
	case "trim":
		return out.with("$trim", yRaw("true")).with("$replace", yMap().with("match", yText(`\s+`)).with("with", yText(" "))), nil
	case "join":
		return out.with("$join", yText(text)), err
	case "substringBefore":
		return out.with("$replace", yMap().with("match", yText("(?s)"+regexp.QuoteMeta(text)+".*$")).with("with", yText(""))), err
	case "substringAfter":
		return out.with("$replace", yMap().with("match", yText("(?s)^.*?"+regexp.QuoteMeta(text))).with("with", yText(""))), err
	case "substring":
		at := yMap()
		for i, name := range []string{"start", "length"} {
			if i+1 >= len(n.args) {
				break
			}
			v, ok := c.constantOf(n.args[i+1], sc)
			if !ok || !v.is(kindNumber) || !allDigits(strings.TrimPrefix(v.text, "-")) || len(v.text) > 6 || i == 1 && v.text[0] == '-' {
				return nil, c.no(n, "a computed argument of $substring", jsonataHint)
			}
			at.with(name, yRaw(v.text))
		}
		return out.with("$substr", at), nil
	case "round":
		places := "0"
		if len(n.args) > 1 {
			v, ok := c.constantOf(n.args[1], sc)
			if !ok || !v.is(kindNumber) || !allDigits(v.text) || len(v.text) > 1 {
				return nil, c.no(n, "a computed or negative argument of $round", jsonataHint)
			}
			places = v.text
		}
		c.decide("$round takes halves away from zero; JSONata takes them to the even digit")
		return out.with("$number", yMap().with("round", yRaw(places))), nil
	}
	when, guard, computed := c.operand(n, sc)
	if computed != nil {
		return nil, c.no(n, "$"+n.text+" has no equivalent here", jsonataHint)
	}
	return computedRule(when, guard), nil
}
