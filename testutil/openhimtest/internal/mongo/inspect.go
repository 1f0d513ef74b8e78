package mongo

import (
	"strconv"
	"strings"
	"time"
)

// inspectWidth is the longest line util.inspect writes for an object, and
// inspectFrame what it counts for the braces and its margin.
const inspectWidth, inspectFrame = 80, 11

// inspect is util.inspect(v), which mongoose puts into its cast errors, with the
// given order of keys.
func inspect(v any, order func(Doc) []string) string { return inspectAt(v, order, 0) }

func inspectAt(v any, order func(Doc) []string, depth int) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quoteJS(v)
	case ObjectID:
		return "new ObjectId(" + quoteJS(string(v)) + ")"
	case time.Time:
		return FormatTime(v)
	case bool:
		return strconv.FormatBool(v)
	case Doc:
		if len(v) == 0 {
			return "{}"
		}
		if depth > 2 {
			return "[Object]"
		}
		parts := make([]string, 0, len(v))
		for _, key := range order(v) {
			parts = append(parts, inspectKey(key)+": "+inspectAt(v[key], order, depth+1))
		}
		return inspectJoin("{", parts, "}", depth)
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		if depth > 2 {
			return "[Array]"
		}
		parts := make([]string, len(v))
		for i, element := range v {
			parts[i] = inspectAt(element, order, depth+1)
		}
		return inspectJoin("[", parts, "]", depth)
	default:
		if f, ok := cloneNumber(v).(float64); ok {
			return FormatNumber(f)
		}
		return "undefined"
	}
}

func inspectJoin(left string, parts []string, right string, depth int) string {
	length := 2*len(parts) + 2*depth + inspectFrame
	multiline := false
	for _, part := range parts {
		length += len(part)
		multiline = multiline || strings.Contains(part, "\n")
	}
	if !multiline && length <= inspectWidth {
		return left + " " + strings.Join(parts, ", ") + " " + right
	}
	indent := "\n" + strings.Repeat(" ", 2*depth+2)
	return left + indent + strings.Join(parts, ","+indent) + "\n" + strings.Repeat(" ", 2*depth) + right
}

func inspectKey(key string) string {
	for i, r := range key {
		letter := r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return quoteJS(key)
		}
	}
	if key == "" {
		return "''"
	}
	return key
}

func quoteJS(s string) string {
	quote := "'"
	switch {
	case !strings.Contains(s, "'"):
	case !strings.Contains(s, `"`):
		quote = `"`
	case !strings.ContainsAny(s, "`") && !strings.Contains(s, "${"):
		quote = "`"
	}
	s = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\b", `\b`, "\f", `\f`).Replace(s)
	if quote == "'" {
		s = strings.ReplaceAll(s, "'", `\'`)
	}
	return quote + s + quote
}
