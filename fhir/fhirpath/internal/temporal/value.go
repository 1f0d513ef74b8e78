// Package temporal has dates, times of day and date-times that may be partial: 2014 is a
// year, not the first of January. Comparisons that the missing parts would decide are
// undecided.
//
//	a, _ := temporal.ParseDate("2014-01")
//	b, _ := temporal.ParseDate("2014-01-15")
//	_, known := temporal.Compare(a, b) // false
package temporal

import (
	"strconv"
	"time"
)

// Kind tells dates, date-times and times of day apart.
type Kind uint8

// The kinds.
const (
	Date Kind = iota + 1
	DateTime
	Time
)

// Precision is the smallest part that is known. Seconds and their fractions are one
// precision, as FHIRPath has it.
type Precision uint8

// The precisions.
const (
	Year Precision = iota + 1
	Month
	Day
	Hour
	Minute
	Second
)

// Value is a date, a date-time or a time of day. Comparable, immutable.
type Value struct { //nolint:recvcheck // values outside; what fills and cuts one changes it
	Kind      Kind
	Precision Precision
	Zoned     bool // an offset from UTC is given
	Zone      int16
	Fraction  int8 // digits of the seconds' fraction that were written, 9 at most
	YearNo    int16
	MonthNo   int8
	DayNo     int8
	HourNo    int8
	MinuteNo  int8
	SecondNo  int8
	Nanos     int32
}

// FromTime returns a date-time with milliseconds and its offset, as now() gives it.
func FromTime(t time.Time) Value {
	_, offset := t.Zone()
	return Value{
		Kind: DateTime, Precision: Second, Zoned: true, Zone: int16(offset / 60), Fraction: 3, //nolint:gosec // offsets are within a day
		YearNo: int16(t.Year()), MonthNo: int8(t.Month()), DayNo: int8(t.Day()), //nolint:gosec // small by nature
		HourNo: int8(t.Hour()), MinuteNo: int8(t.Minute()), SecondNo: int8(t.Second()), //nolint:gosec // small by nature
		Nanos: int32(t.Nanosecond() / 1e6 * 1e6), //nolint:gosec // below 1e9
	}
}

// Date returns the date part.
func (v Value) Date() Value {
	d := Value{Kind: Date, Precision: min(v.Precision, Day), YearNo: v.YearNo, MonthNo: v.MonthNo, DayNo: v.DayNo}
	return d
}

// Clock returns the time of day of a date-time; false if it has none.
func (v Value) Clock() (Value, bool) {
	if v.Precision < Hour {
		return Value{}, false
	}
	return Value{
		Kind: Time, Precision: v.Precision, Fraction: v.Fraction,
		HourNo: v.HourNo, MinuteNo: v.MinuteNo, SecondNo: v.SecondNo, Nanos: v.Nanos,
	}, true
}

// AsDateTime returns a date as the date-time of the same precision.
func (v Value) AsDateTime() Value {
	if v.Kind == Date {
		v.Kind = DateTime
	}
	return v
}

// String returns the value as FHIR writes it: "2014-01", "10:30", "2014-01-05T10:30:00.000+01:00".
func (v Value) String() string {
	b := make([]byte, 0, 32)
	if v.Kind != Time {
		b = pad(b, int(v.YearNo), 4)
		if v.Precision >= Month {
			b = pad(append(b, '-'), int(v.MonthNo), 2)
		}
		if v.Precision >= Day {
			b = pad(append(b, '-'), int(v.DayNo), 2)
		}
		if v.Precision < Hour {
			return string(b)
		}
		b = append(b, 'T')
	}
	b = pad(b, int(v.HourNo), 2)
	if v.Precision >= Minute {
		b = pad(append(b, ':'), int(v.MinuteNo), 2)
	}
	if v.Precision >= Second {
		b = pad(append(b, ':'), int(v.SecondNo), 2)
		if v.Fraction > 0 {
			b = append(b, '.')
			from := len(b)
			b = pad(b, int(v.Nanos), 9)[:from+int(v.Fraction)]
		}
	}
	if !v.Zoned {
		return string(b)
	}
	zone, sign := int(v.Zone), byte('+')
	if zone == 0 {
		return string(append(b, 'Z'))
	}
	if zone < 0 {
		zone, sign = -zone, '-'
	}
	b = pad(append(b, sign), zone/60, 2)
	return string(pad(append(b, ':'), zone%60, 2))
}

func pad(b []byte, n, width int) []byte {
	text := strconv.Itoa(n)
	for range width - len(text) {
		b = append(b, '0')
	}
	return append(b, text...)
}

// DigitsOfPrecision returns the precision as the number of digits written, as FHIRPath's
// precision() has it: 4 for a year, 17 for milliseconds, 4 for a time of hours and minutes.
func (v Value) DigitsOfPrecision() int {
	n := map[Precision]int{Year: 4, Month: 6, Day: 8, Hour: 10, Minute: 12, Second: 14}[v.Precision]
	if v.Precision == Second {
		n += int(v.Fraction)
	}
	if v.Kind == Time {
		n -= 8
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
