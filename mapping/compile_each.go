package mapping

import (
	"strconv"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// each compiles a $each with what belongs to it.
func (c *compiler) each(p parts, sb *scopeBuilder, path string) node {
	before := len(c.plan.rules)
	out := &each{rule: c.rule(p.node, path), limit: -1, index: -1, keep: c.keep}
	c.eachSource(p.ops["$each"], out, sb, path)
	items := c.scope(sb)
	items.each = true
	items.schema = c.itemSchema(sb, p.ops["$each"])
	out.scope = items.plan
	if n := p.ops["$expand"]; n != nil {
		var level []node
		for _, item := range n.Items {
			level = append(level, c.source(item, items, path))
		}
		if n.Kind != doc.List {
			level = []node{c.source(n, items, path)}
		}
		out.expand = append(out.expand, level)
		items.schema = nil
	}
	if n := p.ops["$join"]; n != nil && n.Kind == doc.Map {
		c.hashJoin(n, out, sb, items, path)
	}
	if n := p.ops["$where"]; n != nil {
		out.where = c.condition(n, items, path)
	}
	if n := p.ops["$distinct"]; n != nil {
		switch {
		case n.Kind == doc.Bool && n.Text == "true":
			out.distinct = c.source(&doc.Node{Kind: doc.Text, Text: ".", Line: n.Line, Column: n.Column}, items, path)
		case n.Kind != doc.Bool:
			out.distinct = c.source(n, items, path)
		}
	}
	if n := p.ops["$sort"]; n != nil {
		out.sort = &sorting{}
		by := n
		if n.Kind == doc.Map && n.Get("by") != nil {
			c.keys(n, "$sort", "by", "desc")
			by = n.Get("by")
			if d := n.Get("desc"); d != nil {
				out.sort.desc = c.flag(d, "desc")
			}
		}
		out.sort.by = c.source(by, items, path)
	}
	out.limit = c.number(p.ops["$limit"], "$limit", -1)
	out.index = c.number(p.ops["$index"], "$index", -1)
	body := items
	if n := p.ops["$group"]; n != nil {
		body = c.scope(sb)
		body.each, body.plan.group = true, true
		out.group = &grouping{by: c.source(n, items, path), scope: body.plan}
	}
	switch n := p.ops["$value"]; {
	case n != nil && len(p.outputs) > 0:
		c.fail(CodeInvalid, n, "", "$value beside the member %s", p.outputs[0].Name)
	case n != nil:
		out.body = c.node(n, body, path+"/*")
	case len(p.outputs) > 0:
		out.body = c.members(p, body, path+"/*")
	case body.plan.group:
		c.fail(CodeInvalid, p.node, "give it members, or $value", "a $group without members")
	default:
		out.body = c.source(&doc.Node{Kind: doc.Text, Text: ".", Line: p.node.Line, Column: p.node.Column}, items, path+"/*")
	}
	out.cost = 1 + len(c.plan.rules) - before
	if n := p.ops["$reduce"]; n != nil {
		return c.fold(n, out, p)
	}
	if out.index >= 0 && out.limit >= 0 {
		c.fail(CodeInvalid, p.ops["$index"], "", "$index beside $limit")
	}
	return out
}

// number reads a whole number that is not negative.
func (c *compiler) number(n *doc.Node, what string, otherwise int) int {
	if n == nil {
		return otherwise
	}
	v, err := strconv.Atoi(n.Text)
	if n.Kind != doc.Number || err != nil || v < 0 {
		c.fail(CodeInvalid, n, "", "%s is a whole number from 0", what)
		return otherwise
	}
	return v
}

// eachSource compiles what $each goes through: a path, a list of paths, {from: path,
// single: true}, {zip: {name: path}} or a rule.
func (c *compiler) eachSource(n *doc.Node, out *each, sb *scopeBuilder, path string) {
	if n.Kind == doc.Map && n.Get("zip") != nil {
		c.keys(n, "$each", "zip")
		z := &zip{rule: out.rule}
		for _, key := range n.Get("zip").Keys {
			z.names = append(z.names, quoted(key.Name))
			z.sources = append(z.sources, c.source(key.Value, sb, path))
		}
		if len(z.names) == 0 {
			c.fail(CodeInvalid, n, "{zip: {name: path, other: path}}", "zip names the arrays that go together")
		}
		out.sources = []node{z}
		return
	}
	if n.Kind == doc.Map && n.Get("from") != nil {
		c.keys(n, "$each", "from", "single")
		if s := n.Get("single"); s != nil {
			out.single = c.flag(s, "single")
		}
		n = n.Get("from")
	}
	items := n.Items
	if n.Kind != doc.List {
		items = []*doc.Node{n}
	}
	if len(items) == 0 {
		c.fail(CodeInvalid, n, "", "$each is an empty list")
	}
	for _, item := range items {
		out.sources = append(out.sources, c.source(item, sb, path))
	}
}

func (c *compiler) hashJoin(n *doc.Node, out *each, sb, items *scopeBuilder, path string) {
	on := n.Get("on")
	if !c.keys(n, "$join", "with", "on") || n.Get("with") == nil || on == nil || len(on.Items) != 2 {
		c.fail(CodeInvalid, n, "$join: {with: path, on: [left, right]}", "$join beside $each names the other array and the two keys")
		return
	}
	others := c.scope(sb)
	out.join = &hashJoin{
		with: c.source(n.Get("with"), sb, path), scope: others.plan,
		left: c.source(on.Items[0], items, path), right: c.source(on.Items[1], others, path),
	}
	items.joined = true
}

func (c *compiler) fold(n *doc.Node, e *each, p parts) node {
	out := &fold{rule: e.rule, each: e}
	how := n
	if n.Kind == doc.Map {
		c.keys(n, "$reduce", "op", "with")
		how = n.Get("op")
		if w := n.Get("with"); w != nil {
			out.with = w.Text
		}
	}
	if how == nil {
		c.fail(CodeInvalid, n, "$reduce: {op: join, with: text}", "$reduce without op")
		return nil
	}
	out.how = c.oneOf(how, "$reduce", "min", "max", "sum", "count", "join")
	e.folded = true
	if e.group != nil && len(p.outputs) > 0 {
		c.fail(CodeInvalid, n, "", "$reduce of objects")
	}
	return out
}
