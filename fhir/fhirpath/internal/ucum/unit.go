// Package ucum reads units of the Unified Code for Units of Measure (case sensitive) and
// says which of them measure the same thing, and by which exact factor they differ.
//
//	mg, _ := ucum.Parse("mg/dL")
//	g, _ := ucum.Parse("g/L")
//	mg.Comparable(g)                     // true
//	ucum.Convert(big.NewRat(5, 1), mg, g) // 1/20
//
// The units of the tables that health data uses are known. Two things differ from the
// letter of UCUM: the mole is a dimension of its own, so that 1 mol does not equal 6.02e23;
// and logarithmic units (pH, bel) compare with themselves only.
package ucum

import (
	"math/big"
	"sort"
	"strconv"
	"strings"
)

// Unit is a unit in terms of base units. Immutable.
type Unit struct {
	factor *big.Rat
	offset *big.Rat // nil but for temperatures that do not begin at 0 K
	exp    [dimensions]int16
	other  string // arbitrary units with their exponents, sorted
}

// Comparable reports whether both measure the same: length with length.
func (u Unit) Comparable(other Unit) bool {
	return u.exp == other.exp && u.other == other.other
}

// One reports whether the unit is a pure number.
func (u Unit) One() bool { return u.exp == [dimensions]int16{} && u.other == "" }

// Base returns value, given in u, in base units. Values of comparable units can be
// compared by it.
func (u Unit) Base(value *big.Rat) *big.Rat {
	r := new(big.Rat).Mul(value, u.factor)
	if u.offset != nil {
		r.Add(r, u.offset)
	}
	return r
}

// Convert returns value, given in from, in to. The units must be comparable.
func Convert(value *big.Rat, from, to Unit) *big.Rat {
	r := from.Base(value)
	if to.offset != nil {
		r.Sub(r, to.offset)
	}
	return r.Quo(r, to.factor)
}

// Affine reports whether the unit begins elsewhere than zero: Cel. Such quantities cannot
// be multiplied.
func (u Unit) Affine() bool { return u.offset != nil }

// term is one factor of a unit expression as it is written, for products that a reader
// recognises.
type term struct {
	code string
	exp  int
}

// Product returns the unit of a product (sign 1) or a quotient (sign -1) of quantities in
// units a and b, written with the atoms of both; what cancels out is gone: m/m is 1. False
// if one of them is no unit.
func Product(a, b string, sign int) (string, bool) {
	ta, ok := terms(a, 1)
	tb, okb := terms(b, sign)
	if !ok || !okb {
		return "", false
	}
	var all []term
	for _, t := range append(ta, tb...) {
		found := false
		for i := range all {
			if all[i].code == t.code {
				all[i].exp += t.exp
				found = true
			}
		}
		if !found {
			all = append(all, t)
		}
	}
	var up, down strings.Builder
	for _, t := range all {
		exponent := func(n int) string {
			if n == 1 {
				return ""
			}
			return strconv.Itoa(n)
		}
		switch {
		case t.exp > 0:
			if up.Len() > 0 {
				up.WriteByte('.')
			}
			up.WriteString(t.code + exponent(t.exp))
		case t.exp < 0:
			down.WriteString("/" + t.code + exponent(-t.exp))
		}
	}
	if up.Len() == 0 && down.Len() == 0 {
		return "1", true
	}
	return up.String() + down.String(), true
}

// terms flattens a unit expression; numbers and annotations are kept as terms only where
// they count.
func terms(text string, sign int) ([]term, bool) {
	if _, ok := Parse(text); !ok {
		return nil, false
	}
	p := parser{text: text}
	var list []term
	p.flat(sign, &list)
	return list, true
}

// arbitraryText writes the arbitrary units of an expression in one order.
func arbitraryText(exps map[string]int) string {
	codes := make([]string, 0, len(exps))
	for code, exp := range exps {
		if exp != 0 {
			codes = append(codes, code+strconv.Itoa(exp))
		}
	}
	sort.Strings(codes)
	return strings.Join(codes, ".")
}
