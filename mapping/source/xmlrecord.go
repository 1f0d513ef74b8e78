package source

import (
	"bytes"
	"fmt"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// xmlSpace is what XML calls white space.
const xmlSpace = " \t\r\n"

// record gathers one XML record.
type record struct {
	tree  tree
	lines []place // by node
	attrs []attribute
	text  []byte // of pieces and attributes
	out   []byte
}

// attribute is one of an element, its value in record.text.
type attribute struct {
	key   string
	value span
}

func (r *record) reset() {
	r.tree.reset()
	r.lines, r.attrs, r.text = r.lines[:0], r.attrs[:0], r.text[:0]
}

// element adds an element.
func (r *record) element(parent int32, key string, attrs span, line, column int) int32 {
	at := r.tree.add(parent, r.tree.id([]byte(key)))
	r.tree.nodes[at].attrs = attrs
	r.lines = append(r.lines, place{line, column})
	return at
}

// attribute adds an attribute for the element to come.
func (r *record) attribute(key, value string) {
	from := len(r.text)
	r.text = append(r.text, value...)
	r.attrs = append(r.attrs, attribute{key, span{from, len(r.text)}})
}

// piece adds text to an element; a comment or a CDATA section does not part it.
func (r *record) piece(parent int32, text []byte) {
	if len(text) == 0 {
		return
	}
	last := r.tree.nodes[parent].last
	if last == none || r.tree.nodes[last].name != none {
		last = r.tree.add(parent, none)
		r.lines = append(r.lines, place{})
		r.tree.nodes[last].text = span{len(r.text), len(r.text)}
	}
	r.text = append(r.text, text...)
	r.tree.nodes[last].text.to = len(r.text)
}

// write turns the record just closed into JSON.
func (x *XML) write() ([]byte, fault) {
	r := &x.doc
	out := append(r.out[:0], '{')
	if len(x.parents) > 0 {
		out = append(out, `"__parents":[`...)
		for i, attrs := range x.parents {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(append(out, attrs...), '}')
		}
		out = append(out, `],`...)
	}
	out = append(out, r.tree.keys[r.tree.nodes[0].name]...)
	out, bad := x.writeElement(out, 0)
	if bad.reason != "" {
		return nil, bad
	}
	out = append(out, '}')
	r.out = out
	return out, fault{}
}

// appendAttrs appends `"_id":"…"` for each attribute, with commas between; out ends in its brace.
func (r *record) appendAttrs(out []byte, attrs span) []byte {
	for _, attr := range r.attrs[attrs.from:attrs.to] {
		out = comma(out)
		out = append(tape.AppendQuoted(out, attr.key), ':')
		out = tape.AppendQuoted(out, r.text[attr.value.from:attr.value.to])
	}
	return out
}

// comma appends a comma if a member stands before.
func comma(out []byte) []byte {
	if out[len(out)-1] == '{' {
		return out
	}
	return append(out, ',')
}

// writeElement appends the object of an element. It calls itself at most MaxDepth deep.
func (x *XML) writeElement(out []byte, at int32) ([]byte, fault) {
	r := &x.doc
	t := &r.tree
	t.arrange(at)
	out = append(out, '{')
	out = r.appendAttrs(out, t.nodes[at].attrs)
	out, mixed := r.appendText(out, at)
	for first := t.child(at); first != none; first = t.nodes[first].group {
		out = append(comma(out), t.keys[t.nodes[first].name]...)
		single := x.listed[t.names[t.nodes[first].name]] == (x.config.Repeated == nil)
		if second := t.nodes[first].same; single && second != none {
			return nil, fault{
				line: r.lines[second].line, column: r.lines[second].column,
				reason: fmt.Sprintf("a second %q in its parent; take it out of Once, or put it into Repeated", shorten(t.names[t.nodes[first].name])),
			}
		}
		if !single {
			out = append(out, '[')
		}
		for item := first; item != none; item = t.nodes[item].same {
			if item != first {
				out = append(out, ',')
			}
			var bad fault
			if out, bad = x.writeElement(out, item); bad.reason != "" {
				return nil, bad
			}
		}
		if !single {
			out = append(out, ']')
		}
		if most := jsonFactor * x.config.MaxRecord; len(out) > most {
			return nil, fault{line: r.lines[0].line, column: r.lines[0].column, reason: fmt.Sprintf("the record as JSON is longer than %d bytes; raise MaxRecord", most)}
		}
	}
	if t.nodes[at].children > 0 && (mixed || x.config.Order || t.nodes[at].scattered) {
		out = t.appendOrder(comma(out), at, r.text)
	}
	return append(out, '}'), fault{}
}

// appendText appends `"_":"…"`, the text of an element without that of its children. White space
// between children is not text. mixed means that there is text beside children.
func (r *record) appendText(out []byte, at int32) (_ []byte, mixed bool) {
	t := &r.tree
	parent := &t.nodes[at]
	only, pieces, blank := none, 0, true
	for i := parent.first; i != none; i = t.nodes[i].next {
		if t.nodes[i].name == none {
			only = i
			pieces++
			blank = blank && len(bytes.Trim(r.text[t.nodes[i].text.from:t.nodes[i].text.to], xmlSpace)) == 0
		}
	}
	switch {
	case pieces == 0:
		return out, false
	case parent.children > 0 && blank:
		r.dropText(at)
		return out, false
	}
	out = append(comma(out), `"_":`...)
	if pieces == 1 {
		s := t.nodes[only].text
		return tape.AppendQuoted(out, r.text[s.from:s.to]), parent.children > 0
	}
	var whole []byte
	for i := parent.first; i != none; i = t.nodes[i].next {
		if s := t.nodes[i].text; t.nodes[i].name == none {
			whole = append(whole, r.text[s.from:s.to]...)
		}
	}
	return tape.AppendQuoted(out, whole), true
}

// dropText takes the pieces of text out of an element's children.
func (r *record) dropText(at int32) {
	t := &r.tree
	link := &t.nodes[at].first
	for i := *link; i != none; i = t.nodes[i].next {
		if t.nodes[i].name != none {
			*link = i
			link = &t.nodes[i].next
		}
	}
	*link = none
}

// shorten keeps a name in an error to a length.
func shorten(name string) string {
	const most = 80
	if len(name) > most {
		return name[:most] + "…"
	}
	return name
}
