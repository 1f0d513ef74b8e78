package fhirpath

import (
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/temporal"
)

// nowFunc is now, today and timeOfDay: one instant for a whole evaluation.
func nowFunc(r *run, n *callNode, _, out []Item) ([]Item, error) {
	if r.now.Kind == 0 {
		r.now = temporal.FromTime(r.x.engine.config.Now())
	}
	switch n.name {
	case "today":
		return append(out, temporalItem(r.now.Date())), nil
	case "timeOfDay":
		clock, _ := r.now.Clock()
		return append(out, temporalItem(clock)), nil
	default:
		return append(out, temporalItem(r.now)), nil
	}
}

// componentFunc takes one part of a date or time; nothing where it is not known.
func componentFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	v, ok, err := r.input1(n, items)
	if err != nil || !ok {
		return out, err
	}
	if !v.temporal() {
		return nil, r.fail(n.pos, n.name+"() is for dates and times, not for "+describe(&items[0]), "")
	}
	when := v.box.when
	part := func(p temporal.Precision, value int) ([]Item, error) {
		if when.Precision < p || when.Kind == temporal.Time && p < temporal.Hour {
			return out, nil
		}
		return append(out, NewInteger(int64(value))), nil
	}
	switch n.name {
	case "yearOf":
		return part(temporal.Year, int(when.YearNo))
	case "monthOf":
		return part(temporal.Month, int(when.MonthNo))
	case "dayOf":
		return part(temporal.Day, int(when.DayNo))
	case "hourOf":
		return part(temporal.Hour, int(when.HourNo))
	case "minuteOf":
		return part(temporal.Minute, int(when.MinuteNo))
	case "secondOf":
		return part(temporal.Second, int(when.SecondNo))
	case "millisecondOf":
		if when.Fraction == 0 {
			return out, nil
		}
		return part(temporal.Second, int(when.Nanos/1e6))
	case "dateOf":
		if when.Kind == temporal.Time {
			return out, nil
		}
		return append(out, temporalItem(when.Date())), nil
	case "timeOf":
		clock, ok := when.Clock()
		if !ok || when.Kind == temporal.Time {
			return out, nil
		}
		return append(out, temporalItem(clock)), nil
	}
	if !when.Zoned {
		return out, nil
	}
	hours, ok := decimal.FromInt(int64(when.Zone)).Quo(decimal.FromInt(60))
	if ok {
		out = append(out, decimalItem(hours))
	}
	return out, nil
}
