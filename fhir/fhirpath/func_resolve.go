package fhirpath

import (
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// resolveFunc gives the resources that references lead to: contained ones, entries of the
// Bundle that the reference stands in, and what the Resolver finds. What is not found is
// left out.
func resolveFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	for i := range items {
		reference := items[i].reference()
		if reference == "" {
			continue
		}
		if err := r.step(n.pos, 1); err != nil {
			return nil, err
		}
		var found Item
		var err error
		if strings.HasPrefix(reference, "#") {
			found = r.container(&items[i]).contained(reference[1:])
		} else if found, err = r.elsewhere(n.pos, &items[i], reference); err != nil {
			return nil, err
		}
		if found.kind != kindNone {
			out = append(out, found)
		}
	}
	return out, nil
}

// reference returns the text of a Reference, canonical, uri or string.
func (i *Item) reference() string {
	if i.kind == kindNode && !i.primitive() {
		t := i.doc.tree
		return t.Text(t.Member(i.node, "reference"))
	}
	v, ok := i.value()
	if !ok || v.kind != kindString {
		return ""
	}
	return v.text
}

// container returns the resource whose contained resources a reference may name.
func (r *run) container(i *Item) *Item {
	if i.kind == kindNode {
		_, root := i.doc.enclosing(i.anchor())
		return &root
	}
	_, root := r.resources()
	return &root
}

// contained returns the contained resource of an id; "" is the container itself.
func (i *Item) contained(id string) Item {
	if id == "" || i.kind != kindNode {
		return *i
	}
	t := i.doc.tree
	for c := range t.Children(t.Member(i.node, "contained")) {
		if t.Text(t.Member(c, "id")) == id {
			return Item{kind: kindNode, doc: i.doc, node: c, typ: i.doc.typeOfResource(c)}
		}
	}
	return Item{}
}

// elsewhere looks in the Bundle around, then asks the Resolver.
func (r *run) elsewhere(pos int, i *Item, reference string) (Item, error) {
	if i.kind == kindNode && i.doc.resourceType(i.doc.tree.Root()) == "Bundle" {
		t := i.doc.tree
		if err := r.step(pos, t.Len(t.Member(t.Root(), "entry"))); err != nil {
			return Item{}, err
		}
		if found := i.doc.entry(i, reference); found.kind != kindNone {
			return found, nil
		}
	}
	resolver := r.x.engine.config.Resolver
	if resolver == nil {
		return Item{}, nil
	}
	doc, err := resolver.Resolve(r.ctx, reference)
	if err != nil {
		return Item{}, r.wrap(pos, "resolve()", err)
	}
	if doc == nil {
		return Item{}, nil
	}
	return doc.root, nil
}

// entry finds a reference among the entries of a Bundle
// (https://hl7.org/fhir/R4/bundle.html#references): absolute ones by fullUrl; relative ones
// by the base of the fullUrl of the entry they stand in.
func (d *Document) entry(from *Item, reference string) Item {
	t := d.tree
	entries := t.Member(t.Root(), "entry")
	target := reference
	if !strings.Contains(reference, ":") {
		base := ""
		for n := from.anchor(); n != 0; n = t.Parent(n) {
			if t.Parent(n) == entries {
				base = baseOf(t.Text(t.Member(n, "fullUrl")))
			}
		}
		target = base + reference
	}
	target, version, _ := strings.Cut(target, "/_history/")
	for e := range t.Children(entries) {
		resource := t.Member(e, "resource")
		if resource == 0 || t.Text(t.Member(e, "fullUrl")) != target {
			continue
		}
		if version != "" && t.Text(t.Member(t.Member(resource, "meta"), "versionId")) != version {
			continue
		}
		return Item{kind: kindNode, doc: d, node: resource, typ: d.typeOfResource(resource)}
	}
	return Item{}
}

// anchor is a node of an element that says where it stands.
func (i *Item) anchor() tree.Node {
	if i.node == 0 {
		return i.ext
	}
	return i.node
}

// baseOf cuts Type/id from a RESTful URL.
func baseOf(fullURL string) string {
	for range 2 {
		at := strings.LastIndexByte(fullURL, '/')
		if at < 0 {
			return ""
		}
		fullURL = fullURL[:at]
	}
	return fullURL + "/"
}
