// Package decimal has exact decimal numbers that keep the digits they were written with:
// "1.10" is not "1.1", although they are equal.
//
//	d, ok := decimal.Parse("1.10")
//	d.Add(decimal.FromInt(1)).String() // "2.10"
package decimal

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// MaxDigits is the most digits a number may have, before and after the point together.
// What needs more does not parse, and operations say that they have no result.
const MaxDigits = 1000

// QuotientDigits is how many significant digits a quotient has that does not end.
const QuotientDigits = 28

// Decimal is coef * 10^-scale, or big * 10^-scale when the coefficient needs more than 63
// bits. The zero Decimal is 0. Immutable.
type Decimal struct {
	coef  int64
	big   *big.Int
	scale int32
}

// FromInt returns n.
func FromInt(n int64) Decimal { return Decimal{coef: n} }

// Parse reads a number: sign, digits, point, exponent. "1." and ".5" are none. It says no
// to numbers that are beyond MaxDigits.
func Parse(text string) (Decimal, bool) {
	rest := strings.TrimLeft(text, "+-")
	negative := strings.HasPrefix(text, "-")
	if len(text)-len(rest) > 1 || len(text) > 2*MaxDigits {
		return Decimal{}, false
	}
	exponent := 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		n, err := strconv.Atoi(rest[i+1:])
		if err != nil || n > MaxDigits || n < -MaxDigits {
			return Decimal{}, false
		}
		exponent, rest = n, rest[:i]
	}
	whole, fraction, point := strings.Cut(rest, ".")
	if !digits(whole) || point && !digits(fraction) {
		return Decimal{}, false
	}
	scale := len(fraction) - exponent
	all := strings.TrimLeft(whole+fraction, "0")
	var d Decimal
	if len(all) <= 18 {
		var n int64
		for i := range len(all) {
			n = n*10 + int64(all[i]-'0')
		}
		d.coef = n
	} else {
		d.big, _ = new(big.Int).SetString(all, 10)
	}
	if scale < 0 {
		d = d.rescale(-scale) // 1e2 is 100: no number has a negative scale
		scale = 0
	}
	d.scale = int32(scale)
	if negative {
		d = d.Neg()
	}
	return d, d.fits()
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// FromFloat returns the shortest decimal that reads back as f; false for infinities and
// what is no number.
func FromFloat(f float64) (Decimal, bool) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return Decimal{}, false
	}
	d, ok := Parse(strconv.FormatFloat(f, 'g', -1, 64))
	if !ok && math.Abs(f) < 1 {
		return Decimal{}, true
	}
	return d, ok
}

// FromRat returns r, exact if it can be written, else rounded to QuotientDigits
// significant digits (half away from zero); false when it is too big.
func FromRat(r *big.Rat) (Decimal, bool) {
	if r.IsInt() {
		return normal(new(big.Int).Set(r.Num()), 0)
	}
	// A fraction ends when its denominator has no primes but 2 and 5.
	if n, exact := r.FloatPrec(); exact && n <= QuotientDigits {
		return normal(scaled(r, n), n)
	}
	// The first significant digit stands at 10^-lead.
	lead := len(r.Denom().String()) - len(r.Num().String())
	if r.Sign() < 0 {
		lead++
	}
	places := max(lead+QuotientDigits, 0)
	if places > MaxDigits {
		return Decimal{}, true
	}
	coef := scaled(r, places)
	if len(new(big.Int).Abs(coef).String()) > QuotientDigits && places > 0 {
		places--
		coef = scaled(r, places)
	}
	return normal(coef, places)
}

// scaled returns r * 10^places, rounded half away from zero.
func scaled(r *big.Rat, places int) *big.Int {
	num := new(big.Int).Mul(r.Num(), pow10(places))
	return roundedQuotient(num, r.Denom())
}

// normal makes a Decimal of coef * 10^-scale without the zeros at its end.
func normal(coef *big.Int, scale int) (Decimal, bool) {
	ten, q, m := big.NewInt(10), new(big.Int), new(big.Int)
	for scale > 0 {
		if q.QuoRem(coef, ten, m); m.Sign() != 0 {
			break
		}
		coef.Set(q)
		scale--
	}
	d := fromBig(coef, scale)
	return d, d.fits()
}

func fromBig(coef *big.Int, scale int) Decimal {
	s := int32(scale) //nolint:gosec // bounded by MaxDigits
	if coef.IsInt64() && coef.Int64() != math.MinInt64 {
		return Decimal{coef: coef.Int64(), scale: s}
	}
	return Decimal{big: coef, scale: s}
}

func (d Decimal) fits() bool {
	if d.scale > MaxDigits {
		return false
	}
	return d.big == nil || d.big.BitLen() <= MaxDigits*332/100
}

// Int returns the coefficient; the result must not be changed.
func (d Decimal) bigCoef() *big.Int {
	if d.big != nil {
		return d.big
	}
	return big.NewInt(d.coef)
}

// Rat returns the number as a fraction.
func (d Decimal) Rat() *big.Rat {
	return new(big.Rat).SetFrac(d.bigCoef(), pow10(int(d.scale)))
}

// Float returns the nearest float64.
func (d Decimal) Float() float64 {
	f, _ := strconv.ParseFloat(d.String(), 64) // out of range gives an infinity, which callers check
	return f
}

// Int64 returns the number if it is whole and fits.
func (d Decimal) Int64() (int64, bool) {
	if d.scale == 0 && d.big == nil {
		return d.coef, true
	}
	t := d.Trunc()
	return t.coef, t.big == nil && t.Cmp(d) == 0
}

// Scale returns the number of digits after the point.
func (d Decimal) Scale() int { return int(d.scale) }

// Significant returns the number of digits after the point, zeros at the end not counted.
func (d Decimal) Significant() int {
	if d.scale == 0 {
		return 0
	}
	text := d.Canonical()
	point := strings.IndexByte(text, '.')
	if point < 0 {
		return 0
	}
	return len(text) - point - 1
}

// Sign returns -1, 0 or 1.
func (d Decimal) Sign() int {
	if d.big != nil {
		return d.big.Sign()
	}
	switch {
	case d.coef < 0:
		return -1
	case d.coef > 0:
		return 1
	}
	return 0
}

// Digits returns the number of significant digits, zeros at the end included.
func (d Decimal) Digits() int {
	return len(strings.TrimLeft(d.bigCoef().String(), "-"))
}

// String returns the number in full, with the digits after the point that it has.
func (d Decimal) String() string {
	var text string
	if d.big != nil {
		text = d.big.String()
	} else {
		text = strconv.FormatInt(d.coef, 10)
	}
	if d.scale == 0 {
		return text
	}
	sign := ""
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	if missing := int(d.scale) + 1 - len(text); missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	point := len(text) - int(d.scale)
	return sign + text[:point] + "." + text[point:]
}

// Canonical returns a text that equal numbers share.
func (d Decimal) Canonical() string {
	text := d.String()
	if d.scale > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" || text == "" {
		return "0"
	}
	return text
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
