package main

import "encoding/binary"

// encoder writes numbers as unsigned varints and texts as indices into one shared list of texts.
type encoder struct {
	texts   []string
	indices map[string]uint64
	out     []byte
}

func newEncoder() *encoder {
	e := &encoder{indices: map[string]uint64{}}
	e.index("") // text 0 is always the empty one
	return e
}

func (e *encoder) index(text string) uint64 {
	if i, ok := e.indices[text]; ok {
		return i
	}
	i := uint64(len(e.texts))
	e.indices[text] = i
	e.texts = append(e.texts, text)
	return i
}

func (e *encoder) number(n uint64) { e.out = binary.AppendUvarint(e.out, n) }
func (e *encoder) count(n int)     { e.number(uint64(n)) } //nolint:gosec // lengths are not negative
func (e *encoder) text(s string)   { e.number(e.index(s)) }

// record writes a part into a buffer of its own and returns it, sharing the texts.
func (e *encoder) record(write func()) []byte {
	saved := e.out
	e.out = nil
	write()
	part := e.out
	e.out = saved
	return part
}

// finish puts the list of texts before what was written: count, lengths, bytes.
func (e *encoder) finish(magic string) []byte {
	out := []byte(magic)
	out = binary.AppendUvarint(out, uint64(len(e.texts)))
	for _, text := range e.texts {
		out = binary.AppendUvarint(out, uint64(len(text)))
	}
	for _, text := range e.texts {
		out = append(out, text...)
	}
	return append(out, e.out...)
}
