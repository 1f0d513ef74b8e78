package fhirpath

import (
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// extensionFunc gives the extensions with a URL.
func extensionFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	url, ok, err := r.textArg(n, 0)
	if err != nil || !ok {
		return out, err
	}
	typ, _ := elements.Lookup("Extension")
	for i := range items {
		item := &items[i]
		if item.kind != kindNode {
			continue
		}
		t, holder := item.doc.tree, item.node
		if t.Kind(holder) != tree.Object {
			holder = item.ext
		}
		list := t.Member(holder, "extension")
		for c, end := t.First(list), t.End(list); c < end; c = t.Next(c) {
			if t.Text(t.Member(c, "url")) == url {
				out = item.doc.addOne(c, 0, typ, out)
			}
		}
		if err = r.step(n.pos, t.Len(list)+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

const structureDefinition = "http://hl7.org/fhir/StructureDefinition/"

func conformsToFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	url, ok, err := r.textArg(n, 0)
	if err != nil {
		return nil, err
	}
	item, err := r.single(items, n.pos, "conformsTo()")
	if err != nil || item == nil || !ok {
		return out, err
	}
	if profiles := r.x.engine.config.Profiles; profiles != nil {
		conforms, err := profiles.ConformsTo(r.ctx, *item, url)
		if err != nil {
			return nil, r.wrap(n.pos, "conformsTo()", err)
		}
		return append(out, NewBoolean(conforms)), nil
	}
	name, core := strings.CutPrefix(url, structureDefinition)
	typ, known := elements.Lookup(name)
	if !core || !known {
		return nil, r.fail(n.pos, "conformsTo() does not know this profile", "set Config.Profiles")
	}
	spec := typeSpec{fhir: typ, name: name}
	return append(out, NewBoolean(spec.is(item, false))), nil
}

// coded is a code with its system.
type coded struct{ system, code string }

// codings returns the codes of a code, Coding or CodeableConcept.
func (i *Item) codings() ([]coded, bool) {
	if v, ok := i.value(); ok && v.kind == kindString {
		return []coded{{code: v.text}}, true
	}
	if i.kind != kindNode || i.typ == nil {
		return nil, false
	}
	t := i.doc.tree
	of := func(n tree.Node) coded { return coded{t.Text(t.Member(n, "system")), t.Text(t.Member(n, "code"))} }
	switch i.typ.Name {
	case "Coding":
		return []coded{of(i.node)}, true
	case "CodeableConcept":
		var list []coded
		for c := range t.Children(t.Member(i.node, "coding")) {
			list = append(list, of(c))
		}
		return list, true
	default:
		return nil, false
	}
}

func memberOfFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	valueSet, ok, err := r.textArg(n, 0)
	if err != nil {
		return nil, err
	}
	item, err := r.single(items, n.pos, "memberOf()")
	if err != nil || item == nil || !ok {
		return out, err
	}
	codes, ok := item.codings()
	if !ok {
		return nil, r.fail(n.pos, "memberOf() is for codes, not for "+describe(item), "")
	}
	terminology := r.x.engine.config.Terminology
	if terminology == nil {
		return nil, r.fail(n.pos, "memberOf() needs a terminology", "set Config.Terminology")
	}
	all := true
	for _, c := range codes {
		member, known, err := terminology.MemberOf(r.ctx, valueSet, c.system, c.code)
		switch {
		case err != nil:
			return nil, r.wrap(n.pos, "memberOf()", err)
		case known && member:
			return append(out, NewBoolean(true)), nil
		case !known:
			all = false
		}
	}
	if !all {
		return out, nil
	}
	return append(out, NewBoolean(false)), nil
}

// subsumesFunc is subsumes and subsumedBy.
func subsumesFunc(r *run, n *callNode, items, out []Item) ([]Item, error) {
	item, err := r.single(items, n.pos, n.name+"()")
	if err != nil {
		return nil, err
	}
	arg, err := r.arg(n, 0)
	if err != nil {
		return nil, err
	}
	other, err := r.single(arg, n.pos, n.name+"()")
	if err != nil || item == nil || other == nil {
		return out, err
	}
	upper, okA := item.codings()
	lower, okB := other.codings()
	if !okA || !okB {
		return nil, r.fail(n.pos, n.name+"() is for codes", "")
	}
	if n.name == "subsumedBy" {
		upper, lower = lower, upper
	}
	terminology := r.x.engine.config.Terminology
	if terminology == nil {
		return nil, r.fail(n.pos, n.name+"() needs a terminology", "set Config.Terminology")
	}
	all := true
	for _, a := range upper {
		for _, b := range lower {
			if a.system != b.system {
				continue
			}
			subsumes, known, err := terminology.Subsumes(r.ctx, a.system, a.code, b.code)
			switch {
			case err != nil:
				return nil, r.wrap(n.pos, n.name+"()", err)
			case known && subsumes:
				return append(out, NewBoolean(true)), nil
			case !known:
				all = false
			}
		}
	}
	if !all {
		return out, nil
	}
	return append(out, NewBoolean(false)), nil
}
