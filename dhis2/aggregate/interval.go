package aggregate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Interval is a time of whole days, as ADX writes periods: ISO 8601. The zero
// Interval has no days.
type Interval struct {
	start day
	days  int32
}

// ParseInterval reads an interval by ISO 8601: a date and a duration of years,
// months, weeks and days, as 2026-01-01/P1M (which is what ADX wants), or two
// dates, the second counted in, as 2026-01-01/2026-01-31. An error is a
// *[PeriodError]. An interval has 9,999 days at most.
func ParseInterval(text string) (Interval, error) {
	from, to, ok := strings.Cut(text, "/")
	if !ok {
		return Interval{}, periodError(text, "an interval is a date, / and a duration, as 2026-01-01/P1M")
	}
	start, ok := parseDate(from)
	if !ok {
		return Interval{}, periodError(text, "it must start with a date, as 2026-01-01")
	}
	var end day
	if strings.HasPrefix(to, "P") {
		years, months, days, ok := parseDuration(to)
		if !ok {
			return Interval{}, periodError(text, "it must end with a duration of years, months, weeks or days, as P1M")
		}
		y, m, d := start.time().Date()
		end = gregorian(y+years, int(m)+months, d+days) - 1
	} else if end, ok = parseDate(to); !ok {
		return Interval{}, periodError(text, "it must end with a duration, as P1M, or with the date of its last day")
	}
	if end < start || end-start >= 9999 {
		return Interval{}, periodError(text, "it must have a day at least, and 9,999 at most")
	}
	return Interval{start: start, days: int32(end-start) + 1}, nil
}

// parseDate reads a calendar date in the extended format.
func parseDate(s string) (day, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, false
	}
	return dayOf(t), true
}

// parseDuration reads PnYnMnWnD, each at most once and at least one, all below
// 10,000.
func parseDuration(s string) (years, months, days int, ok bool) {
	s = s[1:]
	const units = "YMWD"
	at := 0
	for s != "" {
		i := strings.IndexAny(s, units)
		if i < 0 {
			return 0, 0, 0, false
		}
		n, isNumber := digits(s[:i])
		unit := strings.IndexByte(units, s[i])
		if !isNumber || unit < at {
			return 0, 0, 0, false
		}
		switch s[i] {
		case 'Y':
			years = n
		case 'M':
			months = n
		case 'W':
			days = 7 * n
		case 'D':
			days += n
		}
		at, s, ok = unit+1, s[i+1:], true
	}
	return years, months, days, ok
}

// IsZero reports whether i is the zero Interval.
func (i Interval) IsZero() bool { return i == Interval{} }

// Start is the interval's first day: its midnight in UTC.
func (i Interval) Start() time.Time { return i.start.time() }

// End is the interval's last day: its midnight in UTC.
func (i Interval) End() time.Time { return i.end().time() }

// Days is how many days the interval has.
func (i Interval) Days() int { return int(i.days) }

func (i Interval) end() day { return i.start + day(i.days) - 1 }

// Period returns the period, by the calendar ISO 8601, that has exactly the
// interval's days. There is never more than one: types that are equally long
// start on different days. An error is a *[PeriodError].
func (i Interval) Period() (Period, error) {
	for n := range periodRules {
		if p, err := isoPeriod(&periodRules[n], i.start); err == nil && i.is(p) {
			return p, nil
		}
	}
	return Period{}, periodError(i.String(), "no period of DHIS2 has these days")
}

// PeriodOf returns the period of this type and calendar that has exactly the
// interval's days: say so when the type is known, as that of a data set. An
// error is a *[PeriodError] and says which period would hold the first day.
func (i Interval) PeriodOf(t PeriodType, c Calendar) (Period, error) {
	p, err := c.Period(t, i.start.time())
	if err != nil {
		return Period{}, periodError(i.String(), err.Error())
	}
	if !i.is(p) {
		return Period{}, periodError(i.String(), fmt.Sprintf("it is not a %s period: that of its first day is %s, which is %s", t, p, p.Interval()))
	}
	return p, nil
}

func (i Interval) is(p Period) bool { return i == p.Interval() && !i.IsZero() }

// String writes the interval with a duration: that of a period type if it has
// just its days, else a number of days. It is "" for the zero Interval.
func (i Interval) String() string {
	if i.IsZero() {
		return ""
	}
	for n := range periodRules {
		if p, err := isoPeriod(&periodRules[n], i.start); err == nil && i.is(p) {
			return i.write(periodRules[n].iso)
		}
	}
	return i.write("P" + strconv.Itoa(i.Days()) + "D")
}

func (i Interval) write(duration string) string {
	return i.start.time().Format(time.DateOnly) + "/" + duration
}

// Interval returns the period's days; text and String write them as ADX wants.
// It is the zero Interval if the days are not known, see [Period.HasDates].
func (p Period) Interval() Interval {
	if !p.dated {
		return Interval{}
	}
	return Interval{start: p.start, days: int32(p.Days())} //nolint:gosec // at most a year
}
