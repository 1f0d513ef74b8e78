package doc

import (
	"bytes"
	"fmt"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// readJSON reads a document that is JSON, which YAML is not a superset of: tabs. ok is false
// when the text is no JSON.
func readJSON(src []byte) (root *Node, traps []Trap, ok bool) {
	if trimmed := bytes.TrimLeft(src, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, nil, false
	}
	var d tape.Doc
	if d.Parse(src, tape.Limits{Depth: maxDepth}) != nil {
		return nil, nil, false
	}
	r := jsonReader{doc: &d, src: src, line: 1}
	return r.node(d.Root()), r.traps, true
}

type jsonReader struct {
	doc   *tape.Doc
	src   []byte
	at    int // how far lines have been counted
	line  int
	start int // of the line
	traps []Trap
}

// place counts lines up to an offset, which never goes back.
func (r *jsonReader) place(offset int) (line, column int) {
	for ; r.at < offset; r.at++ {
		if r.src[r.at] == '\n' {
			r.line++
			r.start = r.at + 1
		}
	}
	return r.line, offset - r.start + 1
}

func (r *jsonReader) node(n tape.Node) *Node {
	out := &Node{}
	out.Line, out.Column = r.place(r.doc.Offset(n))
	v := tape.Value{Doc: r.doc, Node: n}
	switch v.Kind() {
	case tape.Object:
		out.Kind = Map
		seen := map[string]int{}
		for c, end := r.doc.First(n), r.doc.End(n); c < end; c = r.doc.Next(c) {
			name, escapes := r.doc.Key(c)
			if escapes {
				name = tape.Unescape(nil, name)
			}
			line, column := r.place(r.doc.KeyOffset(c))
			if first, twice := seen[string(name)]; twice && len(r.traps) < 100 {
				r.traps = append(r.traps, Trap{line, column, fmt.Sprintf("the key %q stands twice, first in line %d", name, first), "", true})
			}
			seen[string(name)] = line
			out.Keys = append(out.Keys, Key{string(name), r.node(c), line, column})
		}
	case tape.Array:
		out.Kind = List
		for c, end := r.doc.First(n), r.doc.End(n); c < end; c = r.doc.Next(c) {
			out.Items = append(out.Items, r.node(c))
		}
	case tape.String:
		out.Kind, out.Quoted, out.Text = Text, true, string(v.Text(nil))
	case tape.Number:
		out.Kind, out.Text = Number, string(v.Text(nil))
	case tape.True, tape.False:
		out.Kind, out.Text = Bool, string(v.Text(nil))
	default:
		out.Kind = Null
	}
	return out
}
