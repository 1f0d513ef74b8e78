package mongo

import (
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// isoMillis is Date.prototype.toISOString.
const isoMillis = "2006-01-02T15:04:05.000Z"

// FormatTime prints t as JavaScript's Date does in JSON: UTC with milliseconds.
func FormatTime(t time.Time) string { return t.UTC().Format(isoMillis) }

// FormatNumber prints a number as JavaScript does: 1, 0.5, 1e+21, NaN, Infinity.
func FormatNumber(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0"
	}
	abs := math.Abs(f)
	if abs >= 1e-6 && abs < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	text := []byte(strconv.FormatFloat(f, 'e', -1, 64))
	// JavaScript writes the exponent without a leading zero: 1e-7, not 1e-07.
	if n := len(text); n >= 4 && text[n-2] == '0' && (text[n-3] == '-' || text[n-3] == '+') {
		text = append(text[:n-2], text[n-1])
	}
	return string(text)
}

// JSON renders a document, list or value as JSON.stringify does: times as ISO
// text with milliseconds, numbers as JavaScript prints them, NaN as null, "<" and
// "&" unescaped. Keys come with _id first, then by name.
func JSON(v any) []byte { return appendJSON(nil, v, sortedKeys) }

func sortedKeys(d Doc) []string {
	keys := make([]string, 0, len(d))
	for key := range d {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == "_id":
			return -1
		case b == "_id", a > b:
			return 1
		default:
			return -1
		}
	})
	return keys
}

func appendJSON(dst []byte, v any, order func(Doc) []string) []byte {
	switch v := v.(type) {
	case Doc:
		dst = append(dst, '{')
		for i, key := range order(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, key)
			dst = append(dst, ':')
			dst = appendJSON(dst, v[key], order)
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, value := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, value, order)
		}
		return append(dst, ']')
	case []Doc:
		return appendJSON(dst, Clone(v), order)
	case string:
		return appendString(dst, v)
	case ObjectID:
		return appendString(dst, string(v))
	case bool:
		return strconv.AppendBool(dst, v)
	case time.Time:
		return appendString(dst, FormatTime(v))
	default:
		if f, ok := cloneNumber(v).(float64); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return append(dst, FormatNumber(f)...)
		}
		return append(dst, "null"...)
	}
}

func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '"' || c == '\\':
				dst = append(dst, '\\', c)
			case c == '\n':
				dst = append(dst, '\\', 'n')
			case c == '\r':
				dst = append(dst, '\\', 'r')
			case c == '\t':
				dst = append(dst, '\\', 't')
			case c == '\b':
				dst = append(dst, '\\', 'b')
			case c == '\f':
				dst = append(dst, '\\', 'f')
			case c < 0x20:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
			default:
				dst = append(dst, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = utf8.AppendRune(dst, r) // invalid bytes become U+FFFD
		i += size
	}
	return append(dst, '"')
}
