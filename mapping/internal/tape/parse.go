package tape

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// Limits bounds a document. Zero fields have the defaults named.
type Limits struct {
	Bytes int // Defaults to 2 GiB less one, which is also the most.
	Depth int // Nesting. Defaults to 512.
}

// Error says why a text is not a JSON document, and where.
type Error struct {
	Offset  int    // in bytes
	Message string // lower-case, without the text itself: it may be a patient's
	Limit   bool   // the text may be JSON, but more than Limits allow
}

func (e *Error) Error() string { return fmt.Sprintf("%s at offset %d", e.Message, e.Offset) }

func (l Limits) bytes() int {
	if l.Bytes <= 0 || l.Bytes > math.MaxInt32 {
		return math.MaxInt32
	}
	return l.Bytes
}

func (l Limits) depth() int {
	if l.Depth <= 0 {
		return 512
	}
	return l.Depth
}

// Parse replaces the document by the one in src, which must stay as it is while the Doc is
// in use. On an *Error the Doc has no value.
func (d *Doc) Parse(src []byte, limits Limits) error {
	d.foreign = d.foreign[:0]
	d.tape = append(d.tape[:0], entry{next: 1})
	d.src = src
	if len(src) > limits.bytes() {
		return &Error{0, fmt.Sprintf("the document has %d bytes, more than %d", len(src), limits.bytes()), true}
	}
	if i := InvalidUTF8(src); i >= 0 {
		d.tape = d.tape[:1]
		return &Error{i, "not UTF-8", false}
	}
	// Room for the values that a text of this length has, so that growing copies little.
	if guess := len(src)/16 + 16; cap(d.tape) < guess {
		d.tape = append(make([]entry, 0, guess), d.tape...)
	}
	end, err := d.parse(0, limits.depth())
	if err == nil {
		if end = d.space(end); end < len(src) {
			err = &Error{end, "text after the end of the document", false}
		}
	}
	if err != nil {
		d.tape = d.tape[:1]
		return err
	}
	return nil
}

// InvalidUTF8 returns the index of the first byte that is not part of valid UTF-8, or -1.
func InvalidUTF8(src []byte) int {
	if utf8.Valid(src) {
		return -1
	}
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

func (d *Doc) space(i int) int {
	for i < len(d.src) && (d.src[i] == ' ' || d.src[i] == '\n' || d.src[i] == '\r' || d.src[i] == '\t') {
		i++
	}
	return i
}

// parse reads one value at i and returns where it ends. It is one loop and not a function
// that calls itself: depth costs no stack, and it is the hottest code of the engine.
func (d *Doc) parse(i, depth int) (int, error) {
	src, tape, stack := d.src, d.tape, d.stack[:0]
	defer func() { d.tape, d.stack = tape, stack }()
	object := false // what the innermost open container is
	var key, keyMeta uint32
	for {
		// a member's name
		if object {
			for i < len(src) && src[i] <= ' ' && isSpace(src[i]) {
				i++
			}
			if i >= len(src) || src[i] != '"' {
				return 0, unexpected(src, i, "a member's name in quotes")
			}
			end, escapes, err := scanString(src, i)
			if err != nil {
				return 0, err
			}
			if end-i-2 > maxKey {
				return 0, &Error{i, "a member's name is too long", true}
			}
			key, keyMeta = offset(i+1), offset(end-i-2)<<keyShift
			if escapes {
				keyMeta |= keyEscaped
			}
			for i = end; i < len(src) && src[i] <= ' ' && isSpace(src[i]); i++ {
			}
			if i >= len(src) || src[i] != ':' {
				return 0, unexpected(src, i, "a colon")
			}
			i++
		}
		for i < len(src) && src[i] <= ' ' && isSpace(src[i]) {
			i++
		}
		if i >= len(src) {
			return 0, unexpected(src, i, "a value")
		}
		// a value
		at, opened := len(tape), false
		switch c := src[i]; {
		case c == '"':
			end, escapes, err := scanString(src, i)
			if err != nil {
				return 0, err
			}
			meta := uint32(String) | keyMeta
			if escapes {
				meta |= escaped
			}
			tape = append(tape, entry{offset(i), offset(end), offset(at + 1), key, meta})
			i = end
		case c == '{' || c == '[':
			if len(stack) >= depth {
				return 0, &Error{i, fmt.Sprintf("nested deeper than %d", depth), true}
			}
			kind, closing := uint32(Object), byte('}')
			if c == '[' {
				kind, closing = uint32(Array), ']'
			}
			tape = append(tape, entry{offset(i), 0, offset(at + 1), key, kind | keyMeta})
			for i++; i < len(src) && src[i] <= ' ' && isSpace(src[i]); i++ {
			}
			if i < len(src) && src[i] == closing {
				i++
				tape[at].end = offset(i)
				break
			}
			stack = append(stack, offset(at))
			object = c == '{'
			opened = true
		case c == '-' || c >= '0' && c <= '9':
			end, ok := scanNumber(src, i)
			if !ok {
				return 0, &Error{i, "a number that JSON does not know", false}
			}
			tape = append(tape, entry{offset(i), offset(end), offset(at + 1), key, uint32(Number) | keyMeta})
			i = end
		default:
			word, kind := literal(src[i:])
			if kind == Missing {
				return 0, unexpected(src, i, "a value")
			}
			tape = append(tape, entry{offset(i), offset(i + word), offset(at + 1), key, uint32(kind) | keyMeta})
			i += word
		}
		key, keyMeta = 0, 0
		if opened {
			continue
		}
		// what follows a value
		for {
			if len(stack) == 0 {
				return i, nil
			}
			for i < len(src) && src[i] <= ' ' && isSpace(src[i]) {
				i++
			}
			if i >= len(src) {
				return 0, unexpected(src, i, "the end of an array or object")
			}
			c := src[i]
			if c == ',' {
				i++
				break
			}
			if object && c != '}' || !object && c != ']' {
				return 0, unexpected(src, i, "a comma or the end of the array or object")
			}
			i++
			open := &tape[stack[len(stack)-1]]
			open.end, open.next = offset(i), offset(len(tape))
			stack = stack[:len(stack)-1]
			object = len(stack) > 0 && Kind(tape[stack[len(stack)-1]].meta&kindMask) == Object
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func unexpected(src []byte, i int, want string) *Error {
	if i >= len(src) {
		return &Error{len(src), "the document ends where " + want + " should follow", false}
	}
	return &Error{i, fmt.Sprintf("%q where %s should stand", rune(src[i]), want), false}
}

func literal(src []byte) (int, Kind) {
	switch {
	case len(src) >= 4 && string(src[:4]) == "true":
		return 4, True
	case len(src) >= 5 && string(src[:5]) == "false":
		return 5, False
	case len(src) >= 4 && string(src[:4]) == "null":
		return 4, Null
	}
	return 0, Missing
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scanString returns the end of the string that begins at i, after its quote.
func scanString(src []byte, i int) (end int, escapes bool, err error) {
	start := i
	i++
	for {
		// Eight bytes at a time, until one is a quote, a backslash or a control character.
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			quote, back := w^(ones*'"'), w^(ones*'\\')
			if ((quote-ones)&^quote|(back-ones)&^back|(w-ones*0x20)&^w)&highs != 0 {
				break
			}
			i += 8
		}
		for i < len(src) && src[i] != '"' && src[i] != '\\' && src[i] >= 0x20 {
			i++
		}
		if i >= len(src) {
			return 0, false, &Error{start, "text that is not closed", false}
		}
		switch src[i] {
		case '"':
			return i + 1, escapes, nil
		case '\\':
			escapes = true
			size := escape(src[i:])
			if size == 0 {
				return 0, false, &Error{i, "an escape that JSON does not know", false}
			}
			i += size
		default:
			return 0, false, &Error{i, "a control character in text", false}
		}
	}
}

func escape(src []byte) int {
	if len(src) < 2 {
		return 0
	}
	switch src[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(src) < 6 {
			return 0
		}
		for _, c := range src[2:6] {
			if hex(c) < 0 {
				return 0
			}
		}
		return 6
	}
	return 0
}

// scanNumber returns the end of the JSON number at i.
func scanNumber(src []byte, i int) (int, bool) {
	digits := func() bool {
		from := i
		for i < len(src) && src[i] >= '0' && src[i] <= '9' {
			i++
		}
		return i > from
	}
	if src[i] == '-' {
		i++
	}
	if i < len(src) && src[i] == '0' {
		i++
		if i < len(src) && src[i] >= '0' && src[i] <= '9' {
			return 0, false
		}
	} else if !digits() {
		return 0, false
	}
	if i < len(src) && src[i] == '.' {
		i++
		if !digits() {
			return 0, false
		}
	}
	if i < len(src) && (src[i] == 'e' || src[i] == 'E') {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		if !digits() {
			return 0, false
		}
	}
	return i, true
}

// IsNumber reports whether text is a JSON number as it stands.
func IsNumber(text []byte) bool {
	if len(text) == 0 || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return false
	}
	end, ok := scanNumber(text, 0)
	return ok && end == len(text)
}
