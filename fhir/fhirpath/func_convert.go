package fhirpath

import (
	"math/big"
	"strings"

	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/temporal"
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/ucum"
)

// conversions are by the name of the type behind "to" and "convertsTo"
// (http://hl7.org/fhirpath/N1/#conversion).
var conversions = map[string]func(v *Item) (Item, bool){ //nolint:gochecknoglobals // a read-only table
	"Boolean": toBoolean, "Integer": toInteger, "Decimal": toDecimal, "String": toText,
	"Date": toDate, "DateTime": toDateTime, "Time": toTime, "Quantity": toQuantity,
}

// convertFunc is toX: nothing where there is no conversion.
func convertFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	v, ok, err := r.converted(n, strings.TrimPrefix(n.name, "to"), items)
	if err != nil || !ok {
		return out, err
	}
	return append(out, v), nil
}

// convertsFunc is convertsToX.
func convertsFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	if len(items) == 0 {
		return out, nil
	}
	_, ok, err := r.converted(n, strings.TrimPrefix(n.name, "convertsTo"), items)
	return append(out, NewBoolean(ok)), err
}

func (r *run) converted(n *callNode, name string, items []Item) (Item, bool, error) {
	item, err := r.single(items, n.pos, n.name+"()")
	if err != nil || item == nil {
		return Item{}, false, err
	}
	v, ok := item.value()
	if !ok {
		return Item{}, false, nil
	}
	if name == "String" { // of the element itself: its text is that of the data, but for exponents
		text, ok := item.str()
		if v.kind == kindDecimal {
			text, ok = v.str()
		}
		if err = r.madeText(n.pos, len(text)); err != nil {
			return Item{}, false, err
		}
		return NewString(text), ok, nil
	}
	result, ok := conversions[name](&v)
	if !ok || len(n.args) == 0 {
		return result, ok, nil
	}
	unit, given, err := r.textArg(n, 0)
	if err != nil || !given {
		return result, ok && err == nil, err
	}
	result, ok = inUnit(&result, unit)
	return result, ok, nil
}

// inUnit converts a quantity to another unit.
func inUnit(q *Item, unit string) (Item, bool) {
	code, _ := q.ucum()
	if code == unit || q.text == unit {
		return *q, true
	}
	from, okA := ucum.Parse(code)
	to, okB := ucum.Parse(unit)
	if !okA || !okB || !from.Comparable(to) {
		return Item{}, false
	}
	d, ok := decimal.FromRat(ucum.Convert(new(big.Rat).Set(q.box.dec.Rat()), from, to))
	return quantityItem(d, unit, unitUCUM), ok
}

func toBoolean(v *Item) (Item, bool) {
	switch v.kind {
	case kindBoolean:
		return *v, true
	case kindInteger, kindDecimal:
		d, _ := v.number()
		n, whole := d.Int64()
		return NewBoolean(n == 1), whole && (n == 0 || n == 1)
	case kindString:
		switch strings.ToLower(v.text) {
		case "true", "t", "yes", "y", "1", "1.0":
			return NewBoolean(true), true
		case "false", "f", "no", "n", "0", "0.0":
			return NewBoolean(false), true
		}
	default:
	}
	return Item{}, false
}

func toInteger(v *Item) (Item, bool) {
	switch v.kind {
	case kindInteger:
		return *v, true
	case kindBoolean:
		if v.truth {
			return NewInteger(1), true
		}
		return NewInteger(0), true
	case kindString:
		if strings.ContainsAny(v.text, ".eE") {
			return Item{}, false
		}
		d, ok := decimal.Parse(v.text)
		n, whole := d.Int64()
		return NewInteger(n), ok && whole && n <= maxInteger && n >= minInteger
	default:
		return Item{}, false
	}
}

func toDecimal(v *Item) (Item, bool) {
	switch v.kind {
	case kindDecimal:
		return *v, true
	case kindInteger:
		return decimalItem(decimal.FromInt(v.num)), true
	case kindBoolean:
		n, _ := toInteger(v)
		return decimalItem(decimal.FromInt(n.num)), true
	case kindString:
		d, ok := decimal.Parse(v.text)
		return decimalItem(d), ok && !strings.ContainsAny(v.text, "eE")
	default:
		return Item{}, false
	}
}

func toText(v *Item) (Item, bool) {
	text, ok := v.str()
	return NewString(text), ok
}

func toDate(v *Item) (Item, bool) {
	switch v.kind {
	case kindDate:
		return *v, true
	case kindDateTime:
		return temporalItem(v.box.when.Date()), true
	case kindString:
		when, ok := temporal.ParseDate(v.text)
		return temporalItem(when), ok
	default:
		return Item{}, false
	}
}

func toDateTime(v *Item) (Item, bool) {
	switch v.kind {
	case kindDateTime:
		return *v, true
	case kindDate:
		return temporalItem(v.box.when.AsDateTime()), true
	case kindString:
		when, ok := temporal.ParseDateTime(v.text)
		return temporalItem(when), ok
	default:
		return Item{}, false
	}
}

func toTime(v *Item) (Item, bool) {
	switch v.kind {
	case kindTime:
		return *v, true
	case kindString:
		when, ok := temporal.ParseTime(v.text)
		return temporalItem(when), ok
	default:
		return Item{}, false
	}
}

func toQuantity(v *Item) (Item, bool) {
	switch v.kind {
	case kindQuantity:
		return *v, true
	case kindInteger, kindDecimal, kindBoolean:
		d, _ := toDecimal(v)
		return quantityItem(d.box.dec, unitOne, unitUCUM), true
	case kindString:
		return parseQuantity(v.text)
	default:
		return Item{}, false
	}
}

// parseQuantity reads a number, alone, with a unit in quotes or with a calendar unit.
func parseQuantity(text string) (Item, bool) {
	end := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("+-.0123456789", r) })
	if end < 0 {
		end = len(text)
	}
	d, ok := decimal.Parse(text[:end])
	if !ok {
		return Item{}, false
	}
	unit := strings.TrimLeft(text[end:], " \t\r\n")
	if unit == "" {
		return quantityItem(d, unitOne, unitUCUM), end == len(text)
	}
	if size := len(unit); size > 2 && unit[0] == '\'' && unit[size-1] == '\'' && strings.Count(unit, "'") == 2 {
		return quantityItem(d, unit[1:size-1], unitUCUM), true
	}
	_, calendar := calendarUnits[unit]
	return quantityItem(d, unit, unitCalendar), calendar
}
