package objectmapper

import (
	"slices"
	"strconv"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// encode writes v as JavaScript's JSON.stringify does: no spaces, integer-like names first, undefined members left out, holes as null.
// Numbers stay as written.
func encode(v *value) []byte {
	return appendJSON(make([]byte, 0, 512), v)
}

func appendJSON(b []byte, v *value) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	switch v.kind {
	case kindNull:
		return append(b, "null"...)
	case kindTrue:
		return append(b, "true"...)
	case kindFalse:
		return append(b, "false"...)
	case kindNumber:
		return append(b, v.text...)
	case kindString:
		return tape.AppendQuoted(b, v.text)
	case kindArray:
		b = append(b, '[')
		for i, item := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	case kindObject:
		return appendObject(b, v)
	}
	return b
}

func appendObject(b []byte, v *value) []byte {
	b = append(b, '{')
	first := true
	member := func(i int) {
		if v.list[i] == nil {
			return
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(tape.AppendQuoted(b, v.keys[i]), ':')
		b = appendJSON(b, v.list[i])
	}
	if order := v.memberOrder(); order != nil {
		for _, i := range order {
			member(i)
		}
	} else {
		for i := range v.list {
			member(i)
		}
	}
	return append(b, '}')
}

// formatNumber writes a float as JavaScript does.
func formatNumber(f float64) string {
	if f == 0 {
		return "0"
	}
	if abs := max(f, -f); abs >= 1e21 || abs < 1e-6 {
		b := strconv.AppendFloat(nil, f, 'e', -1, 64)
		// Go writes e-07 where JavaScript writes e-7.
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-2] == '0' {
			b = slices.Delete(b, n-2, n-1)
		}
		return string(b)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func sortBy(list []int, key func(int) int) {
	slices.SortStableFunc(list, func(a, b int) int { return key(a) - key(b) })
}
