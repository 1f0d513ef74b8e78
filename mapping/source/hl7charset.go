package source

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// charset is how the bytes of a message's values are decoded: by table, or as UTF-8 if it is nil.
type charset struct{ table *charmap.Charmap }

// charsetOf returns the character set of a message by its MSH-18 (HL7 table 0211).
func (h *HL7) charsetOf(msh []byte, s signs) (charset, string) {
	switch {
	case h.lines.wide:
		return charset{}, ""
	case h.config.Encoding != "":
		return charset{singleByte(h.config.Encoding)}, ""
	}
	const mshCharacterSet = 18
	first, _, _ := cut(s.fieldOf(msh, mshCharacterSet), s.repetition)
	name := strings.ToUpper(strings.TrimSpace(string(first)))
	switch {
	case name == "", name == `""`, name == "ASCII", strings.HasPrefix(name, "UNICODE"):
		// Whoever could write MSH in single bytes has not written UTF-16.
		return charset{}, ""
	case strings.HasPrefix(name, "8859/"):
		name = "iso-8859-" + strings.TrimPrefix(name, "8859/")
	}
	enc, err := Encoding(name).canonical()
	if err != nil {
		return charset{}, "a character set that is not known; set Encoding"
	}
	return charset{singleByte(enc)}, ""
}

// decode appends text as UTF-8. ok is false if it is no text of the character set.
func (c charset) decode(dst, text []byte) (_ []byte, ok bool) {
	if c.table == nil {
		return append(dst, text...), utf8.Valid(text)
	}
	for _, b := range text {
		dst = utf8.AppendRune(dst, c.table.DecodeByte(b))
	}
	return dst, true
}
