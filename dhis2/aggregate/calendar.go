package aggregate

import (
	"errors"
	"fmt"
	"time"
)

// Calendar is the calendar that a server's period ids are written in: the text
// that its system info gives. Only aggregate periods depend on it; dates are
// ISO 8601 with every calendar.
//
// [Calendar.Parse] reads the ids of each; what they mean in days is known for
// ISO 8601, Gregorian and Ethiopian, but for Ethiopian weeks. The months of
// Nepali are what a committee publishes, year by year, and not computed here.
type Calendar string

// The calendars. The zero Calendar is ISO8601.
const (
	ISO8601   Calendar = "iso8601"
	Gregorian Calendar = "gregorian" // as ISO8601
	Ethiopian Calendar = "ethiopian"
	Nepali    Calendar = "nepali"
)

// ErrNoDates means that it is not known which days a period is, see
// [Calendar].
var ErrNoDates = errors.New("the days of the period are not known in this calendar")

// Valid reports whether c is the zero Calendar or one of the constants of this
// package.
func (c Calendar) Valid() bool {
	switch c {
	case "", ISO8601, Gregorian, Ethiopian, Nepali:
		return true
	default:
		return false
	}
}

// canonical is the calendar by which periods are kept, so that equal periods
// are == .
func (c Calendar) canonical() Calendar {
	if c == "" || c == Gregorian {
		return ISO8601
	}
	return c
}

// Period returns the period of a type that holds this day. The day is that of
// t in its own location.
//
// It is an error if the type is not valid, the year is outside of 1 to 9999,
// the calendar is not computed ([ErrNoDates]), or the day is one of the 5 or 6
// that follow the twelfth Ethiopian month, which DHIS2 counts to no day, month
// or year: they are in those periods only that have a later month as well, as
// the financial years.
func (c Calendar) Period(t PeriodType, at time.Time) (Period, error) {
	r := t.rule()
	switch {
	case r == nil:
		return Period{}, fmt.Errorf("period type %q: there is no such type", string(t))
	case at.Year() < 1 || at.Year() > 9999:
		return Period{}, fmt.Errorf("period of year %d: years are 1 to 9999", at.Year())
	}
	var p Period
	var err error
	switch c.canonical() {
	case ISO8601:
		p, err = isoPeriod(r, dayOf(at))
	case Ethiopian:
		p, err = ethiopianPeriod(r, dayOf(at))
	case Nepali:
		err = ErrNoDates
	default:
		err = fmt.Errorf("there is no calendar %q", string(c))
	}
	if err != nil {
		return Period{}, fmt.Errorf("%s period of a day: %w", t, err)
	}
	return p, nil
}

// isoPeriod is the period that holds a day.
func isoPeriod(r *periodRule, d day) (Period, error) {
	switch r.kind {
	case byDay:
		y, m, dd := d.time().Date()
		return newPeriod(ISO8601, r, y, int(m)*100+dd)
	case byWeek:
		year, week := weekOf(d, r.first)
		return newPeriod(ISO8601, r, year, week)
	case byTwoWeeks:
		year, week := weekOf(d, r.first)
		return newPeriod(ISO8601, r, year, (week+1)/2)
	case byMonth:
		y, m, _ := d.time().Date()
		return monthPeriod(ISO8601, r, y, int(m))
	default:
		return Period{}, ErrNoDates
	}
}

// monthPeriod is the period that holds a month.
func monthPeriod(c Calendar, r *periodRule, year, month int) (Period, error) {
	if month < r.base {
		year--
		month += 12
	}
	return newPeriod(c, r, year+r.ahead, (month-r.base)/r.months+1)
}

// monthStart is the first month of the n-th period of the type's year.
func (r *periodRule) monthStart(idYear, n int) (year, month int) {
	year, month = idYear-r.ahead, r.base+(n-1)*r.months
	return year + (month-1)/12, (month-1)%12 + 1
}
