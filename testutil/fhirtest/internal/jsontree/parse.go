package jsontree

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep a document may be nested.
const MaxDepth = 256

// SyntaxError is a text that is no JSON.
type SyntaxError struct {
	Reason       string
	Offset       int
	Line, Column int // from 1, the column in bytes
	End          bool
}

// Error says what is wrong and where.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at line %d, column %d", e.Reason, e.Line, e.Column)
}

// Position gives line and column of an offset, both from 1.
func Position(text []byte, offset int) (line, column int) {
	line, column = 1, 1
	for _, b := range text[:min(offset, len(text))] {
		if b == '\n' {
			line, column = line+1, 1
		} else {
			column++
		}
	}
	return line, column
}

type parser struct {
	text []byte
	at   int
}

// Parse reads one JSON value. Duplicate members, text that is no UTF-8 and nesting beyond
// MaxDepth are errors.
func Parse(text []byte) (*Node, error) {
	p := &parser{text: text}
	if !utf8.Valid(text) {
		return nil, p.fail(errors.New("the text is no UTF-8"))
	}
	p.space()
	n, err := p.value(0)
	if err != nil {
		return nil, p.fail(err)
	}
	p.space()
	if p.at < len(p.text) {
		return nil, p.fail(errors.New("there is something after the value"))
	}
	return n, nil
}

func (p *parser) fail(err error) error {
	line, column := Position(p.text, p.at)
	return &SyntaxError{Reason: err.Error(), Offset: p.at, Line: line, Column: column, End: p.at >= len(p.text)}
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) value(depth int) (*Node, error) {
	if depth > MaxDepth {
		return nil, errors.New("the document is nested too deeply")
	}
	start := p.at
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		text, err := p.str()
		return &Node{Kind: String, Text: text, Offset: start}, err
	case c == '-' || (c >= '0' && c <= '9'):
		text, err := p.number()
		return &Node{Kind: Number, Text: text, Offset: start}, err
	case p.word("true"):
		return &Node{Kind: Bool, Text: "true", Offset: start}, nil
	case p.word("false"):
		return &Node{Kind: Bool, Text: "false", Offset: start}, nil
	case p.word("null"):
		return &Node{Kind: Null, Offset: start}, nil
	case p.at >= len(p.text):
		return nil, errors.New("unexpected end")
	default:
		return nil, fmt.Errorf("unexpected character %q", c)
	}
}

func (p *parser) word(w string) bool {
	if len(p.text)-p.at >= len(w) && string(p.text[p.at:p.at+len(w)]) == w {
		p.at += len(w)
		return true
	}
	return false
}

func (p *parser) object(depth int) (*Node, error) {
	n := &Node{Kind: Object, Offset: p.at}
	p.at++
	p.space()
	if p.peek() == '}' {
		p.at++
		return n, nil
	}
	for {
		if p.space(); p.peek() != '"' {
			return nil, errors.New("expected the name of a member")
		}
		name, err := p.str()
		if err != nil {
			return nil, err
		}
		if n.member(name) != nil {
			return nil, fmt.Errorf("the member %q is there twice", name)
		}
		if p.space(); p.peek() != ':' {
			return nil, errors.New("expected a colon")
		}
		p.at++
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Members = append(n.Members, Member{name, v})
		switch p.space(); p.peek() {
		case ',':
			p.at++
		case '}':
			p.at++
			return n, nil
		default:
			return nil, errors.New("expected a comma or the end of the object")
		}
	}
}

func (p *parser) array(depth int) (*Node, error) {
	n := &Node{Kind: Array, Offset: p.at, Items: []*Node{}}
	p.at++
	p.space()
	if p.peek() == ']' {
		p.at++
		return n, nil
	}
	for {
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, v)
		switch p.space(); p.peek() {
		case ',':
			p.at++
		case ']':
			p.at++
			return n, nil
		default:
			return nil, errors.New("expected a comma or the end of the array")
		}
	}
}

func (p *parser) digits() bool {
	start := p.at
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.at++
	}
	return p.at > start
}

func (p *parser) number() (string, error) {
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if !p.digits() {
		return "", errors.New("malformed number")
	}
	if p.peek() == '.' {
		p.at++
		if !p.digits() {
			return "", errors.New("malformed number")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c = p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if !p.digits() {
			return "", errors.New("malformed number")
		}
	}
	return string(p.text[start:p.at]), nil
}

func (p *parser) str() (string, error) {
	p.at++
	start := p.at
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			text := string(p.text[start:p.at])
			p.at++
			return text, nil
		case c == '\\':
			return p.escaped(append([]byte(nil), p.text[start:p.at]...))
		case c < ' ':
			return "", errors.New("a control character in a string")
		default:
			p.at++
		}
	}
	return "", errors.New("unexpected end of a string")
}

// escaped goes on with a string that has escapes.
func (p *parser) escaped(out []byte) (string, error) {
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '"':
			p.at++
			return string(out), nil
		case c < ' ':
			return "", errors.New("a control character in a string")
		case c != '\\':
			out = append(out, c)
			p.at++
			continue
		}
		p.at++
		short, known := map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}[p.peek()]
		switch {
		case known:
			out = append(out, short)
			p.at++
		case p.peek() == 'u':
			r, err := p.unicode()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		default:
			return "", errors.New("unknown escape in a string")
		}
	}
	return "", errors.New("unexpected end of a string")
}

func (p *parser) unicode() (rune, error) {
	high, err := p.hex()
	if err != nil {
		return 0, err
	}
	if !utf16.IsSurrogate(high) {
		return high, nil
	}
	if p.peek() == '\\' && p.at+1 < len(p.text) && p.text[p.at+1] == 'u' {
		p.at++
		low, err := p.hex()
		if err != nil {
			return 0, err
		}
		if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
			return r, nil
		}
	}
	return 0, errors.New("half a character in a string")
}

// hex reads uXXXX.
func (p *parser) hex() (rune, error) {
	const length = 4
	p.at++
	if p.at+length > len(p.text) {
		return 0, errors.New("unexpected end of a string")
	}
	v, err := strconv.ParseUint(string(p.text[p.at:p.at+length]), 16, 16)
	if err != nil {
		return 0, errors.New("malformed escape in a string")
	}
	p.at += length
	return rune(v), nil
}
