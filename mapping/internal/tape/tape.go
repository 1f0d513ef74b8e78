// Package tape reads a JSON document once, checking it as it goes, into a flat list of
// values that point into the text. Every later read is a walk over that list: a value that
// is not wanted is skipped in one step, a value that is wanted is the input's own bytes.
//
//	var doc tape.Doc
//	err := doc.Parse([]byte(`{"a":[1,2]}`), tape.Limits{})
//	a := doc.Member(doc.Root(), []byte("a"))
package tape

import "bytes"

// Kind is the kind of a value.
type Kind uint8

// The kinds of value. Missing is what was never there, which null is not.
const (
	Missing Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
	ref // stands in an array made by List for a value elsewhere
)

// String returns the name an integrator knows the kind by.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case False, True:
		return "a boolean"
	case Number:
		return "a number"
	case String:
		return "text"
	case Array:
		return "an array"
	case Object:
		return "an object"
	default:
		return "nothing"
	}
}

// Node names a value of a Doc. The zero Node is no value.
type Node uint32

// Value is a value of a document. The zero Value is Missing.
type Value struct {
	Doc  *Doc
	Node Node
}

const (
	kindMask   = 0x0f
	escaped    = 0x10 // the string holds a backslash
	keyEscaped = 0x20 // the member's name holds a backslash
	composed   = 0x40 // an array made by List, which has no text of its own
	keyShift   = 7
	maxKey     = 1<<25 - 1
)

// entry is a value: where its text stands and where the next value after it is. A member's
// name is kept with its value.
type entry struct {
	start, end uint32 // text in src, a string's with its quotes
	next       uint32 // the entry after this value and all within it
	key        uint32 // offset of the member's name, without its quote
	meta       uint32 // kind, flags, length of the name
}

// Doc is a document, or a heap of values made on the way (see Heap). A parsed Doc may be
// read by many goroutines; Parse and what adds values may not run beside a reader.
type Doc struct {
	src     []byte
	tape    []entry
	stack   []uint32
	foreign []*Doc // what refs point into
}

// Root returns the document's value.
func (d *Doc) Root() Node {
	if len(d.tape) > 1 {
		return 1
	}
	return 0
}

// Bytes returns the text the document was parsed from.
func (d *Doc) Bytes() []byte { return d.src }

// Value returns the document's value.
func (d *Doc) Value() Value { return Value{d, d.Root()} }

// Kind returns the kind of n.
func (d *Doc) Kind(n Node) Kind { return Kind(d.tape[n].meta & kindMask) }

// Kind returns the kind of the value.
func (v Value) Kind() Kind {
	if v.Doc == nil {
		return Missing
	}
	return Kind(v.Doc.tape[v.Node].meta & kindMask)
}

// Raw returns the text of n as it stands. An array made by List has none: see AppendJSON.
func (d *Doc) Raw(n Node) []byte {
	e := &d.tape[n]
	return d.src[e.start:e.end]
}

// Offset returns where the text of n begins.
func (d *Doc) Offset(n Node) int { return int(d.tape[n].start) }

// First returns the first member or item of n, which End ends.
func (d *Doc) First(n Node) Node { return n + 1 }

// End returns the node after the last member or item of n.
func (d *Doc) End(n Node) Node { return Node(d.tape[n].next) }

// Next returns the member or item after n.
func (d *Doc) Next(n Node) Node { return Node(d.tape[n].next) }

// At returns the item that stands at n, a place between First and End of an array.
func (d *Doc) At(n Node) Value {
	e := &d.tape[n]
	if Kind(e.meta&kindMask) == ref {
		return Value{d.foreign[e.key], Node(e.start)}
	}
	return Value{d, n}
}

// Key returns the name of the member n as it stands, and whether it holds escapes.
func (d *Doc) Key(n Node) (name []byte, escapes bool) {
	e := &d.tape[n]
	return d.src[e.key : e.key+e.meta>>keyShift], e.meta&keyEscaped != 0
}

// KeyIs reports whether the member n is called name.
func (d *Doc) KeyIs(n Node, name string) bool {
	key, escapes := d.Key(n)
	if !escapes {
		return string(key) == name
	}
	return string(Unescape(nil, key)) == name
}

// Member returns the first member of n of that name, or 0.
func (d *Doc) Member(n Node, name string) Node {
	if d.Kind(n) != Object {
		return 0
	}
	for c, end := d.First(n), d.End(n); c < end; c = d.Next(c) {
		if d.KeyIs(c, name) {
			return c
		}
	}
	return 0
}

// Len returns the number of items or members of n, 0 for other kinds.
func (d *Doc) Len(n Node) int {
	if k := d.Kind(n); k != Array && k != Object {
		return 0
	}
	count := 0
	for c, end := d.First(n), d.End(n); c < end; c = d.Next(c) {
		count++
	}
	return count
}

// Index returns item i of the array n.
func (d *Doc) Index(n Node, i int) (Value, bool) {
	if d.Kind(n) != Array {
		return Value{}, false
	}
	for c, end := d.First(n), d.End(n); c < end; c = d.Next(c) {
		if i == 0 {
			return d.At(c), true
		}
		i--
	}
	return Value{}, false
}

// Text returns the text of a string with its escapes resolved, and that of another scalar
// as it stands. It appends to buf only when there are escapes.
func (v Value) Text(buf []byte) []byte {
	if v.Doc == nil {
		return nil
	}
	e := &v.Doc.tape[v.Node]
	if Kind(e.meta&kindMask) != String {
		return v.Doc.src[e.start:e.end]
	}
	inner := v.Doc.src[e.start+1 : e.end-1]
	if e.meta&escaped == 0 {
		return inner
	}
	return Unescape(buf, inner)
}

// Same reports whether a and b are written the same.
func Same(a, b Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	if a.Kind() == String {
		return bytes.Equal(a.Text(nil), b.Text(nil))
	}
	return bytes.Equal(a.AppendJSON(nil), b.AppendJSON(nil))
}

// Empty reports whether the value is missing, null, an empty array or an empty object.
func (v Value) Empty() bool {
	switch v.Kind() {
	case Missing, Null:
		return true
	case Array, Object:
		return v.Doc.tape[v.Node].next == uint32(v.Node)+1
	default:
		return false
	}
}

// offset narrows a place in a text or a tape. Both are under 2 GiB: see Limits, and the
// engine's Limits.Memory for heaps.
func offset[T int | uint32](i T) uint32 { return uint32(i) }

// KeyOffset returns where the name of the member n begins, with its quote.
func (d *Doc) KeyOffset(n Node) int { return int(d.tape[n].key) - 1 }

// Count returns how many values there are in n, and an eighth of their bytes: a measure of
// what it takes to go through them.
func (d *Doc) Count(n Node) int {
	e := &d.tape[n]
	count := int(e.next) - int(n) + int(e.end-e.start)/8
	if e.meta&composed != 0 { // its items are elsewhere
		for c, end := d.First(n), d.End(n); c < end; c = d.Next(c) {
			if item := d.At(c); item.Doc != nil {
				count += item.Doc.Count(item.Node)
			}
		}
	}
	return count
}
