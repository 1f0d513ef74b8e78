package fhirpath

import (
	"math"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
)

// numberInput returns the number that a function is called on; a Quantity stays one.
func (r *run) numberInput(n *callNode, items []Item) (v Item, d decimal.Decimal, ok bool, err error) {
	v, ok, err = r.input1(n, items)
	if err != nil || !ok {
		return v, d, false, err
	}
	if v.kind == kindQuantity {
		return v, v.box.dec, true, nil
	}
	if d, ok = v.number(); !ok {
		return v, d, false, r.fail(n.pos, n.name+"() is for numbers, not for "+describe(&items[0]), "")
	}
	return v, d, true, nil
}

// like returns d as a number of v's type.
func like(v *Item, d decimal.Decimal) Item {
	switch v.kind {
	case kindQuantity:
		return quantityItem(d, v.text, v.system)
	case kindInteger:
		if n, whole := d.Int64(); whole {
			return NewInteger(n)
		}
	default:
	}
	return decimalItem(d)
}

func absFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	v, d, ok, err := r.numberInput(n, items)
	if err != nil || !ok {
		return out, err
	}
	return append(out, like(&v, d.Abs())), nil
}

// wholeFunc is ceiling, floor and truncate.
func wholeFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	v, d, ok, err := r.numberInput(n, items)
	if err != nil || !ok {
		return out, err
	}
	switch n.name {
	case "ceiling":
		d = d.Ceil()
	case "floor":
		d = d.Floor()
	default:
		d = d.Trunc()
	}
	if v.kind == kindQuantity {
		return append(out, like(&v, d)), nil
	}
	if whole, fits := d.Int64(); fits && whole <= maxInteger && whole >= minInteger {
		out = append(out, NewInteger(whole))
	}
	return out, nil
}

func roundFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	v, d, ok, err := r.numberInput(n, items)
	if err != nil {
		return nil, err
	}
	places := int64(0)
	if len(n.args) > 0 {
		p, given, err := r.integerArg(n, 0)
		if err != nil {
			return nil, err
		}
		if given {
			places = p
		}
		if places < 0 {
			return nil, r.fail(n.pos, "round() wants a precision of 0 or more", "")
		}
	}
	if !ok {
		return out, nil
	}
	d = d.Round(int(min(places, decimal.MaxDigits)))
	if v.kind == kindInteger {
		return append(out, decimalItem(d)), nil
	}
	return append(out, like(&v, d)), nil
}

// appendFloat appends the result of a function that is reckoned in float64; none when there
// is none.
func appendFloat(out []Item, f float64) []Item {
	if d, ok := decimal.FromFloat(f); ok {
		out = append(out, decimalItem(d))
	}
	return out
}

// floatFunc is exp, ln and sqrt. A root that is a decimal number is exact.
func floatFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	_, d, ok, err := r.numberInput(n, items)
	if err != nil || !ok {
		return out, err
	}
	x := d.Float()
	switch n.name {
	case "exp":
		return appendFloat(out, math.Exp(x)), nil
	case "ln":
		if d.Sign() <= 0 {
			return out, nil
		}
		return appendFloat(out, math.Log(x)), nil
	}
	if d.Sign() < 0 {
		return out, nil
	}
	return appendFloat(out, math.Sqrt(x)), nil
}

// logFunc is exact where the result is a whole number.
func logFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	_, d, ok, err := r.numberInput(n, items)
	if err != nil {
		return nil, err
	}
	base, given, err := r.numberArg(n)
	if err != nil || !ok || !given || d.Sign() <= 0 || base.Sign() <= 0 {
		return out, err
	}
	f := math.Log(d.Float()) / math.Log(base.Float())
	if whole := math.Round(f); math.Abs(f-whole) < 1e-9 && math.Abs(whole) < 1e4 {
		if p, ok := base.Pow(int64(whole)); ok && p.Cmp(d) == 0 {
			f = whole
		}
	}
	return appendFloat(out, f), nil
}

// powerFunc is exact for whole exponents, as far as the result has digits enough.
func powerFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	v, d, ok, err := r.numberInput(n, items)
	if err != nil {
		return nil, err
	}
	exponent, given, err := r.numberArg(n)
	if err != nil || !ok || !given {
		return out, err
	}
	whole, isWhole := exponent.Int64()
	if !isWhole {
		return appendFloat(out, math.Pow(d.Float(), exponent.Float())), nil
	}
	p, ok := d.Pow(whole)
	if !ok {
		return out, nil
	}
	if v.kind != kindInteger || exponent.Scale() > 0 || whole < 0 {
		return append(out, decimalItem(p)), nil
	}
	if i, fits := p.Int64(); fits && i <= maxInteger && i >= minInteger {
		out = append(out, NewInteger(i))
	}
	return out, nil
}

// numberArg returns the first argument, a number.
func (r *run) numberArg(n *callNode) (d decimal.Decimal, ok bool, err error) {
	items, err := r.arg(n, 0)
	if err != nil {
		return d, false, err
	}
	item, err := r.single(items, n.pos, "an argument of "+n.name+"()")
	if err != nil || item == nil {
		return d, false, err
	}
	v, ok := item.value()
	if ok {
		d, ok = v.number()
	}
	if !ok {
		return d, false, r.fail(n.pos, n.name+"() wants a number as argument, not "+describe(item), "")
	}
	return d, true, nil
}

// sumFunc is sum and avg, of numbers or quantities. Of nothing they are nothing.
func sumFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	var total Item
	for i := range items {
		v, ok := items[i].value()
		if !ok {
			return nil, r.fail(n.pos, n.name+"() is for numbers, not for "+describe(&items[i]), "")
		}
		if i == 0 {
			if _, number := v.number(); !number && v.kind != kindQuantity {
				return nil, r.fail(n.pos, n.name+"() is for numbers, not for "+describe(&v), "")
			}
			total = v
			continue
		}
		next, ok, fits := arithmetic("+", &total, &v)
		if !fits || next.kind == kindString {
			return nil, r.fail(n.pos, n.name+"() is for numbers, not for "+describe(&v), "")
		}
		if !ok {
			return out, nil
		}
		total = next
	}
	if len(items) == 0 {
		return out, nil
	}
	if n.name == "avg" {
		count := NewInteger(int64(len(items)))
		mean, ok, _ := arithmetic("/", &total, &count)
		if !ok {
			return out, nil
		}
		total = mean
	}
	return append(out, total), r.step(n.pos, len(items))
}

// extremeFunc is min and max.
func extremeFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	best := 0
	for i := range items {
		c, known, ok := compareItems(&items[i], &items[best])
		if !ok {
			return nil, r.fail(n.pos, n.name+"() cannot order "+describe(&items[i])+" and "+describe(&items[best]), "")
		}
		if !known {
			return out, nil
		}
		if c < 0 == (n.name == "min") && c != 0 {
			best = i
		}
	}
	if len(items) == 0 {
		return out, nil
	}
	return append(out, items[best]), r.step(n.pos, len(items))
}

func comparableFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	v, ok, err := r.input1(n, items)
	if err != nil {
		return nil, err
	}
	other, err := r.arg(n, 0)
	if err != nil {
		return nil, err
	}
	o, err := r.single(other, n.pos, "an argument of comparable()")
	if err != nil || o == nil || !ok {
		return out, err
	}
	w, isValue := o.value()
	if !isValue || v.kind != kindQuantity || w.kind != kindQuantity {
		return nil, r.fail(n.pos, "comparable() is for quantities", "")
	}
	_, known := compareQuantities(&v, &w, true)
	return append(out, NewBoolean(known)), nil
}
