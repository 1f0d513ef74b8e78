package source

import "bytes"

// signs are the delimiters of a message: MSH-1 and MSH-2. Zero means that the message has none.
type signs struct {
	field        byte
	component    byte
	repetition   byte
	escape       byte
	subcomponent byte
	truncation   byte // since v2.7
	size         int  // of MSH-2
}

// readSigns reads the delimiters of a MSH, FHS or BHS.
func readSigns(text []byte) (s signs, reason string) {
	if len(text) <= nameSize+1 {
		return signs{}, "no delimiters; a header begins like MSH|^~\\&|"
	}
	s.field = text[nameSize]
	encoding, _, _ := bytes.Cut(text[nameSize+1:], []byte{s.field})
	const most = 5
	if len(encoding) == 0 || len(encoding) > most {
		return signs{}, "the second field must hold one to five encoding characters, as in MSH|^~\\&|"
	}
	s.size = len(encoding)
	for i, to := range []*byte{&s.component, &s.repetition, &s.escape, &s.subcomponent, &s.truncation} {
		if i < len(encoding) {
			*to = encoding[i]
		}
	}
	for i, c := range encoding {
		if !isSign(c) || bytes.IndexByte(encoding[:i], c) >= 0 {
			return signs{}, "delimiters must be different punctuation marks, other than the double quote"
		}
	}
	if !isSign(s.field) {
		return signs{}, "the field separator must be a punctuation mark other than the double quote"
	}
	return s, ""
}

// isSign reports whether c can be a delimiter: printable ASCII that does not occur in names,
// numbers and the null value "".
func isSign(c byte) bool {
	return c > ' ' && c < 0x7F && c != '"' && separates(c)
}

// cut returns what stands before the sign, and after it. A sign the message does not have cuts
// nothing.
func cut(text []byte, sign byte) (before, after []byte, found bool) {
	if sign == 0 {
		return text, nil, false
	}
	return bytes.Cut(text, []byte{sign})
}

// field returns field n of a segment as it is written, MSH-1 being the separator itself.
func (s signs) fieldOf(text []byte, n int) []byte {
	rest := text[nameSize:]
	if isEnvelope(text) && n > 1 {
		n--
	}
	for ; n > 0 && len(rest) > 0; n-- {
		var found bool
		if _, rest, found = bytes.Cut(rest, []byte{s.field}); !found {
			return nil
		}
	}
	value, _, _ := bytes.Cut(rest, []byte{s.field})
	return value
}
