package mapping

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// members compiles the output members of an object.
func (c *compiler) members(p parts, sb *scopeBuilder, path string) node {
	if n := p.ops["$pairs"]; n != nil {
		return c.pairs(n, p, sb, path)
	}
	out := &object{rule: c.rule(p.node, path), keep: c.keep}
	if n := p.ops["$always"]; n != nil {
		out.always = c.flag(n, "$always")
	}
	all := []byte{'{'}
	needs := c.needs(p)
	seen := map[string]bool{}
	for _, key := range p.outputs {
		if seen[key.Name] {
			c.fail(CodeInvalid, key.Value, "$$name and name are the same member", "the member %s stands twice", key.Name)
		}
		seen[key.Name] = true
		m := member{name: key.Name, needed: needs[key.Name]}
		m.prefix = append(tape.AppendQuoted(nil, key.Name), ':')
		m.node = c.node(key.Value, sb, path+"/"+pointerToken(key.Name))
		if constant, ok := m.node.(*constantNode); !ok {
			out.dynamic = out.dynamic || !isConstant(m.node)
		} else if constant.at.Kind() != tape.Null || constant.keep&keepNull != 0 {
			m.constant = append(slices.Clone(m.prefix), constant.text...)
			if len(all) > 1 {
				all = append(all, ',')
			}
			all = append(all, m.constant...)
			if c.traced {
				m.constant, m.node = nil, traced(c.rule(key.Value, path+"/"+pointerToken(key.Name)), constant)
			}
		}
		out.members = append(out.members, m)
	}
	if !out.dynamic && len(all) > 1 && path != "" && !c.traced {
		c.plan.rules = c.plan.rules[:len(c.plan.rules)-1]
		return c.constant(p.node, string(append(all, '}')))
	}
	out.merge()
	return out
}

// merge writes constants that follow one another in one go.
func (n *object) merge() {
	merged := n.members[:0:0]
	for _, m := range n.members {
		if last := len(merged) - 1; m.constant != nil && last >= 0 && merged[last].constant != nil {
			joined := append(slices.Clone(merged[last].constant), ',')
			merged[last].constant = append(joined, m.constant...)
			continue
		}
		merged = append(merged, m)
	}
	for i := range merged {
		merged[i].beginWith(merged[i].constant, merged[i].prefix)
	}
	n.members = merged
}

// beginWith makes what a member begins with, when others stand before it.
func (m *member) beginWith(constant, prefix []byte) {
	if constant != nil {
		prefix = constant
	}
	m.begin = append([]byte{','}, prefix...)
}

func (c *compiler) needs(p parts) map[string]bool {
	n := p.ops["$needs"]
	if n == nil {
		return nil
	}
	needs := map[string]bool{}
	items := n.Items
	if n.Kind == doc.Text {
		items = []*doc.Node{n}
	}
	for _, item := range items {
		if !slices.ContainsFunc(p.outputs, func(k doc.Key) bool { return k.Name == item.Text }) {
			names := []string{}
			for _, k := range p.outputs {
				names = append(names, k.Name)
			}
			c.fail(CodeUnknown, item, suggest(item.Text, names), "$needs: the object has no member %s", item.Text)
		}
		needs[item.Text] = true
	}
	return needs
}

func (c *compiler) pairs(n *doc.Node, p parts, sb *scopeBuilder, path string) node {
	if !c.keys(n, "$pairs", "key", "value", "omit") {
		return nil
	}
	for _, name := range []string{"$needs", "$always"} {
		if at := p.ops[name]; at != nil {
			c.fail(CodeInvalid, at, "", "%s has no meaning beside $pairs", name)
		}
	}
	key, val := n.Get("key"), n.Get("value")
	if key == nil || val == nil || key.Kind != doc.Text || val.Kind != doc.Text || key.Text == val.Text {
		c.fail(CodeInvalid, n, "$pairs: {key: dataElement, value: value}", "$pairs names the members of its items by key and value")
		return nil
	}
	out := &pairs{rule: c.rule(p.node, path), keep: c.keep}
	if omit := n.Get("omit"); omit != nil {
		for _, item := range omit.Items {
			out.omit = append(out.omit, item.AppendJSON(nil))
		}
	}
	for _, k := range p.outputs {
		prefix := append([]byte("{"), quoted(key.Text)...)
		prefix = append(append(prefix, ':'), quoted(k.Name)...)
		prefix = append(append(append(prefix, ','), quoted(val.Text)...), ':')
		m := member{name: k.Name, node: c.node(k.Value, sb, path+"/"+pointerToken(k.Name))}
		m.beginWith(nil, prefix)
		out.members = append(out.members, m)
	}
	return out
}

func pointerToken(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}
