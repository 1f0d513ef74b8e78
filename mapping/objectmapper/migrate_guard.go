package objectmapper

import "slices"

// guards takes "$exists(a) and $exists(b)" apart.
func guards(n *node) ([]*node, bool) {
	n = unwrap(n)
	if n.kind == nodeBinary && n.text == "and" {
		left, ok := guards(n.args[0])
		right, also := guards(n.args[1])
		return append(left, right...), ok && also
	}
	switch {
	case n.kind == nodeCall && n.text == "exists":
		return []*node{n.args[0]}, true
	case n.kind == nodeBinary && n.text == ">" && unwrap(n.args[0]).kind == nodeCall && unwrap(n.args[0]).text == "count" &&
		unwrap(n.args[1]).kind == nodeLiteral && unwrap(n.args[1]).val.is(kindNumber) && isZero(unwrap(n.args[1]).val.text):
		return []*node{unwrap(n.args[0]).args[0]}, true
	}
	return nil, false
}

// conditional converts a ? b : c. A guard that only asks for what b reads is superfluous: what is missing gives nothing.
func (c *jsonataConverter) conditional(n *node, sc jsonataScope) (*yaml, error) {
	then := n.args[1]
	var other *yaml
	if len(n.args) > 2 {
		var err error
		if other, err = c.rule(n.args[2], sc); err != nil {
			return nil, err
		}
	}
	if all, ok := guards(n.args[0]); ok {
		out, done, err := c.guarded(all, unwrap(then), other, sc)
		if err != nil || done {
			return out, err
		}
	}
	when, err := c.condition(n.args[0], sc)
	if err != nil {
		return nil, err
	}
	yes, err := c.rule(then, sc)
	if err != nil {
		return nil, err
	}
	if yes == nil && other == nil {
		return nil, nil //nolint:nilnil // nothing
	}
	out := yOp("$if", yText(when))
	if yes != nil {
		out.with("$then", yes)
	}
	if other != nil {
		out.with("$else", other)
	}
	return out, nil
}

// guarded leaves superfluous guards away.
func (c *jsonataConverter) guarded(all []*node, then *node, other *yaml, sc jsonataScope) (*yaml, bool, error) {
	if at, ok := c.ref(then, sc); ok && c.covered(all, []ref{at}, sc) {
		if other == nil {
			return yText(at.value()), true, nil
		}
		return yOp("$from", yText(at.source())).with("$default", other), true, nil
	}
	if other == nil && then.kind == nodeObject {
		return c.guardedObject(all, then, sc)
	}
	if other == nil && then.kind == nodeBinary && then.text == "&" {
		return c.guardedText(all, then, sc)
	}
	if base := filterOf(then); base != nil {
		for _, g := range all {
			if sameNode(g, base) {
				continue
			}
			inner, ok := c.ref(base.args[0], sc)
			at, isRef := c.ref(g, sc)
			element := len(at.steps) == len(inner.steps)+1 && inner.prefixOf(at) && at.steps[len(inner.steps)].isIndex
			if !ok || !isRef || !at.prefixOf(inner) && !element {
				return nil, false, nil
			}
		}
		out, err := c.rule(then, sc)
		if err == nil && other != nil && out != nil {
			out = yOp("$from", out).with("$default", other)
		}
		return out, true, err
	}
	return nil, false, nil
}

// filterOf is the $filter(…) whose element a path reads: $filter(a, f)[0].b.
func filterOf(n *node) *node {
	n = unwrap(n)
	if n.kind == nodePath {
		n = unwrap(n.args[0])
	}
	if n.kind == nodeIndex {
		n = unwrap(n.args[0])
	}
	if n.kind == nodeCall && n.text == "filter" {
		return n
	}
	return nil
}

// covered reports whether every guard asks for something on the way to one of the paths.
func (c *jsonataConverter) covered(all []*node, paths []ref, sc jsonataScope) bool {
	for _, g := range all {
		at, ok := c.ref(g, sc)
		if !ok || !slices.ContainsFunc(paths, at.prefixOf) {
			return false
		}
	}
	return true
}

func (c *jsonataConverter) guardedObject(all []*node, then *node, sc jsonataScope) (*yaml, bool, error) {
	var paths []ref
	var names []string
	data := 0
	for i := 0; i+1 < len(then.args); i += 2 {
		if _, ok := c.constantOf(then.args[i+1], sc); ok {
			continue
		}
		data++
		at, ok := c.ref(then.args[i+1], sc)
		if !ok {
			at, ok = c.joined(then.args[i+1], sc)
		}
		name := unwrap(then.args[i])
		if ok && name.kind == nodeLiteral && name.val.is(kindString) {
			paths, names = append(paths, at), append(names, name.val.text)
		}
	}
	if !c.covered(all, paths, sc) {
		return nil, false, nil
	}
	var needs []string
	for i, at := range paths {
		for _, g := range all {
			// The longest guard on the way to a member says that the member is needed.
			asked, _ := c.ref(g, sc)
			if len(asked.steps) == len(at.steps) && asked.prefixOf(at) && !slices.Contains(needs, names[i]) {
				needs = append(needs, names[i])
			}
		}
	}
	if len(needs) == 0 {
		return nil, false, nil
	}
	out, err := c.object(then, sc, false)
	if err != nil || out == nil {
		return out, true, err
	}
	// A guarded text in the object: its guard is what the object needs.
	for i := 0; i+1 < len(then.args); i += 2 {
		member := unwrap(then.args[i+1])
		if name := unwrap(then.args[i]); member.kind == nodeBinary && member.text == "&" {
			text, done, err := c.guardedText(all, member, sc)
			if at := slices.Index(out.keys, memberName(name.val.text)); err == nil && done && at >= 0 {
				out.list[at] = text
			}
		}
	}
	if data > len(needs) || data > 1 {
		list := yList()
		for _, name := range needs {
			list.list = append(list.list, yText(memberName(name)))
		}
		for i := range list.list {
			list.list[i].text = needs[i]
		}
		out.keys = append([]string{"$needs"}, out.keys...)
		out.list = append([]*yaml{list}, out.list...)
	}
	return out, true, nil
}

// joined is the one path in a text joined by &.
func (c *jsonataConverter) joined(n *node, sc jsonataScope) (ref, bool) {
	var found []ref
	for _, part := range ampersands(n) {
		if _, ok := c.constantOf(part, sc); ok {
			continue
		}
		at, ok := c.ref(part, sc)
		if !ok {
			return ref{}, false
		}
		found = append(found, at)
	}
	if len(found) != 1 {
		return ref{}, false
	}
	return found[0], true
}

func ampersands(n *node) []*node {
	n = unwrap(n)
	if n.kind == nodeBinary && n.text == "&" {
		return append(ampersands(n.args[0]), ampersands(n.args[1])...)
	}
	return []*node{n}
}

// guardedText converts 'Patient/' & p behind $exists(p).
func (c *jsonataConverter) guardedText(all []*node, then *node, sc jsonataScope) (*yaml, bool, error) {
	at, ok := c.joined(then, sc)
	if !ok || !c.covered(all, []ref{at}, sc) {
		return nil, false, nil
	}
	out := yOp("$from", yText(at.source())).with("$as", yText("string"))
	before, after, seen := "", "", false
	for _, part := range ampersands(then) {
		v, constant := c.constantOf(part, sc)
		switch {
		case !constant:
			seen = true
		case v.absent():
			return nil, false, nil
		case !v.is(kindString):
			return nil, false, nil
		case seen:
			after += v.text
		default:
			before += v.text
		}
	}
	if before != "" {
		out.with("$prefix", yText(before))
	}
	if after != "" {
		out.with("$suffix", yText(after))
	}
	return out, true, nil
}
