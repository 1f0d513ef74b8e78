package fhirpath

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd        tokenKind = iota
	tokenIdentifier           // also keywords: which they are depends on the place
	tokenDelimited            // `…`
	tokenString               // '…', text with escapes resolved
	tokenNumber
	tokenTemporal // @…, text without the @
	tokenVariable // $this, text without the $
	tokenConstant // %…, text without the %
	tokenSymbol
)

type token struct {
	kind tokenKind
	text string
	pos  int // offset in bytes
	end  int
}

// is reports whether the token is a symbol or an undelimited word.
func (t token) is(text string) bool {
	return t.text == text && (t.kind == tokenSymbol || t.kind == tokenIdentifier)
}

// lexer cuts an expression into tokens.
type lexer struct {
	source string
	pos    int
}

func (l *lexer) fail(pos int, message, hint string) error {
	return newSyntaxError(l.source, pos, message, hint)
}

// blank skips white space and comments.
func (l *lexer) blank() error {
	for l.pos < len(l.source) {
		switch rest := l.source[l.pos:]; {
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r':
			l.pos++
		case strings.HasPrefix(rest, "//"):
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				l.pos += end
			} else {
				l.pos = len(l.source)
			}
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return l.fail(l.pos, "a comment that is not closed", "")
			}
			l.pos += end + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) next() (token, error) {
	if err := l.blank(); err != nil {
		return token{}, err
	}
	start := l.pos
	if start >= len(l.source) {
		return token{kind: tokenEnd, pos: start, end: start}, nil
	}
	tok := token{pos: start}
	var err error
	switch c := l.source[start]; {
	case identifierStart(c):
		tok.kind, tok.text = tokenIdentifier, l.word()
	case c >= '0' && c <= '9':
		tok.kind, tok.text = tokenNumber, l.number()
		if l.pos < len(l.source) && identifierStart(l.source[l.pos]) {
			err = l.fail(l.pos, "a letter right after a number", "numbers have no exponent and no suffix; units follow in quotes: 5 'mg'")
		}
	case c == '\'':
		tok.kind = tokenString
		tok.text, err = l.quoted('\'')
	case c == '`':
		tok.kind = tokenDelimited
		tok.text, err = l.quoted('`')
	case c == '@':
		tok.kind = tokenTemporal
		tok.text, err = l.temporal()
	case c == '$':
		l.pos++
		tok.kind, tok.text = tokenVariable, l.word()
	case c == '%':
		tok.kind = tokenConstant
		tok.text, err = l.constant()
	default:
		tok.kind = tokenSymbol
		tok.text, err = l.symbol()
	}
	tok.end = l.pos
	if err == nil && tok.text == "" && tok.kind != tokenString {
		err = l.fail(start, "an empty name", "")
	}
	return tok, err
}

func identifierStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) word() string {
	start := l.pos
	for l.pos < len(l.source) && (identifierStart(l.source[l.pos]) || digit(l.source[l.pos])) {
		l.pos++
	}
	return l.source[start:l.pos]
}

func (l *lexer) digits() {
	for l.pos < len(l.source) && digit(l.source[l.pos]) {
		l.pos++
	}
}

// number reads digits, and a point and digits if a digit follows the point: 1.type() has
// none.
func (l *lexer) number() string {
	start := l.pos
	l.digits()
	if l.pos+1 < len(l.source) && l.source[l.pos] == '.' && digit(l.source[l.pos+1]) {
		l.pos++
		l.digits()
	}
	return l.source[start:l.pos]
}

// temporal reads what can be part of a date, date-time or time; whether it is one, the
// parser finds out.
func (l *lexer) temporal() (string, error) {
	l.pos++
	start := l.pos
	l.run(digit)
	for l.at('-') && l.digitAfter(1) {
		l.pos++
		l.run(digit)
	}
	if l.at('T') {
		l.pos++
		l.run(func(c byte) bool { return digit(c) || c == ':' })
		if l.at('.') && l.digitAfter(1) {
			l.pos++
			l.run(digit)
		}
		switch {
		case l.at('Z'):
			l.pos++
		case (l.at('+') || l.at('-')) && l.digitAfter(1) && l.digitAfter(2) && l.pos+3 < len(l.source) && l.source[l.pos+3] == ':':
			l.pos += 4
			l.run(digit)
		}
	}
	if l.pos < len(l.source) && identifierStart(l.source[l.pos]) || l.pos == start {
		return "", l.fail(start-1, "no date, date-time or time", "write @2014-01-31, @2014-01-31T10:30:00Z or @T10:30")
	}
	return l.source[start:l.pos], nil
}

func (l *lexer) at(c byte) bool { return l.pos < len(l.source) && l.source[l.pos] == c }

func (l *lexer) digitAfter(n int) bool { return l.pos+n < len(l.source) && digit(l.source[l.pos+n]) }

func (l *lexer) run(in func(byte) bool) {
	for l.pos < len(l.source) && in(l.source[l.pos]) {
		l.pos++
	}
}

// constant reads the name behind a %: a word, `…`, '…', or "…" as FHIRPath 1 had it.
func (l *lexer) constant() (string, error) {
	start := l.pos
	l.pos++
	if l.pos < len(l.source) {
		switch c := l.source[l.pos]; {
		case identifierStart(c):
			return l.word(), nil
		case c == '`' || c == '\'' || c == '"':
			return l.quoted(c)
		}
	}
	return "", l.fail(start, "a % without a name", "")
}

// quoted reads to the closing quote. A backslash before a character that is no escape is
// dropped, as the specification says.
func (l *lexer) quoted(quote byte) (string, error) {
	start := l.pos
	l.pos++
	var b strings.Builder
	for l.pos < len(l.source) {
		c := l.source[l.pos]
		switch {
		case c == quote:
			l.pos++
			return b.String(), nil
		case c != '\\':
			b.WriteByte(c)
			l.pos++
			continue
		}
		if l.pos++; l.pos >= len(l.source) {
			break
		}
		switch c = l.source[l.pos]; c {
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			if r, size := unicodeEscape(l.source[l.pos+1:]); size > 0 {
				b.WriteRune(r)
				l.pos += size
				break
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
		l.pos++
	}
	return "", l.fail(start, "a quote that is not closed", "")
}

// unicodeEscape reads four hexadecimal digits, or two escapes that make a surrogate pair.
func unicodeEscape(text string) (r rune, size int) {
	r, ok := hex4(text)
	if !ok {
		return 0, 0
	}
	if r >= 0xD800 && r < 0xDC00 && strings.HasPrefix(text[4:], "\\u") {
		if low, ok := hex4(text[6:]); ok && low >= 0xDC00 && low < 0xE000 {
			return (r-0xD800)<<10 + low - 0xDC00 + 0x10000, 10
		}
	}
	return r, 4
}

func hex4(text string) (rune, bool) {
	if len(text) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		d := strings.IndexByte("0123456789abcdef", text[i]|0x20)
		if d < 0 || text[i] < '0' {
			return 0, false
		}
		r = r<<4 | rune(d&15)
	}
	return r, true
}

func (l *lexer) symbol() (string, error) {
	rest := l.source[l.pos:]
	for _, s := range []string{"!=", "!~", "<=", ">="} {
		if strings.HasPrefix(rest, s) {
			l.pos += 2
			return s, nil
		}
	}
	hint := ""
	switch {
	case strings.HasPrefix(rest, "&&"):
		hint = "write and"
	case strings.HasPrefix(rest, "||"):
		hint = "write or"
	case strings.HasPrefix(rest, "=="):
		hint = "write ="
	case strings.IndexByte(".()[]{},+-*/&|=~<>", rest[0]) >= 0:
		l.pos++
		return rest[:1], nil
	case rest[0] == '!':
		hint = "write (…).not()"
	case rest[0] == '"':
		hint = "strings stand in single quotes, names in backticks"
	}
	r, _ := utf8.DecodeRuneInString(rest)
	if r == utf8.RuneError {
		return "", l.fail(l.pos, "bytes that are not UTF-8", "")
	}
	return "", l.fail(l.pos, "the character "+string(r)+" has no meaning here", hint)
}
