package jsontree

import (
	"strings"
	"unicode/utf8"
)

// Bytes is the value as JSON without white space.
func (n *Node) Bytes() []byte { return n.Append(nil) }

// Append writes the value as JSON without white space.
func (n *Node) Append(out []byte) []byte {
	if n == nil {
		return append(out, "null"...)
	}
	switch n.Kind {
	case Bool, Number:
		return append(out, n.Text...)
	case String:
		return appendString(out, n.Text)
	case Array:
		out = append(out, '[')
		for i, item := range n.Items {
			if i > 0 {
				out = append(out, ',')
			}
			out = item.Append(out)
		}
		return append(out, ']')
	case Object:
		out = append(out, '{')
		for i, m := range n.Members {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendString(out, m.Name), ':')
			out = m.Value.Append(out)
		}
		return append(out, '}')
	default:
		return append(out, "null"...)
	}
}

// appendString writes a string; what is no UTF-8 becomes U+FFFD.
func appendString(out []byte, text string) []byte {
	const hex = "0123456789abcdef"
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	out = append(out, '"')
	start := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(out, text[start:]...), '"')
}
