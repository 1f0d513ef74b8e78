package index

import "time"

// Span is the time a date of some precision means: from From to before Until.
type Span struct{ From, Until time.Time }

func endOfTime() time.Time { return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }

// ParseSpan reads a FHIR date, dateTime or instant: 2024, 2024-05, 2024-05-01,
// 2024-05-01T10:00Z (searches only), 2024-05-01T10:00:00.120+02:00. What has no zone is
// taken as UTC.
func ParseSpan(text string) (Span, bool) {
	for _, f := range []struct {
		layout string
		next   func(time.Time) time.Time
	}{
		{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
		{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
		{"2006-01-02", func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
	} {
		if len(text) == len(f.layout) {
			t, err := time.Parse(f.layout, text)
			return Span{t, f.next(t)}, err == nil
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, text); err == nil {
			return Span{t.UTC(), t.UTC().Add(fraction(text))}, true
		}
	}
	for _, layout := range []string{"2006-01-02T15:04Z07:00", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return Span{t.UTC(), t.UTC().Add(time.Minute)}, true
		}
	}
	return Span{}, false
}

// fraction is the time the last digit of the seconds stands for.
func fraction(text string) time.Duration {
	unit, inside := time.Second, false
	for _, c := range text {
		switch {
		case c == '.':
			inside = true
		case inside && c >= '0' && c <= '9' && unit > 1:
			unit /= 10
		case inside:
			return unit
		}
	}
	return unit
}
