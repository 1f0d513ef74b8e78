package fhirpath

import (
	"github.com/openhim/mediator-go/fhir/fhirpath/internal/decimal"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// sameNodes compares complex elements child by child: the order of members is free, that of
// lists counts unless loose, which takes texts by equivalence too.
func (r *run) sameNodes(a, b *Item, loose bool, pos int) (bool, error) {
	if a.node == 0 || b.node == 0 {
		if a.node != b.node {
			return false, nil
		}
		return r.sameJSON(a.doc.tree, a.ext, b.doc.tree, b.ext, loose, pos)
	}
	return r.sameJSON(a.doc.tree, a.node, b.doc.tree, b.node, loose, pos)
}

func (r *run) sameJSON(ta *tree.Tree, a tree.Node, tb *tree.Tree, b tree.Node, loose bool, pos int) (bool, error) {
	if err := r.step(pos, 1); err != nil {
		return false, err
	}
	kind := ta.Kind(a)
	if kind != tb.Kind(b) {
		return false, nil
	}
	switch kind {
	case tree.Object:
		return r.sameObjects(ta, a, tb, b, loose, pos)
	case tree.Array:
		return r.sameArrays(ta, a, tb, b, loose, pos)
	case tree.String:
		x, y := ta.Text(a), tb.Text(b)
		return x == y || loose && equivalentTexts(x, y), nil
	case tree.Number:
		if ta.Raw(a) == tb.Raw(b) {
			return true, nil
		}
		x, okA := decimal.Parse(ta.Raw(a))
		y, okB := decimal.Parse(tb.Raw(b))
		return okA && okB && x.Cmp(y) == 0, nil
	default:
		return true, nil
	}
}

func (r *run) sameObjects(ta *tree.Tree, a tree.Node, tb *tree.Tree, b tree.Node, loose bool, pos int) (bool, error) {
	if ta.Len(a) != tb.Len(b) {
		return false, nil
	}
	for c := range ta.Children(a) {
		other := tb.Member(b, ta.Name(c))
		if other == 0 {
			return false, nil
		}
		if same, err := r.sameJSON(ta, c, tb, other, loose, pos); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func (r *run) sameArrays(ta *tree.Tree, a tree.Node, tb *tree.Tree, b tree.Node, loose bool, pos int) (bool, error) {
	if ta.Len(a) != tb.Len(b) {
		return false, nil
	}
	if !loose {
		other := tb.First(b)
		for c := range ta.Children(a) {
			if same, err := r.sameJSON(ta, c, tb, other, false, pos); err != nil || !same {
				return false, err
			}
			other = tb.Next(other)
		}
		return true, nil
	}
	used := make([]bool, tb.Len(b))
	for c := range ta.Children(a) {
		found, j := false, -1
		for other := range tb.Children(b) {
			if j++; used[j] {
				continue
			}
			same, err := r.sameJSON(ta, c, tb, other, true, pos)
			if err != nil {
				return false, err
			}
			if same {
				used[j], found = true, true
				break
			}
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

// set is a collection without duplicates by equality. Texts, numbers and Booleans are found
// by a key, everything else is compared.
type set struct {
	r     *run
	pos   int
	few   []Item // until there are many
	keyed map[setKey]struct{}
	rest  []Item // what has no key
}

type setKey struct {
	kind kind
	text string
}

// manyItems is from when on a set keeps keys.
const manyItems = 12

func (r *run) newSet(pos, size int) *set {
	s := &set{r: r, pos: pos}
	if size > manyItems {
		s.keyed = make(map[setKey]struct{}, size)
	}
	return s
}

func keyOf(i *Item) (setKey, bool) {
	if i.kind == kindNode && !i.primitive() {
		return setKey{}, false
	}
	v, ok := i.value()
	if !ok {
		return setKey{}, false
	}
	switch v.kind {
	case kindString:
		return setKey{kindString, v.text}, true
	case kindInteger, kindDecimal:
		d, _ := v.number()
		return setKey{kindDecimal, d.Canonical()}, true
	case kindBoolean:
		text, _ := v.str()
		return setKey{kindBoolean, text}, true
	default:
		return setKey{}, false
	}
}

// add adds an item and reports whether it is new.
func (s *set) add(i *Item) (bool, error) {
	if known, err := s.has(i); err != nil || known {
		return false, err
	}
	if s.keyed == nil {
		s.few = append(s.few, *i)
		return true, nil
	}
	if key, ok := keyOf(i); ok {
		s.keyed[key] = struct{}{}
	} else {
		s.rest = append(s.rest, *i)
	}
	return true, nil
}

// has reports whether an equal item is there.
func (s *set) has(i *Item) (bool, error) {
	list := s.few
	if s.keyed != nil {
		if key, ok := keyOf(i); ok {
			if _, known := s.keyed[key]; known || key.kind != kindDecimal {
				return known, s.r.step(s.pos, 1)
			}
		}
		list = s.rest
	}
	if err := s.r.step(s.pos, len(list)+1); err != nil {
		return false, err
	}
	for j := range list {
		equal, known, err := s.r.equal(i, &list[j], s.pos)
		if err != nil {
			return false, err
		}
		if equal && known {
			return true, nil
		}
	}
	return false, nil
}
