package fhirpath

import (
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
)

// boundaryDigits is the most digits after the point that boundaries have, and defaultDigits
// those they have when nothing is said.
const (
	boundaryDigits = 31
	defaultDigits  = 8
)

// boundaryFunc is lowBoundary and highBoundary: the least and the greatest value that what
// is written can stand for.
func boundaryFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	v, ok, err := r.input1(n, items)
	if err != nil {
		return nil, err
	}
	digits, given := int64(0), false
	if len(n.args) > 0 {
		if digits, given, err = r.integerArg(n, 0); err != nil {
			return nil, err
		}
	}
	if !ok {
		return out, nil
	}
	high := n.name == "highBoundary"
	switch v.kind {
	case kindDate, kindDateTime, kindTime:
		if given && digits <= 0 {
			return out, nil
		}
		if when, ok := v.box.when.Boundary(int(min(digits, 99)), high); ok {
			out = append(out, temporalItem(when))
		}
		return out, nil
	case kindInteger, kindDecimal, kindQuantity:
	default:
		return nil, r.fail(n.pos, n.name+"() is for numbers, quantities, dates and times, not for "+describe(&items[0]), "")
	}
	if !given {
		digits = defaultDigits
	}
	if digits < 0 || digits > boundaryDigits {
		return out, nil
	}
	number, isNumber := v.number()
	if !isNumber {
		number = v.box.dec
	}
	bound, ok := numberBoundary(number, int(digits), high)
	if !ok {
		return out, nil
	}
	if v.kind == kindQuantity {
		return append(out, quantityItem(bound, v.text, v.system)), nil
	}
	return append(out, decimalItem(bound)), nil
}

// numberBoundary moves a number by half of its last digit. A bound that has more digits
// than asked for is cut on the side of zero, and rounded on the other, as the public test
// suite has it: 0.0034.highBoundary(1) is 0.0.
func numberBoundary(d decimal.Decimal, digits int, high bool) (decimal.Decimal, bool) {
	half := d.HalfUnit()
	var bound decimal.Decimal
	var ok bool
	if high {
		bound, ok = d.Add(half)
	} else {
		bound, ok = d.Sub(half)
	}
	if !ok {
		return bound, false
	}
	if (bound.Sign() > 0) == high {
		bound = bound.Round(digits)
	} else {
		bound = bound.Cut(digits)
	}
	return bound.Pad(digits), true
}

// precisionFunc counts the digits of a date or time, and those after a decimal's point.
func precisionFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	v, ok, err := r.input1(n, items)
	if err != nil || !ok {
		return out, err
	}
	switch v.kind {
	case kindDate, kindDateTime, kindTime:
		return append(out, NewInteger(int64(v.box.when.DigitsOfPrecision()))), nil
	case kindInteger:
		return append(out, NewInteger(0)), nil
	case kindDecimal, kindQuantity:
		return append(out, NewInteger(int64(v.box.dec.Scale()))), nil
	default:
		return nil, r.fail(n.pos, "precision() is for numbers, dates and times, not for "+describe(&items[0]), "")
	}
}
