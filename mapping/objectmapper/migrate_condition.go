package objectmapper

import "strings"

// condition writes an expression as a condition of expr-lang.
func (c *jsonataConverter) condition(n *node, sc jsonataScope) (string, error) {
	n = unwrap(n)
	if v, ok := c.constantOf(n, sc); ok {
		if jsonataTrue(v) {
			return "true", nil
		}
		return "false", nil
	}
	if text, ok := c.operandRef(n, sc); ok {
		return "(" + text + " != nil and " + text + ` not in [false, 0, ""])`, nil
	}
	switch n.kind { //nolint:exhaustive // the others have no equivalent
	case nodeBinary:
		return c.comparison(n, sc)
	case nodeCall:
		switch n.text {
		case "exists":
			text, ok := c.operandRef(n.args[0], sc)
			if !ok {
				return "", c.no(n, "$exists of what is no path", jsonataHint)
			}
			return text + " != nil", nil
		case "boolean":
			return c.condition(n.args[0], sc)
		case "not":
			inner, err := c.condition(n.args[0], sc)
			return "not (" + inner + ")", err
		case "contains":
			text, err := c.textArgument(n, 1, sc)
			if err != nil {
				return "", err
			}
			of, ok := c.operandRef(n.args[0], sc)
			if !ok {
				return "", c.no(n, "$contains of what is no path", jsonataHint)
			}
			if sc.pointer {
				of = "(" + of + ` ?? "")`
			}
			return of + " contains " + exprQuote(text), nil
		}
	}
	return "", c.no(n, "this condition has no equivalent", jsonataHint)
}

func (c *jsonataConverter) comparison(n *node, sc jsonataScope) (string, error) {
	operators := map[string]string{"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "in": "in"}
	if n.text == "and" || n.text == "or" {
		left, err := c.condition(n.args[0], sc)
		if err != nil {
			return "", err
		}
		right, err := c.condition(n.args[1], sc)
		return "(" + left + " " + n.text + " " + right + ")", err
	}
	op, ok := operators[n.text]
	if !ok {
		return "", c.no(n, "this operator in a condition", jsonataHint)
	}
	left, needs, err := c.operand(n.args[0], sc)
	if err != nil {
		return "", err
	}
	if list := unwrap(n.args[1]); op == "in" && list.kind == nodeArray {
		var items []string
		for _, item := range list.args {
			v, ok := c.constantOf(item, sc)
			if !ok || v.absent() || v.kind >= kindArray {
				return "", c.no(item, "a list that is computed", jsonataHint)
			}
			items = append(items, exprLiteral(v))
		}
		return left + " in [" + strings.Join(items, ", ") + "]", nil
	}
	if op == "in" {
		return "", c.no(n, "in a list that is computed", jsonataHint)
	}
	right, more, err := c.operand(n.args[1], sc)
	out := left + " " + op + " " + right
	for i, guard := range append(needs, more...) {
		// A calculation needs its operands; a plain path may be missing in a comparison.
		if text := [2]string{left, right}; guard != text[min(i/max(len(needs), 1), 1)] && !strings.Contains(out, guard+" != nil") {
			out = guard + " != nil and " + out
		}
	}
	return out, err
}

// operandRef writes a path in an expression.
func (c *jsonataConverter) operandRef(n *node, sc jsonataScope) (string, bool) {
	at, ok := c.ref(n, sc)
	if !ok {
		return "", false
	}
	if sc.pointer && at.base == "" {
		var out strings.Builder
		out.WriteString("#")
		for _, s := range at.steps {
			switch {
			case s.isIndex:
				out.WriteString("[" + s.name + "]")
			case identifier(s.name):
				out.WriteString("." + s.name)
			default:
				out.WriteString("[" + exprQuote(s.name) + "]")
			}
		}
		return out.String(), true
	}
	return at.expr(), true
}

// operand writes what an operator of expr-lang works on, and the paths that must be there.
func (c *jsonataConverter) operand(n *node, sc jsonataScope) (text string, guard []string, err error) {
	n = unwrap(n)
	if v, ok := c.constantOf(n, sc); ok {
		if v != nil && v.kind >= kindArray {
			return "", nil, c.no(n, "a constant object or list in an expression", jsonataHint)
		}
		return exprLiteral(v), nil, nil
	}
	if text, ok := c.operandRef(n, sc); ok {
		return text, []string{text}, nil
	}
	switch n.kind { //nolint:exhaustive // the others have no equivalent
	case nodeBinary:
		if !strings.Contains("+-*/%", n.text) {
			break
		}
		left, a, err := c.operand(n.args[0], sc)
		if err != nil {
			return "", nil, err
		}
		right, b, err := c.operand(n.args[1], sc)
		return "(" + left + " " + n.text + " " + right + ")", append(a, b...), err
	case nodeNegate:
		inner, guard, err := c.operand(n.args[0], sc)
		return "-(" + inner + ")", guard, err
	case nodeCall:
		return c.operandCall(n, sc)
	}
	return "", nil, c.no(n, "this has no equivalent in an expression", jsonataHint)
}

func (c *jsonataConverter) operandCall(n *node, sc jsonataScope) (string, []string, error) {
	names := map[string]string{
		"number": "float", "uppercase": "upper", "lowercase": "lower", "length": "len", "floor": "floor", "ceil": "ceil", "abs": "abs", "string": "string",
	}
	if name, ok := names[n.text]; ok && len(n.args) == 1 {
		inner, guard, err := c.operand(n.args[0], sc)
		return name + "(" + inner + ")", guard, err
	}
	if n.text == "count" && !sc.inItem {
		of := unwrap(n.args[0])
		if list, ok := c.operandRef(of, sc); ok {
			return "len(" + list + " ?? [])", nil, nil
		}
		if of.kind == nodeCall && of.text == "filter" && len(of.args[1].names) == 1 {
			list, ok := c.operandRef(of.args[0], sc)
			if ok {
				where, err := c.condition(of.args[1].args[0], jsonataScope{inItem: true, item: of.args[1].names, pointer: true})
				return "count(" + list + " ?? [], " + where + ")", nil, err
			}
		}
	}
	return "", nil, c.no(n, "$"+n.text+" has no equivalent in an expression", jsonataHint)
}
