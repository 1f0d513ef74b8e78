package openhim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Headers are HTTP headers as the core keeps them: an object from name to
// text. They are written in the order of their names, several values of one
// name joined with ", ", except set-cookie: the core iterates its value, so
// it is always written as an array (a text would be sent letter by letter and
// end in a 500; openhim-core.md section 5).
type Headers map[string][]string

// Get returns the first value of the header with this name, in any case of
// letters, or "".
func (h Headers) Get(name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	for k, v := range h {
		if len(v) > 0 && strings.EqualFold(k, name) {
			return v[0]
		}
	}
	return ""
}

// AppendJSON appends the JSON form of h to b.
func (h Headers) AppendJSON(b []byte) []byte {
	if h == nil {
		return append(b, "null"...)
	}
	var few [16]string // most answers have no more, and need no memory for the order
	names := few[:0]
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, name)
		b = append(b, ':')
		values := h[name]
		if strings.EqualFold(name, "set-cookie") {
			b = append(b, '[')
			for j, v := range values {
				if j > 0 {
					b = append(b, ',')
				}
				b = appendString(b, v)
			}
			b = append(b, ']')
			continue
		}
		if len(values) == 1 {
			b = appendString(b, values[0])
			continue
		}
		b = appendString(b, strings.Join(values, ", "))
	}
	return append(b, '}')
}

// MarshalJSON implements [json.Marshaler].
func (h Headers) MarshalJSON() ([]byte, error) { return h.AppendJSON(nil), nil }

// UnmarshalJSON implements [json.Unmarshaler]. The core stores what a
// mediator sent, so values may be texts, numbers, booleans, null or arrays;
// all of them are read, an object as its JSON text.
func (h *Headers) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return fmt.Errorf("openhim: headers: %w", err)
	}
	if raw == nil {
		*h = nil
		return nil
	}
	*h = make(Headers, len(raw))
	for name, v := range raw {
		if v = bytes.TrimSpace(v); len(v) > 0 && v[0] == '[' {
			var list []json.RawMessage
			if err := json.Unmarshal(v, &list); err != nil {
				return fmt.Errorf("openhim: header %s: %w", name, err)
			}
			(*h)[name] = make([]string, 0, len(list))
			for _, e := range list {
				(*h)[name] = append((*h)[name], headerText(e))
			}
			continue
		}
		(*h)[name] = []string{headerText(v)}
	}
	return nil
}

func headerText(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil { // also null, as ""
		return s
	}
	return string(v)
}
