// Package tree reads a JSON text once, checking it as it goes, into an arena of nodes that
// know where they stand: parent, member's name, offset. Every later read is a walk over
// that arena; a value that is not wanted is skipped in one step, numbers keep their text,
// and strings without escapes are slices of the source.
//
//	t, err := tree.Parse(data, tree.Limits{})
//	for member := range t.Children(t.Root()) {
//		fmt.Println(t.Name(member), t.Raw(member))
//	}
//
// What makes a JSON text doubtful but readable (duplicate names, bytes that are not UTF-8,
// lone surrogates, a byte order mark) does not fail Parse: see Tree.Flaws.
package tree

import (
	"iter"
	"sync"
)

// Kind is the kind of a node.
type Kind uint8

// The kinds of node. Missing is what is not there, which null is not.
const (
	Missing Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
)

// String returns the kind as one would name it in a message: "an object".
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case False, True:
		return "a boolean"
	case Number:
		return "a number"
	case String:
		return "a string"
	case Array:
		return "an array"
	case Object:
		return "an object"
	default:
		return "nothing"
	}
}

// Node names a node of one Tree. The zero Node is no node: it is Missing, has no children
// and no text, so that reads can be chained without a check.
type Node uint32

const (
	kindMask   = 0x0f
	escaped    = 0x10 // the string holds a backslash
	keyEscaped = 0x20 // the member's name holds a backslash
	underscore = 0x40 // the object has a member whose name begins with an underscore
	keyShift   = 8
	maxKey     = 1<<24 - 1
)

// entry is a node: where its text stands and where the next node after it and all within
// it is. A member's name is kept with its value.
type entry struct {
	start, end uint32 // text in src, a string's with its quotes
	next       uint32 // the entry after this one and all within it
	parent     uint32
	key        uint32 // offset of the member's name, after its quote
	meta       uint32 // kind, flags, length of the name
}

// Tree is a parsed JSON text. It never changes and is safe for concurrent use.
type Tree struct {
	src   string
	nodes []entry
	flaws []Flaw

	linesOnce sync.Once
	lines     []uint32 // offsets of the lines' first bytes, made when first asked for
}

// Source returns the text that was parsed.
func (t *Tree) Source() string { return t.src }

// Root returns the text's value.
func (t *Tree) Root() Node { return 1 }

// Nodes returns the number of nodes, a measure of what it takes to go through them all.
func (t *Tree) Nodes() int { return len(t.nodes) - 1 }

// Kind returns the kind of n.
func (t *Tree) Kind(n Node) Kind { return Kind(t.nodes[n].meta & kindMask) }

// Raw returns the text of n as it stands; of a number, that is its spelling.
func (t *Tree) Raw(n Node) string {
	e := &t.nodes[n]
	return t.src[e.start:e.end]
}

// Text returns the characters of a string node, escapes resolved, and the text of any
// other node as it stands. It allocates only where there are escapes. A lone surrogate
// becomes U+FFFD.
func (t *Tree) Text(n Node) string {
	e := &t.nodes[n]
	if Kind(e.meta&kindMask) != String {
		return t.src[e.start:e.end]
	}
	inner := t.src[e.start+1 : e.end-1]
	if e.meta&escaped == 0 {
		return inner
	}
	return unescape(inner)
}

// Name returns the name of the member n, escapes resolved; "" for items and the root.
func (t *Tree) Name(n Node) string {
	e := &t.nodes[n]
	name := t.src[e.key : e.key+e.meta>>keyShift]
	if e.meta&keyEscaped != 0 {
		return unescape(name)
	}
	return name
}

// Offset returns where the text of n begins, in bytes.
func (t *Tree) Offset(n Node) int { return int(t.nodes[n].start) }

// EndOffset returns where the text of n ends, in bytes.
func (t *Tree) EndOffset(n Node) int { return int(t.nodes[n].end) }

// NameOffset returns where the name of the member n begins, with its quote; of an item or
// the root, it is Offset.
func (t *Tree) NameOffset(n Node) int {
	e := &t.nodes[n]
	if e.key == 0 {
		return int(e.start)
	}
	return int(e.key) - 1
}

// Parent returns the object or array that n stands in, the zero Node for the root.
func (t *Tree) Parent(n Node) Node { return Node(t.nodes[n].parent) }

// First returns the first member or item of n, which is End(n) when there is none. With
// Next and End it is the loop that Children wraps:
//
//	for c, end := t.First(n), t.End(n); c < end; c = t.Next(c) { … }
func (t *Tree) First(n Node) Node {
	if t.nodes[n].meta&kindMask < uint32(Array) {
		return Node(t.nodes[n].next)
	}
	return n + 1
}

// Next returns the member or item after n.
func (t *Tree) Next(n Node) Node { return Node(t.nodes[n].next) }

// End returns the node after the last member or item of n.
func (t *Tree) End(n Node) Node { return Node(t.nodes[n].next) }

// Children yields the members of an object or the items of an array, in their order.
func (t *Tree) Children(n Node) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c, end := t.First(n), t.End(n); c < end; c = t.Next(c) {
			if !yield(c) {
				return
			}
		}
	}
}

// Len returns the number of members or items of n, 0 for other kinds.
func (t *Tree) Len(n Node) int {
	count := 0
	for c, end := t.First(n), t.End(n); c < end; c = t.Next(c) {
		count++
	}
	return count
}

// Member returns the first member of the object n that is called name, or the zero Node.
func (t *Tree) Member(n Node, name string) Node {
	if t.Kind(n) != Object {
		return 0
	}
	for c, end := n+1, Node(t.nodes[n].next); c < end; c = Node(t.nodes[c].next) {
		if t.nameIs(c, name) {
			return c
		}
	}
	return 0
}

// Underscored returns the member "_name" of the object n, or the zero Node. Where no
// member begins with an underscore, as is usual, that takes one step.
func (t *Tree) Underscored(n Node, name string) Node {
	if t.nodes[n].meta&underscore == 0 {
		return 0
	}
	for c, end := n+1, Node(t.nodes[n].next); c < end; c = Node(t.nodes[c].next) {
		e := &t.nodes[c]
		key := t.src[e.key : e.key+e.meta>>keyShift]
		if e.meta&keyEscaped != 0 {
			key = unescape(key)
		}
		if len(key) == len(name)+1 && key[0] == '_' && key[1:] == name {
			return c
		}
	}
	return 0
}

// HasUnderscored reports whether the object n has a member that begins with an underscore.
func (t *Tree) HasUnderscored(n Node) bool { return t.nodes[n].meta&underscore != 0 }

// At returns item i of the array n, or the zero Node.
func (t *Tree) At(n Node, i int) Node {
	if t.Kind(n) != Array {
		return 0
	}
	for c, end := n+1, Node(t.nodes[n].next); c < end; c = Node(t.nodes[c].next) {
		if i == 0 {
			return c
		}
		i--
	}
	return 0
}

// Index returns which item of its array n is, -1 if it is not in an array.
func (t *Tree) Index(n Node) int {
	parent := Node(t.nodes[n].parent)
	if t.Kind(parent) != Array {
		return -1
	}
	i := 0
	for c := parent + 1; c < n; c = Node(t.nodes[c].next) {
		i++
	}
	return i
}

// Sibling returns the other half of a primitive: of the member "birthDate" the member
// "_birthDate" of the same object and the reverse, of item i of "given" item i of "_given"
// (https://hl7.org/fhir/R4/json.html#primitive). It is the zero Node where there is none.
func (t *Tree) Sibling(n Node) Node {
	parent := Node(t.nodes[n].parent)
	if t.Kind(parent) == Array {
		other := t.Sibling(parent)
		if t.Kind(other) != Array {
			return 0
		}
		return t.At(other, t.Index(n))
	}
	if t.nodes[parent].meta&underscore == 0 {
		return 0
	}
	name := t.Name(n)
	if len(name) > 1 && name[0] == '_' {
		return t.Member(parent, name[1:])
	}
	return t.Underscored(parent, name)
}

func (t *Tree) nameIs(n Node, name string) bool {
	e := &t.nodes[n]
	if e.meta&keyEscaped != 0 {
		return t.Name(n) == name
	}
	return int(e.meta>>keyShift) == len(name) && t.src[e.key:e.key+e.meta>>keyShift] == name
}
