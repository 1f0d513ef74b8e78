package temporal

import "cmp"

// Compare says how a stands to b (-1, 0, 1), if that is known: it is not where one has
// parts that the other lacks and what both have is equal, nor where one has an offset from
// UTC, the other has none and the day's worth of offsets there are would decide. Dates
// compare with date-times, times of day with each other only.
func Compare(a, b Value) (int, bool) {
	if (a.Kind == Time) != (b.Kind == Time) {
		return 0, false
	}
	if a.Precision >= Hour && b.Precision >= Hour && a.Kind != Time {
		switch {
		case a.Zoned && b.Zoned:
			if a.Zone != b.Zone {
				a, b = a.utc(), b.utc()
			}
		case a.Zoned:
			return compareUnzoned(a.utc(), b)
		case b.Zoned:
			c, known := compareUnzoned(b.utc(), a)
			return -c, known
		}
	}
	return compareParts(a, b)
}

func compareParts(a, b Value) (int, bool) {
	first := Year
	if a.Kind == Time {
		first = Hour
	}
	for p := first; p <= Second; p++ {
		if a.Precision < p && b.Precision < p {
			return 0, true
		}
		if a.Precision < p || b.Precision < p {
			return 0, false
		}
		if c := cmp.Compare(a.part(p), b.part(p)); c != 0 {
			return c, true
		}
	}
	return cmp.Compare(a.Nanos, b.Nanos), true
}

func (v Value) part(p Precision) int {
	switch p {
	case Year:
		return int(v.YearNo)
	case Month:
		return int(v.MonthNo)
	case Day:
		return int(v.DayNo)
	case Hour:
		return int(v.HourNo)
	case Minute:
		return int(v.MinuteNo)
	default:
		return int(v.SecondNo)
	}
}

// compareUnzoned compares a, which is UTC, with b, the offset of which may be anything
// from -12:00 to +14:00.
func compareUnzoned(a, b Value) (int, bool) {
	earliest, latest := b, b
	earliest.addMinutes(-14 * 60)
	latest.addMinutes(12 * 60)
	if c, known := compareParts(a, earliest); known && c < 0 {
		return -1, true
	}
	if c, known := compareParts(a, latest); known && c > 0 {
		return 1, true
	}
	return 0, false
}

func (v Value) utc() Value {
	v.addMinutes(-int(v.Zone))
	v.Zone = 0
	return v
}

// Equivalent reports whether a and b have the same parts and the same value.
func Equivalent(a, b Value) bool {
	if a.Precision != b.Precision {
		return false
	}
	c, known := Compare(a, b)
	return known && c == 0
}
