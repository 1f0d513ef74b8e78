package temporal

// Boundary returns the least (high false) or greatest value that v can stand for, with as
// many digits as asked (4 for a year … 17 for milliseconds; of times of day 2 … 9), 0 for
// the most there are. A date-time without offset gets the one that moves it furthest:
// +14:00 for the least, -12:00 for the greatest. False for digits that are no precision.
func (v Value) Boundary(digits int, high bool) (Value, bool) {
	var most, dateDigits int
	switch v.Kind {
	case Date:
		most = 8
	case DateTime:
		most = 17
	default:
		most, dateDigits = 9, 8
	}
	if digits == 0 {
		digits = most
	}
	if digits > most {
		return v, false
	}
	var want Precision
	fraction := int8(0)
	switch digits + dateDigits {
	case 4:
		want = Year
	case 6:
		want = Month
	case 8:
		want = Day
	case 10:
		want = Hour
	case 12:
		want = Minute
	case 14:
		want = Second
	case 17:
		want, fraction = Second, 3
	default:
		return v, false
	}
	if v.Kind == Time && want < Hour {
		return v, false
	}
	v.fill(high)
	v.Precision, v.Fraction = want, fraction
	if v.Kind == DateTime && want >= Hour && !v.Zoned {
		v.Zoned, v.Zone = true, 14*60
		if high {
			v.Zone = -12 * 60
		}
	}
	if want < Hour {
		v.Zoned, v.Zone = false, 0
	}
	v.cut()
	return v, true
}

// fill sets the parts that are missing to their least or greatest.
func (v *Value) fill(high bool) {
	pick := func(low, top int) int8 {
		if high {
			return int8(top) //nolint:gosec // below 60
		}
		return int8(low) //nolint:gosec // below 60
	}
	if v.Kind != Time {
		if v.Precision < Month {
			v.MonthNo = pick(1, 12)
		}
		if v.Precision < Day {
			v.DayNo = pick(1, daysIn(int(v.YearNo), int(v.MonthNo)))
		}
	}
	if v.Precision < Hour {
		v.HourNo = pick(0, 23)
	}
	if v.Precision < Minute {
		v.MinuteNo = pick(0, 59)
	}
	if v.Precision < Second {
		v.SecondNo = pick(0, 59)
	}
	if high {
		unit := int32(1e9)
		for range v.Fraction {
			unit /= 10
		}
		v.Nanos += unit - 1
	}
}

// cut clears what is below the precision.
func (v *Value) cut() {
	if v.Precision < Second {
		v.SecondNo, v.Nanos = 0, 0
	}
	if v.Precision < Minute {
		v.MinuteNo = 0
	}
	if v.Precision < Hour {
		v.HourNo = 0
	}
	if v.Kind != Time && v.Precision < Day {
		v.DayNo = 0
	}
	if v.Kind != Time && v.Precision < Month {
		v.MonthNo = 0
	}
	unit := int32(1e9)
	for range v.Fraction {
		unit /= 10
	}
	v.Nanos -= v.Nanos % unit
}
