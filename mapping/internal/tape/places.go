package tape

import "strconv"

// Places are where each value of a document stands, for who asks for many pointers: Pointer
// of a Doc looks through everything before a value.
type Places struct {
	doc    *Doc
	parent []Node
	index  []uint32 // among the items or members of the parent
}

// Places returns the places of a parsed document, which must stay as it is.
func (d *Doc) Places() *Places {
	p := &Places{d, make([]Node, len(d.tape)), make([]uint32, len(d.tape))}
	type container struct {
		node  Node
		count uint32
	}
	var open []container
	for n := d.Root(); n != 0 && int(n) < len(d.tape); n++ {
		for len(open) > 0 && n >= d.End(open[len(open)-1].node) {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			top := &open[len(open)-1]
			p.parent[n], p.index[n] = top.node, top.count
			top.count++
		}
		if k := d.Kind(n); k == Array || k == Object {
			open = append(open, container{node: n})
		}
	}
	return p
}

// Pointer returns the JSON pointer of n.
func (p *Places) Pointer(n Node) string {
	var path []Node
	for ; p.parent[n] != 0; n = p.parent[n] {
		path = append(path, n)
	}
	var out []byte
	for i := len(path) - 1; i >= 0; i-- {
		out = append(out, '/')
		if p.doc.Kind(p.parent[path[i]]) == Array {
			out = strconv.AppendUint(out, uint64(p.index[path[i]]), 10)
			continue
		}
		name, escapes := p.doc.Key(path[i])
		if escapes {
			name = Unescape(nil, name)
		}
		out = appendPointerToken(out, name)
	}
	return string(out)
}
