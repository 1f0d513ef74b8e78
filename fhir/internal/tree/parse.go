package tree

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf8"
)

// Limits bounds a text. Zero fields have the defaults named.
type Limits struct {
	Bytes int // Defaults to 256 MiB; 2 GiB less one is the most.
	Depth int // Nesting of objects and arrays. Defaults to 256.
	Nodes int // Values in all; each takes 24 bytes. Defaults to 16 Mi.
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 256 << 20
	}
	if l.Depth <= 0 {
		l.Depth = 256
	}
	if l.Nodes <= 0 {
		l.Nodes = 16 << 20
	}
	l.Bytes = min(l.Bytes, math.MaxInt32)
	l.Nodes = min(l.Nodes, math.MaxInt32)
	return l
}

// Error says why a text is not a JSON text, and where. Message never holds more of the
// text than one punctuation character.
type Error struct {
	Offset       int // in bytes
	Line, Column int // from 1, the column in characters
	Message      string
	Limit        bool // the text may be JSON, but more of it than Limits allow
}

// Error returns the place and what is wrong there.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// frame is an open object or array.
type frame struct {
	at     uint32
	count  int    // members
	seen   uint64 // filter over the members' names
	object bool
}

type parser struct {
	src   []byte
	nodes []entry
	stack []frame
	flaws []Flaw
}

// Parse reads one JSON value (RFC 8259) with nothing but white space around it. The Tree
// keeps a copy of data. On error it returns an *Error and no Tree.
func Parse(data []byte, limits Limits) (*Tree, error) {
	limits = limits.withDefaults()
	if len(data) > limits.Bytes {
		return nil, &Error{Line: 1, Column: 1, Message: fmt.Sprintf("the text has %d bytes, more than %d", len(data), limits.Bytes), Limit: true}
	}
	var frames [24]frame
	p := parser{src: data, stack: frames[:0]}
	// Room for the nodes that a text of this length has, so that growing copies little.
	p.nodes = append(make([]entry, 0, len(data)/20+16), entry{next: 1})
	if !utf8.Valid(data) {
		p.badUTF8()
	}
	start := 0
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		p.flaw(ByteOrderMark, 0, 0)
		start = 3
	}
	end, fault := p.value(start, limits)
	if fault == nil {
		if end = space(data, end); end < len(data) {
			fault = &Error{Offset: end, Message: "text after the end of the value"}
		}
	}
	if fault != nil {
		fault.Line, fault.Column = position(data, fault.Offset)
		return nil, fault
	}
	return &Tree{src: string(data), nodes: p.nodes, flaws: p.flaws}, nil
}

// value reads one value at i and returns where it ends. It is one loop and not a function
// that calls itself: depth costs no stack, and this is hot code.
func (p *parser) value(i int, limits Limits) (int, *Error) {
	src := p.src
	var open *frame // the innermost open object or array
	var key, meta uint32
	for {
		i = space(src, i)
		at := len(p.nodes)
		if at > limits.Nodes {
			return 0, &Error{Offset: i, Message: fmt.Sprintf("more than %d values", limits.Nodes), Limit: true}
		}
		var parent uint32
		if open != nil {
			parent = open.at
			if open.object {
				var fault *Error
				if key, meta, i, fault = p.member(i, at, open); fault != nil {
					return 0, fault
				}
			}
		}
		if i >= len(src) {
			return 0, unexpected(src, i, "a value")
		}
		opened := false
		switch c := src[i]; {
		case c == '"':
			end, escapes, fault := scanString(src, i)
			if fault != nil {
				return 0, fault
			}
			meta |= uint32(String)
			if escapes {
				meta |= escaped
				p.loneSurrogates(src[i+1:end-1], i+1)
			}
			p.nodes = append(p.nodes, entry{narrow(i), narrow(end), narrow(at + 1), parent, key, meta})
			i = end
		case c == '{' || c == '[':
			if len(p.stack) >= limits.Depth {
				return 0, &Error{Offset: i, Message: fmt.Sprintf("nested deeper than %d", limits.Depth), Limit: true}
			}
			kind, closing := Object, byte('}')
			if c == '[' {
				kind, closing = Array, ']'
			}
			p.nodes = append(p.nodes, entry{narrow(i), 0, narrow(at + 1), parent, key, uint32(kind) | meta})
			i = space(src, i+1)
			if i < len(src) && src[i] == closing {
				i++
				p.nodes[at].end = narrow(i)
				break
			}
			p.stack = append(p.stack, frame{at: narrow(at), object: c == '{'})
			open = &p.stack[len(p.stack)-1]
			opened = true
		case c == '-' || c >= '0' && c <= '9':
			end, ok := scanNumber(src, i)
			if !ok {
				return 0, &Error{Offset: i, Message: "a number that JSON does not know"}
			}
			p.nodes = append(p.nodes, entry{narrow(i), narrow(end), narrow(at + 1), parent, key, uint32(Number) | meta})
			i = end
		default:
			size, kind := literal(src[i:])
			if kind == Missing {
				return 0, unexpected(src, i, "a value")
			}
			p.nodes = append(p.nodes, entry{narrow(i), narrow(i + size), narrow(at + 1), parent, key, uint32(kind) | meta})
			i += size
		}
		key, meta = 0, 0
		if opened {
			continue
		}
		// what follows a value
		for {
			if open == nil {
				return i, nil
			}
			i = space(src, i)
			if i < len(src) && src[i] == ',' {
				i++
				break
			}
			if i >= len(src) || open.object && src[i] != '}' || !open.object && src[i] != ']' {
				return 0, unexpected(src, i, "a comma or the end of the object or array")
			}
			i++
			if open.count > manyNames {
				p.manyDuplicates(open)
			}
			e := &p.nodes[open.at]
			e.end, e.next = narrow(i), narrow(len(p.nodes))
			p.stack = p.stack[:len(p.stack)-1]
			open = nil
			if len(p.stack) > 0 {
				open = &p.stack[len(p.stack)-1]
			}
		}
	}
}

// member reads a member's name and its colon and returns where its value begins.
func (p *parser) member(i, at int, open *frame) (key, meta uint32, value int, fault *Error) {
	src := p.src
	if i >= len(src) || src[i] != '"' {
		return 0, 0, 0, unexpected(src, i, "a member's name in quotes")
	}
	end, escapes, fault := scanString(src, i)
	if fault != nil {
		return 0, 0, 0, fault
	}
	if end-i-2 > maxKey {
		return 0, 0, 0, &Error{Offset: i, Message: "a member's name is too long", Limit: true}
	}
	key, meta = narrow(i+1), narrow(end-i-2)<<keyShift
	if escapes {
		meta |= keyEscaped
		p.loneSurrogates(src[i+1:end-1], i+1)
	}
	if src[i+1] == '_' || escapes && bytes.HasPrefix(p.name(key, meta), []byte("_")) {
		p.nodes[open.at].meta |= underscore
	}
	p.duplicate(open, at, key, meta)
	i = space(src, end)
	if i >= len(src) || src[i] != ':' {
		return 0, 0, 0, unexpected(src, i, "a colon")
	}
	return key, meta, space(src, i+1), nil
}

func unexpected(src []byte, i int, want string) *Error {
	if i >= len(src) {
		return &Error{Offset: len(src), Message: "the text ends where " + want + " should follow"}
	}
	got := "something else"
	if c := src[i]; c < 0x80 && bytes.IndexByte([]byte("{}[],:'\""), c) >= 0 {
		got = fmt.Sprintf("%q", rune(c))
	}
	return &Error{Offset: i, Message: got + " where " + want + " should stand"}
}

// narrow turns a place in a text or an arena into what entries hold: both are below 2 GiB,
// see Limits.
func narrow(i int) uint32 { return uint32(i) } //nolint:gosec // bounded by Limits
