package aggregate

import (
	"fmt"
	"strings"
)

// PeriodError means that a text is no period, or no interval, of this package.
type PeriodError struct {
	// Text is what was to be read, cut to 40 bytes.
	Text string
	// Reason says what is wrong with it.
	Reason string
}

// Error implements error.
func (e *PeriodError) Error() string { return fmt.Sprintf("period %q: %s", e.Text, e.Reason) }

func periodError(text, reason string) error {
	if len(text) > 40 {
		text = text[:40]
	}
	return &PeriodError{Text: text, Reason: reason}
}

// ParsePeriod reads a period id of the calendar ISO 8601, see
// [Calendar.Parse].
func ParsePeriod(id string) (Period, error) { return ISO8601.Parse(id) }

// Parse reads a period id as DHIS2 does: as [Period.ID] writes it, and with it
// days and months with hyphens (2026-01-31, 2026-01), and weeks with a leading
// zero (2026W05). An error is a *[PeriodError].
func (c Calendar) Parse(id string) (Period, error) {
	if !c.Valid() {
		return Period{}, periodError(id, fmt.Sprintf("there is no calendar %q", string(c)))
	}
	year, rest, ok := cutYear(id)
	if !ok {
		return Period{}, periodError(id, "it must start with a year of four digits")
	}
	r, n, ok := parseRest(rest)
	if !ok {
		return Period{}, periodError(id, "no period type is written like this")
	}
	p, err := newPeriod(c.canonical(), r, year, n)
	if err != nil {
		return Period{}, periodError(id, fmt.Sprintf("there is no such %s period", r.name))
	}
	return p, nil
}

func cutYear(id string) (year int, rest string, ok bool) {
	if len(id) < 4 {
		return 0, "", false
	}
	year, ok = digits(id[:4])
	return year, id[4:], ok
}

// parseRest reads what follows the year.
func parseRest(rest string) (r *periodRule, n int, ok bool) {
	switch len(rest) {
	case 0:
		return Yearly.rule(), 1, true
	case 2: // 01
		if n, ok = digits(rest); ok {
			return Monthly.rule(), n, true
		}
	case 3: // -01, 01B
		if n, ok = digits(rest[1:]); ok && rest[0] == '-' {
			return Monthly.rule(), n, true
		}
		if n, ok = digits(rest[:2]); ok && rest[2] == 'B' {
			return BiMonthly.rule(), n, true
		}
	case 4: // 0131
		if n, ok = digits(rest); ok {
			return Daily.rule(), n, true
		}
	case 6: // -01-31
		if n, ok = digits(rest[1:3] + rest[4:]); ok && rest[0] == '-' && rest[3] == '-' {
			return Daily.rule(), n, true
		}
	}
	name := strings.TrimRight(rest, "0123456789")
	number := rest[len(name):]
	for i := range periodRules {
		r := &periodRules[i]
		if r.infix == "" || r.infix != name {
			continue
		}
		most := 1
		switch {
		case r.months == 12:
			return r, 1, number == ""
		case r.kind != byMonth:
			most = 2
		}
		n, ok := digits(number)
		return r, n, ok && len(number) <= most
	}
	return nil, 0, false
}

// digits reads one to four digits.
func digits(s string) (n int, ok bool) {
	if s == "" || len(s) > 4 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
