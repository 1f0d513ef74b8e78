package edit

import (
	"encoding/json"
	"slices"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// Object is a JSON object being edited.
type Object struct {
	src     []byte
	keys    []string
	parts   []part
	empty   []byte // the space in an object without members
	changed bool
}

// OpenObject takes the object src apart: valid JSON from brace to brace. It
// keeps src and does not change it.
func OpenObject(src []byte) *Object {
	const usual = 16
	o := &Object{src: src, keys: make([]string, 0, usual), parts: make([]part, 0, usual)}
	last := 1
	for m := range scan.Members(src, 0) {
		if n := len(o.parts); n > 0 {
			comma := scan.Space(src, last)
			o.parts[n-1].after = src[last:comma]
			last = comma + 1
		}
		o.keys = append(o.keys, string(m.Key(src)))
		o.parts = append(o.parts, part{before: src[last:m.Name], head: src[m.Name:m.Value], value: src[m.Value:m.End]})
		last = m.End
	}
	rest := src[last : len(src)-1]
	if n := len(o.parts); n > 0 {
		o.parts[n-1].after = rest
	} else {
		o.empty = rest
	}
	return o
}

// Keys returns the names of the members in order. It must not be changed.
func (o *Object) Keys() []string { return o.keys }

// Get returns the text of a member's value.
func (o *Object) Get(key string) ([]byte, bool) {
	if i := slices.Index(o.keys, key); i >= 0 {
		return o.parts[i].value, true
	}
	return nil, false
}

// Replace puts a text that is laid out already in the place of a member's value.
func (o *Object) Replace(key string, text []byte) {
	if i := slices.Index(o.keys, key); i >= 0 {
		o.parts[i].value, o.changed = text, true
	}
}

// Set gives a member a compact value. A new member is put where rank wants it:
// behind those of lower rank, else before those of higher rank, else at the
// end; members of rank -1 have no say. rank may be nil.
func (o *Object) Set(key string, value []byte, rank func(key string) int) {
	o.changed = true
	if i := slices.Index(o.keys, key); i >= 0 {
		o.parts[i].value = o.layout(i).apply(value)
		return
	}
	at := o.place(key, rank)
	p := part{head: append(Quote(nil, key), ':')}
	if n := len(o.parts); n > 0 {
		neighbour := max(at-1, 0)
		p.before = o.parts[neighbour].before
		p.head = append(Quote(nil, key), afterName(o.parts[neighbour].head)...)
		p.value = o.layout(neighbour).apply(value)
		if at == n {
			p.after, o.parts[n-1].after = o.parts[n-1].after, nil
		}
	} else {
		p.value, p.after = value, o.empty
	}
	o.keys = slices.Insert(o.keys, at, key)
	o.parts = slices.Insert(o.parts, at, p)
}

func (o *Object) layout(i int) layout {
	return layoutOf(o.parts[i].before, o.parts[len(o.parts)-1].after)
}

func (o *Object) place(key string, rank func(string) int) int {
	if rank == nil {
		return len(o.keys)
	}
	own := rank(key)
	if own < 0 {
		return len(o.keys)
	}
	first := -1
	for i := len(o.keys) - 1; i >= 0; i-- {
		switch r := rank(o.keys[i]); {
		case r < 0:
		case r <= own:
			return i + 1
		default:
			first = i
		}
	}
	if first >= 0 {
		return first
	}
	return len(o.keys)
}

// afterName is the colon of a member and the space around it.
func afterName(head []byte) []byte {
	return head[min(scan.Skip(head, 0), len(head)):]
}

// Quote appends a text as a JSON string.
func Quote(out []byte, text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		return append(out, `""`...) // a string always marshals
	}
	return append(out, b...)
}

// Delete removes a member, if there is one.
func (o *Object) Delete(key string) {
	i := slices.Index(o.keys, key)
	if i < 0 {
		return
	}
	o.changed = true
	if n := len(o.parts); i == n-1 {
		if n > 1 {
			o.parts[n-2].after = o.parts[n-1].after
		} else {
			o.empty = nil
		}
	}
	o.keys = slices.Delete(o.keys, i, i+1)
	o.parts = slices.Delete(o.parts, i, i+1)
}

// Bytes returns the object's text: src itself if nothing was changed.
func (o *Object) Bytes() []byte {
	if !o.changed {
		return o.src
	}
	out := make([]byte, 0, len(o.src)+64)
	out = append(out, '{')
	for i := range o.parts {
		if i > 0 {
			out = append(out, ',')
		}
		out = o.parts[i].appendTo(out)
	}
	if len(o.parts) == 0 {
		out = append(out, o.empty...)
	}
	return append(out, '}')
}
