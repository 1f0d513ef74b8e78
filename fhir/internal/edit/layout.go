// Package edit changes members of an object and elements of an array in a JSON
// text and leaves all other bytes as they are. What is put in takes on the
// layout of its neighbours.
package edit

import (
	"bytes"
	"encoding/json"
)

// layout is how the members of an object or the elements of an array are laid
// out.
type layout struct {
	indent  string // of a member; what stands before it after the line's end
	unit    string // what one level adds
	newline string // "" if all stands on one line
}

// layoutOf learns the layout from the space before a member and the space
// before the closing bracket.
func layoutOf(before, closing []byte) layout {
	i := bytes.LastIndexByte(before, '\n')
	if i < 0 {
		return layout{}
	}
	l := layout{indent: string(before[i+1:]), newline: "\n", unit: "  "}
	if bytes.HasSuffix(before[:i], []byte("\r")) {
		l.newline = "\r\n"
	}
	if j := bytes.LastIndexByte(closing, '\n'); j >= 0 {
		if outer := string(closing[j+1:]); len(outer) < len(l.indent) && l.indent[:len(outer)] == outer {
			l.unit = l.indent[len(outer):]
		}
	}
	return l
}

// apply lays a compact value out.
func (l layout) apply(value []byte) []byte {
	if l.newline == "" || len(value) < 3 || (value[0] != '{' && value[0] != '[') {
		return value
	}
	var b bytes.Buffer
	if err := json.Indent(&b, value, l.indent, l.unit); err != nil {
		return value // not JSON; the caller's check of the whole will say so
	}
	if l.newline == "\r\n" {
		return bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte("\r\n"))
	}
	return b.Bytes()
}

// part is a member or an element with the space around it.
type part struct {
	before []byte // white space before it
	head   []byte // a member's name, colon and the space around that
	value  []byte
	after  []byte // white space behind it
}

func (p *part) appendTo(out []byte) []byte {
	out = append(out, p.before...)
	out = append(out, p.head...)
	out = append(out, p.value...)
	return append(out, p.after...)
}
