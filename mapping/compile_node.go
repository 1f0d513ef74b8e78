package mapping

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// node compiles a part of the document that gives output. It never returns nil.
func (c *compiler) node(n *doc.Node, sb *scopeBuilder, path string) node {
	var out node
	switch n.Kind {
	case doc.List:
		out = c.array(n, sb, path)
	case doc.Map:
		out = c.object(n, sb, path)
	case doc.Text:
		out = c.text(n, sb, path)
	default:
		out = c.constant(n, nodeJSON(n))
	}
	if out == nil {
		out = c.constant(&doc.Node{}, "null") // what is wrong has been reported
	}
	if _, plain := out.(*constantNode); c.traced && !plain {
		return traced(c.rule(n, path), out)
	}
	return out
}

// constant makes a node of what the document itself says, given as JSON.
func (c *compiler) constant(n *doc.Node, json string) *constantNode {
	v, err := c.plan.constant.AddJSON([]byte(json), maxDocumentDepth)
	if err != nil {
		c.fail(CodeInvalid, n, "", "a constant that JSON does not know")
		v = c.plan.constant.AddNull()
	}
	return &constantNode{text: []byte(json), at: v, keep: c.keep}
}

// text compiles a scalar text: a constant, $.path, $name or "= expression".
func (c *compiler) text(n *doc.Node, sb *scopeBuilder, path string) node {
	switch {
	case strings.HasPrefix(n.Text, "= "):
		return c.expression(n, n.Text[2:], 2, sb, path)
	case strings.HasPrefix(n.Text, "$$"):
		return c.constant(n, quoted(n.Text[1:]))
	case strings.HasPrefix(n.Text, "$"):
		return c.read(n, n.Text, false, sb, path)
	}
	return c.constant(n, quoted(n.Text))
}

func quoted(text string) string { return string(tape.AppendQuoted(nil, text)) }

func (c *compiler) read(n *doc.Node, text string, plain bool, sb *scopeBuilder, path string) node {
	r, ok := c.reference(text, plain, n, sb)
	if !ok {
		return nil
	}
	return &read{rule: c.rule(n, path), ref: r, keep: c.keep, check: c.checkOf(sb, r, n)}
}

func (c *compiler) array(n *doc.Node, sb *scopeBuilder, path string) node {
	out := &array{rule: c.rule(n, path), keep: c.keep}
	all := []byte{'['}
	for i, item := range n.Items {
		made := c.node(item, sb, path+"/"+itoa(i))
		if constant, ok := made.(*constantNode); !ok {
			out.dynamic = out.dynamic || !isConstant(made)
		} else if constant.at.Kind() != tape.Null {
			if len(all) > 1 {
				all = append(all, ',')
			}
			all = append(all, constant.text...)
		}
		out.nodes = append(out.nodes, made)
	}
	if !out.dynamic && len(all) > 1 && !c.traced {
		c.plan.rules = c.plan.rules[:len(c.plan.rules)-1] // a constant counts with what it is in
		return c.constant(n, string(append(all, ']')))
	}
	return out
}

// parts is an object of the document, taken apart.
type parts struct {
	node    *doc.Node
	ops     map[string]*doc.Node
	order   []string // of the operators
	outputs []doc.Key
}

// producers are the operators that begin a rule; an object holds one of them at most.
func producers() []string {
	return []string{"$from", "$if", "$switch", "$first", "$concat", "$call", "$each"}
}

// structure are the operators that the compiler itself knows, with the producer they belong
// to, "" for any.
func structure() map[string]string {
	return map[string]string{
		"$from": "", "$if": "", "$switch": "", "$first": "", "$concat": "", "$call": "", "$each": "",
		"$then": "$if", "$else": "$if",
		"$where": "$each", "$expand": "$each", "$group": "$each", "$sort": "$each", "$limit": "$each", "$distinct": "$each",
		"$index": "$each", "$value": "$each", "$reduce": "$each",
		"$when": "", "$required": "", "$onError": "", "$keep": "", "$with": "", "$needs": "", "$always": "", "$pairs": "",
	}
}

func (c *compiler) takeApart(n *doc.Node) parts {
	p := parts{node: n, ops: map[string]*doc.Node{}}
	known := structure()
	for _, key := range n.Keys {
		at := &doc.Node{Line: key.Line, Column: key.Column}
		switch {
		case strings.HasPrefix(key.Name, "$$"):
			key.Name = key.Name[1:]
			p.outputs = append(p.outputs, key)
		case !strings.HasPrefix(key.Name, "$"):
			p.outputs = append(p.outputs, key)
		default:
			_, structural := known[key.Name]
			if !structural && c.operators[key.Name] == nil {
				names := make([]string, 0, len(known))
				for name := range known {
					names = append(names, name)
				}
				for name := range c.operators {
					names = append(names, name)
				}
				slices.Sort(names)
				hint := suggest(key.Name, names)
				if hint == "" {
					hint = "an output member of that name is written $" + key.Name
				}
				c.fail(CodeUnknown, at, hint, "there is no operator %s", key.Name)
				continue
			}
			p.ops[key.Name] = key.Value
			p.order = append(p.order, key.Name)
		}
	}
	return p
}

// object compiles an object: operators, output members, or both.
func (c *compiler) object(n *doc.Node, sb *scopeBuilder, path string) node {
	p := c.takeApart(n)
	known := structure()
	producer := ""
	for _, name := range p.order {
		if slices.Contains(producers(), name) {
			if producer != "" {
				c.fail(CodeInvalid, n, "put one of them into the other", "%s and %s in one rule", producer, name)
				return nil
			}
			producer = name
		}
	}
	for _, name := range p.order {
		if owner := known[name]; owner != "" && owner != producer {
			c.fail(CodeInvalid, p.ops[name], "", "%s stands without its %s", name, owner)
			return nil
		}
	}
	if producer != "" && producer != "$each" && len(p.outputs) > 0 {
		c.fail(CodeInvalid, n, "a rule gives a value or has members, not both; a member whose name begins with a dollar is written $$name",
			"%s beside the member %s", producer, p.outputs[0].Name)
		return nil
	}
	saved := c.keep
	defer func() { c.keep = saved }()
	if k := p.ops["$keep"]; k != nil {
		c.words(k, "$keep", map[string]func(){"null": func() { c.keep |= keepNull }, "empty": func() { c.keep |= keepEmpty }})
	}
	inner := sb
	var from node
	if w := p.ops["$with"]; w != nil {
		from = c.source(w, sb, path)
		inner = c.scope(sb)
		inner.schema = c.schemaOf(sb, w)
	}
	var out node
	switch producer {
	case "$each":
		out = c.each(p, inner, path)
	case "":
		out = c.members(p, inner, path)
	default:
		out = c.produce(producer, p, inner, path)
	}
	if out == nil {
		return nil
	}
	out = c.chained(producer, out, p, inner, path)
	if from != nil {
		out = &within{rule: c.rule(n, path), from: from, scope: inner.plan, body: out}
	}
	return c.guarded(producer, out, p, sb, path)
}

// chained puts the operators that change a value behind what gives it.
func (c *compiler) chained(producer string, out node, p parts, sb *scopeBuilder, path string) node {
	known := structure()
	steps := []chainStep{}
	for _, name := range p.order {
		if _, structural := known[name]; structural {
			continue
		}
		if producer == "$each" && name == "$join" && p.ops[name].Kind == doc.Map {
			continue // $each's own
		}
		if producer == "$each" && name == "$zip" {
			continue
		}
		if name == "$default" && (producer == "$each" || producer == "") {
			continue // the guard's
		}
		if producer == "" {
			c.fail(CodeInvalid, p.ops[name], "begin the rule with $from", "%s has no value to work on", name)
			continue
		}
		op := c.operators[name]
		if made := op.make(c, sb, p.ops[name], path); made != nil {
			steps = append(steps, chainStep{name: name, op: made, nothing: op.nothing})
		}
	}
	chain, isChain := out.(*chain)
	if isChain {
		chain.steps = steps
		c.checkChain(chain, p)
		return chain
	}
	if len(steps) == 0 {
		return out
	}
	return newChain(c.rule(p.node, path), []node{out}, steps, c.keep)
}

func newChain(ru *rule, sources []node, steps []chainStep, k keep) *chain {
	out := &chain{rule: ru, sources: sources, steps: steps, keep: k}
	if len(sources) == 1 {
		if plain, ok := sources[0].(*plainRead); ok {
			out.only = plain.of
		}
	}
	return out
}

// guarded puts conditions and duties around a node, if there are any.
func (c *compiler) guarded(producer string, out node, p parts, sb *scopeBuilder, path string) node {
	g := &guard{inner: out}
	needed := false
	if n := p.ops["$when"]; n != nil {
		g.when, needed = c.condition(n, sb, path), true
	}
	if n := p.ops["$required"]; n != nil {
		g.required = c.flag(n, "$required")
		needed = needed || g.required
	}
	if n := p.ops["$default"]; n != nil && (producer == "$each" || producer == "") {
		g.other, needed = c.node(n, sb, path+"#default"), true
	}
	if n := p.ops["$onError"]; n != nil {
		switch c.oneOf(n, "$onError", "fail", "omit", "drop", "default") {
		case "omit":
			g.onError, needed = onErrorOmit, true
		case "drop":
			if e, ok := out.(*each); ok {
				e.dropBad = true
			} else if f, ok := out.(*fold); ok {
				f.each.dropBad = true
			} else if c.inEach(sb) {
				g.onError, needed = onErrorDrop, true
			} else {
				c.fail(CodeInvalid, n, "use omit", "$onError: drop has no $each around it whose item it could drop")
			}
		case "default":
			d := p.ops["$default"]
			if d == nil {
				c.fail(CodeInvalid, n, "add $default", "$onError: default without a $default")
				break
			}
			g.onError, needed = onErrorDefault, true
			if g.other == nil {
				g.other = c.node(d, sb, path+"#default")
			}
		}
	}
	if !needed {
		return out
	}
	g.rule = c.rule(p.node, path)
	if chain, ok := out.(*chain); ok { // one rule, counted once
		c.plan.rules = c.plan.rules[:len(c.plan.rules)-1]
		g.rule = chain.rule
	}
	return g
}

// inEach reports whether there is an item around to drop. Within a fragment that is seen where
// it is called.
func (c *compiler) inEach(sb *scopeBuilder) bool {
	for ; sb != nil; sb = sb.parent {
		if sb.each {
			return true
		}
		if sb.def != nil {
			sb.def.drops = true
			return true
		}
	}
	return false
}

func (c *compiler) flag(n *doc.Node, what string) bool {
	if n.Kind != doc.Bool {
		c.fail(CodeInvalid, n, "", "%s is true or false", what)
		return false
	}
	return n.Text == "true"
}

// isConstant reports whether a node gives the same for every input. In a plan that is traced
// such a node need not be a constantNode.
func isConstant(n node) bool {
	switch n := n.(type) {
	case *constantNode:
		return true
	case *object:
		return !n.dynamic
	case *array:
		return !n.dynamic
	case *tracedNode:
		return isConstant(n.inner)
	case *tracedList:
		return isConstant(n.inner)
	}
	return false
}
