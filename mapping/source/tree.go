package source

import (
	"strconv"

	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// tree is the shape XML elements and HL7 segments share: children in order, written grouped by
// name. It is emptied and used again for each record.
type tree struct {
	nodes []node
	names []string         // by name id, as keys of the record
	keys  [][]byte         // by name id, `"name":`
	ids   map[string]int32 // by name
	heads []head           // by name id
}

// none stands for no node and no name.
const none = int32(-1)

// node is a named child, or a piece of text between children (name none). Its links are indexes.
type node struct {
	name      int32
	first     int32 // child
	last      int32
	next      int32 // sibling
	same      int32 // next sibling of this name
	group     int32 // on the first of a name: the first of the next name
	place     int32 // among the siblings of this name
	children  int32 // pieces of text not counted
	text      span  // a piece's text; a segment's bytes
	attrs     span  // an element's attributes
	scattered bool  // siblings of one name are apart, or text is between children
}

// head is where the siblings of a name begin and end while their parent is grouped.
type head struct {
	parent int32
	tail   int32
}

// maxNames is how many names are kept for the next record.
const maxNames = 1000

func (t *tree) reset() {
	t.nodes = t.nodes[:0]
	if t.ids == nil || len(t.names) > maxNames {
		t.ids, t.names, t.keys, t.heads = map[string]int32{}, nil, nil, nil
	}
	for i := range t.heads {
		t.heads[i].parent = none
	}
}

// id returns the number of a name.
func (t *tree) id(name []byte) int32 {
	if id, ok := t.ids[string(name)]; ok {
		return id
	}
	id := int32(len(t.names)) //nolint:gosec // fewer than the bytes of a record, which are at most 2^30
	t.ids[string(name)] = id
	t.names = append(t.names, string(name))
	t.keys = append(t.keys, append(tape.AppendQuoted(nil, name), ':'))
	t.heads = append(t.heads, head{parent: none})
	return id
}

// add puts a node at the end of parent's children; parent none makes a root.
func (t *tree) add(parent, name int32) int32 {
	at := int32(len(t.nodes)) //nolint:gosec // as above
	t.nodes = append(t.nodes, node{name: name, first: none, last: none, next: none, same: none, group: none})
	if parent == none {
		return at
	}
	p := &t.nodes[parent]
	if p.last == none {
		p.first = at
	} else {
		t.nodes[p.last].next = at
	}
	p.last = at
	if name != none {
		p.children++
	}
	return at
}

// arrange links parent's children by name, in one pass over them.
func (t *tree) arrange(parent int32) {
	before, firstOfLast := none, none
	for at := t.nodes[parent].first; at != none; at = t.nodes[at].next {
		child := &t.nodes[at]
		if child.name == none {
			continue
		}
		h := &t.heads[child.name]
		if h.parent == parent {
			child.place = t.nodes[h.tail].place + 1
			t.nodes[h.tail].same = at
			t.nodes[parent].scattered = t.nodes[parent].scattered || h.tail != before
		} else {
			h.parent = parent
			if firstOfLast != none {
				t.nodes[firstOfLast].group = at
			}
			firstOfLast = at
		}
		h.tail, before = at, at
	}
}

// child returns the first named child of parent.
func (t *tree) child(parent int32) int32 {
	at := t.nodes[parent].first
	for at != none && t.nodes[at].name == none {
		at = t.nodes[at].next
	}
	return at
}

// appendOrder appends `"__":[…]`: the children of an arranged parent in the order of the source,
// text as a string and a child as {"name":place}.
func (t *tree) appendOrder(out []byte, parent int32, text []byte) []byte {
	out = append(out, `"__":[`...)
	sep := false
	for at := t.nodes[parent].first; at != none; at = t.nodes[at].next {
		if sep {
			out = append(out, ',')
		}
		sep = true
		child := &t.nodes[at]
		if child.name == none {
			out = tape.AppendQuoted(out, text[child.text.from:child.text.to])
			continue
		}
		out = append(append(out, '{'), t.keys[child.name]...)
		out = append(strconv.AppendInt(out, int64(child.place), 10), '}')
	}
	return append(out, ']')
}
