package objectmapper

import (
	"fmt"
	"strings"
)

// place is a place in the output that rules write to.
type place struct {
	kind    placeKind
	keys    []string
	members []*place
	list    *placeList
	leaf    *leafRule
}

type placeKind uint8

const (
	placeUnset placeKind = iota
	placeObject
	placeArray
	placeLeaf
)

// placeList is a list in the output.
type placeList struct {
	fixed []*place   // by index; nil for holes
	elem  *place     // what every element gets: x[].y
	tail  []tailItem // x[]+
}

type tailItem struct {
	at *place
	// spread tells that a list's elements are added, not the list.
	spread bool
}

// leafRule is one value that is read and written.
type leafRule struct {
	origin   *origin
	steps    []elemStep // one for each placeList.elem on the way
	rest     []ref      // walks that are left: their values come as one list
	pos      Position
	target   string // the path written to
	function string
	params   *value
	def      *value
	keepNull bool
	or       *leafRule // written before, and still there when this one finds nothing
}

// elemStep says how a leaf takes part in the elements of a list.
type elemStep struct {
	kind  elemKind
	walks []ref // of elemWalk: what is walked over, flattened when there are several
}

type elemKind uint8

const (
	elemFirst elemKind = iota // the first element, or all when the value is a list
	elemWalk                  // an element for each element of the source
	elemAll                   // every element there is
)

func (p *place) member(key string) *place {
	for i, k := range p.keys {
		if k == key {
			return p.members[i]
		}
	}
	child := &place{}
	p.keys = append(p.keys, key)
	p.members = append(p.members, child)
	return child
}

func (p *place) become(kind placeKind) error {
	if p.kind == placeUnset || p.kind == kind {
		p.kind = kind
		if kind == placeArray && p.list == nil {
			p.list = &placeList{}
		}
		return nil
	}
	names := map[placeKind]string{placeObject: "an object", placeArray: "a list", placeLeaf: "a value"}
	return refuse(fmt.Sprintf("an earlier rule writes %s there, and this one %s", names[p.kind], names[kind]), "keep the one that is meant")
}

// leaves calls do for every leaf below a place.
func (p *place) leaves(do func(*leafRule)) {
	if p == nil {
		return
	}
	switch p.kind {
	case placeObject:
		for _, member := range p.members {
			member.leaves(do)
		}
	case placeArray:
		for _, at := range p.list.fixed {
			at.leaves(do)
		}
		p.list.elem.leaves(do)
		for _, item := range p.list.tail {
			item.at.leaves(do)
		}
	case placeLeaf:
		for l := p.leaf; l != nil; l = l.or {
			do(l)
		}
	case placeUnset:
	}
}

func refsKey(refs []ref) string {
	parts := make([]string, len(refs))
	for i, r := range refs {
		parts[i] = r.value()
	}
	return strings.Join(parts, "\x00")
}

// drop takes a leaf out of the tree.
func (p *place) drop(leaf *leafRule) {
	if p == nil {
		return
	}
	switch p.kind {
	case placeObject:
		for _, member := range p.members {
			member.drop(leaf)
		}
	case placeArray:
		for _, at := range p.list.fixed {
			at.drop(leaf)
		}
		p.list.elem.drop(leaf)
		for _, item := range p.list.tail {
			item.at.drop(leaf)
		}
	case placeLeaf:
		for at := &p.leaf; *at != nil; at = &(*at).or {
			if *at == leaf {
				*at = leaf.or
				break
			}
		}
		if p.leaf == nil {
			p.kind = placeUnset
		}
	case placeUnset:
	}
}
