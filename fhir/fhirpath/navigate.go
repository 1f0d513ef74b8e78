package fhirpath

import (
	"sync/atomic"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// memberNode is input.name.
type memberNode struct {
	input evaluator
	name  string
	pos   int
	// known are the types met so far and what the name means in them.
	known atomic.Pointer[[]resolved]
}

// knownTypes bounds memberNode.known.
const knownTypes = 16

// resolved is what a name means in a type.
type resolved struct {
	owner   *elements.Type
	kind    resolvedKind
	choices []choice // one for resolvedSingle
}

type resolvedKind uint8

const (
	resolvedNone   resolvedKind = iota // not in the type: read as it stands in the data
	resolvedHidden                     // a name of JSON that is none of FHIRPath: valueQuantity
	resolvedSingle
	resolvedChoice
	resolvedValue // the value of a primitive
)

// choice is a member's name and its type.
type choice struct {
	json string
	typ  *elements.Type
}

func (m *memberNode) eval(r *run, out []Item) ([]Item, error) {
	items, own, err := r.input(m.input)
	if err != nil {
		return nil, err
	}
	before := len(out)
	for i := range items {
		out = m.step(&items[i], out)
	}
	if own {
		r.release(items)
	}
	if err = r.step(m.pos, len(items)+len(out)-before+1); err != nil {
		return nil, err
	}
	return out, r.grown(m.pos, out)
}

// step appends the children of an item that the name means.
func (m *memberNode) step(i *Item, out []Item) []Item {
	if i.kind != kindNode {
		return i.systemMember(m.name, out)
	}
	if i.typ == nil {
		return i.untypedMember(m.name, out)
	}
	if i.typ.Kind == elements.Primitive {
		return i.primitiveMember(m.name, out)
	}
	known := m.resolve(i.typ)
	switch known.kind {
	case resolvedSingle:
		c := &known.choices[0]
		return i.child(c.json, c.typ, out)
	case resolvedChoice:
		return i.choiceChild(m.name, known.choices, out)
	case resolvedNone:
		return i.untypedMember(m.name, out)
	default:
		return out
	}
}

// resolve finds what the name means in a type. Types met before are found without a lock.
func (m *memberNode) resolve(owner *elements.Type) *resolved {
	known := m.known.Load()
	if known != nil {
		for i := range *known {
			if (*known)[i].owner == owner {
				return &(*known)[i]
			}
		}
	}
	found := resolveName(owner, m.name)
	var list []resolved
	if known != nil {
		list = append(list, *known...)
	}
	if len(list) < knownTypes {
		list = append(list, found)
		m.known.CompareAndSwap(known, &list)
	}
	return &found
}

func resolveName(owner *elements.Type, name string) resolved {
	el, ok := owner.Child(name)
	if !ok {
		kind := resolvedNone
		if _, _, json := owner.Element(name); json || name == "resourceType" || name[0] == '_' {
			kind = resolvedHidden
		}
		return resolved{owner: owner, kind: kind}
	}
	if el.Content != nil {
		return resolved{owner, resolvedSingle, []choice{{name, el.Content}}}
	}
	if !el.Choice {
		var typ *elements.Type
		if len(el.Types) > 0 {
			typ, _ = elements.Lookup(el.Types[0].Code)
		}
		return resolved{owner, resolvedSingle, []choice{{name, typ}}}
	}
	choices := make([]choice, len(el.Types))
	for i, ref := range el.Types {
		typ, _ := elements.Lookup(ref.Code)
		choices[i] = choice{el.JSONName(ref.Code), typ}
	}
	return resolved{owner, resolvedChoice, choices}
}

// child appends the member called json.
func (i *Item) child(json string, typ *elements.Type, out []Item) []Item {
	t := i.doc.tree
	n := t.Member(i.node, json)
	var ext tree.Node
	if t.HasUnderscored(i.node) {
		ext = t.Underscored(i.node, json)
	}
	if n == 0 && ext == 0 {
		return out
	}
	return i.doc.add(n, ext, typ, out)
}

// choiceChild appends the member that a choice has: of "value" the one called "value" and a
// type. It looks at each member once.
func (i *Item) choiceChild(name string, choices []choice, out []Item) []Item {
	t := i.doc.tree
	if t.Kind(i.node) != tree.Object {
		return out
	}
	for c, end := t.First(i.node), t.End(i.node); c < end; c = t.Next(c) {
		json := t.Name(c)
		underscored := json != "" && json[0] == '_'
		if underscored {
			json = json[1:]
		}
		if len(json) <= len(name) || json[:len(name)] != name {
			continue
		}
		for j := range choices {
			if choices[j].json != json {
				continue
			}
			if underscored {
				if t.Member(i.node, json) == 0 { // else it is found beside its value
					out = i.doc.add(0, c, choices[j].typ, out)
				}
			} else {
				out = i.doc.add(c, t.Underscored(i.node, json), choices[j].typ, out)
			}
		}
	}
	return out
}

// untypedMember reads a member of an object that no definition describes: by its name, or,
// as a choice, by its name and that of a FHIR type.
func (i *Item) untypedMember(name string, out []Item) []Item {
	t := i.doc.tree
	if name == "resourceType" || name[0] == '_' || t.Kind(i.node) != tree.Object {
		if i.node == 0 || t.Kind(i.node) != tree.Object {
			return i.primitiveMember(name, out)
		}
		return out
	}
	before := len(out)
	if out = i.child(name, nil, out); len(out) > before || i.typ != nil {
		return out
	}
	for c, end := t.First(i.node), t.End(i.node); c < end; c = t.Next(c) {
		json := t.Name(c)
		if len(json) <= len(name) || json[:len(name)] != name {
			continue
		}
		if typ := typeOfSuffix(json[len(name):]); typ != nil {
			out = i.doc.add(c, t.Underscored(i.node, json), typ, out)
		}
	}
	return out
}

// typeOfSuffix returns the data type that the end of a choice's JSON name stands for.
func typeOfSuffix(suffix string) *elements.Type {
	if suffix[0] < 'A' || suffix[0] > 'Z' {
		return nil
	}
	if typ, ok := elements.Lookup(suffix); ok && typ.Kind == elements.Complex {
		return typ
	}
	if typ, ok := elements.Lookup(string(suffix[0]|0x20) + suffix[1:]); ok && typ.Kind == elements.Primitive {
		return typ
	}
	return nil
}

// primitiveMember reads id, extension and value of a primitive.
func (i *Item) primitiveMember(name string, out []Item) []Item {
	switch {
	case name == "value":
		if v, ok := i.value(); ok {
			return append(out, v)
		}
	case i.ext != 0 && (name == "extension" || name == "id"):
		t := i.doc.tree
		typ, _ := elements.Lookup(map[string]string{"extension": "Extension", "id": "string"}[name])
		if n := t.Member(i.ext, name); n != 0 {
			return i.doc.add(n, t.Underscored(i.ext, name), typ, out)
		}
	}
	return out
}

// systemMember reads the parts of a System.Quantity and of what type() gives.
func (i *Item) systemMember(name string, out []Item) []Item {
	switch i.kind {
	case kindQuantity:
		switch name {
		case "value":
			return append(out, decimalItem(i.box.dec))
		case "unit", "code":
			return append(out, NewString(i.text))
		case "system":
			if i.system == unitUCUM {
				return append(out, NewString(systemUCUM))
			}
		}
	case kindTypeInfo:
		switch name {
		case "namespace":
			return append(out, NewString(i.text))
		case "name":
			return append(out, NewString(i.box.name))
		}
	default:
	}
	return out
}

// add appends a JSON value, or the items of an array with those of its "_name" sibling.
func (d *Document) add(n, ext tree.Node, typ *elements.Type, out []Item) []Item {
	t := d.tree
	if t.Kind(n) != tree.Array && t.Kind(ext) != tree.Array {
		return d.addOne(n, ext, typ, out)
	}
	a, aEnd := t.First(n), t.End(n)
	b, bEnd := t.First(ext), t.End(ext)
	if t.Kind(ext) != tree.Array {
		b, bEnd = 0, 0
	}
	if t.Kind(n) != tree.Array {
		a, aEnd = 0, 0
	}
	for a < aEnd || b < bEnd {
		var value, sibling tree.Node
		if a < aEnd {
			value, a = a, t.Next(a)
		}
		if b < bEnd {
			sibling, b = b, t.Next(b)
		}
		out = d.addOne(value, sibling, typ, out)
	}
	return out
}

func (d *Document) addOne(n, ext tree.Node, typ *elements.Type, out []Item) []Item {
	t := d.tree
	if t.Kind(n) <= tree.Null {
		n = 0
	}
	if t.Kind(ext) != tree.Object {
		ext = 0
	}
	if n == 0 && ext == 0 || t.Kind(n) == tree.Array {
		return out
	}
	if typ != nil && typ.Abstract && typ.Kind == elements.Resource {
		typ = d.typeOfResource(n)
	}
	return append(out, Item{kind: kindNode, doc: d, node: n, ext: ext, typ: typ})
}
