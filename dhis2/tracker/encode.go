package tracker

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"
)

// encoder appends compact JSON to buf. Members that are empty are left out.
type encoder struct {
	buf       []byte
	comma     bool
	separator byte // of the category options in an event
}

// marshal returns the text of one object with the spelling of 2.41 and later.
func marshal(encode func(*encoder)) []byte {
	e := encoder{separator: ','}
	encode(&e)
	return e.buf
}

func (e *encoder) begin(bracket byte) {
	e.buf = append(e.buf, bracket)
	e.comma = false
}

func (e *encoder) end(bracket byte) {
	e.buf = append(e.buf, bracket)
	e.comma = true
}

// next writes the comma between two members or items.
func (e *encoder) next() {
	if e.comma {
		e.buf = append(e.buf, ',')
	}
	e.comma = true
}

// name writes the name of a member, which must need no escapes.
func (e *encoder) name(name string) {
	e.next()
	e.buf = append(e.buf, '"')
	e.buf = append(e.buf, name...)
	e.buf = append(e.buf, '"', ':')
}

func (e *encoder) text(name, value string) {
	if value != "" {
		e.name(name)
		e.buf = appendString(e.buf, value)
	}
}

// value writes a text, null for an empty one: the caller has asked whether it is sent at all.
func (e *encoder) value(name, value string) {
	e.name(name)
	if value == "" {
		e.buf = append(e.buf, "null"...)
		return
	}
	e.buf = appendString(e.buf, value)
}

// date writes a date as a text, milliseconds since 1970 as a number: the server takes those only
// so. Eight digits are yyyyMMdd.
func (e *encoder) date(name, value string) {
	if len(value) > 8 && len(value) < 17 && digits(value) && value[0] != '0' {
		e.name(name)
		e.buf = append(e.buf, value...)
		return
	}
	e.text(name, value)
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

func (e *encoder) boolean(name string, value bool) {
	if value {
		e.name(name)
		e.buf = append(e.buf, "true"...)
	}
}

// joined writes texts as one, between them the version's separator.
func (e *encoder) joined(name string, values []string) {
	if len(values) == 0 {
		return
	}
	e.name(name)
	size := len(values) - 1
	for _, value := range values {
		size += len(value)
	}
	joined := make([]byte, 0, size)
	for i, value := range values {
		if i > 0 {
			joined = append(joined, e.separator)
		}
		joined = append(joined, value...)
	}
	e.buf = appendString(e.buf, string(joined))
}

// raw writes JSON, compacted.
func (e *encoder) raw(name string, value json.RawMessage) {
	if len(value) > 0 && string(value) != "null" {
		e.name(name)
		e.rawValue(value)
	}
}

func (e *encoder) rawValue(value json.RawMessage) {
	if !bytes.ContainsAny(value, " \t\r\n") {
		e.buf = append(e.buf, value...)
		return
	}
	out := bytes.NewBuffer(e.buf)
	if json.Compact(out, value) != nil { // leaves what is no JSON to the one who sends it
		out.Truncate(len(e.buf))
		out.Write(value)
	}
	e.buf = out.Bytes()
}

func (e *encoder) user(name string, user *User) {
	if user != nil {
		e.name(name)
		user.encode(e)
	}
}

func (e *encoder) extra(extra map[string]json.RawMessage) {
	if len(extra) == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		value := extra[name]
		if len(value) == 0 {
			continue
		}
		e.next()
		e.buf = appendString(e.buf, name)
		e.buf = append(e.buf, ':')
		e.rawValue(value)
	}
}

func encodeList[T any](e *encoder, name string, items []T, encode func(*T, *encoder)) {
	if len(items) == 0 {
		return
	}
	e.name(name)
	e.begin('[')
	for i := range items {
		e.next()
		encode(&items[i], e)
	}
	e.end(']')
}

// encodeSent writes the items that are sent, and nothing if there are none.
func encodeSent[T any](e *encoder, name string, items []T, sent func(*T) bool, encode func(*T, *encoder)) {
	open := false
	for i := range items {
		if !sent(&items[i]) {
			continue
		}
		if !open {
			e.name(name)
			e.begin('[')
			open = true
		}
		e.next()
		encode(&items[i], e)
	}
	if open {
		e.end(']')
	}
}

const hexDigits = "0123456789abcdef"

// appendString appends a JSON string. What is not UTF-8 becomes U+FFFD, as in encoding/json.
func appendString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, text[start:i]...)
				dst = append(dst, "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, text[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, text[start:]...)
	return append(dst, '"')
}
