package tree

import (
	"encoding/binary"
	"math/bits"
)

// space returns the first place from i on that is no white space.
func space(src []byte, i int) int {
	if i < len(src) && src[i] <= ' ' {
		return skipSpace(src, i)
	}
	return i
}

// skipSpace takes eight spaces at a time: indented texts are full of them.
func skipSpace(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\n' || src[i] == '\r' || src[i] == '\t') {
		i++
		for i+8 <= len(src) && binary.LittleEndian.Uint64(src[i:]) == ones*' ' {
			i += 8
		}
	}
	return i
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
func scanString(src []byte, i int) (end int, escapes bool, fault *Error) {
	start := i
	i++
	for {
		// Eight bytes at a time, to the first that is a quote, a backslash or a control character:
		// the lowest bit set is exact, those above it may be carried over.
		found := false
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			quote, back := w^(ones*'"'), w^(ones*'\\')
			if m := ((quote-ones)&^quote | (back-ones)&^back | (w-ones*0x20)&^w) & highs; m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				found = true
				break
			}
			i += 8
		}
		for !found && i < len(src) && src[i] != '"' && src[i] != '\\' && src[i] >= 0x20 {
			i++
		}
		if i >= len(src) {
			return 0, false, &Error{Offset: start, Message: "a string that is not closed"}
		}
		switch src[i] {
		case '"':
			return i + 1, escapes, nil
		case '\\':
			escapes = true
			size := escape(src[i:])
			if size == 0 {
				return 0, false, &Error{Offset: i, Message: "an escape that JSON does not know"}
			}
			i += size
		default:
			return 0, false, &Error{Offset: i, Message: "a control character in a string"}
		}
	}
}

// escape returns the length of the escape that text begins with, 0 if it is none.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if hex4(text[2:]) >= 0 {
			return 6
		}
	}
	return 0
}

// scanNumber returns the end of the JSON number at i.
func scanNumber(src []byte, i int) (int, bool) {
	if src[i] == '-' {
		i++
	}
	from := i
	i = digits(src, i)
	if i == from || i > from+1 && src[from] == '0' {
		return 0, false
	}
	if i < len(src) && src[i] == '.' {
		from = i + 1
		if i = digits(src, from); i == from {
			return 0, false
		}
	}
	if i < len(src) && (src[i] == 'e' || src[i] == 'E') {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		from = i
		if i = digits(src, i); i == from {
			return 0, false
		}
	}
	return i, true
}

func digits(src []byte, i int) int {
	for i < len(src) && src[i] >= '0' && src[i] <= '9' {
		i++
	}
	return i
}
