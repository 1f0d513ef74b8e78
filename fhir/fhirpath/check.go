package fhirpath

import (
	"slices"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// Check looks for what the types rule out before there are data: names that typeName does not have, JSON's names of
// choices (valueQuantity), types that an element cannot be, criteria that are no Booleans,
// text functions on what is no text, parts of children(), which have no order. typeName is that of
// the context: "Patient", "HumanName", "Patient.contact". Errors are *[SyntaxError].
//
// Evaluation is lenient about all that, as the specification wants: an unknown name is
// empty. Check finds misspellings.
func (x *Expression) Check(typeName string) error {
	typ, ok := elements.Lookup(typeName)
	if !ok {
		return newSyntaxError(x.source, 0, "there is no type "+typeName+" in FHIR R4", "")
	}
	c := &checker{source: x.source, context: shapeOf(typ)}
	c.this = c.context
	_, err := c.shape(x.syntax)
	return err
}

// checker infers shapes.
type checker struct {
	source  string
	context shape
	this    shape
	lenient bool // names that nothing has are nothing: while shapes of repeat() are gathered
}

func (c *checker) fail(pos int, message, hint string) error {
	return newSyntaxError(c.source, pos, message, hint)
}

func (c *checker) shape(s *syntax) (shape, error) {
	switch s.kind {
	case syntaxLiteral:
		return shape{system: []kind{s.value.kind}}, nil
	case syntaxEmpty:
		return shape{nothing: true}, nil
	case syntaxConstant:
		if _, fixed := fixedConstant(s.name); fixed {
			return shape{system: []kind{kindString}}, nil
		}
		return anything, nil
	case syntaxVariable:
		return c.variable(s)
	case syntaxUnary, syntaxSort:
		return c.shape(s.args[0])
	case syntaxBinary:
		return c.binary(s)
	case syntaxType:
		input, err := c.shape(s.args[0])
		if err != nil || s.name == "is" {
			return shape{system: []kind{kindBoolean}}, err
		}
		return c.narrowed(s, input, s.typ)
	case syntaxIndex:
		input, err := c.inputOf(s)
		if err != nil {
			return input, err
		}
		if err = c.ordered(s, input, "an index"); err != nil {
			return input, err
		}
		_, err = c.shape(s.args[0])
		return input, err
	case syntaxCall:
		return c.call(s)
	default:
		return c.member(s)
	}
}

// inputOf is the shape of what a member or call stands on.
func (c *checker) inputOf(s *syntax) (shape, error) {
	if s.input == nil {
		return c.this, nil
	}
	return c.shape(s.input)
}

func (c *checker) variable(s *syntax) (shape, error) {
	if s.name == "index" {
		return shape{system: []kind{kindInteger}}, nil
	}
	if s.name == "total" {
		return anything, nil
	}
	return c.inputOf(s)
}

// with infers an argument that is evaluated for each item of input.
func (c *checker) with(input shape, s *syntax) (shape, error) {
	saved := c.this
	input.unordered = false
	c.this = input
	result, err := c.shape(s)
	c.this = saved
	return result, err
}

func (c *checker) binary(s *syntax) (shape, error) {
	left, err := c.shape(s.args[0])
	if err != nil {
		return left, err
	}
	right, err := c.shape(s.args[1])
	if err != nil {
		return right, err
	}
	switch s.name {
	case "|":
		return left.and(right), nil
	case "<", "<=", ">", ">=":
		if !left.comparable(right) {
			return left, c.fail(s.pos, left.String()+" and "+right.String()+" cannot be ordered", "")
		}
	case "+", "-", "*", "/", "div", "mod":
		return anything, nil
	case "&":
		return shape{system: []kind{kindString}}, nil
	}
	return shape{system: []kind{kindBoolean}}, nil
}

// member finds a name in the types that the input can be.
func (c *checker) member(s *syntax) (shape, error) {
	if s.input == nil && s.name[0] >= 'A' && s.name[0] <= 'Z' {
		return c.contextType(s)
	}
	input, err := c.inputOf(s)
	if err != nil || input.open || input.nothing {
		return anything, err
	}
	var result shape
	found, hidden := false, false
	for _, k := range input.system {
		if k == kindQuantity || k == kindTypeInfo {
			return anything, nil
		}
	}
	for _, owner := range input.fhir {
		if owner.Kind == elements.Primitive {
			if s.name == "id" || s.name == "extension" || s.name == "value" {
				return anything, nil
			}
			continue
		}
		known := resolveName(owner, s.name)
		hidden = hidden || known.kind == resolvedHidden
		for _, ch := range known.choices {
			found = true
			result = result.and(shapeOf(ch.typ))
		}
	}
	if found || c.lenient {
		return result, nil
	}
	if hidden {
		return result, c.fail(s.pos, s.name+" is the JSON name of a choice", "write value and ofType(…), the name without the type")
	}
	hint := ""
	if name := similar(s.name, input.children()); name != "" {
		hint = "is it " + name + "?"
	}
	return result, c.fail(s.pos, input.String()+" has no "+s.name, hint)
}

// contextType is a type's name at the start of a path.
func (c *checker) contextType(s *syntax) (shape, error) {
	typ, ok := elements.Lookup(s.name)
	if !ok {
		return anything, c.fail(s.pos, "there is no type "+s.name, "")
	}
	if c.this.open {
		return shapeOf(typ), nil
	}
	for _, t := range c.this.fhir {
		if t.IsA(s.name) {
			return shapeOf(t), nil
		}
		if typ.IsA(t.Name) {
			return shapeOf(typ), nil
		}
	}
	return anything, c.fail(s.pos, c.this.String()+" is no "+s.name, "")
}

// narrowed is what as and ofType leave.
func (c *checker) narrowed(s *syntax, input shape, name typeName) (shape, error) {
	spec, ok := findType(name)
	if !ok {
		return anything, nil
	}
	result := shape{unordered: input.unordered}
	if spec.fhir != nil {
		result.fhir = []*elements.Type{spec.fhir}
	}
	if spec.system != kindNone {
		result.system = []kind{spec.system}
	}
	if input.open || input.nothing || c.lenient {
		return result, nil
	}
	for _, t := range input.fhir {
		if spec.fhir != nil && (t.IsA(spec.fhir.Name) || spec.fhir.IsA(t.Name)) {
			return shape{fhir: result.fhir, unordered: input.unordered}, nil
		}
	}
	if slices.Contains(input.system, spec.system) {
		return shape{system: result.system}, nil
	}
	return result, c.fail(s.pos, input.String()+" is never "+name.String(), "")
}

func (c *checker) ordered(s *syntax, input shape, what string) error {
	if input.unordered {
		return c.fail(s.pos, what+" of children() or descendants(), which have no order", "use where(…) or ofType(…)")
	}
	return nil
}
