package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// Most invariants only say which elements may be there together: "value.empty() or system.exists()". This file compiles that part of
// FHIRPath straight to look-ups in the tree, an order of magnitude faster than the engine; whatever else an expression holds sends it
// to package fhirpath.

// test is a compiled condition on a node: yes, no, or unknown for FHIRPath's empty collection.
type test func(t *tree.Tree, n node) verdict

// compilePresence compiles an expression about a type's elements; nil when it is not of the simple kind.
func compilePresence(expression string, typ *elements.Type) test {
	tokens, ok := scanPresence(expression)
	if !ok {
		return nil
	}
	p := &presenceParser{tokens: tokens}
	compiled := p.implies(typ)
	if p.failed || len(p.tokens) > 0 {
		return nil
	}
	return compiled
}

// scanPresence splits into names, texts ('...'), and symbols.
func scanPresence(expression string) (tokens []string, ok bool) {
	for i := 0; i < len(expression); {
		c := expression[i]
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		case isWord(c):
			start := i
			for i < len(expression) && isWord(expression[i]) {
				i++
			}
			tokens = append(tokens, expression[start:i])
		case c == '\'':
			end := strings.IndexByte(expression[i+1:], '\'')
			if end < 0 || strings.Contains(expression[i:i+1+end], `\`) {
				return nil, false
			}
			tokens = append(tokens, expression[i:i+end+2])
			i += end + 2
		case c == '!' && i+1 < len(expression) && expression[i+1] == '=':
			tokens = append(tokens, "!=")
			i += 2
		case strings.IndexByte("().=", c) >= 0:
			tokens = append(tokens, string(c))
			i++
		default:
			return nil, false
		}
	}
	return tokens, true
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// presenceParser is a recursive descent over FHIRPath's precedences: implies, or and xor, and, equality.
type presenceParser struct {
	tokens []string
	failed bool
	depth  int
}

func (p *presenceParser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *presenceParser) take(want string) bool {
	if p.peek() != want {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *presenceParser) need(want string) {
	if !p.take(want) {
		p.failed = true
	}
}

func (p *presenceParser) implies(typ *elements.Type) test {
	if p.depth++; p.depth > 50 {
		p.failed = true
		return nil
	}
	left := p.or(typ)
	for !p.failed && p.take("implies") {
		left = combine(left, p.or(typ), func(a, b verdict) verdict { return or(not(a), b) })
	}
	return left
}

func (p *presenceParser) or(typ *elements.Type) test {
	left := p.and(typ)
	for !p.failed {
		switch {
		case p.take("or"):
			left = combine(left, p.and(typ), or)
		case p.take("xor"):
			left = combine(left, p.and(typ), xor)
		default:
			return left
		}
	}
	return nil
}

func (p *presenceParser) and(typ *elements.Type) test {
	left := p.equality(typ)
	for !p.failed && p.take("and") {
		left = combine(left, p.equality(typ), func(a, b verdict) verdict { return not(or(not(a), not(b))) })
	}
	return left
}

// equality compares an element with a text, or two conditions.
func (p *presenceParser) equality(typ *elements.Type) test {
	if p.take("(") {
		inner := p.implies(typ)
		p.need(")")
		return p.compared(p.negated(inner), typ)
	}
	steps, condition := p.path(typ)
	if condition != nil || p.failed {
		return p.compared(condition, typ)
	}
	equal := p.take("=")
	if !equal {
		p.need("!=")
	}
	literal := p.peek()
	if p.failed || !strings.HasPrefix(literal, "'") || len(steps) != 1 || steps[0].where != nil {
		p.failed = true
		return nil
	}
	p.tokens = p.tokens[1:]
	return equals(steps[0], strings.Trim(literal, "'"), equal)
}

// compared handles "a.exists() = b.exists()".
func (p *presenceParser) compared(left test, typ *elements.Type) test {
	if p.failed || p.peek() != "=" && p.peek() != "!=" {
		return left
	}
	same := p.take("=")
	if !same {
		p.need("!=")
	}
	_, right := p.path(typ)
	if right == nil {
		p.failed = true
		return nil
	}
	return combine(left, right, func(a, b verdict) verdict {
		if same {
			return not(xor(a, b))
		}
		return xor(a, b)
	})
}

func (p *presenceParser) negated(inner test) test {
	for !p.failed && len(p.tokens) >= 4 && p.tokens[0] == "." && p.tokens[1] == "not" {
		p.tokens = p.tokens[2:]
		p.need("(")
		p.need(")")
		inner = negate(inner)
	}
	return inner
}

// path reads "a.b.where(...)" up to exists() or empty(), which make it a condition; without them it returns the steps.
func (p *presenceParser) path(typ *elements.Type) ([]presenceStep, test) {
	var steps []presenceStep
	for !p.failed {
		name := p.peek()
		if name == "" || !isWord(name[0]) || name[0] >= '0' && name[0] <= '9' {
			break
		}
		p.tokens = p.tokens[1:]
		if p.peek() == "(" {
			if condition, done := p.function(name, &steps, typ); done {
				return nil, p.negated(condition)
			}
		} else {
			step, inner := stepTo(name, typ)
			if step.names == nil {
				p.failed = true
				return nil, nil
			}
			typ = inner
			steps = append(steps, step)
		}
		if !p.take(".") {
			return steps, nil
		}
	}
	p.failed = true
	return nil, nil
}

// function handles what may follow a path; done when it ends the path.
func (p *presenceParser) function(name string, steps *[]presenceStep, typ *elements.Type) (test, bool) {
	p.need("(")
	switch name {
	case "exists", "empty":
		p.need(")")
		path := *steps
		if len(path) == 0 {
			p.failed = true
			return nil, true
		}
		found := func(t *tree.Tree, n node) verdict { return truth(reaches(t, n, path)) }
		if name == "empty" {
			return negate(found), true
		}
		return found, true
	case "where":
		condition := p.implies(typ)
		p.need(")")
		if len(*steps) == 0 {
			*steps = []presenceStep{{self: true}}
		}
		last := &(*steps)[len(*steps)-1]
		if last.where != nil {
			p.failed = true
		}
		last.where = condition
		return nil, false
	default:
		p.failed = true
		return nil, true
	}
}
