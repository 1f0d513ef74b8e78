package js

import (
	"fmt"
	"math"
	"strings"
)

// Stringify is JSON.stringify(v) of a value that is not undefined.
func Stringify(v any) string {
	var out strings.Builder
	write(&out, v)
	return out.String()
}

func write(out *strings.Builder, v any) {
	switch v := v.(type) {
	case nil, Undefined:
		out.WriteString("null")
	case bool:
		out.WriteString(String(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out.WriteString("null")
			return
		}
		out.WriteString(Number(v))
	case string:
		quote(out, v)
	case *Array:
		out.WriteByte('[')
		for i, element := range v.Elems {
			if i > 0 {
				out.WriteByte(',')
			}
			write(out, element)
		}
		out.WriteByte(']')
	case *Object:
		out.WriteByte('{')
		first := true
		for _, key := range v.Keys() {
			value := v.values[key]
			if _, undefined := value.(Undefined); undefined {
				continue
			}
			if !first {
				out.WriteByte(',')
			}
			first = false
			quote(out, key)
			out.WriteByte(':')
			write(out, value)
		}
		out.WriteByte('}')
	}
}

func quote(out *strings.Builder, s string) {
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r >= ' ':
			out.WriteRune(r)
		default:
			if i := strings.IndexRune("\b\f\n\r\t", r); i >= 0 {
				out.WriteByte('\\')
				out.WriteByte("bfnrt"[i])
			} else {
				fmt.Fprintf(out, `\u%04x`, r)
			}
		}
	}
	out.WriteByte('"')
}
