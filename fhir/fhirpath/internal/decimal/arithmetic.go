package decimal

import (
	"math"
	"math/big"
)

// rescale multiplies the coefficient by 10^n, which makes a number of n more digits after
// the point when the caller raises the scale too.
func (d Decimal) rescale(n int) Decimal {
	if n == 0 {
		return d
	}
	if d.big == nil && n <= 18 {
		factor := int64(1)
		for range n {
			factor *= 10
		}
		if limit := math.MaxInt64 / factor; d.coef <= limit && d.coef >= -limit {
			d.coef *= factor
			return d
		}
	}
	c := fromBig(new(big.Int).Mul(d.bigCoef(), pow10(n)), 0)
	c.scale = d.scale
	return c
}

// align gives both numbers one scale.
func align(a, b Decimal) (Decimal, Decimal, int32) {
	switch {
	case a.scale < b.scale:
		a, a.scale = a.rescale(int(b.scale-a.scale)), b.scale
	case b.scale < a.scale:
		b, b.scale = b.rescale(int(a.scale-b.scale)), a.scale
	}
	return a, b, a.scale
}

// Cmp compares by value: -1, 0 or 1.
func (d Decimal) Cmp(other Decimal) int {
	a, b, _ := align(d, other)
	if a.big == nil && b.big == nil {
		switch {
		case a.coef < b.coef:
			return -1
		case a.coef > b.coef:
			return 1
		}
		return 0
	}
	return a.bigCoef().Cmp(b.bigCoef())
}

// Neg returns -d.
func (d Decimal) Neg() Decimal {
	if d.big != nil {
		d.big = new(big.Int).Neg(d.big)
	}
	d.coef = -d.coef
	return d
}

// Abs returns d without its sign.
func (d Decimal) Abs() Decimal {
	if d.Sign() < 0 {
		return d.Neg()
	}
	return d
}

// Add returns d + other; false when that has too many digits.
func (d Decimal) Add(other Decimal) (Decimal, bool) {
	a, b, scale := align(d, other)
	if a.big == nil && b.big == nil {
		if sum := a.coef + b.coef; (sum > a.coef) == (b.coef > 0) && sum != math.MinInt64 {
			return Decimal{coef: sum, scale: scale}, true
		}
	}
	sum := fromBig(new(big.Int).Add(a.bigCoef(), b.bigCoef()), int(scale))
	return sum, sum.fits()
}

// Sub returns d - other; false when that has too many digits.
func (d Decimal) Sub(other Decimal) (Decimal, bool) { return d.Add(other.Neg()) }

// Mul returns d * other, exactly; false when that has too many digits.
func (d Decimal) Mul(other Decimal) (Decimal, bool) {
	if d.big == nil && other.big == nil && fitsHalf(d.coef) && fitsHalf(other.coef) {
		return Decimal{coef: d.coef * other.coef, scale: d.scale + other.scale}, int(d.scale+other.scale) <= MaxDigits
	}
	p := fromBig(new(big.Int).Mul(d.bigCoef(), other.bigCoef()), int(d.scale+other.scale))
	return p, p.fits()
}

func fitsHalf(n int64) bool { return n <= math.MaxInt32 && n >= math.MinInt32 }

// Quo returns d / other, exactly or to QuotientDigits significant digits; false for a
// division by zero.
func (d Decimal) Quo(other Decimal) (Decimal, bool) {
	if other.Sign() == 0 {
		return Decimal{}, false
	}
	return FromRat(new(big.Rat).Quo(d.Rat(), other.Rat()))
}

// Div returns the whole part of d / other; false for a division by zero.
func (d Decimal) Div(other Decimal) (Decimal, bool) {
	if other.Sign() == 0 {
		return Decimal{}, false
	}
	a, b, _ := align(d, other)
	return fromBig(new(big.Int).Quo(a.bigCoef(), b.bigCoef()), 0), true
}

// Mod returns what Div leaves, with the sign of d; false for a division by zero.
func (d Decimal) Mod(other Decimal) (Decimal, bool) {
	if other.Sign() == 0 {
		return Decimal{}, false
	}
	a, b, scale := align(d, other)
	return fromBig(new(big.Int).Rem(a.bigCoef(), b.bigCoef()), int(scale)), true
}

// roundedQuotient returns num / den, rounded half away from zero. den is above 0.
func roundedQuotient(num, den *big.Int) *big.Int {
	q, m := new(big.Int).QuoRem(num, den, new(big.Int))
	if m.Abs(m).Lsh(m, 1).Cmp(den) >= 0 {
		q.Add(q, big.NewInt(int64(num.Sign())))
	}
	return q
}

// Round returns d with at most places digits after the point, rounded half away from zero.
func (d Decimal) Round(places int) Decimal {
	if int(d.scale) <= places {
		return d
	}
	return fromBig(roundedQuotient(d.bigCoef(), pow10(int(d.scale)-places)), places)
}

// Trunc returns d without the digits after the point.
func (d Decimal) Trunc() Decimal {
	return d.Cut(0)
}

// Cut returns d with at most places digits after the point; the others are dropped.
func (d Decimal) Cut(places int) Decimal {
	if int(d.scale) <= places {
		return d
	}
	return fromBig(new(big.Int).Quo(d.bigCoef(), pow10(int(d.scale)-places)), places)
}

// Pad returns d with at least places digits after the point.
func (d Decimal) Pad(places int) Decimal {
	if n := places - int(d.scale); n > 0 && places <= MaxDigits {
		d = d.rescale(n)
		d.scale += int32(n) //nolint:gosec // bounded by MaxDigits
	}
	return d
}

// Floor returns the largest whole number that is not above d.
func (d Decimal) Floor() Decimal {
	t := d.Trunc()
	if t.Cmp(d) > 0 {
		t, _ = t.Sub(FromInt(1))
	}
	return t
}

// Ceil returns the smallest whole number that is not below d.
func (d Decimal) Ceil() Decimal { return d.Neg().Floor().Neg() }

// HalfUnit returns half of the last digit: 0.005 for 1.10.
func (d Decimal) HalfUnit() Decimal { return Decimal{coef: 5, scale: d.scale + 1} }

// Pow returns d to the power of n, exactly; false when that has too many digits, or for
// 0 to a negative power.
func (d Decimal) Pow(n int64) (Decimal, bool) {
	if n < 0 {
		p, ok := d.Pow(-n)
		if !ok || n == math.MinInt64 {
			return Decimal{}, false
		}
		return FromInt(1).Quo(p)
	}
	result := FromInt(1)
	for base := d; n > 0; n >>= 1 {
		var ok bool
		if n&1 == 1 {
			if result, ok = result.Mul(base); !ok {
				return Decimal{}, false
			}
		}
		if n > 1 {
			if base, ok = base.Mul(base); !ok {
				return Decimal{}, false
			}
		}
	}
	return result, true
}
