package validate

const wrongDate = "is not a date that exists: write YYYY, YYYY-MM or YYYY-MM-DD"

// checkDate: a year, a month of a year, or a day that the calendar has.
func checkDate(text string) string {
	if rest, ok := readDate(text); !ok || rest != "" {
		return wrongDate
	}
	return ""
}

// checkDateTime: a date, or a day with a time and a time zone.
func checkDateTime(text string) string {
	rest, ok := readDate(text)
	switch {
	case !ok:
		return "is not a date that exists: write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone"
	case rest == "":
		return ""
	}
	return checkTimeOfDay(text, rest)
}

// checkInstant: a day with a time and a time zone, always.
func checkInstant(text string) string {
	rest, ok := readDate(text)
	if !ok || rest == "" {
		return "is not an instant: write YYYY-MM-DDThh:mm:ss with a time zone"
	}
	return checkTimeOfDay(text, rest)
}

func checkTimeOfDay(text, rest string) string {
	if len(text)-len(rest) != len("2006-01-02") || rest[0] != 'T' {
		return "has something after the date that is no time: write YYYY-MM-DDThh:mm:ss with a time zone"
	}
	rest, ok := readTime(rest[1:])
	switch {
	case !ok:
		return "has a time that does not exist: write hh:mm:ss, with a fraction if you like"
	case rest == "":
		return "has a time but no time zone: add Z or an offset such as +02:00"
	case !isZone(rest):
		return "has something after the time that is no time zone: write Z or an offset such as +02:00"
	}
	return ""
}

// checkTime: hh:mm:ss with a fraction, without a time zone.
func checkTime(text string) string {
	if rest, ok := readTime(text); !ok || rest != "" {
		return "is not a time of day: write hh:mm:ss without a time zone"
	}
	return ""
}

// readDate reads YYYY, YYYY-MM or YYYY-MM-DD and returns what follows.
func readDate(text string) (rest string, ok bool) {
	year, ok := digits(text, 4)
	if !ok || year == 0 {
		return "", false
	}
	rest = text[4:]
	if rest == "" || rest[0] != '-' {
		return rest, true
	}
	month, ok := digits(rest[1:], 2)
	if !ok || month < 1 || month > 12 {
		return "", false
	}
	rest = rest[3:]
	if rest == "" || rest[0] != '-' {
		return rest, true
	}
	day, ok := digits(rest[1:], 2)
	if !ok || day < 1 || day > daysIn(year, month) {
		return "", false
	}
	return rest[3:], true
}

// readTime reads hh:mm:ss with an optional fraction; a leap second is allowed.
func readTime(text string) (rest string, ok bool) {
	if len(text) < 8 || text[2] != ':' || text[5] != ':' {
		return "", false
	}
	hour, ok1 := digits(text, 2)
	minute, ok2 := digits(text[3:], 2)
	second, ok3 := digits(text[6:], 2)
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 60 {
		return "", false
	}
	rest = text[8:]
	if rest == "" || rest[0] != '.' {
		return rest, true
	}
	i := 1
	for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
		i++
	}
	return rest[i:], i > 1
}

// isZone: Z or an offset of at most 14 hours.
func isZone(text string) bool {
	if text == "Z" {
		return true
	}
	if len(text) != 6 || text[0] != '+' && text[0] != '-' || text[3] != ':' {
		return false
	}
	hour, ok1 := digits(text[1:], 2)
	minute, ok2 := digits(text[4:], 2)
	return ok1 && ok2 && minute < 60 && (hour < 14 || hour == 14 && minute == 0)
}

// digits reads exactly n digits at the beginning.
func digits(text string, n int) (value int, ok bool) {
	if len(text) < n {
		return 0, false
	}
	for i := range n {
		c := text[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		value = value*10 + int(c-'0')
	}
	return value, true
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
	default:
		return 31
	}
}
