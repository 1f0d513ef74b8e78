package mapping

import (
	"math/big"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/decimal"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// parseDecimal reads a JSON number exactly, unless that would take long.
func parseDecimal(text []byte) (*big.Rat, bool) {
	if !decimal.Calculable(text) {
		return nil, false
	}
	return new(big.Rat).SetString(string(text))
}

// parseFraction reads a number, or two with a slash between.
func parseFraction(text string) (*big.Rat, bool) {
	above, below, divided := strings.Cut(text, "/")
	if !tape.IsNumber([]byte(above)) || divided && !tape.IsNumber([]byte(below)) {
		return nil, false
	}
	out, ok := parseDecimal([]byte(above))
	if !ok || !divided {
		return out, ok
	}
	by, ok := parseDecimal([]byte(below))
	if !ok || by.Sign() == 0 {
		return nil, false
	}
	return out.Quo(out, by), true
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
