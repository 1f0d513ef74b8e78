package objectmapper

import (
	"fmt"
	"slices"
)

// nodeKind says what a node of a JSONata expression is.
type nodeKind uint8

const (
	nodeLiteral  nodeKind = iota
	nodeName              // a member: text
	nodeVariable          // $v; $ alone is the context
	nodePath              // args are the steps
	nodeIndex             // args[0] with the index or condition args[1]
	nodeBinary            // text is the operator
	nodeNegate
	nodeConditional
	nodeObject // args are names and values in turn
	nodeArray
	nodeCall   // text is the function
	nodeLambda // names are the parameters, args[0] the body
	nodeBlock  // parentheses
)

// node is one node of a JSONata expression: the part of the language that is converted. Nothing in it can loop but over a list, so that
// every expression ends.
type node struct {
	kind  nodeKind
	off   int
	text  string
	val   *value
	args  []*node
	names []string
}

// refusal is a place in an expression that is not converted.
type refusal struct {
	off     int
	message string
}

func (r *refusal) Error() string { return r.message }

const refusalHint = "converted are paths, conditions, arithmetic, text joined by &, objects, lists, and the functions in the package's " +
	"documentation; write the rest as a mapping, or give Options.Engine an engine for JSONata"

type jsonataParser struct {
	src   string
	pos   int
	tok   token
	depth int
	max   int
	scope []string
}

type token struct {
	kind byte // 'n' number, 's' string, 'i' name, '$' variable, 'o' operator, 0 end
	text string
	off  int
}

// parseJSONata parses an expression, or says with a *refusal where it leaves the part that is converted.
func parseJSONata(src string, maxDepth int) (out *node, err error) {
	p := &jsonataParser{src: src, max: maxDepth}
	if err := p.next(); err != nil {
		return nil, err
	}
	out, err = p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != 0 {
		return nil, p.refuse(p.tok.off, fmt.Sprintf("%q is not expected here", p.tok.text))
	}
	return out, nil
}

func (p *jsonataParser) refuse(off int, message string) error {
	return &refusal{off: off, message: message}
}

func (p *jsonataParser) op(text string) bool { return p.tok.kind == 'o' && p.tok.text == text }

func (p *jsonataParser) expect(text string) error {
	if !p.op(text) {
		return p.refuse(p.tok.off, fmt.Sprintf("%q is expected here", text))
	}
	return p.next()
}

// power is how tightly a token binds to what stands left of it; 0 ends the expression.
func (p *jsonataParser) power() int {
	t := p.tok
	if t.kind == 'i' {
		switch t.text {
		case "and":
			return 30
		case "or":
			return 25
		case "in":
			return 40
		}
		return 0
	}
	if t.kind != 'o' {
		return 0
	}
	switch t.text {
	case "[", ".", "(":
		return 80
	case "*", "/", "%":
		return 60
	case "+", "-", "&":
		return 50
	case "=", "!=", "<", "<=", ">", ">=":
		return 40
	case "?":
		return 20
	default:
		return 0
	}
}

func (p *jsonataParser) expression(binding int) (*node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > p.max {
		return nil, p.refuse(p.tok.off, "the expression is nested too deeply")
	}
	left, err := p.prefix()
	if err != nil {
		return nil, err
	}
	for {
		power := p.power()
		if power <= binding {
			return left, nil
		}
		if left, err = p.infix(left, power); err != nil {
			return nil, err
		}
	}
}

func (p *jsonataParser) prefix() (*node, error) {
	t := p.tok
	if err := p.next(); err != nil {
		return nil, err
	}
	switch t.kind {
	case 'n':
		return &node{kind: nodeLiteral, off: t.off, val: newNumber(t.text)}, nil
	case 's':
		return &node{kind: nodeLiteral, off: t.off, val: newString(t.text)}, nil
	case '$':
		return p.dollar(t)
	case 'i':
		return p.word(t)
	case 0:
		return nil, p.refuse(t.off, "the expression ends too early")
	}
	switch t.text {
	case "(":
		inner, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if p.op(";") || p.op(":=") {
			return nil, p.refuse(p.tok.off, "blocks of several expressions and variables are not converted")
		}
		return &node{kind: nodeBlock, off: t.off, args: []*node{inner}}, p.expect(")")
	case "-":
		inner, err := p.expression(70)
		return &node{kind: nodeNegate, off: t.off, args: []*node{inner}}, err
	case "{":
		return p.object(t.off)
	case "[":
		items, err := p.listUntil("]")
		return &node{kind: nodeArray, off: t.off, args: items}, err
	}
	return nil, p.refuse(t.off, fmt.Sprintf("%q is not converted here", t.text))
}

func (p *jsonataParser) word(t token) (*node, error) {
	if p.src[t.off] != '`' {
		switch t.text {
		case "true", "false":
			return &node{kind: nodeLiteral, off: t.off, val: newBool(t.text == "true")}, nil
		case "null":
			return &node{kind: nodeLiteral, off: t.off, val: newNull()}, nil
		case "function":
			if p.op("(") {
				return p.lambda(t)
			}
		}
	}
	return &node{kind: nodeName, off: t.off, text: t.text}, nil
}

func (p *jsonataParser) dollar(t token) (*node, error) {
	if !p.op("(") {
		if t.text != "" && !slices.Contains(p.scope, t.text) {
			return nil, p.refuse(t.off, "the variable $"+t.text+" is not converted")
		}
		return &node{kind: nodeVariable, off: t.off, text: t.text}, nil
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	args, err := p.listUntil(")")
	if err != nil {
		return nil, err
	}
	call := &node{kind: nodeCall, off: t.off, text: t.text, args: args}
	return call, p.checkCall(call)
}

func (p *jsonataParser) checkCall(call *node) error {
	fn, ok := jsonataFunction(call.text)
	if !ok {
		return p.refuse(call.off, "the function $"+call.text+" is not converted")
	}
	if len(call.args) < fn.min || len(call.args) > fn.max {
		return p.refuse(call.off, "the function $"+call.text+" is not converted with this number of arguments")
	}
	for i, arg := range call.args {
		if (arg.kind == nodeLambda) != (fn.lambda && i == 1) {
			return p.refuse(arg.off, "a function is converted only as the second argument of $map and $filter")
		}
	}
	return nil
}

func (p *jsonataParser) lambda(t token) (*node, error) {
	out := &node{kind: nodeLambda, off: t.off}
	if err := p.next(); err != nil {
		return nil, err
	}
	for !p.op(")") {
		if p.tok.kind != '$' || len(out.names) == 3 {
			return nil, p.refuse(p.tok.off, "up to three parameters are expected here")
		}
		out.names = append(out.names, p.tok.text)
		if err := p.next(); err != nil {
			return nil, err
		}
		if !p.op(",") {
			break
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if err := p.expect("{"); err != nil {
		return nil, err
	}
	outer := p.scope
	p.scope = append(slices.Clone(outer), out.names...)
	body, err := p.expression(0)
	p.scope = outer
	if err != nil {
		return nil, err
	}
	if p.op(":=") || p.op(";") {
		return nil, p.refuse(p.tok.off, "variables are not converted")
	}
	out.args = []*node{body}
	return out, p.expect("}")
}

func (p *jsonataParser) object(off int) (*node, error) {
	out := &node{kind: nodeObject, off: off}
	for !p.op("}") {
		name, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if err := p.expect(":"); err != nil {
			return nil, err
		}
		val, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		out.args = append(out.args, name, val)
		if !p.op(",") {
			break
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	return out, p.expect("}")
}

func (p *jsonataParser) listUntil(closing string) ([]*node, error) {
	var out []*node
	for !p.op(closing) {
		item, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
		if !p.op(",") {
			break
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	return out, p.expect(closing)
}

func (p *jsonataParser) infix(left *node, power int) (*node, error) {
	t := p.tok
	if err := p.next(); err != nil {
		return nil, err
	}
	switch t.text {
	case "(":
		return nil, p.refuse(t.off, "calling what is no named function is not converted")
	case "[":
		if p.op("]") {
			return nil, p.refuse(t.off, "the mark [] that keeps a list of one is not converted")
		}
		index, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		return indexed(left, index, t.off), p.expect("]")
	case ".":
		right, err := p.expression(power)
		if err != nil {
			return nil, err
		}
		switch right.kind {
		case nodeName, nodeBlock, nodeObject, nodeIndex, nodeVariable, nodeCall:
		default:
			return nil, p.refuse(right.off, "this is not converted as a step of a path")
		}
		if left.kind == nodePath {
			left.args = append(left.args, right)
			return left, nil
		}
		return &node{kind: nodePath, off: left.off, args: []*node{left, right}}, nil
	case "?":
		yes, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		out := &node{kind: nodeConditional, off: t.off, args: []*node{left, yes}}
		if !p.op(":") {
			return out, nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
		no, err := p.expression(0)
		out.args = append(out.args, no)
		return out, err
	}
	right, err := p.expression(power)
	return &node{kind: nodeBinary, off: t.off, text: t.text, args: []*node{left, right}}, err
}

// indexed puts an index on the last step of a path, as JSONata does: a.b[0] is the first b of every a.
func indexed(left, index *node, off int) *node {
	if left.kind == nodePath {
		last := len(left.args) - 1
		left.args[last] = &node{kind: nodeIndex, off: off, args: []*node{left.args[last], index}}
		return left
	}
	return &node{kind: nodeIndex, off: off, args: []*node{left, index}}
}
