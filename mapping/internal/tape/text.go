package tape

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

func hex(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// Unescape appends the text within a string's quotes with its escapes resolved. Half a
// surrogate pair becomes U+FFFD.
func Unescape(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c != '\\' || i+1 >= len(text) {
			dst = append(dst, c)
			i++
			continue
		}
		i += 2
		switch text[i-1] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := unit(text[i:])
			i += 4
			if utf16.IsSurrogate(r) && len(text) >= i+6 && text[i] == '\\' && text[i+1] == 'u' {
				if pair := utf16.DecodeRune(r, unit(text[i+2:])); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r) // half a pair becomes U+FFFD
		default:
			dst = append(dst, text[i-1])
		}
	}
	return dst
}

// HalfPair returns the first text, or member with a name, that holds half a surrogate pair, or
// 0. Unescape makes U+FFFD of it, and other readers make other things.
func (d *Doc) HalfPair() Node {
	for n := Node(1); int(n) < len(d.tape); n++ {
		if name, escapes := d.Key(n); escapes && halfPair(name) {
			return n
		}
		if d.Kind(n) == String && d.tape[n].meta&escaped != 0 && halfPair(d.Raw(n)) {
			return n
		}
	}
	return 0
}

func halfPair(text []byte) bool {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] != 'u' {
			continue
		}
		r := unit(text[i+1:])
		i += 4
		if !utf16.IsSurrogate(r) {
			continue
		}
		if i+6 >= len(text) || text[i+1] != '\\' || text[i+2] != 'u' || utf16.DecodeRune(r, unit(text[i+3:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

func unit(text []byte) rune {
	return hex(text[0])<<12 | hex(text[1])<<8 | hex(text[2])<<4 | hex(text[3])
}

// AppendQuoted appends text as a JSON string: what all of package mapping and below it writes
// JSON texts with. Only what JSON forbids is escaped, so that text stays as it was, byte for
// byte; a byte that is not UTF-8 becomes U+FFFD.
func AppendQuoted[T string | []byte](dst []byte, text T) []byte {
	dst = append(dst, '"')
	plain := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(string(text[i:min(len(text), i+4)]))
			if r == utf8.RuneError && size <= 1 {
				dst = append(dst, text[plain:i]...)
				dst = append(dst, "\uFFFD"...)
				i++
				plain = i
				continue
			}
			i += size
			continue
		}
		dst = append(dst, text[plain:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		i++
		plain = i
	}
	dst = append(dst, text[plain:]...)
	return append(dst, '"')
}

// AppendJSON appends the value as JSON: its own text, byte for byte, or "null" when there
// is none.
func (v Value) AppendJSON(dst []byte) []byte {
	switch k := v.Kind(); {
	case k == Missing:
		return append(dst, "null"...)
	case k != Array || v.Doc.tape[v.Node].meta&composed == 0:
		return append(dst, v.Doc.Raw(v.Node)...)
	}
	dst = append(dst, '[')
	for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
		if c > v.Doc.First(v.Node) {
			dst = append(dst, ',')
		}
		dst = v.Doc.At(c).AppendJSON(dst)
	}
	return append(dst, ']')
}

// Pointer returns the JSON pointer (RFC 6901) of n in the document.
func (d *Doc) Pointer(n Node) string {
	var out []byte
	for at := d.Root(); at != n && at != 0; {
		found, index := Node(0), 0
		for c, end := d.First(at), d.End(at); c < end; c = d.Next(c) {
			if n >= c && n < d.Next(c) {
				found = c
				break
			}
			index++
		}
		if found == 0 {
			return ""
		}
		out = append(out, '/')
		if d.Kind(at) == Object {
			name, escapes := d.Key(found)
			if escapes {
				name = Unescape(nil, name)
			}
			out = appendPointerToken(out, name)
		} else {
			out = strconv.AppendInt(out, int64(index), 10)
		}
		at = found
	}
	return string(out)
}

func appendPointerToken(dst, name []byte) []byte {
	for _, c := range name {
		switch c {
		case '~':
			dst = append(dst, "~0"...)
		case '/':
			dst = append(dst, "~1"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// Duplicate returns the first member whose name an earlier member of its object has, or 0.
func (d *Doc) Duplicate() Node {
	seen := map[string]struct{}{}
	for n := Node(1); int(n) < len(d.tape); n++ {
		if d.Kind(n) != Object {
			continue
		}
		clear(seen)
		for c, end := d.First(n), d.End(n); c < end; c = d.Next(c) {
			name, escapes := d.Key(c)
			if escapes {
				name = Unescape(nil, name)
			}
			if _, twice := seen[string(name)]; twice {
				return c
			}
			seen[string(name)] = struct{}{}
		}
	}
	return 0
}

// Walk calls yield with each value and its JSON pointer, in the order of the text.
func (d *Doc) Walk(yield func(n Node, pointer string)) {
	d.walk(d.Root(), "", yield)
}

func (d *Doc) walk(n Node, pointer string, yield func(n Node, pointer string)) {
	if n == 0 {
		return
	}
	yield(n, pointer)
	k := d.Kind(n)
	if k != Array && k != Object {
		return
	}
	index := 0
	for c, end := d.First(n), d.End(n); c < end; c = d.Next(c) {
		token := strconv.AppendInt(nil, int64(index), 10)
		if k == Object {
			name, escapes := d.Key(c)
			if escapes {
				name = Unescape(nil, name)
			}
			token = appendPointerToken(nil, name)
		}
		d.walk(c, pointer+"/"+string(token), yield)
		index++
	}
}
