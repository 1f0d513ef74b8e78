package source

import (
	"bytes"
	"encoding/hex"
	"strconv"
)

// unescape appends a value with its escape sequences resolved (HL7 v2.5.1, 2.7). What the reader
// does not know, or what is no text, stays as it is written: nothing is lost.
func (c charset) unescape(dst, value []byte, s signs) []byte {
	for {
		before, rest, found := cut(value, s.escape)
		dst, _ = c.decode(dst, before)
		if !found {
			return dst
		}
		sequence, after, closed := cut(rest, s.escape)
		if !closed {
			dst = append(dst, s.escape)
			dst, _ = c.decode(dst, rest)
			return dst
		}
		text, known := c.sequence(dst, sequence, s)
		if !known {
			text, _ = c.decode(append(dst, s.escape), sequence)
			text = append(text, s.escape)
		}
		dst = text
		value = after
	}
}

// sequence appends what stands between two escape characters means.
func (c charset) sequence(dst, sequence []byte, s signs) (_ []byte, known bool) {
	sign := byte(0)
	switch string(sequence) {
	case "F":
		sign = s.field
	case "S":
		sign = s.component
	case "T":
		sign = s.subcomponent
	case "R":
		sign = s.repetition
	case "E":
		sign = s.escape
	case "P":
		sign = s.truncation
	case "H", "N": // highlighting begins and ends
		return dst, true
	}
	switch {
	case sign != 0:
		return append(dst, sign), true
	case len(sequence) < 2:
		return dst, false
	case sequence[0] == 'X':
		raw, err := hex.DecodeString(string(sequence[1:]))
		if err != nil || len(raw) == 0 {
			return dst, false
		}
		if text, ok := c.decode(dst, raw); ok {
			return text, true
		}
		return dst, false
	case sequence[0] == '.':
		return format(dst, sequence[1:])
	}
	return dst, false
}

// format appends what a formatting command of FT values comes to in plain text: line breaks and
// space. Indents, centring and wrapping come to nothing.
func format(dst, command []byte) (_ []byte, known bool) {
	const nameLength, most = 2, 99
	if len(command) < nameLength {
		return dst, false
	}
	number := bytes.TrimSpace(command[nameLength:])
	count := 1
	if len(number) > 0 {
		var err error
		if count, err = strconv.Atoi(string(number)); err != nil || count < -most || count > most {
			return dst, false
		}
	}
	switch string(command[:nameLength]) {
	case "br", "ce":
		if len(number) > 0 {
			return dst, false
		}
		return append(dst, '\n'), true
	case "sp":
		return append(dst, bytes.Repeat([]byte{'\n'}, max(count, 0))...), true
	case "sk":
		return append(dst, bytes.Repeat([]byte{' '}, max(count, 0))...), true
	case "in", "ti", "fi", "nf":
		return dst, true
	}
	return dst, false
}
