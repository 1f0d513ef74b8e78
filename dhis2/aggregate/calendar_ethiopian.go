package aggregate

import (
	"errors"
	"fmt"
)

// The Ethiopian calendar has twelve months of 30 days and then five days, six
// in each year that leaves 3 when divided by 4. DHIS2 has no thirteenth month:
// those days are in no day or month, and at the end of no year.

// ethiopianEpoch is 1 Meskerem 1, Julian day 1,724,221.
const ethiopianEpoch = 1724221 - 2440588

var errThirteenthMonth = errors.New("DHIS2 has no period for the days after the twelfth Ethiopian month")

// ethiopian is the day of a date.
func ethiopian(year, month, dayOfMonth int) day {
	return day(ethiopianEpoch + 365*(year-1) + year/4 + 30*(month-1) + dayOfMonth - 1) //nolint:gosec // years have four digits
}

// fromEthiopian is the date of a day; month is 13 for those after the twelfth.
func fromEthiopian(d day) (year, month, dayOfMonth int) {
	n := int(d) - ethiopianEpoch
	year = (4*n + 1463) / 1461
	n = int(d - ethiopian(year, 1, 1))
	return year, n/30 + 1, n%30 + 1
}

// ethiopianPeriod is the period that holds a day.
func ethiopianPeriod(r *periodRule, d day) (Period, error) {
	if d < ethiopian(1, 1, 1) {
		return Period{}, errors.New("the day is before the first Ethiopian year")
	}
	year, month, dayOfMonth := fromEthiopian(d)
	switch r.kind {
	case byDay:
		if month > 12 {
			return Period{}, errThirteenthMonth
		}
		return newPeriod(Ethiopian, r, year, month*100+dayOfMonth)
	case byMonth:
		p, err := monthPeriod(Ethiopian, r, year, min(month, 12))
		if err == nil && d > p.end {
			return Period{}, errThirteenthMonth
		}
		return p, err
	case byWeek, byTwoWeeks:
		return Period{}, fmt.Errorf("weeks: %w", ErrNoDates)
	default:
		return Period{}, ErrNoDates
	}
}
