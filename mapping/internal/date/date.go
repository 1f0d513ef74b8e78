// Package date reads and writes dates and times by named formats and patterns. A date keeps
// the precision it was written with and the offset it was written with; it never passes
// through the machine's local time.
package date

import (
	"errors"
	"fmt"
	"time"
)

// Precision is how much of a date is known.
type Precision uint8

// The precisions, from the least.
const (
	None Precision = iota
	Year
	Month
	Day
	Hour
	Minute
	Second
	Fraction
)

// ParsePrecision reads a precision that a mapping may cut down to.
func ParsePrecision(name string) (Precision, bool) {
	switch name {
	case "year":
		return Year, true
	case "month":
		return Month, true
	case "day":
		return Day, true
	case "minute":
		return Minute, true
	case "second":
		return Second, true
	}
	return None, false
}

// Date is a date, with a time and an offset when they are known.
type Date struct {
	Precision            Precision
	Year, Month, Day     int
	Hour, Minute, Second int
	Nanos, Digits        int // the fraction of a second, and how many digits it was written with
	Offset               int // minutes east of UTC
	HasOffset            bool
	UTC                  bool // the offset was written as Z
}

// The reasons for which a text is no date or a date cannot be written.
var (
	ErrFormat     = errors.New("not in the format")
	ErrImpossible = errors.New("a date that does not exist")
	ErrPrecision  = errors.New("less precise than the format needs")
	ErrNoOffset   = errors.New("without a time zone, which the format needs")
)

// check says whether the calendar has the date.
func (d *Date) check() error {
	if d.Precision >= Month && (d.Month < 1 || d.Month > 12) || d.Year < 1 || d.Year > 9999 ||
		d.Precision >= Day && (d.Day < 1 || d.Day > daysIn(d.Year, d.Month)) ||
		d.Hour > 23 || d.Minute > 59 || d.Second > 59 || d.Offset > 14*60 || d.Offset < -14*60 {
		return ErrImpossible
	}
	return nil
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// Cut lowers the precision to p.
func (d *Date) Cut(p Precision) {
	if d.Precision > p {
		d.Precision = p
	}
	if p < Hour {
		d.HasOffset = false
	}
}

// In gives a time without an offset the zone's, and moves one with an offset into the zone.
// A date without a time stays as it is. The error is for a time that clocks in the zone
// skipped.
func (d *Date) In(zone *time.Location) error {
	if d.Precision < Hour {
		return nil
	}
	from := zone
	if d.HasOffset {
		from = time.FixedZone("", d.Offset*60)
	}
	t := time.Date(d.Year, time.Month(d.Month), d.Day, d.Hour, d.Minute, d.Second, d.Nanos, from)
	if t.Hour() != d.Hour || t.Minute() != d.Minute {
		return ErrImpossible
	}
	_, seconds := t.In(zone).Zone()
	minutes := seconds / 60 // offsets of long ago had seconds, which no format can write
	t = t.In(time.FixedZone("", minutes*60))
	d.Year, d.Month, d.Day = t.Year(), int(t.Month()), t.Day()
	d.Hour, d.Minute, d.Second = t.Hour(), t.Minute(), t.Second()
	d.Offset, d.HasOffset, d.UTC = minutes, true, zone == time.UTC
	return nil
}

// ParseZone reads an offset (Z, UTC, +03:00); names of zones are looked up with location,
// which may be nil.
func ParseZone(name string, location func(string) (*time.Location, error)) (*time.Location, error) {
	if name == "Z" || name == "UTC" {
		return time.UTC, nil
	}
	var d Date
	if n := readZone([]byte(name), &d); n == len(name) && n > 0 {
		if d.Offset > 14*60 || d.Offset < -14*60 {
			return nil, fmt.Errorf("time zone %q: more than 14 hours from UTC", name)
		}
		return time.FixedZone(name, d.Offset*60), nil
	}
	if location == nil {
		return nil, errors.New("names of time zones need the option Location; an offset like +03:00 does not")
	}
	zone, err := location(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	return zone, nil
}

// Ethiopian dates have 12 months of 30 days and a 13th of 5, or 6 in the year before a
// Julian leap year. The conversion goes by Julian day numbers.

const ethiopianEpoch = 1723856 // Julian day of 1 Meskerem of the year 0, less a year's days

func fromEthiopian(d *Date) error {
	if d.Precision < Day {
		return ErrPrecision
	}
	last := 30
	if d.Month == 13 {
		last = 5
		if d.Year%4 == 3 {
			last = 6
		}
	}
	if d.Year < 1 || d.Month < 1 || d.Month > 13 || d.Day < 1 || d.Day > last {
		return ErrImpossible
	}
	julian := ethiopianEpoch + 365*d.Year + d.Year/4 + 30*d.Month + d.Day - 31
	d.Year, d.Month, d.Day = fromJulianDay(julian)
	return nil
}

func toEthiopian(d *Date) error {
	if d.Precision < Day {
		return ErrPrecision
	}
	n := toJulianDay(d.Year, d.Month, d.Day) - ethiopianEpoch
	if n < 365 {
		return ErrImpossible
	}
	year := (4*n + 3) / 1461
	for 365*(year+1)+(year+1)/4 <= n {
		year++
	}
	for 365*year+year/4 > n {
		year--
	}
	of := n - 365*year - year/4
	d.Year, d.Month, d.Day = year, of/30+1, of%30+1
	return nil
}

func toJulianDay(y, m, d int) int {
	a := (14 - m) / 12
	y, m = y+4800-a, m+12*a-3
	return d + (153*m+2)/5 + 365*y + y/4 - y/100 + y/400 - 32045
}

func fromJulianDay(n int) (y, m, d int) {
	a := n + 32044
	b := (4*a + 3) / 146097
	c := a - 146097*b/4
	e := (4*c + 3) / 1461
	f := c - 1461*e/4
	g := (5*f + 2) / 153
	return 100*b + e - 4800 + g/10, g + 3 - 12*(g/10), f - (153*g+2)/5 + 1
}
