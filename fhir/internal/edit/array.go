package edit

import (
	"bytes"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// Array is a JSON array being edited.
type Array struct {
	src   []byte
	parts []part
	empty []byte
}

// OpenArray takes the array src apart: valid JSON from bracket to bracket. It
// keeps src and does not change it.
func OpenArray(src []byte) *Array {
	a := &Array{src: src}
	last := 1
	for it := range scan.Items(src, 0) {
		if n := len(a.parts); n > 0 {
			comma := scan.Space(src, last)
			a.parts[n-1].after = src[last:comma]
			last = comma + 1
		}
		a.parts = append(a.parts, part{before: src[last:it.Start], value: src[it.Start:it.End]})
		last = it.End
	}
	rest := src[last : len(src)-1]
	if n := len(a.parts); n > 0 {
		a.parts[n-1].after = rest
	} else {
		a.empty = rest
	}
	return a
}

// Len returns the number of elements.
func (a *Array) Len() int { return len(a.parts) }

// Item returns the text of an element.
func (a *Array) Item(i int) []byte { return a.parts[i].value }

// Element says what is to stand at a place of a rebuilt array.
type Element struct {
	// From is the index of the element it was, -1 for a new one.
	From int
	// Value is its text: laid out already if From is that of an element, else compact.
	Value []byte
}

// Rebuild returns the text of an array of these elements. Elements that were
// in the array before keep the space around them as far as it makes sense.
func (a *Array) Rebuild(elements []Element) []byte {
	out := make([]byte, 0, len(a.src)+64)
	out = append(out, '[')
	last := len(a.parts) - 1
	for i, e := range elements {
		if i > 0 {
			out = append(out, ',')
		}
		p := part{before: a.before(e.From, i), value: e.Value}
		if e.From >= 0 && e.From < last {
			p.after = a.parts[e.From].after
		}
		if e.From < 0 && last >= 0 {
			p.value = layoutOf(p.before, a.parts[last].after).apply(e.Value)
		}
		if i == len(elements)-1 && last >= 0 {
			p.after = a.parts[last].after
		}
		out = p.appendTo(out)
	}
	if len(elements) == 0 && last < 0 {
		out = append(out, a.empty...)
	}
	return append(out, ']')
}

// before is the space before the element that was at from and is now at i.
func (a *Array) before(from, i int) []byte {
	switch {
	case len(a.parts) == 0:
		return nil
	case from >= 0 && (from == 0) == (i == 0):
		return a.parts[from].before
	case i == 0:
		return a.parts[0].before
	case len(a.parts) > 1:
		return a.parts[1].before
	case bytes.IndexByte(a.parts[0].before, '\n') >= 0:
		return a.parts[0].before
	default:
		return nil
	}
}
