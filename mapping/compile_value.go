package mapping

import (
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

func itoa(i int) string { return strconv.Itoa(i) }

// source compiles what $from, $with and $each read: a path, $name, "= expression", or a node.
func (c *compiler) source(n *doc.Node, sb *scopeBuilder, path string) node {
	switch n.Kind {
	case doc.Text:
		if strings.HasPrefix(n.Text, "= ") {
			return c.expression(n, n.Text[2:], 2, sb, path)
		}
		if out := c.read(n, n.Text, true, sb, path); out != nil {
			return out
		}
	case doc.Map:
		return c.object(n, sb, path)
	default:
		c.fail(CodeInvalid, n, `a constant is written "= 'text'"`, "a source is a path, a $name or a rule")
	}
	return c.constant(&doc.Node{}, "null")
}

// produce compiles the rule of a producer other than $each.
func (c *compiler) produce(producer string, p parts, sb *scopeBuilder, path string) node {
	n := p.ops[producer]
	switch producer {
	case "$from":
		var sources []node
		// The sources belong to the chain's rule: they are counted once.
		from := len(c.plan.rules)
		ru := c.rule(p.node, path)
		items := []*doc.Node{n}
		if n.Kind == doc.List {
			if items = n.Items; len(items) == 0 {
				c.fail(CodeInvalid, n, "", "$from is an empty list")
			}
		}
		for _, item := range items {
			made := c.source(item, sb, path)
			if r, ok := made.(*read); ok && len(c.plan.rules) == from+2 {
				c.plan.rules = c.plan.rules[:from+1]
				r.rule = ru
				sources = append(sources, &plainRead{r})
				continue
			}
			sources = append(sources, made)
		}
		return newChain(ru, sources, nil, c.keep)
	case "$if":
		out := &choice{rule: c.rule(p.node, path)}
		when := c.condition(n, sb, path)
		yes, no := p.ops["$then"], p.ops["$else"]
		if yes == nil && no == nil {
			c.fail(CodeInvalid, n, "", "$if without $then")
			return nil
		}
		if yes != nil {
			out.branches = append(out.branches, branch{c.branch(yes, path+"#then"), when, c.node(yes, sb, path+"#then")})
		} else {
			out.branches = append(out.branches, branch{c.branch(n, path+"#then"), when, c.constant(&doc.Node{}, "null")})
		}
		if no != nil {
			out.branches = append(out.branches, branch{c.branch(no, path+"#else"), nil, c.node(no, sb, path+"#else")})
		}
		if n.Kind == doc.Bool {
			c.warn(CodeUnused, n, "", "a condition that is always %s: one branch is never taken", n.Text)
		}
		return out
	case "$first":
		if n.Kind != doc.List || len(n.Items) == 0 {
			c.fail(CodeInvalid, n, "", "$first is a list of rules")
			return nil
		}
		out := &firstOf{rule: c.rule(p.node, path)}
		for i, item := range n.Items {
			at := path + "#" + itoa(i)
			made := c.node(item, sb, at)
			if constant, ok := made.(*constantNode); ok && constant.at.Kind() != tape.Null && i+1 < len(n.Items) {
				c.warn(CodeUnused, n.Items[i+1], "put the constant last", "never reached: a constant stands before it in $first")
			}
			out.branches = append(out.branches, branch{c.branch(item, at), nil, made})
		}
		return out
	case "$concat":
		if n.Kind != doc.List {
			c.fail(CodeInvalid, n, "", "$concat is a list of rules")
			return nil
		}
		out := &concat{rule: c.rule(p.node, path), keep: c.keep}
		for i, item := range n.Items {
			made := c.node(item, sb, path+"#"+itoa(i))
			list, ok := made.(lister)
			if !ok || alone(made) {
				list = nil
			}
			out.parts = append(out.parts, concatPart{made, list})
		}
		return out
	case "$switch":
		return c.switchOn(n, p, sb, path)
	default:
		return c.call(n, p, sb, path)
	}
}

// plainRead is a source of a chain: its rule is the chain's, which counts it.
type plainRead struct{ of *read }

func (n *plainRead) emit(r *run, s *scope) yield { return n.of.emit(r, s) }

func (n *plainRead) value(r *run, s *scope) value { return n.of.get(r, s) }

func (c *compiler) switchOn(n *doc.Node, p parts, sb *scopeBuilder, path string) node {
	if !c.keys(n, "$switch", "on", "cases", "else") {
		return nil
	}
	on, cases := n.Get("on"), n.Get("cases")
	if on == nil || cases == nil || cases.Kind != doc.Map {
		c.fail(CodeInvalid, n, "$switch: {on: path, cases: {code: rule}, else: rule}", "$switch needs on and cases")
		return nil
	}
	out := &switchOn{rule: c.rule(p.node, path), on: c.source(on, sb, path), cases: map[string]branch{}}
	for _, key := range cases.Keys {
		at := path + "#" + key.Name
		out.cases[key.Name] = branch{c.branch(key.Value, at), nil, c.node(key.Value, sb, at)}
	}
	if other := n.Get("else"); other != nil {
		out.other = &branch{c.branch(other, path+"#else"), nil, c.node(other, sb, path+"#else")}
	}
	return out
}

// call compiles $call: {def: name, with: path}, or $call: name.
func (c *compiler) call(n *doc.Node, p parts, sb *scopeBuilder, path string) node {
	name, with := n, (*doc.Node)(nil)
	if n.Kind == doc.Map {
		if !c.keys(n, "$call", "def", "with") {
			return nil
		}
		name, with = n.Get("def"), n.Get("with")
	}
	if name == nil || name.Kind != doc.Text {
		c.fail(CodeInvalid, n, "$call: {def: name, with: path}", "$call names a fragment of defs")
		return nil
	}
	d := c.defs[name.Text]
	if d == nil {
		names := []string{}
		for _, d := range sorted(c.defs) {
			names = append(names, d.name)
		}
		c.fail(CodeUnknown, name, suggest(name.Text, names), "there is no fragment %s in defs", name.Text)
		return nil
	}
	d.used = true
	if !c.def(d) {
		c.fail(CodeInvalid, name, "fragments may call one another, but not in a circle", "the fragment %s calls itself", name.Text)
		return nil
	}
	if d.bad {
		return nil
	}
	if d.drops && !c.inEach(sb) {
		c.fail(CodeInvalid, name, "call it within a $each", "the fragment %s has an $onError: drop, and no $each is around it here", name.Text)
		return nil
	}
	ru := c.rule(p.node, path)
	from := node(&read{rule: ru, ref: ref{slot: -1, text: "."}})
	if with != nil {
		from = c.source(with, sb, path)
	}
	return &within{rule: ru, from: from, scope: d.scope, body: d.body}
}
