package objectmapper

// filtered converts a path over the elements of a list that a condition chooses.
func (c *jsonataConverter) filtered(n *node, sc jsonataScope) (*yaml, error) {
	head, rest := n, []*node(nil)
	if n.kind == nodePath {
		// The list ends at the last step that has a condition.
		cut := -1
		for i, part := range n.args {
			if part.kind == nodeIndex || part.kind == nodeCall {
				if cut >= 0 && part.kind == nodeIndex {
					if _, ok := indexOf(part); ok {
						continue
					}
				}
				if cut >= 0 {
					return nil, c.no(part, "a second condition in one path", jsonataHint)
				}
				if _, ok := indexOf(part); !ok || unwrap(part.args[0]).kind == nodeCall {
					cut = i
				}
			}
		}
		if cut < 0 {
			return nil, c.no(n, "this path has no equivalent", jsonataHint)
		}
		head, rest = n.args[cut], n.args[cut+1:]
		if cut > 0 {
			before := &node{kind: nodePath, off: n.off, args: append([]*node(nil), n.args[:cut]...)}
			if head.kind != nodeIndex {
				return nil, c.no(head, "a call as a step of a path", jsonataHint)
			}
			before.args = append(before.args, head.args[0])
			head = &node{kind: nodeIndex, off: head.off, args: []*node{before, head.args[1]}}
		}
	}
	out, first, err := c.chosen(head, sc)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		at, ok := c.ref(&node{kind: nodePath, args: rest}, jsonataScope{inItem: true, context: true})
		if !ok {
			return nil, c.no(rest[0], "this step of a path", jsonataHint)
		}
		out.with("$value", yText(at.value()))
	}
	if first != nil {
		out.with("$index", first)
	}
	return out, nil
}

func indexOf(n *node) (string, bool) {
	if n.kind != nodeIndex {
		return "", false
	}
	lit := unwrap(n.args[1])
	if lit.kind != nodeLiteral || !lit.val.is(kindNumber) || !allDigits(lit.val.text) || len(lit.val.text) > 6 {
		return "", false
	}
	return lit.val.text, true
}

// chosen makes a $each with a $where of list[condition] or $filter(list, function), perhaps with an index.
func (c *jsonataConverter) chosen(n *node, sc jsonataScope) (*yaml, *yaml, error) {
	n = unwrap(n)
	if i, ok := indexOf(n); ok {
		out, inner, err := c.chosen(n.args[0], sc)
		if inner != nil && i != "0" {
			return nil, nil, c.no(n, "an index of an index", jsonataHint)
		}
		return out, yRaw(i), err
	}
	switch {
	case n.kind == nodeIndex && n.args[1].kind != nodeNegate:
		list, ok := c.ref(n.args[0], sc)
		if !ok {
			return nil, nil, c.no(n, "a condition on what is no path", jsonataHint)
		}
		where, err := c.condition(n.args[1], jsonataScope{inItem: true, context: true})
		if err != nil {
			return nil, nil, err
		}
		c.decide("a condition in a path takes the first element that fits; JSONata gives a list when several do")
		return c.m.each(list, nil).with("$where", yText(where)), yRaw("0"), nil
	case n.kind == nodeCall && n.text == "filter":
		list, ok := c.ref(n.args[0], sc)
		if !ok {
			return nil, nil, c.no(n, "$filter of what is no path", jsonataHint)
		}
		lambda := n.args[1]
		if len(lambda.names) != 1 {
			return nil, nil, c.no(lambda, "a function with an index", jsonataHint)
		}
		where, err := c.condition(lambda.args[0], jsonataScope{inItem: true, item: lambda.names})
		if err != nil {
			return nil, nil, err
		}
		return c.m.each(list, nil).with("$where", yText(where)), nil, nil
	}
	return nil, nil, c.no(n, "this has no equivalent", jsonataHint)
}

// mapped converts $map(list, function).
func (c *jsonataConverter) mapped(n *node, sc jsonataScope) (*yaml, error) {
	lambda := n.args[1]
	if len(lambda.names) != 1 || sc.inItem {
		return nil, c.no(lambda, "a function with an index, or in another function", jsonataHint)
	}
	list, ok := c.ref(n.args[0], sc)
	var out *yaml
	var err error
	if ok {
		out = c.m.each(list, nil)
	} else {
		var first *yaml
		if out, first, err = c.chosen(n.args[0], sc); err != nil {
			return nil, err
		}
		if first != nil {
			return nil, c.no(n, "$map of one element", jsonataHint)
		}
	}
	body, err := c.orNull(lambda.args[0], jsonataScope{inItem: true, item: lambda.names})
	if err != nil {
		return nil, err
	}
	if body.kind == yamlMap && (body.get("$always") != nil || !body.operators()) {
		for i, key := range body.keys {
			out.with(key, body.list[i])
		}
		return out, nil
	}
	return out.with("$value", body), nil
}

func (c *jsonataConverter) appended(n *node, sc jsonataScope) (*yaml, error) {
	list := yList()
	for _, arg := range n.args {
		arg = unwrap(arg)
		if arg.kind == nodeArray && len(arg.args) == 0 {
			continue
		}
		var item *yaml
		var err error
		if arg.kind == nodeCall && arg.text == "map" {
			item, err = c.mapped(arg, sc)
		} else {
			item, err = c.rule(arg, sc)
		}
		if err != nil {
			return nil, err
		}
		if item != nil {
			list.list = append(list.list, item)
		}
	}
	switch {
	case len(list.list) == 0:
		return nil, nil //nolint:nilnil // nothing
	case len(list.list) == 1 && list.list[0].get("$each") != nil && list.list[0].get("$index") == nil && list.list[0].get("$reduce") == nil:
		return list.list[0], nil
	}
	return yOp("$concat", list), nil
}
