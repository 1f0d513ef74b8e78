package mongo

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// jsString is String(v) for the values mongoose casts to text; ok is false for a
// plain object, which mongoose refuses.
func jsString(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case ObjectID:
		return string(v), true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return FormatNumber(v), true
	case time.Time:
		return v.UTC().Format("Mon Jan 02 2006 15:04:05 GMT-0700") + " (Coordinated Universal Time)", true
	case []any:
		parts := make([]string, len(v))
		for i, element := range v {
			if element != nil {
				parts[i], _ = jsString(element)
			}
			if _, isDoc := element.(Doc); isDoc {
				parts[i] = "[object Object]"
			}
		}
		return strings.Join(parts, ","), true
	default:
		return "", false
	}
}

// jsNumber is Number(s): surrounding space is ignored, the empty text is 0, and
// hexadecimal, octal, binary and Infinity are read.
func jsNumber(s string) float64 {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	if len(s) > 2 && s[0] == '0' {
		base := map[byte]int{'x': 16, 'X': 16, 'o': 8, 'O': 8, 'b': 2, 'B': 2}[s[1]]
		if base != 0 {
			n, err := strconv.ParseUint(s[2:], base, 64)
			if err != nil {
				return math.NaN()
			}
			return float64(n)
		}
	}
	switch s {
	case "Infinity", "+Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return math.NaN() // what only Go reads: inf, nan, 0x1p-2, 1_000
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// jsDateLayouts are the texts Date.parse reads. Those of ISO 8601 without a time
// are UTC; the others without a zone are local time, which is UTC for the core.
func jsDateLayouts() []string {
	return []string{
		"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
		"2006-01-02", "2006-01", "2006",
		"2006-01-02T15:04:05.999999999Z0700",
		"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04",
		"2006/01/02", "2006/01/02 15:04:05", "2006/1/2", "1/2/2006", "1/2/2006 15:04:05",
		"Mon, 02 Jan 2006 15:04:05 MST", "Mon, 02 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST",
		"Mon Jan 02 2006 15:04:05 GMT-0700", "Mon Jan 02 2006 15:04:05", "Mon Jan 02 2006", "Mon Jan _2 15:04:05 2006",
		"Jan 2, 2006", "Jan 2 2006", "January 2, 2006", "2 Jan 2006", "02 January 2006", "Jan 2, 2006 15:04:05", "2 Jan 2006 15:04:05",
	}
}

// ParseDate is Date.parse: ISO 8601, RFC 2822 and the text of a JavaScript Date;
// ok is false where JavaScript says Invalid Date. Seldom other forms that V8
// also guesses at are not read.
func ParseDate(s string) (t time.Time, ok bool) {
	s = strings.TrimSpace(s)
	if at := strings.Index(s, " ("); at > 0 && strings.HasSuffix(s, ")") {
		s = s[:at]
	}
	for _, layout := range jsDateLayouts() {
		if t, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			return Time(t), true
		}
	}
	return time.Time{}, false
}

// maxDate is the last instant a JavaScript Date can hold, in milliseconds.
const maxDate = 8.64e15

func dateOfMillis(ms float64) (time.Time, bool) {
	if math.IsNaN(ms) || math.Abs(ms) > maxDate {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(ms)).UTC(), true
}
