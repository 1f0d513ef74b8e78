package fhirpath

import (
	"math/big"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/temporal"
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/ucum"
)

// calendarUnit is a calendar duration: the UCUM unit it is or stands for, and what it adds
// to a date.
type calendarUnit struct {
	code string
	add  temporal.Unit
	same bool // equal to the UCUM unit: not so year and month, which have no fixed length
}

// calendarUnits by keyword (http://hl7.org/fhirpath/N1/#time-valued-quantities).
var calendarUnits = map[string]calendarUnit{ //nolint:gochecknoglobals // a read-only table
	"year": {"a", temporal.Years, false}, "years": {"a", temporal.Years, false},
	"month": {"mo", temporal.Months, false}, "months": {"mo", temporal.Months, false},
	"week": {"wk", temporal.Weeks, true}, "weeks": {"wk", temporal.Weeks, true},
	"day": {"d", temporal.Days, true}, "days": {"d", temporal.Days, true},
	"hour": {"h", temporal.Hours, true}, "hours": {"h", temporal.Hours, true},
	"minute": {"min", temporal.Minutes, true}, "minutes": {"min", temporal.Minutes, true},
	"second": {"s", temporal.Seconds, true}, "seconds": {"s", temporal.Seconds, true},
	"millisecond": {"ms", temporal.Milliseconds, true}, "milliseconds": {"ms", temporal.Milliseconds, true},
}

// fixedUnits are the UCUM units of fixed length that can be added to dates and times.
var fixedUnits = map[string]temporal.Unit{ //nolint:gochecknoglobals // a read-only table
	"wk": temporal.Weeks, "d": temporal.Days, "h": temporal.Hours, "min": temporal.Minutes,
	"s": temporal.Seconds, "ms": temporal.Milliseconds,
}

// ucum returns the UCUM code of a quantity's unit, and whether it measures exactly that.
func (i *Item) ucum() (code string, same bool) {
	switch i.system {
	case unitUCUM:
		return i.text, true
	case unitCalendar:
		u := calendarUnits[i.text]
		return u.code, u.same
	default:
		return "", false
	}
}

// compareQuantities says how a stands to b, if their units can be compared. loose takes a
// calendar year for a UCUM one, as equivalence does.
func compareQuantities(a, b *Item, loose bool) (int, bool) {
	if a.system == b.system && a.text == b.text {
		return a.box.dec.Cmp(b.box.dec), true
	}
	ra, rb, ok := commonBase(a, b, loose)
	if !ok {
		return 0, false
	}
	return ra.Cmp(rb), true
}

// commonBase returns both values in one unit.
func commonBase(a, b *Item, loose bool) (ra, rb *big.Rat, ok bool) {
	codeA, sameA := a.ucum()
	codeB, sameB := b.ucum()
	if codeA == "" || codeB == "" {
		return nil, nil, false
	}
	if !loose && sameA != sameB {
		return nil, nil, false
	}
	if !sameA && !sameB && a.system == unitCalendar && b.system == unitCalendar {
		return months(a), months(b), true
	}
	ua, okA := ucum.Parse(codeA)
	ub, okB := ucum.Parse(codeB)
	if !okA || !okB || !ua.Comparable(ub) {
		return nil, nil, false
	}
	return ua.Base(a.box.dec.Rat()), ub.Base(b.box.dec.Rat()), true
}

// largerUnit returns the values of two quantities in the larger of their units, for
// equivalence: a calendar year counts as a UCUM one there.
func largerUnit(a, b *Item) (x, y decimal.Decimal, ok bool) {
	if a.system == b.system && a.text == b.text {
		return a.box.dec, b.box.dec, true
	}
	codeA, _ := a.ucum()
	codeB, _ := b.ucum()
	ua, okA := ucum.Parse(codeA)
	ub, okB := ucum.Parse(codeB)
	if !okA || !okB || !ua.Comparable(ub) {
		return x, y, false
	}
	one := big.NewRat(1, 1)
	if ua.Base(one).Cmp(ub.Base(one)) >= 0 {
		y, ok = decimal.FromRat(ucum.Convert(b.box.dec.Rat(), ub, ua))
		return a.box.dec, y, ok
	}
	x, ok = decimal.FromRat(ucum.Convert(a.box.dec.Rat(), ua, ub))
	return x, b.box.dec, ok
}

// months returns a calendar duration of years or months in months.
func months(i *Item) *big.Rat {
	r := i.box.dec.Rat()
	if calendarUnits[i.text].add == temporal.Years {
		r.Mul(r, big.NewRat(12, 1))
	}
	return r
}

// addQuantities adds (sign 1) or subtracts (-1). The result has the unit that a has;
// http://hl7.org/fhirpath/N1/#addition wants the more granular one, which is the smaller.
func addQuantities(a, b *Item, sign int) (Item, bool) {
	if sign < 0 {
		b = &Item{kind: kindQuantity, text: b.text, system: b.system, box: &box{dec: b.box.dec.Neg()}}
	}
	if a.system == b.system && a.text == b.text {
		sum, ok := a.box.dec.Add(b.box.dec)
		return quantityItem(sum, a.text, a.system), ok
	}
	codeA, sameA := a.ucum()
	codeB, sameB := b.ucum()
	if codeA == "" || codeB == "" || !sameA || !sameB {
		if !sameA && !sameB && a.system == unitCalendar && b.system == unitCalendar {
			sum, ok := decimal.FromRat(new(big.Rat).Add(months(a), months(b)))
			return quantityItem(sum, "month", unitCalendar), ok
		}
		return Item{}, false
	}
	ua, okA := ucum.Parse(codeA)
	ub, okB := ucum.Parse(codeB)
	if !okA || !okB || !ua.Comparable(ub) || ua.Affine() || ub.Affine() {
		return Item{}, false
	}
	one := big.NewRat(1, 1)
	to, unit := ua, a
	if ub.Base(one).Cmp(ua.Base(one)) < 0 {
		to, unit = ub, b
	}
	sum := new(big.Rat).Add(ucum.Convert(a.box.dec.Rat(), ua, to), ucum.Convert(b.box.dec.Rat(), ub, to))
	d, ok := decimal.FromRat(sum)
	return quantityItem(d, unit.text, unit.system), ok
}

// multiplyQuantities multiplies (sign 1) or divides (-1).
func multiplyQuantities(a, b *Item, sign int) (Item, bool) {
	codeA, _ := a.ucum()
	codeB, _ := b.ucum()
	ua, okA := ucum.Parse(codeA)
	ub, okB := ucum.Parse(codeB)
	if !okA || !okB || ua.Affine() || ub.Affine() {
		return Item{}, false
	}
	var d decimal.Decimal
	var ok bool
	if sign > 0 {
		d, ok = a.box.dec.Mul(b.box.dec)
	} else {
		d, ok = a.box.dec.Quo(b.box.dec)
	}
	if !ok {
		return Item{}, false
	}
	// A pure number leaves the other's unit as it is written, a calendar duration too.
	switch {
	case codeB == unitOne:
		return quantityItem(d, a.text, a.system), true
	case codeA == unitOne && sign > 0:
		return quantityItem(d, b.text, b.system), true
	}
	unit, ok := ucum.Product(codeA, codeB, sign)
	return quantityItem(d, unit, unitUCUM), ok
}

// addDuration adds a quantity to a date, date-time or time. The reason is empty when it
// could be one, and ok tells whether there is a result.
func addDuration(when temporal.Value, q *Item, sign int) (result temporal.Value, ok bool, reason string) {
	unit, found := fixedUnits[q.text]
	if word, calendar := calendarUnits[q.text]; calendar { // in quotes too: 1 'month' is no other unit
		unit, found = word.add, true
	} else if q.system != unitUCUM {
		found = false
	}
	if !found {
		return when, false, "only durations can be added to a date or a time; years and months as calendar durations"
	}
	d := q.box.dec
	if unit == temporal.Seconds && d.Scale() > 0 {
		// Fractions count for seconds only; for larger units they are ignored.
		thousand, _ := d.Mul(decimal.FromInt(1000))
		d, unit = thousand, temporal.Milliseconds
	}
	n, whole := d.Trunc().Int64()
	if !whole {
		return when, false, ""
	}
	result, ok = when.Add(int64(sign)*n, unit)
	return result, ok, ""
}
