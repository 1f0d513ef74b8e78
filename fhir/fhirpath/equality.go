package fhirpath

import (
	"strings"
	"unicode"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/temporal"
)

// equalCollections is = (http://hl7.org/fhirpath/N1/#equals) of two collections that are
// not empty.
func (r *run) equalCollections(left, right []Item, pos int) (equal, known bool, err error) {
	if len(left) != len(right) {
		return false, true, nil
	}
	known = true
	for i := range left {
		e, k, err := r.equal(&left[i], &right[i], pos)
		switch {
		case err != nil:
			return false, false, err
		case k && !e:
			return false, true, nil
		case !k:
			known = false
		}
	}
	return true, known, nil
}

// equal compares two items. known is false where partial dates or units leave it open.
func (r *run) equal(a, b *Item, pos int) (equal, known bool, err error) {
	if a.kind == kindNode && b.kind == kindNode && a.doc == b.doc && a.node == b.node && a.ext == b.ext {
		if v, ok := a.value(); !ok || !v.temporal() {
			return true, true, nil
		}
	}
	va, okA := a.value()
	vb, okB := b.value()
	switch {
	case okA && okB:
		e, k := equalValues(&va, &vb)
		return e, k, nil
	case a.kind == kindNode && b.kind == kindNode && !okA && !okB:
		e, err := r.sameNodes(a, b, false, pos)
		return e, true, err
	case a.kind == kindTypeInfo && b.kind == kindTypeInfo:
		return a.text == b.text && a.box.name == b.box.name, true, nil
	default:
		return false, true, nil
	}
}

func equalValues(a, b *Item) (equal, known bool) {
	if a.kind == kindString && b.kind == kindString {
		return a.text == b.text, true
	}
	x, isA := a.number()
	y, isB := b.number()
	switch {
	case a.kind == kindInteger && b.kind == kindInteger:
		return a.num == b.num, true
	case isA && isB:
		return x.Cmp(y) == 0, true
	case a.kind == kindBoolean && b.kind == kindBoolean:
		return a.truth == b.truth, true
	case a.temporal() && b.temporal():
		if (a.kind == kindTime) != (b.kind == kindTime) {
			return false, true
		}
		c, known := temporal.Compare(a.box.when, b.box.when)
		return c == 0, known
	case isA && b.kind == kindQuantity:
		a = &Item{kind: kindQuantity, text: unitOne, box: &box{dec: x}}
	case isB && a.kind == kindQuantity:
		b = &Item{kind: kindQuantity, text: unitOne, box: &box{dec: y}}
	}
	if a.kind == kindQuantity && b.kind == kindQuantity {
		c, known := compareQuantities(a, b, false)
		return c == 0, known
	}
	return false, true
}

// compareItems orders two items for < and its kin. ok is false when they cannot be ordered,
// known when partial dates or units leave it open.
func compareItems(a, b *Item) (c int, known, ok bool) {
	va, okA := a.value()
	vb, okB := b.value()
	if !okA || !okB {
		// A Period or a CodeableConcept has no order, nor has what has no value: choice elements
		// (effective < @2024) meet such things in good data, so that is no error.
		return 0, false, noValue(a) || noValue(b)
	}
	x, isA := va.number()
	y, isB := vb.number()
	switch {
	case isA && isB:
		return x.Cmp(y), true, true
	case va.kind == kindString && vb.kind == kindString:
		return strings.Compare(va.text, vb.text), true, true
	case va.temporal() && vb.temporal() && (va.kind == kindTime) == (vb.kind == kindTime):
		c, known := temporal.Compare(va.box.when, vb.box.when)
		return c, known, true
	case isA && vb.kind == kindQuantity:
		va = Item{kind: kindQuantity, text: unitOne, box: &box{dec: x}}
	case isB && va.kind == kindQuantity:
		vb = Item{kind: kindQuantity, text: unitOne, box: &box{dec: y}}
	}
	if va.kind == kindQuantity && vb.kind == kindQuantity {
		c, known := compareQuantities(&va, &vb, false)
		return c, known, true
	}
	return 0, false, false
}

// noValue reports whether an element converts to no System value.
func noValue(i *Item) bool {
	_, ok := i.value()
	return i.kind == kindNode && !ok
}

// equivalentCollections is ~ (http://hl7.org/fhirpath/N1/#equivalent): the order is free.
func (r *run) equivalentCollections(left, right []Item, pos int) (bool, error) {
	if len(left) != len(right) {
		return false, nil
	}
	used := make([]bool, len(right))
	for i := range left {
		found := false
		for j := range right {
			if used[j] {
				continue
			}
			e, err := r.equivalent(&left[i], &right[j], pos)
			if err != nil {
				return false, err
			}
			if e {
				used[j], found = true, true
				break
			}
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

func (r *run) equivalent(a, b *Item, pos int) (bool, error) {
	if err := r.step(pos, 1); err != nil {
		return false, err
	}
	va, okA := a.value()
	vb, okB := b.value()
	switch {
	case okA && okB:
		return equivalentValues(&va, &vb), nil
	case a.kind == kindNode && b.kind == kindNode && !okA && !okB:
		return r.sameNodes(a, b, true, pos)
	default:
		equal, known, err := r.equal(a, b, pos)
		return equal && known, err
	}
}

func equivalentValues(a, b *Item) bool {
	if a.kind == kindString && b.kind == kindString {
		return equivalentTexts(a.text, b.text)
	}
	x, isA := a.number()
	y, isB := b.number()
	switch {
	case isA && isB:
		return equivalentNumbers(x, y)
	case a.temporal() && b.temporal():
		return temporal.Equivalent(a.box.when, b.box.when)
	case a.kind == kindQuantity && b.kind == kindQuantity:
		x, y, ok := largerUnit(a, b)
		return ok && equivalentNumbers(x, y)
	}
	equal, known := equalValues(a, b)
	return equal && known
}

// equivalentNumbers compares as far as the less precise number goes, zeros at the end not
// counted.
func equivalentNumbers(x, y decimal.Decimal) bool {
	places := min(x.Significant(), y.Significant())
	return x.Round(places).Cmp(y.Round(places)) == 0
}

// equivalentTexts ignores case and counts any run of white space as one space.
func equivalentTexts(a, b string) bool {
	if a == b {
		return true
	}
	return strings.EqualFold(plain(a), plain(b))
}

func plain(text string) string {
	if strings.IndexFunc(text, unicode.IsSpace) < 0 {
		return text
	}
	return strings.Join(strings.FieldsFunc(" "+text+" ", unicode.IsSpace), " ")
}
