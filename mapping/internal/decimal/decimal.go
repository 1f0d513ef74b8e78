// Package decimal compares JSON numbers by their value, exactly, whatever their size: without
// calculating with them, so that 1e999999999 costs as much as 1.
package decimal

import (
	"bytes"
	"cmp"
	"strconv"
)

// number is 0.digits × 10^exponent, with digits that neither begin nor end with a nought.
// Nought has no digits.
type number struct {
	negative bool
	digits   []byte
	exponent int64
	scratch  [32]byte
}

// maxExponent is where exponents end: further ones count as this one.
const maxExponent = 1 << 50

// parse reads a JSON number, which text must be.
func (n *number) parse(text []byte) {
	if len(text) > 0 && text[0] == '-' {
		n.negative = true
		text = text[1:]
	}
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		n.exponent = exponent(text[i+1:])
		text = text[:i]
	}
	whole, fraction, _ := bytes.Cut(text, []byte{'.'})
	n.exponent += int64(len(whole))
	n.digits = whole
	if len(fraction) > 0 {
		n.digits = append(append(n.scratch[:0], whole...), fraction...)
	}
	for len(n.digits) > 0 && n.digits[0] == '0' {
		n.digits = n.digits[1:]
		n.exponent--
	}
	n.digits = bytes.TrimRight(n.digits, "0")
	if len(n.digits) == 0 {
		n.negative, n.exponent = false, 0
	}
}

func exponent(text []byte) int64 {
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	out := int64(0)
	for _, c := range text {
		if out = out*10 + int64(c-'0'); out > maxExponent {
			out = maxExponent
		}
	}
	if negative {
		return -out
	}
	return out
}

// Compare returns -1, 0 or 1 as the JSON number a is less than, equal to or more than b.
func Compare(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 0
	}
	var x, y number
	x.parse(a)
	y.parse(b)
	switch {
	case x.negative != y.negative:
		if x.negative {
			return -1
		}
		return 1
	case x.negative:
		return -x.size(&y)
	}
	return x.size(&y)
}

// size compares without the signs.
func (n *number) size(other *number) int {
	switch {
	case len(n.digits) == 0 || len(other.digits) == 0:
		return cmp.Compare(len(n.digits), len(other.digits))
	case n.exponent != other.exponent:
		return cmp.Compare(n.exponent, other.exponent)
	}
	return bytes.Compare(n.digits, other.digits)
}

// AppendKey appends a text that is the same for equal numbers and different for others: for
// whole numbers of up to 30 digits the number as it is usually written.
func AppendKey(dst, text []byte) []byte {
	var n number
	n.parse(text)
	if len(n.digits) == 0 {
		return append(dst, '0')
	}
	if n.negative {
		dst = append(dst, '-')
	}
	dst = append(dst, n.digits...)
	noughts := n.exponent - int64(len(n.digits))
	if noughts < 0 || n.exponent > 30 {
		return strconv.AppendInt(append(dst, 'e'), noughts, 10)
	}
	for range noughts {
		dst = append(dst, '0')
	}
	return dst
}

// Limits of the numbers that are calculated with, so that 1e999999999 costs nothing.
const (
	maxCalculable = 400  // exponent
	maxDigits     = 1000 // and all else that the number is written with
)

// Calculable reports whether a JSON number can be calculated with in little time and space.
func Calculable(text []byte) bool {
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		if e := exponent(text[i+1:]); e > maxCalculable || e < -maxCalculable {
			return false
		}
	}
	return len(text) <= maxDigits
}
