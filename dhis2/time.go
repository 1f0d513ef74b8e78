package dhis2

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Layouts of DHIS2's timestamps.
const (
	layoutDate = "2006-01-02"
	layoutSent = "2006-01-02T15:04:05.000Z07:00"
)

// ParseTime reads a time in any form that DHIS2 writes or takes (dhis2.md 1.1):
// 2026, 2026-01, 2026-01-31, 20260131, 2026-01-31T10, with minutes, with seconds
// and up to nine decimals, with Z, +03, +0300 or +03:00 after the time, and
// milliseconds since 1970. Where no zone is said, it is in zone, the server's.
//
// A time that a change of the clocks skips is the one that many minutes later, as
// in Java; of one that comes twice it is the first.
func ParseTime(text string, zone *time.Location) (time.Time, error) {
	if zone == nil {
		zone = time.UTC
	}
	if epochText.MatchString(text) {
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return time.Time{}, errNotTime
		}
		return time.UnixMilli(ms).In(zone), nil
	}
	m := timeText.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, errNotTime
	}
	part := func(i, missing int) int {
		if m[i] == "" {
			return missing
		}
		n, _ := strconv.Atoi(m[i]) // at most four digits
		return n
	}
	year, month, day := part(1, 0), part(2, 1), part(3, 1)
	if m[4] != "" { // 20260131
		month, day = part(4, 1), part(5, 1)
	}
	hour, minute, second := part(6, 0), part(7, 0), part(8, 0)
	nanos := 0
	if m[9] != "" {
		nanos, _ = strconv.Atoi(m[9] + strings.Repeat("0", 9-len(m[9])))
	}
	if m[10] != "" {
		offset, err := parseOffset(m[10])
		if err != nil {
			return time.Time{}, err
		}
		zone = offset
	}
	// The date must be one, whatever the clocks do in the zone.
	plain := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if plain.Year() != year || int(plain.Month()) != month || plain.Day() != day || plain.Hour() != hour ||
		plain.Minute() != minute || plain.Second() != second {
		return time.Time{}, errNotTime
	}
	return onClock(plain, zone), nil
}

var errNotTime = errors.New("dhis2: that is no date or time of DHIS2, such as 2026-01-31T10:00:00.000")

var (
	epochText = regexp.MustCompile(`^-?\d{9,15}$`)
	timeText  = regexp.MustCompile(`^(\d{4})(?:-(\d{2})(?:-(\d{2}))?|(\d{2})(\d{2}))?` +
		`(?:T(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$`)
)

// parseOffset reads Z, +03, +0300 and +03:00.
func parseOffset(text string) (*time.Location, error) {
	if text == "Z" {
		return time.UTC, nil
	}
	digits := strings.ReplaceAll(text[1:], ":", "")
	hours, _ := strconv.Atoi(digits[:2])
	minutes := 0
	if len(digits) == 4 {
		minutes, _ = strconv.Atoi(digits[2:])
	}
	if hours > 18 || minutes > 59 {
		return nil, errNotTime
	}
	seconds := hours*3600 + minutes*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), nil
}

// onClock is when the clocks of a zone show what plain shows in UTC. One hour a
// year they show twice; then it is the first time.
func onClock(plain time.Time, zone *time.Location) time.Time {
	t := time.Date(plain.Year(), plain.Month(), plain.Day(), plain.Hour(), plain.Minute(), plain.Second(), plain.Nanosecond(), zone)
	if t.Hour() != plain.Hour() || t.Minute() != plain.Minute() {
		// Skipped: Go may take either side; Java takes the offset before.
		_, before := plain.Add(-24 * time.Hour).In(zone).Zone()
		return plain.Add(-time.Duration(before) * time.Second).In(zone)
	}
	for _, earlier := range []time.Duration{-2 * time.Hour, -time.Hour, -30 * time.Minute} {
		first := t.Add(earlier)
		_, a := first.Zone()
		_, b := t.Zone()
		if time.Duration(a-b)*time.Second == -earlier {
			return first
		}
	}
	return t
}

// closest is t, or t an hour later where the clocks showed it twice and that is
// nearer to at.
func closest(t, at time.Time) time.Time {
	later := t.Add(time.Hour)
	same := later.Hour() == t.Hour() && later.Minute() == t.Minute()
	if same && later.Sub(at).Abs() < t.Sub(at).Abs() {
		return later
	}
	return t
}

// FormatTime writes a time for DHIS2, with its offset, so that it means the same
// in every zone: "2026-01-31T10:00:00.000+03:00". Decimals after milliseconds
// are cut, as the server does not keep them.
func FormatTime(t time.Time) string {
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC() // local mean time, of before there were zones
	}
	return t.Format(layoutSent)
}

// FormatDate writes the date that t is on in its own location: "2026-01-31".
func FormatDate(t time.Time) string { return t.Format(layoutDate) }

// ParseTime reads a time of the server's, see [ParseTime].
func (s Server) ParseTime(text string) (time.Time, error) { return ParseTime(text, s.Zone) }

// FormatTime writes a time as the server's clocks show it, with the offset.
func (s Server) FormatTime(t time.Time) string { return FormatTime(t.In(s.zone())) }

// FormatDate writes the date on which t is at the server: near midnight it is
// another one than ours.
func (s Server) FormatDate(t time.Time) string { return FormatDate(t.In(s.zone())) }

// Time is what the server's clock shows when ours shows t.
func (s Server) Time(t time.Time) time.Time { return t.Add(s.Skew).In(s.zone()) }

func (s Server) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// loadZone finds the time zone that Java calls so.
func loadZone(name string) (*time.Location, error) {
	switch name {
	case "Z", "GMT", "UTC", "Etc/UTC":
		return time.UTC, nil
	case "", "Local":
		return nil, errors.New("the server does not tell its time zone; set Config.Location")
	}
	if m := offsetZone.FindStringSubmatch(name); m != nil {
		if zone, err := parseOffset(m[1]); err == nil {
			return zone, nil
		}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the server's time zone is not known here; install time zone data, "+
			"import _ \"time/tzdata\", or set Config.Location: %w", errUnknownZone)
	}
	return zone, nil
}

var errUnknownZone = errors.New("unknown time zone")

// offsetZone is how Java names a zone that is only an offset.
var offsetZone = regexp.MustCompile(`^(?:GMT|UTC|UT)?([+-]\d{2}:?\d{2})$`)
