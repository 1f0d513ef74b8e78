package validate

import (
	"math/big"
	"strings"
	"time"
)

// compareDecimals orders two numbers by their texts; 0 for what is no number or has an outrageous exponent.
func compareDecimals(a, b string) int {
	x, okX := decimal(a)
	y, okY := decimal(b)
	if !okX || !okY {
		return 0
	}
	return x.Cmp(y)
}

// decimal reads a JSON number exactly. Exponents are bounded: 1E999999999 would take all memory.
func decimal(text string) (*big.Rat, bool) {
	_, exponent, has := cutAny(text, "eE")
	if has && len(strings.TrimLeft(exponent, "+-0")) > 3 || len(text) > 1000 {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// compareDates orders two dates or times of FHIR; 0 when they are of different precision and do not differ before that, or cannot be read.
func compareDates(a, b string) int {
	if strings.Contains(a, "T") && strings.Contains(b, "T") {
		x, errX := time.Parse(time.RFC3339Nano, a)
		y, errY := time.Parse(time.RFC3339Nano, b)
		if errX != nil || errY != nil {
			return 0
		}
		return x.Compare(y)
	}
	a, _, _ = strings.Cut(a, "T")
	b, _, _ = strings.Cut(b, "T")
	shorter := min(len(a), len(b))
	return strings.Compare(a[:shorter], b[:shorter])
}
