package validate

import (
	"math/big"
	"strconv"
	"strings"
)

// measured is a quantity in a unit without a metric prefix.
type measured struct {
	value *big.Rat
	unit  string
}

// scaled takes the metric prefix off a UCUM unit: 5 km is 5000 m. ok is false for a quantity without a UCUM unit or a number.
func scaled(value, system, code string) (measured, bool) {
	number, ok := decimal(value)
	if !ok || system != "http://unitsofmeasure.org" || code == "" {
		return measured{}, false
	}
	for _, unit := range []string{"m", "g", "L", "l", "s", "mol", "Pa", "J", "W", "V", "Hz", "cal", "Bq", "Gy", "Sv", "A", "K", "eq", "osm", "[IU]", "m[Hg]"} {
		prefix, ok := strings.CutSuffix(code, unit)
		if !ok {
			continue
		}
		if factor := metricFactor(prefix); factor != nil {
			if unit == "L" {
				unit = "l"
			}
			return measured{number.Mul(number, factor), unit}, true
		}
	}
	return measured{number, code}, true
}

// metricFactor is the factor of a prefix of UCUM; nil for what is none.
func metricFactor(prefix string) *big.Rat {
	exponents := map[string]int64{"": 0, "da": 1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}
	exponent, ok := exponents[prefix]
	if !ok {
		return nil
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(exponent, -exponent)), nil)
	if exponent < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), power)
	}
	return new(big.Rat).SetInt(power)
}

func itoa(n int) string { return strconv.Itoa(n) }
