package openhim

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// Properties are the free facts of a transaction. Reading accepts anything a
// core may have stored: a value that is no object is found under the name "".
type Properties map[string]any

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Properties) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		*p = nil
	case map[string]any:
		*p = v
	default:
		*p = Properties{"": v}
	}
	return nil
}

// AppendJSON appends the JSON form of p to b, in the order of the names. A
// property that cannot be written as JSON, or is nested too deeply for any
// database, is left out; [Properties.Validate] names it.
func (p Properties) AppendJSON(b []byte) []byte {
	if p == nil {
		return append(b, "null"...)
	}
	b, _ = appendObject(b, p, 0, true)
	return b
}

// MarshalJSON implements [json.Marshaler].
func (p Properties) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// appendObject appends an object. What cannot be written is left out of it
// when lenient, and makes it fail otherwise.
func appendObject(b []byte, m map[string]any, depth int, lenient bool) ([]byte, bool) {
	b = append(b, '{')
	first := true
	for _, name := range slices.Sorted(maps.Keys(m)) {
		before := len(b)
		if !first {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		next, ok := appendValue(b, m[name], depth+1)
		if !ok {
			if !lenient {
				return b, false
			}
			b = b[:before]
			continue
		}
		b, first = next, false
	}
	return append(b, '}'), true
}

// appendValue appends a value as JSON, and reports whether it can be.
func appendValue(b []byte, v any, depth int) ([]byte, bool) {
	if depth > maxDepth+1 {
		return b, false // also what contains itself
	}
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), true
	case string:
		return appendString(b, v), true
	case bool:
		return strconv.AppendBool(b, v), true
	case int:
		return strconv.AppendInt(b, int64(v), 10), true
	case map[string]any:
		if v == nil {
			return append(b, "null"...), true
		}
		return appendObject(b, v, depth, false)
	case []any:
		if v == nil {
			return append(b, "null"...), true
		}
		return appendArray(b, v, depth)
	default:
		return appendOther(b, v, depth)
	}
}

func appendArray(b []byte, list []any, depth int) ([]byte, bool) {
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var ok bool
		if b, ok = appendValue(b, e, depth+1); !ok {
			return b, false
		}
	}
	return append(b, ']'), true
}

// appendOther appends what encoding/json knows, in the same form as the rest.
func appendOther(b []byte, v any, depth int) ([]byte, bool) {
	out, err := json.Marshal(v)
	if err != nil {
		return b, false
	}
	if c := out[0]; c != '{' && c != '[' && c != '"' {
		return append(b, out...), true
	}
	var plain any
	if err := json.Unmarshal(out, &plain); err != nil {
		return b, false
	}
	return appendValue(b, plain, depth)
}
