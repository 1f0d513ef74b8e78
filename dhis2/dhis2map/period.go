package dhis2map

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/mapping"
)

type periodArgument struct {
	Type     string
	DataSet  string `json:"dataSet"`
	As       string
	Calendar string

	typ      aggregate.PeriodType
	calendar aggregate.Calendar
}

// period makes a period of a date.
func (o *operators) period() mapping.Operator {
	return mapping.Operator{
		Summary: "The id of the period of this type that holds a date, or {type | dataSet, calendar, as: id | start | end | interval}.",
		In:      mapping.Text | mapping.Number, Out: mapping.Text,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","additionalProperties":false,"properties":{"type":{"type":"string"},"dataSet":{"type":"string"},"calendar":{"type":"string"},"as":{"enum":["id","start","end","interval"]}}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			a := &periodArgument{As: "id", Calendar: string(o.config.Calendar)}
			if err := decode(argument, func(text string) { a.Type = text }, a, "type", "dataSet", "calendar", "as"); err != nil {
				return nil, err
			}
			if err := o.checkPeriod(a); err != nil {
				return nil, err
			}
			return func(in mapping.Value) (mapping.Value, error) {
				text := strings.TrimSpace(in.Text())
				if text == "" {
					return mapping.Value{}, nil
				}
				p, err := a.of(text)
				if err != nil {
					return mapping.Value{}, err
				}
				return a.write(p)
			}, nil
		},
	}
}

func (o *operators) checkPeriod(a *periodArgument) error {
	switch {
	case (a.Type == "") == (a.DataSet == ""):
		return errors.New("one of type and dataSet says how long a period is")
	case a.DataSet != "":
		set, err := named(o.config.Snapshot.DataSets(), ofDataSet, a.DataSet)
		if err != nil {
			return err
		}
		a.typ = aggregate.PeriodType(set.PeriodType)
	default:
		a.typ = aggregate.PeriodType(a.Type)
	}
	if !a.typ.Valid() {
		for _, known := range aggregate.PeriodTypes() {
			if strings.EqualFold(string(known), string(a.typ)) {
				return fmt.Errorf("there is no period type %s: did you mean %s?", a.typ, known)
			}
		}
		return fmt.Errorf("there is no period type %s; some are Monthly, Weekly, Quarterly and Yearly", a.typ)
	}
	a.calendar = aggregate.Calendar(a.Calendar)
	if a.calendar == "" {
		a.calendar = aggregate.ISO8601
	}
	if !a.calendar.Valid() {
		return fmt.Errorf("there is no calendar %s", a.Calendar)
	}
	return oneOf("as", a.As, "id", "start", "end", "interval")
}

// of finds the period that a text means: a period's id, a day with or without a time, a month or
// a year that is one period or lies in one, or an interval as ADX writes it.
func (a *periodArgument) of(text string) (aggregate.Period, error) {
	if p, err := a.calendar.Parse(text); err == nil && p.Type() == a.typ {
		return p, nil
	}
	if strings.Contains(text, "/") {
		interval, err := aggregate.ParseInterval(text)
		if err == nil {
			if p, err := interval.PeriodOf(a.typ, a.calendar); err == nil {
				return p, nil
			}
		}
		return aggregate.Period{}, a.wrong("the interval is no " + string(a.typ) + " period")
	}
	first, last, ok := days(text)
	if !ok {
		return aggregate.Period{}, a.wrong("the text is no date, such as 2026-01-31, and no period")
	}
	p, err := a.calendar.Period(a.typ, first)
	if err != nil {
		return aggregate.Period{}, a.wrong("there is no such period in the calendar")
	}
	if q, err := a.calendar.Period(a.typ, last); err != nil || p != q {
		return aggregate.Period{}, a.wrong("the date is not as exact as a " + string(a.typ) + " period needs")
	}
	return p, nil
}

func (a *periodArgument) wrong(message string) error {
	return &mapping.OperatorError{Code: mapping.CodeFormat, Message: message, Hint: "$date reads dates of other forms"}
}

// days are the first and the last day that a date means. Of a date with a time it is the day
// that is written, whatever the offset: that is the day of who wrote it.
func days(text string) (first, last time.Time, ok bool) {
	if len(text) > len("2006-01-02") {
		if _, err := dhis2.ParseTime(text, time.UTC); err != nil || text[4] != '-' {
			return first, last, false
		}
		text = text[:len("2006-01-02")]
	}
	for layout, until := range map[string]func(time.Time) time.Time{
		"2006-01-02": func(t time.Time) time.Time { return t },
		"2006-01":    func(t time.Time) time.Time { return t.AddDate(0, 1, -1) },
		"2006":       func(t time.Time) time.Time { return t.AddDate(1, 0, -1) },
	} {
		if len(text) != len(layout) {
			continue
		}
		t, err := time.Parse(layout, text)
		return t, until(t), err == nil
	}
	return first, last, false
}

func (a *periodArgument) write(p aggregate.Period) (mapping.Value, error) {
	if a.As == "id" {
		return mapping.TextValue(p.ID()), nil
	}
	if !p.HasDates() {
		return mapping.Value{}, &mapping.OperatorError{Code: mapping.CodeFormat, Message: "the days of the period are not known in this calendar"}
	}
	switch a.As {
	case "start":
		return mapping.TextValue(p.Start().Format("2006-01-02")), nil
	case "end":
		return mapping.TextValue(p.End().Format("2006-01-02")), nil
	default:
		return mapping.TextValue(p.Interval().String()), nil
	}
}
