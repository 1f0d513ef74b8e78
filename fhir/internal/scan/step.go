package scan

import (
	"bytes"
	"encoding/json"
	"iter"
)

// The functions of this file step through a text that Check or encoding/json
// has found valid; on any other their result means nothing, but they end and
// do not panic.

// Space returns the offset of the first byte from i on that is no white space.
func Space(data []byte, i int) int {
	for i < len(data) && isSpace(data[i]) {
		i++
	}
	return i
}

// Skip returns the offset behind the value that begins at i.
func Skip(data []byte, i int) int {
	if i >= len(data) {
		return len(data)
	}
	switch data[i] {
	case '"':
		return skipText(data, i)
	case '{', '[':
		depth := 0
		for i < len(data) {
			switch data[i] {
			case '"':
				i = skipText(data, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(data)
	default:
		start := i
		for i < len(data) && !isSpace(data[i]) && data[i] != ',' && data[i] != '}' && data[i] != ']' {
			i++
		}
		return max(i, min(start+1, len(data)))
	}
}

func skipText(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(data)
}

// Member is a member of an object, as offsets into the text: the name with its
// quotes is data[Name:NameEnd], the value data[Value:End].
type Member struct{ Name, NameEnd, Value, End int }

// Key returns the member's name without quotes and escapes.
func (m Member) Key(data []byte) []byte {
	name := data[min(m.Name+1, m.NameEnd):max(m.NameEnd-1, m.Name)]
	if bytes.IndexByte(name, '\\') >= 0 {
		return []byte(Unquote(data[m.Name:m.NameEnd]))
	}
	return name
}

// Members yields the members of the object that begins at i, in order.
func Members(data []byte, i int) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		i := Space(data, i+1)
		for i < len(data) && data[i] == '"' {
			m := Member{Name: i}
			m.NameEnd = skipText(data, i)
			m.Value = Space(data, Space(data, m.NameEnd)+1)
			m.End = Skip(data, m.Value)
			if !yield(m) {
				return
			}
			if i = Space(data, m.End); i >= len(data) || data[i] != ',' {
				return
			}
			i = Space(data, i+1)
		}
	}
}

// Find returns the member of this name of the object that begins at i.
func Find(data []byte, i int, name string) (Member, bool) {
	for m := range Members(data, i) {
		if string(m.Key(data)) == name {
			return m, true
		}
	}
	return Member{}, false
}

// Item is a value in an array: data[Start:End].
type Item struct{ Start, End int }

// Items yields the values of the array that begins at i, in order.
func Items(data []byte, i int) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		i := Space(data, i+1)
		for i < len(data) && data[i] != ']' {
			it := Item{Start: i, End: Skip(data, i)}
			if !yield(it) {
				return
			}
			if i = Space(data, it.End); i >= len(data) || data[i] != ',' {
				return
			}
			i = Space(data, i+1)
		}
	}
}

// Unquote returns what the string literal stands for. A surrogate without its
// partner becomes U+FFFD, as encoding/json has it.
func Unquote(literal []byte) string {
	if len(literal) < 2 {
		return ""
	}
	if bytes.IndexByte(literal, '\\') >= 0 {
		var s string
		if json.Unmarshal(literal, &s) != nil {
			return ""
		}
		return s
	}
	return string(literal[1 : len(literal)-1])
}
