package aggregate

import "time"

// day counts days from 1 January 1970, day 0, in the proleptic Gregorian
// calendar.
type day int32

const secondsOfDay = 24 * 60 * 60

// dayOf is the day that t shows in its own location.
func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return gregorian(y, int(m), d)
}

// gregorian is the day of a date; months and days run over as in time.Date.
func gregorian(year, month, dayOfMonth int) day {
	seconds := time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC).Unix()
	return day(floorDiv(seconds, secondsOfDay)) //nolint:gosec // years are checked to have four digits
}

// time is the day's midnight in UTC.
func (d day) time() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// weekday is the day of the week; day 0 was a Thursday.
func (d day) weekday() time.Weekday {
	return time.Weekday(floorMod(int64(d)+int64(time.Thursday), 7))
}

// weekStart is the last day, d included, that is this day of the week.
func (d day) weekStart(first time.Weekday) day {
	return d - day((d.weekday()-first+7)%7)
}

// firstWeek is the start of week 1 of a year: the week that holds 4 January,
// which is the first with at least four days in the year (ISO 8601, and DHIS2
// for all weeks, whatever day they start on).
func firstWeek(year int, first time.Weekday) day {
	return gregorian(year, 1, 4).weekStart(first)
}

// weekOf is the week that d is in.
func weekOf(d day, first time.Weekday) (year, week int) {
	start := d.weekStart(first)
	year = (start + 3).time().Year() // the fourth day of a week is in its year
	return year, int(start-firstWeek(year, first))/7 + 1
}

// weeksOf is how many weeks a year has: 52 or 53.
func weeksOf(year int, first time.Weekday) int {
	return int(firstWeek(year+1, first)-firstWeek(year, first)) / 7
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
