// Package scan checks a JSON text in one pass without building anything, and
// steps through a text that has been checked. It is what [fhir.Parse] and the
// byte-preserving edits stand on.
//
// Check is stricter than encoding/json where a lax reader could read something
// else than the next one: the text must be UTF-8 without a byte order mark, and
// no object may hold a name twice (FHIR R4, json.html: "Property names SHALL be
// unique").
package scan

import (
	"bytes"
	"unicode/utf8"
)

// MaxDepth is how deeply arrays and objects may be nested: far more than any
// resource needs, and little enough for readers that step over a value once for
// each level.
const MaxDepth = 128

// Fault says where a text is no JSON, and why.
type Fault struct {
	Offset  int    // of the byte at fault, from 0
	Problem string // never quotes the text
}

// Header is what the top-level object says about the resource. The slices
// point into the text and are without quotes; nil means the member is missing
// or no string.
type Header struct {
	Type, ID []byte
	// TypeOffset is where the value of resourceType begins, 0 if there is none.
	TypeOffset int
	// Twins means that an object somewhere has names that differ in nothing but
	// case: encoding/json would put both into the same field.
	Twins bool
	// Escapes means that a name somewhere is written with an escape sequence.
	Escapes bool
}

// Check returns the header of the one JSON object in data, or the first fault.
func Check(data []byte) (Header, *Fault) {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return Header{}, &Fault{Problem: "the text begins with a byte order mark"}
	}
	if !utf8.Valid(data) {
		return Header{}, &Fault{Offset: invalidUTF8(data), Problem: "the text is not UTF-8"}
	}
	c := checker{data: data, names: make([][]byte, 0, manyNames)}
	i := c.space(0)
	if i == len(data) {
		return Header{}, &Fault{Offset: i, Problem: "the text is empty"}
	}
	if data[i] != '{' {
		return Header{}, &Fault{Offset: i, Problem: "the text is not a JSON object"}
	}
	if i = c.object(i, 1); c.fault == nil {
		if i = c.space(i); i != len(data) {
			c.fail(i, "something follows the end of the object")
		}
	}
	return c.header, c.fault
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

type checker struct {
	data   []byte
	names  [][]byte // of the objects that are open, outermost first
	header Header
	fault  *Fault
}

// fail notes the first fault and returns an offset that ends every loop.
func (c *checker) fail(at int, problem string) int {
	if c.fault == nil {
		c.fault = &Fault{Offset: min(at, len(c.data)), Problem: problem}
	}
	return len(c.data)
}

func (c *checker) unexpected(at int, want string) int {
	if at >= len(c.data) {
		return c.fail(at, "the text ends too early: "+want+" is missing")
	}
	return c.fail(at, want+" is missing")
}

func (c *checker) space(i int) int {
	for i < len(c.data) && isSpace(c.data[i]) {
		i++
	}
	return i
}

// value checks the value at i and returns the offset behind it.
func (c *checker) value(i, depth int) int {
	if i >= len(c.data) {
		return c.unexpected(i, "a value")
	}
	switch b := c.data[i]; {
	case b == '"':
		return c.text(i)
	case b == '{':
		return c.object(i, depth+1)
	case b == '[':
		return c.array(i, depth+1)
	case b == '-' || isDigit(b):
		return c.number(i)
	case b == 't':
		return c.literal(i, "true")
	case b == 'f':
		return c.literal(i, "false")
	case b == 'n':
		return c.literal(i, "null")
	default:
		return c.unexpected(i, "a value")
	}
}

func (c *checker) literal(i int, word string) int {
	if !bytes.HasPrefix(c.data[i:], []byte(word)) {
		return c.unexpected(i, "a value")
	}
	return i + len(word)
}

func (c *checker) array(i, depth int) int {
	if depth > MaxDepth {
		return c.fail(i, "arrays and objects are nested too deeply")
	}
	if i = c.space(i + 1); i < len(c.data) && c.data[i] == ']' {
		return i + 1
	}
	for c.fault == nil {
		if i = c.space(c.value(i, depth)); c.fault != nil {
			break
		}
		switch {
		case i >= len(c.data) || (c.data[i] != ',' && c.data[i] != ']'):
			return c.unexpected(i, "a comma or a closing bracket")
		case c.data[i] == ']':
			return i + 1
		}
		i = c.space(i + 1)
	}
	return len(c.data)
}

func (c *checker) object(i, depth int) int {
	if depth > MaxDepth {
		return c.fail(i, "arrays and objects are nested too deeply")
	}
	if i = c.space(i + 1); i < len(c.data) && c.data[i] == '}' {
		return i + 1
	}
	seen := nameSet{first: len(c.names)}
	defer func() { c.names = c.names[:seen.first] }()
	for c.fault == nil {
		if i >= len(c.data) || c.data[i] != '"' {
			return c.unexpected(i, "a name in quotes")
		}
		start := i
		if i = c.text(i); c.fault != nil {
			break
		}
		name := c.data[start+1 : i-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			name = []byte(Unquote(c.data[start:i]))
			c.header.Escapes = true
		}
		c.names = append(c.names, name)
		switch seen.look(c.names) {
		case same:
			return c.fail(start, "the object has two members of this name")
		case twin:
			c.header.Twins = true
		case fresh:
		}
		if i = c.space(i); i >= len(c.data) || c.data[i] != ':' {
			return c.unexpected(i, "a colon")
		}
		i = c.space(i + 1)
		start = i
		if i = c.value(i, depth); c.fault != nil {
			break
		}
		if depth == 1 {
			c.head(name, start, i)
		}
		i = c.space(i)
		switch {
		case i >= len(c.data) || (c.data[i] != ',' && c.data[i] != '}'):
			return c.unexpected(i, "a comma or a closing brace")
		case c.data[i] == '}':
			return i + 1
		}
		i = c.space(i + 1)
	}
	return len(c.data)
}

// head keeps what the header needs of a top-level member.
func (c *checker) head(name []byte, start, end int) {
	isType := string(name) == "resourceType"
	if isType {
		c.header.TypeOffset = start
	}
	if c.data[start] != '"' || (!isType && string(name) != "id") {
		return
	}
	value := c.data[start+1 : end-1]
	if bytes.IndexByte(value, '\\') >= 0 {
		value = []byte(Unquote(c.data[start:end]))
	}
	if isType {
		c.header.Type = value
	} else {
		c.header.ID = value
	}
}

// nameSet tells whether an object has a name already. The names stand in the
// checker's stack from first on; a filter of 64 bits spares nearly all
// comparisons, and a map keeps huge objects linear.
type nameSet struct {
	first  int
	filter uint64
	exact  map[string]bool
	folded map[string]bool
}

// likeness says what a name has to do with the names before it.
type likeness uint8

const (
	fresh likeness = iota
	twin           // another name differs in case only
	same
)

// manyNames is where comparing one by one ends.
const manyNames = 64

// look compares the last name with those before it, and adds it.
func (s *nameSet) look(names [][]byte) likeness {
	own := names[s.first:]
	name := own[len(own)-1]
	if len(own) > manyNames {
		return s.lookLarge(own, name)
	}
	found := fresh
	bit := uint64(1) << hash6(name)
	if s.filter&bit != 0 {
		for _, n := range own[:len(own)-1] {
			if bytes.Equal(n, name) {
				return same
			}
			if bytes.EqualFold(n, name) {
				found = twin
			}
		}
	}
	s.filter |= bit
	return found
}

func (s *nameSet) lookLarge(own [][]byte, name []byte) likeness {
	if s.exact == nil {
		s.exact, s.folded = map[string]bool{}, map[string]bool{}
		for _, n := range own[:len(own)-1] {
			s.exact[string(n)] = true
			s.folded[string(bytes.ToLower(n))] = true
		}
	}
	if s.exact[string(name)] {
		return same
	}
	s.exact[string(name)] = true
	folded := string(bytes.ToLower(name))
	if s.folded[folded] {
		return twin
	}
	s.folded[folded] = true
	return fresh
}

// hash6 maps a name to 0..63, whatever the case of its letters.
func hash6(name []byte) uint {
	if len(name) == 0 {
		return 0
	}
	fold := func(i int) uint { return uint(name[i] | 0x20) }
	h := uint(len(name)) + 7*fold(0) + 31*fold(len(name)-1) + 13*fold(len(name)/2)
	return (h ^ h>>6) & 63
}
