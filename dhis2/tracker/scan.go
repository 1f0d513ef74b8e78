package tracker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// ErrJSON is wrapped by the errors of texts that are no tracker payload.
var ErrJSON = errors.New("not a tracker payload")

// maxDepth bounds the nesting of members this package does not know.
const maxDepth = 200

// reader reads JSON from front to back, once. After the first error it reads nothing.
type reader struct {
	data []byte
	at   int
	err  error
}

// parse reads one value that fills data.
func parse(data []byte, what string, decode func(*reader)) error {
	r := reader{data: bytes.TrimPrefix(data, []byte("\ufeff"))}
	r.checkText()
	if r.err == nil {
		decode(&r)
	}
	if r.err == nil && r.space() != 0 {
		r.fail("text behind the value")
	}
	if r.err != nil {
		return fmt.Errorf("tracker: read %s: %w", what, r.err)
	}
	return nil
}

// checkText finds the first byte that is not UTF-8: it would go on to the server where a part is kept as
// it came.
func (r *reader) checkText() {
	if utf8.Valid(r.data) {
		return
	}
	for r.at < len(r.data) {
		c, size := utf8.DecodeRune(r.data[r.at:])
		if c == utf8.RuneError && size == 1 {
			break
		}
		r.at += size
	}
	r.fail("the text is not UTF-8")
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: byte %d: %s", ErrJSON, r.at, what)
	}
}

// space steps over white space and returns the byte behind it, 0 at the end.
func (r *reader) space() byte {
	for r.at < len(r.data) {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

// begin steps into an object or list and says whether it has members or items. A null is taken
// as one without.
func (r *reader) begin(bracket byte) bool {
	if r.err != nil {
		return false
	}
	c := r.space()
	if c == 'n' {
		r.literal("null")
		return false
	}
	if c != bracket {
		if bracket == '{' {
			r.fail("an object is wanted here")
		} else {
			r.fail("a list is wanted here")
		}
		return false
	}
	r.at++
	if r.space() == bracket+2 { // '{' and '}', '[' and ']'
		r.at++
		return false
	}
	return true
}

// more steps behind a member or item and says whether another one follows.
func (r *reader) more(bracket byte) bool {
	if r.err != nil {
		return false
	}
	switch r.space() {
	case ',':
		r.at++
		return true
	case bracket:
		r.at++
	default:
		r.fail("a comma or the end is wanted here")
	}
	return false
}

// name reads the name of a member and the colon. It is valid until the next read.
func (r *reader) name() []byte {
	if r.space() != '"' {
		r.fail("a name is wanted here")
		return nil
	}
	name := r.quoted()
	if r.err == nil && r.space() != ':' {
		r.fail("a colon is wanted here")
		return nil
	}
	r.at++
	return name
}

// quoted reads a string and returns its text.
func (r *reader) quoted() []byte {
	start, ascii := r.at, true
	for i := start + 1; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			text := r.data[start+1 : i]
			if !ascii && !utf8.Valid(text) {
				return r.escaped(start)
			}
			r.at = i + 1
			return text
		case c == '\\' || c < 0x20:
			return r.escaped(start)
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.fail("a text has no end")
	return nil
}

// escaped reads a string with escapes or with bytes that are no UTF-8, which become U+FFFD.
func (r *reader) escaped(start int) []byte {
	end := start + 1
	for end < len(r.data) && r.data[end] != '"' {
		if r.data[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(r.data) {
		r.fail("a text has no end")
		return nil
	}
	var text string
	if json.Unmarshal(r.data[start:end+1], &text) != nil {
		r.fail("a text has a wrong escape or a control character")
		return nil
	}
	r.at = end + 1
	return []byte(text)
}

// text reads a text. Numbers and booleans are taken as they are written, as the server does, and
// null as "".
func (r *reader) text() string {
	if r.err != nil {
		return ""
	}
	switch c := r.space(); {
	case c == '"':
		return string(r.quoted())
	case c == 'n':
		r.literal("null")
	case c == 't':
		r.literal("true")
		return "true"
	case c == 'f':
		r.literal("false")
		return "false"
	case c == '-' || c >= '0' && c <= '9':
		return string(r.number())
	default:
		r.fail("a text is wanted here")
	}
	return ""
}

func (r *reader) number() []byte {
	start := r.at
	for r.at < len(r.data) {
		switch c := r.data[r.at]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			r.at++
			continue
		}
		break
	}
	if !json.Valid(r.data[start:r.at]) {
		r.at = start
		r.fail("a number is wrong")
	}
	return r.data[start:r.at]
}

// boolean reads true and false, also as texts; null is false.
func (r *reader) boolean() bool {
	switch text := r.text(); text {
	case "true":
		return true
	case "false", "":
	default:
		r.fail("true or false is wanted here")
	}
	return false
}

func (r *reader) literal(text string) {
	if !bytes.HasPrefix(r.data[r.at:], []byte(text)) {
		r.fail("a value is wanted here")
		return
	}
	r.at += len(text)
}

// user reads a user, nil for null.
func (r *reader) user() *User {
	if r.err != nil {
		return nil
	}
	if r.space() == 'n' {
		r.literal("null")
		return nil
	}
	user := new(User)
	user.decode(r)
	return user
}

// raw reads any value and returns its compact text, nil for null.
func (r *reader) raw() json.RawMessage {
	start := r.skip()
	if r.err != nil || r.data[start] == 'n' {
		return nil
	}
	return compact(r.data[start:r.at])
}

// extra reads any value into the map.
func (r *reader) extra(extra map[string]json.RawMessage, name []byte) map[string]json.RawMessage {
	key := string(name)
	start := r.skip()
	if r.err != nil {
		return extra
	}
	if extra == nil {
		extra = make(map[string]json.RawMessage)
	}
	extra[key] = compact(r.data[start:r.at])
	return extra
}

func compact(value []byte) json.RawMessage {
	var out bytes.Buffer
	out.Grow(len(value))
	if json.Compact(&out, value) != nil {
		return nil // cannot be: skip has checked it
	}
	return out.Bytes()
}

// skip steps over any value and returns where it begins.
func (r *reader) skip() (start int) {
	if r.err != nil {
		return r.at
	}
	r.space()
	start = r.at
	depth := 0
	for {
		switch c := r.space(); c {
		case '{', '[':
			depth++
			r.at++
		case '}', ']':
			depth--
			r.at++
		case '"':
			r.quoted()
		case ',', ':':
			r.at++
		case 0:
			r.fail("the text ends early")
		default:
			r.text()
		}
		if depth > maxDepth {
			r.fail("the value is too deep")
		}
		if r.err != nil {
			return start
		}
		if depth <= 0 {
			break
		}
	}
	if !json.Valid(r.data[start:r.at]) {
		r.at = start
		r.fail("the value is no JSON")
	}
	return start
}

// list reads a list of objects; null is an empty one, a null item an error.
func list[T any](r *reader, decode func(*T, *reader)) []T {
	var items []T
	for more := r.begin('['); more; more = r.more(']') {
		if r.space() != '{' {
			r.fail("an object is wanted here")
			break
		}
		if items == nil {
			items = make([]T, 0, 4)
		}
		items = append(items, *new(T))
		decode(&items[len(items)-1], r)
	}
	return slices.Clip(items)
}
