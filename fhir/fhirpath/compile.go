package fhirpath

import (
	"sort"
	"strconv"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// compiler turns syntax into evaluators.
type compiler struct {
	engine *Engine
	source string
}

func compile(e *Engine, source string) (*Expression, error) {
	tree, err := parse(source)
	if err != nil {
		return nil, err
	}
	c := &compiler{e, source}
	root, err := c.node(tree)
	if err != nil {
		return nil, err
	}
	return &Expression{engine: e, source: source, syntax: tree, root: root}, nil
}

func (c *compiler) fail(pos int, message, hint string) error {
	return newSyntaxError(c.source, pos, message, hint)
}

// node compiles; a nil syntax, an input that is not written, is a nil evaluator.
func (c *compiler) node(s *syntax) (evaluator, error) {
	if s == nil {
		return nil, nil //nolint:nilnil // no input means the context
	}
	switch s.kind {
	case syntaxLiteral:
		return &literalNode{s.value}, nil
	case syntaxEmpty:
		return emptyNode{}, nil
	case syntaxConstant:
		return &constantNode{s.name, s.pos}, nil
	case syntaxBinary:
		return c.binary(s)
	case syntaxUnary:
		operand, err := c.node(s.args[0])
		return &unaryNode{operand, s.name == "-", s.pos}, err
	case syntaxType:
		return c.typeOperator(s)
	case syntaxSort:
		return c.node(s.args[0]) // the direction is read by sort()
	default:
	}
	input, err := c.node(s.input)
	if err != nil {
		return nil, err
	}
	switch s.kind {
	case syntaxVariable:
		if input != nil {
			return &scopedNode{input, variableNode(s.name)}, nil
		}
		return variableNode(s.name), nil
	case syntaxIndex:
		index, err := c.node(s.args[0])
		return &indexNode{input, index, s.pos}, err
	case syntaxCall:
		return c.call(s, input)
	default:
		return c.member(s, input), nil
	}
}

// member compiles a name. At the start of a path, the name of a type stands for the context
// if it is of that type.
func (c *compiler) member(s *syntax, input evaluator) evaluator {
	if input == nil && s.name != "" && s.name[0] >= 'A' && s.name[0] <= 'Z' {
		typ, _ := elements.Lookup(s.name)
		return &contextNode{typeSpec{fhir: typ, name: s.name}, memberNode{name: s.name, pos: s.pos}}
	}
	return &memberNode{input: input, name: s.name, pos: s.pos}
}

func (c *compiler) typeOperator(s *syntax) (evaluator, error) {
	input, err := c.node(s.args[0])
	if err != nil {
		return nil, err
	}
	spec, err := c.typeSpec(s.typ, s.name == "is")
	return &typeNode{input, spec, s.name, s.pos}, err
}

// typeSpec finds a type. A qualified name of `is` may be of a model that is not known here:
// nothing is of it.
func (c *compiler) typeSpec(t typeName, is bool) (typeSpec, error) {
	spec, ok := findType(t)
	if ok || is && t.namespace != "" {
		return spec, nil
	}
	hint := ""
	if s := similar(t.name, typeNames()); s != "" {
		hint = "is it " + s + "?"
	}
	return spec, c.fail(t.pos, "there is no type "+t.String(), hint)
}

// typeArgument reads the argument of is(), as() and ofType(), which is a path by grammar.
func (c *compiler) typeArgument(s *syntax) (typeName, error) {
	switch {
	case s.kind == syntaxMember && s.input == nil:
		return typeName{name: s.name, pos: s.pos}, nil
	case s.kind == syntaxMember && s.input.kind == syntaxMember && s.input.input == nil:
		return typeName{namespace: s.input.name, name: s.name, pos: s.input.pos}, nil
	}
	return typeName{}, c.fail(s.pos, "no name of a type", "")
}

func (c *compiler) call(s *syntax, input evaluator) (evaluator, error) {
	f, standard := functions[s.name]
	if !standard {
		return c.userCall(s, input)
	}
	if len(s.args) < f.min || len(s.args) > f.max {
		return nil, c.arguments(s, f.min, f.max)
	}
	n := &callNode{input: input, name: s.name, pos: s.pos, run: f.run}
	if f.typed {
		t, err := c.typeArgument(s.args[0])
		if err != nil {
			return nil, err
		}
		n.spec, err = c.typeSpec(t, s.name == "is")
		return n, err
	}
	if s.name == "sort" {
		return c.sort(s, n)
	}
	for _, a := range s.args {
		arg, err := c.node(a)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, arg)
	}
	if f.pattern {
		if literal, ok := n.args[0].(*literalNode); ok && literal.value.kind == kindString {
			re, err := compilePattern(s.name, literal.value.text)
			if err != nil {
				return nil, c.fail(s.args[0].pos, err.Error(), "patterns are RE2: no look-around, no back references")
			}
			n.pattern = re
		}
	}
	return n, nil
}

func (c *compiler) arguments(s *syntax, least, most int) error {
	want := strconv.Itoa(least)
	if most > least {
		want += " to " + strconv.Itoa(most)
	}
	return c.fail(s.pos, s.name+"() takes "+want+" arguments, not "+strconv.Itoa(len(s.args)), "")
}

func (c *compiler) userCall(s *syntax, input evaluator) (evaluator, error) {
	f, ok := c.engine.config.Functions[s.name]
	if !ok {
		names := make([]string, 0, len(functions))
		for name := range functions {
			names = append(names, name)
		}
		for name := range c.engine.config.Functions {
			names = append(names, name)
		}
		sort.Strings(names)
		hint := ""
		if name := similar(s.name, names); name != "" {
			hint = "is it " + name + "()?"
		}
		return nil, c.fail(s.pos, "there is no function "+s.name+"()", hint)
	}
	if len(s.args) < f.MinArgs || len(s.args) > f.MaxArgs {
		return nil, c.arguments(s, f.MinArgs, f.MaxArgs)
	}
	n := &userNode{input: input, name: s.name, pos: s.pos, call: f.Call}
	for _, a := range s.args {
		arg, err := c.node(a)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, arg)
	}
	return n, nil
}

// sort compiles the keys of sort(): "-key" and "key desc" go down. A minus there is no
// arithmetic, so texts can be sorted by it.
func (c *compiler) sort(s *syntax, n *callNode) (evaluator, error) {
	for _, a := range s.args {
		down := false
		if a.kind == syntaxSort {
			down, a = a.name == "desc", a.args[0]
		}
		if a.kind == syntaxUnary && a.name == "-" {
			down, a = !down, a.args[0]
		}
		key, err := c.node(a)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, key)
		n.down = append(n.down, down)
	}
	return n, nil
}
