package temporal

import "time"

// Unit is a unit that can be added.
type Unit uint8

// The units.
const (
	Years Unit = iota + 1
	Months
	Weeks
	Days
	Hours
	Minutes
	Seconds
	Milliseconds
)

// Add returns v moved by n units. A unit smaller than what v knows counts by its whole
// larger ones: 24 hours are a day, 30 days a month, 12 months or 365 days a year. A day that the
// month lacks becomes its last. Times of day run in circles. It is false when the result is
// outside the years 1 to 9999 or the unit has no meaning for a time of day.
func (v Value) Add(n int64, unit Unit) (Value, bool) {
	const most = 1e14
	if n > most || n < -most {
		return v, false
	}
	if v.Kind == Time {
		return v.addToClock(n, unit)
	}
	if unit == Weeks {
		n, unit = n*7, Days
	}
	if unit == Milliseconds && v.Precision < Second {
		n, unit = n/1000, Seconds
	}
	if unit == Seconds && v.Precision < Second {
		n, unit = n/60, Minutes
	}
	if unit == Minutes && v.Precision < Minute {
		n, unit = n/60, Hours
	}
	if unit == Hours && v.Precision < Hour {
		n, unit = n/24, Days
	}
	if unit == Days && v.Precision < Day {
		if v.Precision == Year {
			n, unit = n/365, Years
		} else {
			n, unit = n/30, Months
		}
	}
	if unit == Months && v.Precision < Month {
		n, unit = n/12, Years
	}
	switch unit {
	case Years:
		return v.addMonths(n * 12)
	case Months:
		return v.addMonths(n)
	default:
	}
	return v.addTime(n, unit)
}

// duration returns n units as days and the rest.
func duration(n int64, unit Unit) (days int64, rest time.Duration) {
	per, of := int64(1), time.Duration(0) // units a day, length of one
	switch unit {
	case Hours:
		per, of = 24, time.Hour
	case Minutes:
		per, of = 24*60, time.Minute
	case Seconds:
		per, of = 24*60*60, time.Second
	case Milliseconds:
		per, of = 24*60*60*1000, time.Millisecond
	default:
	}
	return n / per, time.Duration(n%per) * of
}

func (v Value) addMonths(n int64) (Value, bool) {
	months := int64(v.YearNo)*12 + n
	if v.Precision >= Month {
		months += int64(v.MonthNo) - 1
	}
	year, month := months/12, months%12
	if months < 12 || year > 9999 {
		return v, false
	}
	v.YearNo = int16(year)
	if v.Precision >= Month {
		v.MonthNo = int8(month) + 1
	}
	if v.Precision >= Day {
		v.DayNo = min(v.DayNo, int8(daysIn(int(year), int(v.MonthNo)))) //nolint:gosec // bounded
	}
	return v, true
}

func (v Value) addTime(n int64, unit Unit) (Value, bool) {
	days, rest := duration(n, unit)
	t := v.goTime().Add(rest)
	const most = 4e6 // days from year 1 to 9999
	if days > most || days < -most {
		return v, false
	}
	v.set(t.AddDate(0, 0, int(days)))
	if unit == Milliseconds && n%1000 != 0 {
		v.Fraction = max(v.Fraction, 3)
	}
	return v, v.YearNo >= 1
}

func (v Value) addToClock(n int64, unit Unit) (Value, bool) {
	switch unit {
	case Hours, Minutes, Seconds, Milliseconds:
	default:
		return v, false
	}
	// What the time does not know counts by its whole larger units, as in Add.
	if unit == Milliseconds && v.Precision < Second {
		n, unit = n/1000, Seconds
	}
	if unit == Seconds && v.Precision < Second {
		n, unit = n/60, Minutes
	}
	if unit == Minutes && v.Precision < Minute {
		n, unit = n/60, Hours
	}
	_, rest := duration(n, unit)
	base := v
	base.YearNo, base.MonthNo, base.DayNo = 2000, 1, 2
	t := base.goTime().Add(rest)
	v.HourNo, v.MinuteNo, v.SecondNo = int8(t.Hour()), int8(t.Minute()), int8(t.Second()) //nolint:gosec // small by nature
	v.Nanos = int32(t.Nanosecond())                                                       //nolint:gosec // below 1e9
	if unit == Milliseconds && n%1000 != 0 {
		v.Fraction = max(v.Fraction, 3)
	}
	return v, true
}

// goTime returns the value with its offset ignored and the missing parts at their least.
func (v Value) goTime() time.Time {
	return time.Date(int(v.YearNo), time.Month(max(v.MonthNo, 1)), int(max(v.DayNo, 1)),
		int(v.HourNo), int(v.MinuteNo), int(v.SecondNo), int(v.Nanos), time.UTC)
}

// set takes the parts of t; years outside 1 to 9999 become 0.
func (v *Value) set(t time.Time) {
	year := t.Year()
	if year < 1 || year > 9999 {
		year = 0
	}
	v.YearNo, v.MonthNo, v.DayNo = int16(year), int8(t.Month()), int8(t.Day())            //nolint:gosec // small by nature
	v.HourNo, v.MinuteNo, v.SecondNo = int8(t.Hour()), int8(t.Minute()), int8(t.Second()) //nolint:gosec // small by nature
	v.Nanos = int32(t.Nanosecond())                                                       //nolint:gosec // below 1e9
}

// addMinutes moves a date-time for a comparison; the year may leave 1 to 9999.
func (v *Value) addMinutes(n int) {
	if n == 0 {
		return
	}
	t := v.goTime().Add(time.Duration(n) * time.Minute)
	v.set(t)
	v.YearNo = int16(t.Year()) //nolint:gosec // from 0 to 10000
}
