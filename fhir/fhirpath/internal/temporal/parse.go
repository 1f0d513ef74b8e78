package temporal

// reader takes fields of digits from a text.
type reader struct {
	text string
	bad  bool
}

// number takes n digits that make a number from least to most.
func (r *reader) number(n, least, most int) int {
	if r.bad || len(r.text) < n {
		r.bad = true
		return 0
	}
	value := 0
	for i := range n {
		c := r.text[i]
		if c < '0' || c > '9' {
			r.bad = true
			return 0
		}
		value = value*10 + int(c-'0')
	}
	r.text = r.text[n:]
	if value < least || value > most {
		r.bad = true
	}
	return value
}

// next takes c if it is there.
func (r *reader) next(c byte) bool {
	if r.bad || r.text == "" || r.text[0] != c {
		return false
	}
	r.text = r.text[1:]
	return true
}

func (r *reader) date(v *Value) {
	v.YearNo, v.Precision = int16(r.number(4, 1, 9999)), Year //nolint:gosec // bounded
	if !r.next('-') {
		return
	}
	v.MonthNo, v.Precision = int8(r.number(2, 1, 12)), Month //nolint:gosec // bounded
	if !r.next('-') {
		return
	}
	v.DayNo, v.Precision = int8(r.number(2, 1, daysIn(int(v.YearNo), int(v.MonthNo)))), Day //nolint:gosec // bounded
}

func (r *reader) clock(v *Value) {
	v.HourNo, v.Precision = int8(r.number(2, 0, 23)), Hour //nolint:gosec // bounded
	if !r.next(':') {
		return
	}
	v.MinuteNo, v.Precision = int8(r.number(2, 0, 59)), Minute //nolint:gosec // bounded
	if !r.next(':') {
		return
	}
	v.SecondNo, v.Precision = int8(r.number(2, 0, 60)), Second //nolint:gosec // bounded
	if !r.next('.') {
		return
	}
	unit, digits := int32(1e8), 0
	for ; digits < len(r.text) && r.text[digits] >= '0' && r.text[digits] <= '9'; digits++ {
		v.Nanos += int32(r.text[digits]-'0') * unit
		unit /= 10
	}
	r.bad = r.bad || digits == 0
	r.text = r.text[digits:]
	v.Fraction = int8(min(digits, 9))
}

func (r *reader) zone(v *Value) {
	if r.next('Z') {
		v.Zoned = true
		return
	}
	sign := 1
	switch {
	case r.next('-'):
		sign = -1
	case !r.next('+'):
		return
	}
	hours := r.number(2, 0, 14)
	if !r.next(':') {
		r.bad = true
	}
	minutes := r.number(2, 0, 59)
	v.Zoned, v.Zone = true, int16(sign*(hours*60+minutes)) //nolint:gosec // bounded
}

// ParseDate reads YYYY, YYYY-MM or YYYY-MM-DD, a day that the calendar has.
func ParseDate(text string) (Value, bool) {
	r, v := reader{text: text}, Value{Kind: Date}
	r.date(&v)
	return v, !r.bad && r.text == ""
}

// ParseDateTime reads a date, alone or with T and a time of hours at least, alone or with
// an offset from UTC. Of a fraction of seconds nine digits count.
func ParseDateTime(text string) (Value, bool) {
	r, v := reader{text: text}, Value{Kind: DateTime}
	r.date(&v)
	if v.Precision == Day && r.next('T') {
		r.clock(&v)
		r.zone(&v)
	}
	return v, !r.bad && r.text == ""
}

// ParseTime reads HH, HH:MM or HH:MM:SS with or without a fraction.
func ParseTime(text string) (Value, bool) {
	r, v := reader{text: text}, Value{Kind: Time}
	r.clock(&v)
	return v, !r.bad && r.text == ""
}
