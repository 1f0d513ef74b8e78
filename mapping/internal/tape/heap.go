package tape

import "bytes"

// Mark is a state of a heap to go back to.
type Mark struct{ src, tape int }

// Heap makes the Doc an empty heap: a place for values that a mapping makes on its way.
func (d *Doc) Heap() {
	d.src, d.tape, d.foreign = d.src[:0], append(d.tape[:0], entry{next: 1}), d.foreign[:0]
}

// Mark returns the heap's state.
func (d *Doc) Mark() Mark { return Mark{len(d.src), len(d.tape)} }

// Reset forgets the values added since the mark.
func (d *Doc) Reset(m Mark) { d.src, d.tape = d.src[:m.src], d.tape[:m.tape] }

// Size returns the bytes that the heap's values take.
func (d *Doc) Size() int { return len(d.src) + 20*len(d.tape) }

// AddText adds a string.
func (d *Doc) AddText(text []byte) Value {
	start := len(d.src)
	d.src = AppendQuoted(d.src, text)
	return d.addString(start)
}

// Begin returns the heap's text for the caller to append one string to, with its quotes and
// with nothing in it that needs an escape, and hand to AddPlain.
func (d *Doc) Begin() []byte { return d.src }

// AddPlain adds the string that was appended to what Begin returned.
func (d *Doc) AddPlain(src []byte) Value {
	start := len(d.src)
	d.src = src
	return d.add(start, uint32(String))
}

func (d *Doc) addString(start int) Value {
	meta := uint32(String)
	if bytes.IndexByte(d.src[start:], '\\') >= 0 {
		meta |= escaped
	}
	return d.add(start, meta)
}

func (d *Doc) add(start int, meta uint32) Value {
	at := offset(len(d.tape))
	d.tape = append(d.tape, entry{offset(start), offset(len(d.src)), at + 1, 0, meta})
	return Value{d, Node(at)}
}

// AddNumber adds a number, which text must be.
func (d *Doc) AddNumber(text []byte) Value {
	start := len(d.src)
	d.src = append(d.src, text...)
	return d.add(start, uint32(Number))
}

// AddBool adds a boolean.
func (d *Doc) AddBool(b bool) Value {
	start := len(d.src)
	if b {
		d.src = append(d.src, "true"...)
		return d.add(start, uint32(True))
	}
	d.src = append(d.src, "false"...)
	return d.add(start, uint32(False))
}

// AddNull adds a null.
func (d *Doc) AddNull() Value {
	start := len(d.src)
	d.src = append(d.src, "null"...)
	return d.add(start, uint32(Null))
}

// AddJSON adds a value given as JSON text.
func (d *Doc) AddJSON(text []byte, depth int) (Value, error) {
	start, at := len(d.src), len(d.tape)
	d.src = append(d.src, text...)
	end, err := d.parse(start, depth)
	if err == nil {
		if end = d.space(end); end < len(d.src) {
			err = &Error{end - start, "text after the end of the value", false}
		}
	}
	if err != nil {
		d.src, d.tape = d.src[:start], d.tape[:at]
		return Value{}, err
	}
	return Value{d, Node(offset(at))}, nil
}

// AddTexts adds an array of strings, which next returns until it says no.
func (d *Doc) AddTexts(next func() ([]byte, bool)) Value {
	at := len(d.tape)
	start := len(d.src)
	d.tape = append(d.tape, entry{offset(start), 0, 0, 0, uint32(Array)})
	d.src = append(d.src, '[')
	for {
		text, ok := next()
		if !ok {
			break
		}
		if len(d.tape) > at+1 {
			d.src = append(d.src, ',')
		}
		d.AddText(text)
	}
	d.src = append(d.src, ']')
	d.tape[at].end, d.tape[at].next = offset(len(d.src)), offset(len(d.tape))
	return Value{d, Node(offset(at))}
}

// AddList adds an array of values that stay where they are.
func (d *Doc) AddList(items []Value) Value {
	at := len(d.tape)
	d.tape = append(d.tape, entry{0, 0, offset(at + 1 + len(items)), 0, uint32(Array) | composed})
	for _, v := range items {
		if v.Doc == nil {
			v = Value{d, 0}
		}
		d.tape = append(d.tape, entry{uint32(v.Node), 0, offset(len(d.tape) + 1), d.foreignIndex(v.Doc), uint32(ref)})
	}
	return Value{d, Node(offset(at))}
}

func (d *Doc) foreignIndex(doc *Doc) uint32 {
	for i := len(d.foreign) - 1; i >= 0; i-- {
		if d.foreign[i] == doc {
			return offset(i)
		}
	}
	d.foreign = append(d.foreign, doc)
	return offset(len(d.foreign) - 1)
}

// Release lets go of the text that the document was parsed from.
func (d *Doc) Release() { d.src, d.tape = nil, d.tape[:0] }
