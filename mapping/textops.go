package mapping

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // UUID version 5 is defined by SHA-1
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// textOp is an operator from text to text.
type textOp struct {
	name string
	do   func(dst, text []byte) []byte
}

func (o *textOp) apply(r *run, _ *scope, ru *rule, v value) value {
	if !r.needText(ru, o.name, v) {
		return failed()
	}
	r.text = append(r.text[:0], v.Text(nil)...)
	return r.heap.AddText(o.do(nil, r.text))
}

// replace is the operator $replace.
type replace struct {
	re   *pattern
	with []byte
}

func (o *replace) apply(r *run, _ *scope, ru *rule, v value) value {
	if !r.needText(ru, "$replace", v) {
		return failed()
	}
	text := v.Text(nil)
	if !o.re.affords(r, ru, text) {
		return failed()
	}
	const match = 64 // what a match takes, about
	all := o.re.FindAllSubmatchIndex(text, r.limits.Memory/match+1)
	if len(all) > r.limits.Memory/match {
		r.exceeded(ru, "bytes of memory", r.limits.Memory)
		return failed()
	}
	var out []byte
	done := 0
	for _, found := range all {
		out = append(out, text[done:found[0]]...)
		out = o.re.Expand(out, o.with, text, found)
		done = found[1]
		if len(out) > r.limits.Memory {
			r.exceeded(ru, "bytes of memory", r.limits.Memory)
			return failed()
		}
	}
	return r.heap.AddText(append(out, text[done:]...))
}

// split is the operator $split: text to an array of texts. "" gives none.
type split struct{ by []byte }

func (o *split) apply(r *run, _ *scope, ru *rule, v value) value {
	if !r.needText(ru, "$split", v) {
		return failed()
	}
	text := append(r.text[:0], v.Text(nil)...)
	r.text = text
	more := len(text) > 0
	const part = 24 // what a part takes beside its text
	if r.heap.Size()+2*len(text)+part*bytes.Count(text, o.by) > r.limits.Memory {
		r.exceeded(ru, "bytes of memory", r.limits.Memory)
		return failed()
	}
	return r.heap.AddTexts(func() ([]byte, bool) {
		if !more {
			return nil, false
		}
		part := text
		if i := bytes.Index(text, o.by); i >= 0 {
			part, text = text[:i], text[i+len(o.by):]
		} else {
			more = false
		}
		return part, true
	})
}

// join is the operator $join: an array of texts, numbers and booleans to one text. Missing,
// null and empty items are left away.
type join struct{ with string }

func (o *join) apply(r *run, _ *scope, ru *rule, v value) value {
	if v.Kind() != tape.Array {
		if v.Kind() == tape.Object {
			return r.fail(ru, CodeType, v, "$join needs an array and found an object", "")
		}
		return r.heap.AddText(v.Text(nil))
	}
	out := r.text[:0]
	some := false
	for c, end := v.Doc.First(v.Node), v.Doc.End(v.Node); c < end; c = v.Doc.Next(c) {
		item := v.Doc.At(c)
		switch item.Kind() {
		case tape.Missing, tape.Null:
			continue
		case tape.Array, tape.Object:
			return r.fail(ru, CodeType, item, "$join needs texts and found "+item.Kind().String(), "")
		default:
		}
		text := item.Text(nil)
		if len(text) == 0 {
			continue
		}
		if some {
			out = append(out, o.with...)
		}
		some = true
		if out = append(out, text...); len(out) > r.limits.Memory {
			r.exceeded(ru, "bytes of memory", r.limits.Memory)
			break
		}
	}
	r.text = out
	if !some {
		return value{}
	}
	return r.heap.AddText(out)
}

// match is the operator $match: the text's part that the expression's first group (or all
// of it) matches, or nothing.
type match struct {
	re    *pattern
	error bool // a text that does not match is an error
}

func (o *match) apply(r *run, _ *scope, ru *rule, v value) value {
	if !r.needText(ru, "$match", v) {
		return failed()
	}
	text := v.Text(nil)
	if !o.re.affords(r, ru, text) {
		return failed()
	}
	found := o.re.FindSubmatchIndex(text)
	if found == nil {
		if o.error {
			return r.fail(ru, CodeFormat, v, "$match: the text does not match "+o.re.String(), "")
		}
		return value{}
	}
	at := 0
	if len(found) > 2 && found[2] >= 0 {
		at = 2
	}
	return r.heap.AddText(text[found[at]:found[at+1]])
}

func changeCase(how string) func(dst, text []byte) []byte {
	switch how {
	case "upper":
		return func(_, text []byte) []byte { return bytes.ToUpper(text) }
	case "lower":
		return func(_, text []byte) []byte { return bytes.ToLower(text) }
	case "title":
		return func(dst, text []byte) []byte {
			start := true
			for _, c := range string(text) {
				if start {
					c = unicode.ToTitle(c)
				} else {
					c = unicode.ToLower(c)
				}
				start = !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '\''
				dst = utf8.AppendRune(dst, c)
			}
			return dst
		}
	}
	return nil
}

// substr takes length characters from start on; a negative start counts from the end.
func substr(start, length int, limited bool) func(dst, text []byte) []byte {
	return func(_, text []byte) []byte {
		runes := []rune(string(text))
		from := start
		if from < 0 {
			from = max(0, len(runes)+from)
		}
		from = min(from, len(runes))
		to := len(runes)
		if limited {
			to = min(to, from+max(length, 0))
		}
		return []byte(string(runes[from:to]))
	}
}

func pad(width int, with rune, left bool) func(dst, text []byte) []byte {
	return func(_, text []byte) []byte {
		lack := width - utf8.RuneCount(text)
		if lack <= 0 {
			return text
		}
		fill := strings.Repeat(string(with), lack)
		if left {
			return append([]byte(fill), text...)
		}
		return append(bytes.Clone(text), fill...)
	}
}

func hashText(salt string) func(dst, text []byte) []byte {
	return func(_, text []byte) []byte {
		h := sha256.New()
		h.Write([]byte(salt))
		h.Write(text)
		return []byte(hex.EncodeToString(h.Sum(nil)))
	}
}

// uuid5 names the text within a namespace, as RFC 9562 5.5 says.
func uuid5(namespace [16]byte) func(dst, text []byte) []byte {
	return func(_, text []byte) []byte {
		h := sha1.New() //nolint:gosec // UUID version 5 is defined by SHA-1
		h.Write(namespace[:])
		h.Write(text)
		id := h.Sum(nil)[:16]
		id[6] = id[6]&0x0f | 0x50
		id[8] = id[8]&0x3f | 0x80
		return appendUUID(nil, id)
	}
}

func appendUUID(dst, id []byte) []byte {
	text := hex.EncodeToString(id)
	return append(dst, text[:8]+"-"+text[8:12]+"-"+text[12:16]+"-"+text[16:20]+"-"+text[20:]...)
}

// namespaceUUID reads a namespace: dns, url, oid, or a UUID. Another text is taken as a URL,
// and its own UUID is the namespace.
func namespaceUUID(name string) [16]byte {
	known := map[string]string{
		"dns": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
		"url": "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
		"oid": "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
	}
	if text, ok := known[name]; ok {
		name = text
	}
	var id [16]byte
	if raw, err := hex.DecodeString(strings.ReplaceAll(name, "-", "")); err == nil && len(raw) == 16 {
		copy(id[:], raw)
		return id
	}
	raw, _ := hex.DecodeString(strings.ReplaceAll(string(uuid5(namespaceUUID("url"))(nil, []byte(name))), "-", ""))
	copy(id[:], raw)
	return id
}

func trimSpace(text []byte) []byte { return bytes.TrimSpace(text) }

func trimAny(text []byte, cutset string) []byte { return bytes.Trim(text, cutset) }
