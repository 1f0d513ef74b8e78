package fhirpath

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/temporal"
)

// Bounds of an expression.
const (
	maxSource = 256 << 10 // bytes
	maxDepth  = 2000      // nesting, the links of a path, the terms of a sum
	maxNodes  = 50000
)

// parser reads an expression by recursive descent over the levels of precedence.
type parser struct {
	lexer
	tok    token
	nodes  int
	nested int
}

func parse(source string) (*syntax, error) {
	p := &parser{lexer: lexer{source: source}}
	if len(source) > maxSource {
		return nil, p.fail(0, "an expression of more than "+strconv.Itoa(maxSource)+" bytes", "")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	node, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokenEnd {
		return nil, p.unexpected("the end or an operator")
	}
	return node, nil
}

func (p *parser) advance() (err error) {
	p.tok, err = p.next()
	return err
}

func (p *parser) unexpected(want string) error {
	if p.tok.kind == tokenEnd {
		return p.fail(p.tok.pos, "the expression ends where "+want+" should follow", "")
	}
	hint := ""
	if p.tok.kind == tokenString && strings.HasPrefix(want, "the end") {
		hint = "texts are joined by &"
	}
	return p.fail(p.tok.pos, p.source[p.tok.pos:p.tok.end]+" where "+want+" should stand", hint)
}

func (p *parser) expect(symbol string) error {
	if p.tok.kind != tokenSymbol || p.tok.text != symbol {
		return p.unexpected(symbol)
	}
	return p.advance()
}

// node counts what is built and how deep it is.
func (p *parser) node(n *syntax) (*syntax, error) {
	if p.nodes++; p.nodes > maxNodes {
		return nil, p.fail(n.pos, "an expression of too many parts", "")
	}
	if n.input != nil {
		n.depth = n.input.depth + 1
	}
	for _, a := range n.args {
		n.depth = max(n.depth, a.depth+1)
	}
	if n.depth > maxDepth {
		return nil, p.fail(n.pos, "an expression nested too deeply", "")
	}
	return n, nil
}

func (p *parser) expression(level int) (*syntax, error) {
	if p.nested++; p.nested > maxDepth*len(levels) {
		return nil, p.fail(p.tok.pos, "an expression nested too deeply", "")
	}
	defer func() { p.nested-- }()
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.expression(level + 1)
	for err == nil && slices.ContainsFunc(levels[level], p.tok.is) {
		op := p.tok
		if err = p.advance(); err != nil {
			break
		}
		n := &syntax{kind: syntaxBinary, pos: op.pos, name: op.text}
		if op.text == "is" || op.text == "as" {
			n.kind = syntaxType
			n.args = []*syntax{left}
			n.typ, err = p.typeName()
		} else {
			var right *syntax
			right, err = p.expression(level + 1)
			n.args = []*syntax{left, right}
		}
		if err == nil {
			left, err = p.node(n)
		}
	}
	return left, err
}

func (p *parser) typeName() (typeName, error) {
	t := typeName{pos: p.tok.pos}
	for {
		if p.tok.kind != tokenIdentifier && p.tok.kind != tokenDelimited {
			return t, p.unexpected("a type")
		}
		t.name = p.tok.text
		if err := p.advance(); err != nil {
			return t, err
		}
		if t.namespace != "" || !p.tok.is(".") {
			return t, nil
		}
		t.namespace = t.name
		if err := p.advance(); err != nil {
			return t, err
		}
	}
}

func (p *parser) unary() (*syntax, error) {
	if p.tok.kind == tokenSymbol && (p.tok.text == "-" || p.tok.text == "+") {
		op := p.tok
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.nested++; p.nested > maxDepth*len(levels) {
			return nil, p.fail(op.pos, "an expression nested too deeply", "")
		}
		operand, err := p.unary()
		p.nested--
		if err != nil {
			return nil, err
		}
		return p.node(&syntax{kind: syntaxUnary, pos: op.pos, name: op.text, args: []*syntax{operand}})
	}
	return p.path()
}

// path reads a term and what is invoked on it.
func (p *parser) path() (*syntax, error) {
	n, err := p.term()
	for err == nil {
		switch {
		case p.tok.kind == tokenSymbol && p.tok.text == ".":
			if err = p.advance(); err == nil {
				n, err = p.invocation(n)
			}
		case p.tok.kind == tokenSymbol && p.tok.text == "[":
			at := p.tok.pos
			var index *syntax
			if err = p.advance(); err != nil {
				break
			}
			if index, err = p.expression(0); err != nil {
				break
			}
			if err = p.expect("]"); err == nil {
				n, err = p.node(&syntax{kind: syntaxIndex, pos: at, input: n, args: []*syntax{index}})
			}
		default:
			return n, nil
		}
	}
	return nil, err
}

// invocation reads a member, a call or a variable; input is nil at the start of a path.
func (p *parser) invocation(input *syntax) (*syntax, error) {
	name := p.tok
	switch name.kind {
	case tokenVariable:
		if !slices.Contains([]string{"this", "index", "total"}, name.text) {
			return nil, p.fail(name.pos, "there is no $"+name.text, "there are $this, $index and $total; variables of yours begin with %")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.node(&syntax{kind: syntaxVariable, pos: name.pos, name: name.text, input: input})
	case tokenIdentifier, tokenDelimited:
	default:
		return nil, p.unexpected("a name")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	n := &syntax{kind: syntaxMember, pos: name.pos, name: name.text, delimited: name.kind == tokenDelimited, input: input}
	if p.tok.kind != tokenSymbol || p.tok.text != "(" {
		if input == nil && !n.delimited && n.name == "not" && p.tok.kind != tokenEnd && p.tok.kind != tokenSymbol {
			return nil, p.fail(name.pos, "not is a function", "write (…).not()")
		}
		return p.node(n)
	}
	n.kind = syntaxCall
	if err := p.advance(); err != nil {
		return nil, err
	}
	for !p.tok.is(")") {
		if len(n.args) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		arg, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if n.name == "sort" && (p.tok.is("asc") || p.tok.is("desc")) {
			arg = &syntax{kind: syntaxSort, pos: p.tok.pos, name: p.tok.text, args: []*syntax{arg}}
			if err := p.advance(); err != nil {
				return nil, err
			}
		}
		n.args = append(n.args, arg)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	return p.node(n)
}

func (p *parser) term() (*syntax, error) {
	tok := p.tok
	literal := func(value Item) (*syntax, error) {
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.node(&syntax{kind: syntaxLiteral, pos: tok.pos, value: value})
	}
	switch tok.kind {
	case tokenNumber:
		return p.number()
	case tokenString:
		return literal(NewString(tok.text))
	case tokenTemporal:
		value, ok := temporalLiteral(tok.text)
		if !ok {
			return nil, p.fail(tok.pos, "no date, date-time or time of the calendar", "write @2014-01-31, @2014-01-31T10:30:00Z or @T10:30")
		}
		return literal(temporalItem(value))
	case tokenConstant:
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.node(&syntax{kind: syntaxConstant, pos: tok.pos, name: tok.text})
	case tokenSymbol:
		switch tok.text {
		case "(":
			if err := p.advance(); err != nil {
				return nil, err
			}
			n, err := p.expression(0)
			if err != nil {
				return nil, err
			}
			return n, p.expect(")")
		case "{":
			if err := p.advance(); err != nil {
				return nil, err
			}
			if err := p.expect("}"); err != nil {
				return nil, err
			}
			return p.node(&syntax{kind: syntaxEmpty, pos: tok.pos})
		}
		return nil, p.unexpected("a value or a path")
	case tokenIdentifier:
		if tok.text == "true" || tok.text == "false" {
			return literal(NewBoolean(tok.text == "true"))
		}
	case tokenEnd:
		return nil, p.unexpected("a value or a path")
	default:
	}
	return p.invocation(nil)
}

// number reads a number and the unit that may follow it.
func (p *parser) number() (*syntax, error) {
	tok := p.tok
	if err := p.advance(); err != nil {
		return nil, err
	}
	value, ok := decimal.Parse(tok.text)
	if !ok {
		return nil, p.fail(tok.pos, "a number of too many digits", "")
	}
	n := &syntax{kind: syntaxLiteral, pos: tok.pos}
	_, calendar := calendarUnits[p.tok.text]
	switch {
	case p.tok.kind == tokenString:
		n.value = quantityItem(value, p.tok.text, unitUCUM)
	case p.tok.kind == tokenIdentifier && calendar:
		n.value = quantityItem(value, p.tok.text, unitCalendar)
	case strings.Contains(tok.text, "."):
		n.value = decimalItem(value)
		return p.node(n)
	default:
		whole, fits := value.Int64()
		if !fits || whole > maxInteger+1 {
			return nil, p.fail(tok.pos, "an integer above 2147483647", "write "+tok.text+".0 for a decimal")
		}
		n.value = NewInteger(whole)
		return p.node(n)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	return p.node(n)
}

// temporalLiteral reads the text behind an @. A T after a date makes it a date-time.
func temporalLiteral(text string) (temporal.Value, bool) {
	if clock, ok := strings.CutPrefix(text, "T"); ok {
		return temporal.ParseTime(clock)
	}
	if date, ok := strings.CutSuffix(text, "T"); ok {
		v, ok := temporal.ParseDate(date)
		return v.AsDateTime(), ok
	}
	if strings.Contains(text, "T") {
		return temporal.ParseDateTime(text)
	}
	return temporal.ParseDate(text)
}
