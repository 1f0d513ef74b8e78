package dhis2test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// aggPeriod is an aggregate period: its id as DHIS2 writes it, its type, its
// first day and the day after its last.
type aggPeriod struct {
	id, kind   string
	start, end time.Time
}

var (
	yearPeriod  = regexp.MustCompile(`^(\d{4})(April|July|Sep|Oct|Nov)?$`)
	monthPeriod = regexp.MustCompile(`^(\d{4})-?(\d{2})(B?)$`)
	dayPeriod   = regexp.MustCompile(`^(\d{4})-?(\d{2})-?(\d{2})$`)
	weekPeriod  = regexp.MustCompile(`^(\d{4})(Bi|Wed|Thu|Sat|Sun)?W(\d{1,2})$`)
	partPeriod  = regexp.MustCompile(`^(\d{4})(April|Nov)?([QS])(\d)$`)
	adxPeriod   = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:T[^/]*)?/P(?:(\d{1,2})([DWMY]))$`)
)

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

// parsePeriod reads a period id, and months and days with dashes as DHIS2
// does (dhis2.md 1.6).
func parsePeriod(text string) (aggPeriod, bool) {
	if m := yearPeriod.FindStringSubmatch(text); m != nil {
		return yearly(number(m[1]), m[2]), true
	}
	if m := partPeriod.FindStringSubmatch(text); m != nil {
		return partOfYear(number(m[1]), m[2], m[3], number(m[4]))
	}
	if m := monthPeriod.FindStringSubmatch(text); m != nil {
		year, month := number(m[1]), number(m[2])
		if month < 1 || month > 12 || (m[3] == "B" && month > 6) {
			return aggPeriod{}, false
		}
		if m[3] == "B" {
			return span(fmt.Sprintf("%04d%02dB", year, month), "BiMonthly", date(year, 2*month-1, 1), 2), true
		}
		return span(fmt.Sprintf("%04d%02d", year, month), "Monthly", date(year, month, 1), 1), true
	}
	if m := weekPeriod.FindStringSubmatch(text); m != nil {
		return weekly(number(m[1]), m[2], number(m[3]))
	}
	if m := dayPeriod.FindStringSubmatch(text); m != nil {
		day := date(number(m[1]), number(m[2]), number(m[3]))
		if day.Day() != number(m[3]) {
			return aggPeriod{}, false
		}
		return aggPeriod{day.Format("20060102"), "Daily", day, day.AddDate(0, 0, 1)}, true
	}
	return aggPeriod{}, false
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // digits by its pattern
	return n
}

// span is a period of whole months.
func span(id, kind string, start time.Time, months int) aggPeriod {
	return aggPeriod{id, kind, start, start.AddDate(0, months, 0)}
}

// firstMonths are those a financial year begins with.
var firstMonths = map[string]int{ //nolint:gochecknoglobals // read-only table
	"": 1, "April": 4, "July": 7, "Sep": 9, "Oct": 10, "Nov": 11,
}

func yearly(year int, from string) aggPeriod {
	kind := "Yearly"
	if from != "" {
		kind = "Financial" + from
	}
	return span(fmt.Sprintf("%04d%s", year, from), kind, date(year, firstMonths[from], 1), 12)
}

func partOfYear(year int, from, part string, n int) (aggPeriod, bool) {
	months, kind := 3, "Quarterly"
	if part == "S" {
		months, kind = 6, "SixMonthly"+from
	} else if from != "" {
		kind += from
	}
	if n < 1 || n > 12/months {
		return aggPeriod{}, false
	}
	start := date(year, firstMonths[from]+(n-1)*months, 1)
	return span(fmt.Sprintf("%04d%s%s%d", year, from, part, n), kind, start, months), true
}

// weekly: weeks begin on Monday unless the id says otherwise; week 1 is the
// first with four days in the year (ISO 8601).
func weekly(year int, first string, week int) (aggPeriod, bool) {
	day := map[string]int{"": 1, "Bi": 1, "Wed": 3, "Thu": 4, "Sat": 6, "Sun": 0}[first]
	start, days, kind := date(year, 1, 4), 7, "Weekly"
	for int(start.Weekday()) != day {
		start = start.AddDate(0, 0, -1)
	}
	switch first {
	case "":
	case "Bi":
		days, kind = 14, "BiWeekly"
	default:
		kind = "Weekly" + map[string]string{"Wed": "Wednesday", "Thu": "Thursday", "Sat": "Saturday", "Sun": "Sunday"}[first]
	}
	start = start.AddDate(0, 0, days*(week-1))
	if week < 1 || week > 53 || start.AddDate(0, 0, 3).Year() != year { // a week is of the year with most of it
		return aggPeriod{}, false
	}
	return aggPeriod{fmt.Sprintf("%04d%sW%d", year, first, week), kind, start, start.AddDate(0, 0, days)}, true
}

// parseADXPeriod reads an interval such as 2026-01-01/P1M: a length that no
// period type has is refused.
func parseADXPeriod(text string) (aggPeriod, bool) {
	m := adxPeriod.FindStringSubmatch(text)
	if m == nil {
		return parsePeriod(text)
	}
	start, err := time.Parse(time.DateOnly, m[1])
	if err != nil {
		return aggPeriod{}, false
	}
	return startingAt(start, m[2]+m[3])
}

// startingAt is the period of an ISO 8601 length that begins on a day.
func startingAt(start time.Time, length string) (aggPeriod, bool) {
	year, month := start.Year(), int(start.Month())
	var id string
	switch length {
	case "1D":
		id = start.Format("20060102")
	case "7D", "1W", "14D", "2W":
		return weekStartingAt(start, length)
	case "1M":
		id = start.Format("200601")
	case "2M":
		id = fmt.Sprintf("%04d%02dB", year, (month+1)/2)
	case "3M":
		id = fmt.Sprintf("%04dQ%d", year, (month+2)/3)
	case "6M":
		id = map[int]string{1: "%04dS1", 7: "%04dS2", 4: "%04dAprilS1", 10: "%04dAprilS2"}[month]
	case "1Y", "12M":
		id = map[int]string{1: "%04d", 4: "%04dApril", 7: "%04dJuly", 9: "%04dSep", 10: "%04dOct", 11: "%04dNov"}[month]
	}
	if strings.Contains(id, "%") {
		id = fmt.Sprintf(id, year)
	}
	p, ok := parsePeriod(id)
	return p, ok && p.start.Equal(start)
}

func weekStartingAt(start time.Time, length string) (aggPeriod, bool) {
	first := map[time.Weekday]string{time.Monday: "", time.Wednesday: "Wed", time.Thursday: "Thu", time.Saturday: "Sat", time.Sunday: "Sun"}
	prefix, ok := first[start.Weekday()]
	if length == "14D" || length == "2W" {
		prefix, ok = "Bi", start.Weekday() == time.Monday
	}
	for year := start.Year() - 1; ok && year <= start.Year()+1; year++ {
		for week := 1; week <= 53; week++ {
			if p, valid := weekly(year, prefix, week); valid && p.start.Equal(start) {
				return p, true
			}
		}
	}
	return aggPeriod{}, false
}

// adx is the period as ADX writes it.
func (p aggPeriod) adx() string {
	length := map[string]string{
		"Daily": "P1D", "BiWeekly": "P14D", "Monthly": "P1M", "BiMonthly": "P2M", "Quarterly": "P3M", "Yearly": "P1Y",
	}[p.kind]
	switch {
	case length != "":
	case strings.HasPrefix(p.kind, "Weekly"):
		length = "P7D"
	case strings.HasPrefix(p.kind, "SixMonthly"):
		length = "P6M"
	case strings.HasPrefix(p.kind, "Financial"):
		length = "P1Y"
	default:
		length = "P3M"
	}
	return p.start.Format(time.DateOnly) + "/" + length
}

// containing is the period of a kind that a day lies in; kinds of financial
// years and weeks with another first day are found through their ids.
func containing(kind string, day time.Time) (aggPeriod, bool) {
	year, month := day.Year(), int(day.Month())
	ids := []string{
		day.Format("20060102"), day.Format("200601"), fmt.Sprintf("%04d%02dB", year, (month+1)/2),
		fmt.Sprintf("%04dQ%d", year, (month+2)/3), fmt.Sprintf("%04dS%d", year, (month+5)/6), day.Format("2006"),
	}
	for from := range firstMonths {
		ids = append(ids, fmt.Sprintf("%04d%s", year, from), fmt.Sprintf("%04d%s", year-1, from))
	}
	for _, from := range []string{"April", "Nov"} {
		for half := 1; half <= 2; half++ {
			ids = append(ids, fmt.Sprintf("%04d%sS%d", year, from, half), fmt.Sprintf("%04d%sS%d", year-1, from, half))
		}
	}
	for _, first := range []string{"", "Bi", "Wed", "Thu", "Sat", "Sun"} {
		for back := -1; back <= 1; back++ {
			week := (day.YearDay()+6)/7 + back
			if first == "Bi" {
				week = (day.YearDay()+13)/14 + back
			}
			ids = append(ids, fmt.Sprintf("%04d%sW%d", year, first, week), fmt.Sprintf("%04d%sW%d", year-1, first, 52+back))
		}
	}
	for _, id := range ids {
		if p, ok := parsePeriod(id); ok && p.kind == kind && !day.Before(p.start) && day.Before(p.end) {
			return p, true
		}
	}
	return aggPeriod{}, false
}

// latestOpen is the last period of a kind that may have data at a time: the
// last that is over, moved on by the future periods a data set opens.
func latestOpen(kind string, now time.Time, open int) (aggPeriod, bool) {
	p, ok := containing(kind, date(now.Year(), int(now.Month()), now.Day()))
	if ok {
		p, ok = containing(kind, p.start.AddDate(0, 0, -1))
	}
	for range min(open, maxOpenPeriods) {
		if !ok {
			break
		}
		p, ok = containing(kind, p.end)
	}
	return p, ok
}

const maxOpenPeriods = 1000
