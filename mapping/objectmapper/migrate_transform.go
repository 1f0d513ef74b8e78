package objectmapper

import (
	"slices"
	"strconv"
	"strings"
)

// letRule is a converted inputTransform.
type letRule struct {
	name  string
	ref   ref
	alias bool // ref reads the data itself
	rule  *yaml
	gives yields
	kind  shape
	named bool // it must be a let
	uses  int
	err   error
}

// transforms converts all inputTransforms.
func (m *migrator) transforms() {
	for i := range m.doc.Transforms {
		e := &m.doc.Transforms[i]
		let := &letRule{}
		m.lets[e.Name] = let
		root, err := parseJSONata(e.Text, Limits{}.withDefaults().Depth)
		if err == nil {
			c := &jsonataConverter{m: m, at: e.Position, text: e.Text}
			let.rule, err = c.rule(root, jsonataScope{})
			if err == nil && let.rule == nil {
				let.rule = yRaw("null")
			}
			let.kind = c.kindOf(root)
			if at, ok := c.ref(root, jsonataScope{}); ok && err == nil {
				let.alias, let.ref = true, at
			}
		}
		if err != nil {
			let.err = err
			m.out.lost = append(m.out.lost, m.refused(e.Position, "inputTransforms."+e.Name+": ", err))
			continue
		}
		let.gives = givesOf(let.rule)
		if !let.alias {
			let.name = m.name(e.Name, "transform")
			let.ref = ref{base: "$" + let.name}
		}
	}
}

// givesOf says what a converted expression gives when the input has nothing.
func givesOf(rule *yaml) yields {
	switch {
	case rule.kind == yamlRaw && rule.text == "null":
		return givesNothing
	case rule.kind == yamlRaw, rule.kind == yamlText && !strings.HasPrefix(rule.text, "$") && !strings.HasPrefix(rule.text, "= "):
		return givesConstant
	}
	return givesData
}

// letRules are the transforms that the map reads by name.
func (m *migrator) letRules() *yaml {
	out := yMap()
	for i := range m.doc.Transforms {
		e := &m.doc.Transforms[i]
		let := m.lets[e.Name]
		switch {
		case let.err != nil:
		case let.uses == 0:
			m.note(NoteUnused, e.Position, "inputMapping does not read transforms."+e.Name+": it is left out", "if a request's parameter reads it, the mediator has to make it")
		case let.named && !let.alias && out.get(let.name) == nil:
			out.with(let.name, let.rule)
		}
	}
	return out
}

// jsonataConverter makes rules of one expression.
type jsonataConverter struct {
	m    *migrator
	at   Position
	text string
}

// jsonataScope is what names mean: the data, or the elements of a list.
type jsonataScope struct {
	inItem  bool
	item    []string // variables that are the element
	context bool     // plain names are the element's members too
	pointer bool     // the element is # of an expression
}

func (c *jsonataConverter) no(n *node, message, hint string) error {
	p := positionOf(c.text, n.off)
	return refuse("line "+strconv.Itoa(p.Line)+", column "+strconv.Itoa(p.Column)+" of the expression: "+message, hint)
}

func (c *jsonataConverter) decide(message string) {
	c.m.note(NoteDecision, c.at, message, "")
}

// ref reads a node that is a path of names and indexes.
func (c *jsonataConverter) ref(n *node, sc jsonataScope) (ref, bool) {
	n = unwrap(n)
	parts := []*node{n}
	if n.kind == nodePath {
		parts = n.args
	}
	var steps []refStep
	var variable *node
	for i, part := range parts {
		var index []refStep
		for part.kind == nodeIndex {
			lit := part.args[1]
			if lit.kind != nodeLiteral || lit.val.kind != kindNumber || !allDigits(lit.val.text) {
				return ref{}, false
			}
			index = append([]refStep{{lit.val.text, true}}, index...)
			part = part.args[0]
		}
		switch {
		case part.kind == nodeName:
			steps = append(steps, refStep{name: part.text})
		case part.kind == nodeVariable && i == 0:
			variable = part
		default:
			return ref{}, false
		}
		steps = append(steps, index...)
	}
	if variable != nil {
		if sc.inItem && (slices.Contains(sc.item, variable.text) && variable.text != "" || variable.text == "" && sc.context) {
			return ref{steps: steps}, true
		}
		if variable.text != "" || sc.inItem && sc.context {
			return ref{}, false
		}
	} else if sc.context {
		return ref{steps: steps}, true
	}
	out, ok := c.data(steps)
	if ok && sc.inItem && out.base == "" {
		out.base = "$root"
	}
	return out, ok
}

// data reads a path of the whole data.
func (c *jsonataConverter) data(steps []refStep) (ref, bool) {
	if len(steps) == 0 {
		return ref{}, false
	}
	rest := steps[1:]
	switch steps[0].name {
	case "requestBody":
		return ref{steps: rest}, true
	case "query", "urlParams", "requestHeaders", "state", "timestamps":
		return ref{base: "$ctx"}.then(steps...), true
	case "lookupRequests":
		if len(rest) == 0 || rest[0].isIndex {
			return ref{}, false
		}
		return c.m.lookupRef(rest[0].name).then(rest[1:]...), true
	}
	return ref{}, false
}

// constantOf is a node's value when it is a literal or below constants.
func (c *jsonataConverter) constantOf(n *node, sc jsonataScope) (*value, bool) {
	n = unwrap(n)
	switch n.kind { //nolint:exhaustive // the others have no equivalent
	case nodeLiteral:
		return n.val, true
	case nodeNegate:
		if v, ok := c.constantOf(n.args[0], sc); ok && v.is(kindNumber) && !strings.HasPrefix(v.text, "-") {
			return newNumber("-" + v.text), true
		}
	case nodePath, nodeName:
		parts := []*node{n}
		if n.kind == nodePath {
			parts = n.args
		}
		if sc.context || parts[0].kind != nodeName || parts[0].text != "constants" {
			return nil, false
		}
		v := c.m.doc.constants
		for _, part := range parts[1:] {
			if part.kind == nodeIndex && part.args[0].kind == nodeName && part.args[1].kind == nodeLiteral {
				i, err := strconv.Atoi(part.args[1].val.text)
				if err != nil {
					return nil, false
				}
				v = v.get(part.args[0].text)
				if v.is(kindArray) {
					v = v.at(i)
				}
				continue
			}
			if part.kind != nodeName || v.is(kindArray) {
				return nil, false
			}
			v = v.get(part.text)
		}
		return v, true
	}
	return nil, false
}

func unwrap(n *node) *node {
	for n.kind == nodeBlock {
		n = n.args[0]
	}
	return n
}

func sameNode(a, b *node) bool {
	a, b = unwrap(a), unwrap(b)
	if a.kind != b.kind || a.text != b.text || len(a.args) != len(b.args) || !slices.Equal(a.names, b.names) {
		return false
	}
	if (a.val == nil) != (b.val == nil) || a.val != nil && string(encode(a.val)) != string(encode(b.val)) {
		return false
	}
	for i := range a.args {
		if !sameNode(a.args[i], b.args[i]) {
			return false
		}
	}
	return true
}

// kindOf is what is known of an expression's value.
func (c *jsonataConverter) kindOf(n *node) shape {
	n = unwrap(n)
	switch n.kind { //nolint:exhaustive // the others have no equivalent
	case nodeLiteral:
		if n.val.is(kindString) {
			return shapeText
		}
		return shapeOther
	case nodeObject:
		return shapeObject
	case nodeArray:
		return shapeList
	case nodeBinary:
		if n.text == "&" {
			return shapeText
		}
		return shapeOther
	case nodeCall:
		switch n.text {
		case "append":
			return shapeList
		case "string", "uppercase", "lowercase", "trim", "substring", "substringBefore", "substringAfter", "now", "join":
			return shapeText
		case "number", "count", "sum", "max", "min", "floor", "ceil", "round", "abs", "length", "boolean", "exists", "not", "contains":
			return shapeOther
		}
	case nodeConditional:
		out := c.kindOf(n.args[1])
		if len(n.args) > 2 && !isNull(n.args[2]) {
			out |= c.kindOf(n.args[2])
		}
		return out
	case nodeName, nodePath:
		if n.kind == nodePath {
			var names []string
			for _, part := range n.args {
				for part.kind == nodeIndex {
					part = part.args[0]
				}
				if part.kind != nodeName {
					return 0
				}
				names = append(names, part.text)
			}
			return c.m.shapes.at(names)
		}
	}
	return 0
}

func isNull(n *node) bool {
	n = unwrap(n)
	return n.kind == nodeLiteral && n.val.kind == kindNull
}
