package fhirpath

import (
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

func childrenFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	for i := range items {
		before := len(out)
		out = items[i].children(out)
		if err := r.step(n.pos, len(out)-before+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// descendantsFunc gives elements in the order they stand in the document.
func descendantsFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	var err error
	for i := range items {
		if out, err = r.descend(n.pos, &items[i], out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// descend is as deep as the document, which tree.Limits bound.
func (r *run) descend(pos int, i *Item, out []Item) ([]Item, error) {
	children := i.children(r.get())
	if err := r.step(pos, len(children)+1); err != nil {
		return nil, err
	}
	if err := r.grown(pos, out); err != nil {
		return nil, err
	}
	var err error
	for c := range children {
		out = append(out, children[c])
		if children[c].leaf() {
			continue
		}
		if out, err = r.descend(pos, &children[c], out); err != nil {
			return nil, err
		}
	}
	r.release(children)
	return out, nil
}

// leaf reports whether an element can have no children.
func (i *Item) leaf() bool {
	return i.ext == 0 && i.doc.tree.Kind(i.node) != tree.Object
}

// children appends the child elements in the order of the JSON.
func (i *Item) children(out []Item) []Item {
	if i.kind != kindNode {
		return out
	}
	if i.typ != nil && i.typ.Kind == elements.Primitive || i.node == 0 || i.doc.tree.Kind(i.node) != tree.Object {
		if i.ext != 0 {
			element, _ := elements.Lookup("Element")
			out = i.doc.members(i.ext, element, out)
		}
		return out
	}
	return i.doc.members(i.node, i.typ, out)
}

// members appends the members of an object, typed by owner's definition.
func (d *Document) members(n tree.Node, owner *elements.Type, out []Item) []Item {
	t := d.tree
	for c, end := t.First(n), t.End(n); c < end; c = t.Next(c) {
		name := t.Name(c)
		if name == "resourceType" || name == "fhir_comments" || name == "" {
			continue
		}
		if name[0] != '_' {
			out = d.add(c, t.Underscored(n, name), childType(owner, name), out)
			continue
		}
		// The other half of a primitive, which is found beside its value if there is one.
		if name = name[1:]; t.Member(n, name) == 0 {
			out = d.add(0, c, childType(owner, name), out)
		}
	}
	return out
}

// childType returns the type of a JSON member of a type's, nil if it is not defined.
func childType(owner *elements.Type, json string) *elements.Type {
	if owner == nil {
		return nil
	}
	el, ref, ok := owner.Element(json)
	if !ok {
		return nil
	}
	if el.Content != nil {
		return el.Content
	}
	typ, _ := elements.Lookup(ref.Code)
	return typ
}
