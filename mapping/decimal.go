package mapping

import (
	"math/big"
	"strconv"
	"strings"
)

// maxExponent bounds the numbers that are calculated with, so that 1e999999999 costs nothing.
const maxExponent = 400

// parseDecimal reads a JSON number exactly.
func parseDecimal(text []byte) (*big.Rat, bool) {
	s := string(text)
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(s[i+1:])
		if err != nil || exponent > maxExponent || exponent < -maxExponent {
			return nil, false
		}
	}
	if len(s) > 1000 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// appendDecimal writes a number with as many decimals as it needs, at most 20.
func appendDecimal(dst []byte, n *big.Rat) []byte {
	if n.IsInt() {
		return append(dst, n.Num().String()...)
	}
	digits, exact := n.FloatPrec()
	if !exact || digits > 20 {
		digits = 20
	}
	text := n.FloatString(digits)
	if !exact {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		text = "0"
	}
	return append(dst, text...)
}

func compareExact(a, b []byte) int {
	x, okX := parseDecimal(a)
	y, okY := parseDecimal(b)
	if !okX || !okY {
		return strings.Compare(string(a), string(b))
	}
	return x.Cmp(y)
}

// decimalSum adds exactly and keeps the most decimals that a summand was written with.
type decimalSum struct {
	sum    big.Rat
	digits int
}

func (d *decimalSum) add(text []byte) bool {
	n, ok := parseDecimal(text)
	if !ok {
		return false
	}
	s := string(text)
	if i := strings.IndexByte(s, '.'); i >= 0 && !strings.ContainsAny(s, "eE") {
		d.digits = max(d.digits, len(s)-i-1)
	}
	d.sum.Add(&d.sum, n)
	return true
}

func (d *decimalSum) append(dst []byte) []byte {
	if need, exact := d.sum.FloatPrec(); exact && need <= d.digits {
		return append(dst, d.sum.FloatString(d.digits)...)
	}
	return appendDecimal(dst, &d.sum)
}
