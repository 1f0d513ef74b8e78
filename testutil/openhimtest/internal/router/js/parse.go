package js

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nesting; V8 runs out of stack far later.
const maxDepth = 10000

// Parse is JSON.parse of Node 20: the same values, order of keys and errors. text is
// valid UTF-8.
func Parse(text string) (any, *Error) {
	p := &parser{source: text}
	value, err := p.element()
	if err != nil {
		return nil, err
	}
	p.space()
	if p.at < len(p.source) {
		return nil, &Error{"SyntaxError", "Unexpected non-whitespace character after JSON at position " + p.position()}
	}
	return value, nil
}

type parser struct {
	source string
	at     int
	depth  int
}

const end = 0 // no character: U+0000 cannot start a token either

func (p *parser) peek() byte {
	if p.at < len(p.source) {
		return p.source[p.at]
	}
	return end
}

func (p *parser) space() {
	for p.at < len(p.source) {
		switch p.source[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// position is where the parser stands, in UTF-16 units.
func (p *parser) position() string { return strconv.Itoa(units(p.source[:p.at])) }

func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

func (p *parser) fail(message string) *Error {
	return &Error{"SyntaxError", message + " in JSON at position " + p.position()}
}

// unexpected is the error for a token that no better message fits.
func (p *parser) unexpected() *Error {
	if p.at >= len(p.source) {
		return &Error{"SyntaxError", "Unexpected end of JSON input"}
	}
	switch c := p.source[p.at]; {
	case c == '"':
		return p.fail("Unexpected string")
	case c == '-' || c >= '0' && c <= '9':
		return p.fail("Unexpected number")
	}
	switch p.source {
	case "NaN", "Infinity", "undefined", "[object Object]":
		return &Error{"SyntaxError", `"` + p.source + `" is not valid JSON`}
	}
	token, _ := utf8.DecodeRuneInString(p.source[p.at:])
	if token > 0xFFFF {
		token = utf8.RuneError // V8 shows half of the pair
	}
	return &Error{"SyntaxError", "Unexpected token '" + string(token) + "', " + p.context() + " is not valid JSON"}
}

// context quotes up to ten characters on either side of the position.
func (p *parser) context() string {
	const around = 10
	before, after := utf16.Encode([]rune(tail(p.source[:p.at], around))), utf16.Encode([]rune(first(p.source[p.at:], around+1)))
	at, n := units(p.source[:p.at]), units(p.source)
	text := func(u []uint16) string { return string(utf16.Decode(u)) }
	switch {
	case n <= 2*around:
		return `"` + p.source + `"`
	case at < around:
		return `"` + p.source[:p.at] + text(after[:around]) + `"...`
	case at < n-around:
		return `..."` + text(before[len(before)-around:]) + text(after[:around]) + `"...`
	default:
		return `..."` + text(before[len(before)-around:]) + p.source[p.at:] + `"`
	}
}

// first and tail give n characters from either end, or all.
func first(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func tail(s string, n int) string {
	at := len(s)
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return s[at:]
}

func (p *parser) element() (any, *Error) {
	p.space()
	switch c := p.peek(); {
	case c == '"':
		p.at++
		return p.text()
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case c == 't':
		return true, p.word("true")
	case c == 'f':
		return false, p.word("false")
	case c == 'n':
		return nil, p.word("null")
	default:
		return nil, p.unexpected()
	}
}

func (p *parser) word(word string) *Error {
	for i := range len(word) {
		if p.peek() != word[i] {
			return p.unexpected()
		}
		p.at++
	}
	return nil
}

func (p *parser) enter() *Error {
	p.depth++
	if p.depth > maxDepth {
		return &Error{"RangeError", "Maximum call stack size exceeded"}
	}
	return nil
}

func (p *parser) object() (any, *Error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.at++
	out := &Object{}
	p.space()
	if p.peek() == '}' {
		p.at++
		p.depth--
		return out, nil
	}
	missing := "Expected property name or '}'"
	for {
		p.space()
		if p.peek() != '"' {
			return nil, p.fail(missing)
		}
		p.at++
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		p.space()
		if p.peek() != ':' {
			if out.Len() > 0 { // V8 has the better message for the first property only
				return nil, p.unexpected()
			}
			return nil, p.fail("Expected ':' after property name")
		}
		p.at++
		value, err := p.element()
		if err != nil {
			return nil, err
		}
		out.Set(key, value)
		p.space()
		switch p.peek() {
		case ',':
			p.at++
			missing = "Expected double-quoted property name"
		case '}':
			p.at++
			p.depth--
			return out, nil
		default:
			return nil, p.fail("Expected ',' or '}' after property value")
		}
	}
}

func (p *parser) array() (any, *Error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.at++
	out := &Array{}
	p.space()
	if p.peek() == ']' {
		p.at++
		p.depth--
		return out, nil
	}
	for {
		value, err := p.element()
		if err != nil {
			return nil, err
		}
		out.Elems = append(out.Elems, value)
		p.space()
		switch p.peek() {
		case ',':
			p.at++
		case ']':
			p.at++
			p.depth--
			return out, nil
		default:
			return nil, p.fail("Expected ',' or ']' after array element")
		}
	}
}

func (p *parser) number() (any, *Error) {
	start := p.at
	if p.peek() == '-' {
		p.at++
		if !p.digit() {
			return nil, p.fail("No number after minus sign")
		}
	}
	if p.peek() == '0' {
		p.at++
		if p.digit() {
			return nil, p.fail("Unexpected number")
		}
	} else {
		p.digits()
	}
	if p.peek() == '.' {
		p.at++
		if !p.digit() {
			return nil, p.fail("Unterminated fractional number")
		}
		p.digits()
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if !p.digit() {
			return nil, p.fail("Exponent part is missing a number")
		}
		p.digits()
	}
	n, err := strconv.ParseFloat(p.source[start:p.at], 64)
	if err != nil && !math.IsInf(n, 0) { // out of range gives Infinity, as in JavaScript
		return nil, p.fail("Unexpected number")
	}
	return n, nil
}

func (p *parser) digit() bool { c := p.peek(); return c >= '0' && c <= '9' }

func (p *parser) digits() {
	for p.digit() {
		p.at++
	}
}

// plain moves over the characters of a string that stand for themselves.
func (p *parser) plain() string {
	start := p.at
	for p.at < len(p.source) && p.source[p.at] != '"' && p.source[p.at] != '\\' && p.source[p.at] >= ' ' {
		p.at++
	}
	return p.source[start:p.at]
}

// text reads a string; the opening quote is behind.
func (p *parser) text() (string, *Error) {
	head := p.plain()
	if p.peek() == '"' && p.at < len(p.source) {
		p.at++
		return head, nil
	}
	var out strings.Builder
	out.WriteString(head)
	var high rune // the first half of a surrogate pair
	flush := func() {
		if high != 0 {
			out.WriteRune(utf8.RuneError)
			high = 0
		}
	}
	for {
		if p.at >= len(p.source) {
			return "", p.fail("Unterminated string")
		}
		switch c := p.source[p.at]; {
		case c == '"':
			p.at++
			flush()
			return out.String(), nil
		case c < ' ':
			return "", p.fail("Bad control character in string literal")
		case c != '\\':
			flush()
			out.WriteString(p.plain())
		default:
			unit, err := p.escape()
			if err != nil {
				return "", err
			}
			if high != 0 && utf16.IsSurrogate(unit) && unit >= 0xDC00 {
				out.WriteRune(utf16.DecodeRune(high, unit))
				high = 0
				continue
			}
			flush()
			switch {
			case utf16.IsSurrogate(unit) && unit < 0xDC00:
				high = unit
			default:
				out.WriteRune(unit) // a lone low half becomes U+FFFD
			}
		}
	}
}

func (p *parser) escape() (rune, *Error) {
	p.at++
	if p.at >= len(p.source) {
		return 0, p.unexpected()
	}
	c := p.source[p.at]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		p.at++
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, p.fail("Bad escaped character")
	}
	p.at++
	var unit rune
	for range 4 {
		digit := strings.IndexByte("0123456789abcdef", p.peek()|0x20)
		if p.at >= len(p.source) || digit < 0 {
			return 0, p.fail("Bad Unicode escape")
		}
		unit = unit<<4 | rune(digit) //nolint:gosec // a hexadecimal digit
		p.at++
	}
	return unit, nil
}
