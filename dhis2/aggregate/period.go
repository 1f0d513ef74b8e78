package aggregate

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Period is a reporting period of DHIS2: the days that a value is about. It is
// a value: two periods are the same if they are ==. The zero Period is none.
//
//	p, err := aggregate.ParsePeriod("202601")
//	p.Start(), p.End() // 1 and 31 January 2026
//	p.Next().ID()      // 202602
type Period struct {
	typ      PeriodType
	calendar Calendar
	year     int32 // as in the id
	n        int32 // which of the year; month and day as 1231 for Daily
	start    day
	end      day // the last day
	dated    bool
}

var errNoPeriod = errors.New("there is no such period")

// newPeriod checks year and number, and computes the days.
func newPeriod(c Calendar, r *periodRule, year, n int) (Period, error) {
	p := Period{typ: r.name, calendar: c, year: int32(year), n: int32(n)} //nolint:gosec // both are checked
	if year < 1 || year > 9999 || n < 1 || n > r.count(c, year) {
		return Period{}, errNoPeriod
	}
	switch {
	case r.kind == byDay:
		return p.ofDay()
	case c == ISO8601 && r.kind == byWeek:
		p.start = firstWeek(year, r.first) + day(7*(n-1)) //nolint:gosec // n is checked
		p.end = p.start + 6
	case c == ISO8601 && r.kind == byTwoWeeks:
		// The 27th of a year of 53 weeks runs into the next year's first, as
		// DHIS2 has it: two periods hold that week.
		p.start = firstWeek(year, r.first) + day(14*(n-1)) //nolint:gosec // n is checked
		p.end = p.start + 13
	case c == ISO8601:
		y, m := r.monthStart(year, n)
		p.start, p.end = gregorian(y, m, 1), gregorian(y, m+r.months, 1)-1
	case c == Ethiopian && r.kind == byMonth:
		y, m := r.monthStart(year, n)
		if y < 1 {
			return Period{}, errNoPeriod
		}
		last := m + r.months - 1
		p.start, p.end = ethiopian(y, m, 1), ethiopian(y+(last-1)/12, (last-1)%12+1, 30)
	default:
		return p, nil
	}
	p.dated = true
	return p, nil
}

// ofDay checks and computes a day.
func (p Period) ofDay() (Period, error) {
	month, dayOfMonth := int(p.n)/100, int(p.n)%100
	if month < 1 || month > 12 || dayOfMonth < 1 {
		return Period{}, errNoPeriod
	}
	switch p.calendar {
	case ISO8601:
		p.start = gregorian(int(p.year), month, dayOfMonth)
		if p.start.time().Day() != dayOfMonth {
			return Period{}, errNoPeriod
		}
	case Ethiopian:
		if dayOfMonth > 30 {
			return Period{}, errNoPeriod
		}
		p.start = ethiopian(int(p.year), month, dayOfMonth)
	case Gregorian, Nepali:
		if dayOfMonth > 32 { // the longest month there is
			return Period{}, errNoPeriod
		}
		return p, nil
	}
	p.end, p.dated = p.start, true
	return p, nil
}

// count is how many periods a year has, or at most has where that is not
// known; 1231 and the like for days.
func (r *periodRule) count(c Calendar, year int) int {
	switch {
	case r.kind == byDay:
		return 1232
	case r.kind == byMonth:
		return 12 / r.months
	case c == ISO8601 && r.kind == byWeek:
		return weeksOf(year, r.first)
	case c == ISO8601:
		return (weeksOf(year, r.first) + 1) / 2
	case r.kind == byWeek:
		return 53
	default:
		return 27
	}
}

// IsZero reports whether p is the zero Period.
func (p Period) IsZero() bool { return p == Period{} }

// Type is the period's type.
func (p Period) Type() PeriodType { return p.typ }

// Calendar is the calendar of the period's id: ISO8601, Ethiopian or Nepali.
func (p Period) Calendar() Calendar { return p.calendar }

// HasDates reports whether it is known which days the period is, see
// [Calendar]. Without, Start and End are the zero time.
func (p Period) HasDates() bool { return p.dated }

// Start is the period's first day: its midnight in UTC.
func (p Period) Start() time.Time {
	if !p.dated {
		return time.Time{}
	}
	return p.start.time()
}

// End is the period's last day: its midnight in UTC. DHIS2 counts the end of a
// period in.
func (p Period) End() time.Time {
	if !p.dated {
		return time.Time{}
	}
	return p.end.time()
}

// Days is how many days the period has, 0 if that is not known.
func (p Period) Days() int {
	if !p.dated {
		return 0
	}
	return int(p.end-p.start) + 1
}

// Contains reports whether the period holds a day: that of t in its own
// location. So it takes part in the answer which zone t is in; give a time in
// the server's.
func (p Period) Contains(t time.Time) bool {
	d := dayOf(t)
	return p.dated && p.start <= d && d <= p.end
}

// Next is the period that follows. It is the zero Period after the last of year
// 9999, and where the calendar's days or weeks are not known.
func (p Period) Next() Period { return p.step(1) }

// Previous is the period before. It is the zero Period before the first of year
// 1, and where the calendar's days or weeks are not known.
func (p Period) Previous() Period { return p.step(-1) }

func (p Period) step(by int) Period {
	r := p.typ.rule()
	if r == nil {
		return Period{}
	}
	year, n := int(p.year), int(p.n)+by
	switch {
	case r.kind == byDay && p.calendar == ISO8601:
		y, m, d := p.start.time().AddDate(0, 0, by).Date()
		year, n = y, int(m)*100+d
	case r.kind == byDay && p.calendar == Ethiopian:
		ordinal := (int(p.year)*12+int(p.n)/100-1)*30 + int(p.n)%100 - 1 + by
		year, n = ordinal/360, (ordinal%360/30+1)*100+ordinal%30+1
	case r.kind != byMonth && p.calendar != ISO8601:
		return Period{}
	case n < 1:
		year--
		n = r.count(p.calendar, year)
	case n > r.count(p.calendar, year):
		year, n = year+1, 1
	}
	q, err := newPeriod(p.calendar, r, year, n)
	if err != nil {
		return Period{}
	}
	return q
}

// Compare orders periods by their start, then by their end, and those without
// dates after the others, by year and number.
func (p Period) Compare(q Period) int {
	switch {
	case p.dated && !q.dated:
		return -1
	case !p.dated && q.dated:
		return 1
	}
	return cmp.Or(cmp.Compare(p.start, q.start), cmp.Compare(p.end, q.end),
		cmp.Compare(p.year, q.year), cmp.Compare(p.n, q.n), cmp.Compare(p.typ, q.typ))
}

// String is the ID.
func (p Period) String() string { return p.ID() }

// ID is the period as DHIS2 writes it, as 202601 or 2026W5, and "" for the zero
// Period.
func (p Period) ID() string {
	r := p.typ.rule()
	switch {
	case r == nil:
		return ""
	case r.kind == byDay:
		return fmt.Sprintf("%04d%04d", p.year, p.n)
	case r.name == Monthly:
		return fmt.Sprintf("%04d%02d", p.year, p.n)
	case r.name == BiMonthly:
		return fmt.Sprintf("%04d%02dB", p.year, p.n)
	case r.months == 12:
		return fmt.Sprintf("%04d%s", p.year, r.infix)
	default:
		return fmt.Sprintf("%04d%s%d", p.year, r.infix, p.n)
	}
}

// MarshalText returns the ID. The zero Period cannot be written.
func (p Period) MarshalText() ([]byte, error) {
	if p.IsZero() {
		return nil, errors.New("aggregate: the zero Period has no id")
	}
	return []byte(p.ID()), nil
}

// UnmarshalText reads an id of the calendar ISO 8601.
func (p *Period) UnmarshalText(text []byte) error {
	q, err := ParsePeriod(string(text))
	if err != nil {
		return err
	}
	*p = q
	return nil
}
