package objectmapper

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxExponent bounds the exponents of numbers: arithmetic on 1e999999999 would fill the memory.
const maxExponent = 9999

// decoder reads one JSON text into values. It is strict (RFC 8259), keeps numbers as written and bounds the depth.
type decoder struct {
	src       string
	pos       int
	depth     int
	maxDepth  int
	positions bool    // keep the offsets of names
	slab      []value // values made ahead
	made      int
	duplicate func(key string, off int) // told of a name that stands twice; the last wins, as in JavaScript
}

// decode reads src, which is what: the name used in errors.
func decode(what string, src []byte, limits Limits) (*value, error) {
	if len(src) > limits.InputBytes {
		return nil, &LimitError{What: what + " bytes", Limit: limits.InputBytes}
	}
	d := decoder{src: string(src), maxDepth: limits.Depth}
	v, err := d.document()
	if err != nil {
		return nil, fmt.Errorf("objectmapper: reading %s: %w", what, err)
	}
	return v, nil
}

func (d *decoder) document() (*value, error) {
	v, err := d.value()
	if err != nil {
		return nil, err
	}
	d.space()
	if d.pos < len(d.src) {
		return nil, d.fail("text after the JSON value")
	}
	return v, nil
}

// slabSize is how many values are made at once, once a text has shown that it holds more than a few.
const slabSize = 64

// make returns a new value of a kind.
func (d *decoder) make(k kind, off int) *value {
	if len(d.slab) == 0 {
		d.slab = make([]value, min(4+d.made, slabSize))
		d.made += len(d.slab)
	}
	v := &d.slab[0]
	d.slab = d.slab[1:]
	v.kind, v.off = k, off
	return v
}

func (d *decoder) fail(message string) error {
	p := positionOf(d.src, min(d.pos, len(d.src)))
	return &SyntaxError{Position: p, Message: message}
}

func (d *decoder) space() {
	for d.pos < len(d.src) {
		switch d.src[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

func (d *decoder) value() (*value, error) {
	d.space()
	if d.pos >= len(d.src) {
		return nil, d.fail("the JSON text ends too early")
	}
	off := d.pos
	switch c := d.src[d.pos]; {
	case c == '{':
		return d.object(off)
	case c == '[':
		return d.array(off)
	case c == '"':
		s, err := d.str()
		if err != nil {
			return nil, err
		}
		v := d.make(kindString, off)
		v.text = s
		return v, nil
	case c == '-' || c >= '0' && c <= '9':
		return d.number(off)
	}
	for _, word := range [...]struct {
		text string
		kind kind
	}{{"true", kindTrue}, {"false", kindFalse}, {"null", kindNull}} {
		if len(d.src)-d.pos >= len(word.text) && d.src[d.pos:d.pos+len(word.text)] == word.text {
			d.pos += len(word.text)
			return d.make(word.kind, off), nil
		}
	}
	return nil, d.fail("a JSON value is expected here")
}

func (d *decoder) enter() error {
	d.pos++
	d.depth++
	if d.depth > d.maxDepth {
		return &LimitError{What: "levels of nesting", Limit: d.maxDepth}
	}
	d.space()
	return nil
}

// more steps over the comma or the closing mark.
func (d *decoder) more(closing byte) (bool, error) {
	d.space()
	if d.pos < len(d.src) {
		switch d.src[d.pos] {
		case ',':
			d.pos++
			return true, nil
		case closing:
			d.pos++
			d.depth--
			return false, nil
		}
	}
	return false, d.fail("',' or '" + string(rune(closing)) + "' is expected here")
}

func (d *decoder) array(off int) (*value, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	v := d.make(kindArray, off)
	if d.pos < len(d.src) && d.src[d.pos] == ']' {
		d.pos++
		d.depth--
		return v, nil
	}
	for {
		item, err := d.value()
		if err != nil {
			return nil, err
		}
		v.list = append(v.list, item)
		if again, err := d.more(']'); !again {
			return v, err
		}
	}
}

func (d *decoder) object(off int) (*value, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	v := d.make(kindObject, off)
	if d.pos < len(d.src) && d.src[d.pos] == '}' {
		d.pos++
		d.depth--
		return v, nil
	}
	for {
		d.space()
		if d.pos >= len(d.src) || d.src[d.pos] != '"' {
			return nil, d.fail("a member's name in quotes is expected here")
		}
		nameOff := d.pos
		key, err := d.str()
		if err != nil {
			return nil, err
		}
		d.space()
		if d.pos >= len(d.src) || d.src[d.pos] != ':' {
			return nil, d.fail("':' is expected here")
		}
		d.pos++
		member, err := d.value()
		if err != nil {
			return nil, err
		}
		if d.duplicate != nil && v.has(key) {
			d.duplicate(key, nameOff)
		} else if d.positions {
			more := v.extra()
			more.offs = append(more.offs, nameOff)
		}
		v.set(key, member)
		if again, err := d.more('}'); !again {
			return v, err
		}
	}
}

func (d *decoder) digits() bool {
	start := d.pos
	for d.pos < len(d.src) && d.src[d.pos] >= '0' && d.src[d.pos] <= '9' {
		d.pos++
	}
	return d.pos > start
}

func (d *decoder) number(off int) (*value, error) {
	if d.src[d.pos] == '-' {
		d.pos++
	}
	if d.pos < len(d.src) && d.src[d.pos] == '0' {
		d.pos++
	} else if !d.digits() {
		return nil, d.fail("a digit is expected here")
	}
	if d.pos < len(d.src) && d.src[d.pos] == '.' {
		d.pos++
		if !d.digits() {
			return nil, d.fail("a digit is expected here")
		}
	}
	if d.pos < len(d.src) && (d.src[d.pos] == 'e' || d.src[d.pos] == 'E') {
		d.pos++
		if d.pos < len(d.src) && (d.src[d.pos] == '+' || d.src[d.pos] == '-') {
			d.pos++
		}
		start := d.pos
		if !d.digits() {
			return nil, d.fail("a digit is expected here")
		}
		if n, err := strconv.Atoi(d.src[start:d.pos]); err != nil || n > maxExponent {
			return nil, d.fail("the number's exponent is out of bounds")
		}
	}
	v := d.make(kindNumber, off)
	v.text = d.src[off:d.pos]
	return v, nil
}

// str reads a string. Text without escapes is shared with the source.
func (d *decoder) str() (string, error) {
	d.pos++
	start := d.pos
	for d.pos < len(d.src) {
		switch c := d.src[d.pos]; {
		case c == '"':
			s := d.src[start:d.pos]
			if !utf8.ValidString(s) {
				return "", d.fail("the string is no UTF-8 text")
			}
			d.pos++
			return s, nil
		case c == '\\':
			return d.escaped(start)
		case c < 0x20:
			return "", d.fail("a control character stands in a string")
		}
		d.pos++
	}
	return "", d.fail("the string does not end")
}

func (d *decoder) escaped(start int) (string, error) {
	buf := []byte(d.src[start:d.pos])
	for d.pos < len(d.src) {
		c := d.src[d.pos]
		switch {
		case c == '"':
			d.pos++
			if !utf8.Valid(buf) {
				return "", d.fail("the string is no UTF-8 text")
			}
			return string(buf), nil
		case c < 0x20:
			return "", d.fail("a control character stands in a string")
		case c != '\\':
			buf = append(buf, c)
			d.pos++
			continue
		}
		if d.pos+1 >= len(d.src) {
			break
		}
		e := d.src[d.pos+1]
		if e == 'u' {
			r, ok := d.unicode()
			if !ok {
				return "", d.fail("\\u needs four hexadecimal digits")
			}
			buf = utf8.AppendRune(buf, r)
			continue
		}
		i := slices.Index([]byte(`"\/bfnrt`), e)
		if i < 0 {
			return "", d.fail("an unknown escape")
		}
		buf = append(buf, "\"\\/\b\f\n\r\t"[i])
		d.pos += 2
	}
	return "", d.fail("the string does not end")
}

// unicode reads \uXXXX and a pair of them; half a pair becomes U+FFFD.
func (d *decoder) unicode() (rune, bool) {
	hex := func(at int) (rune, bool) {
		if at+6 > len(d.src) || d.src[at] != '\\' || d.src[at+1] != 'u' {
			return 0, false
		}
		n, err := strconv.ParseUint(d.src[at+2:at+6], 16, 32)
		return rune(n), err == nil //nolint:gosec // 16 bits fit
	}
	r, ok := hex(d.pos)
	if !ok {
		return 0, false
	}
	d.pos += 6
	if !utf16.IsSurrogate(r) {
		return r, true
	}
	if low, ok := hex(d.pos); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			d.pos += 6
			return pair, true
		}
	}
	return utf8.RuneError, true
}
