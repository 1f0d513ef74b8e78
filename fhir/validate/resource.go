package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// place is where a resource stands.
type place uint8

const (
	whole     place = iota // the text itself
	contained              // in DomainResource.contained
	entry                  // in Bundle.entry.resource
	inline                 // elsewhere: in Parameters, as the outcome of an entry
)

// inner checks a resource inside of another.
func (r *run) inner(c node, m *member, sc *scope) {
	where := inline
	switch {
	case m.el.Name == "contained":
		where = contained
	case sc.typ == "Bundle" && m.el.Name == "resource":
		where = entry
	}
	r.resource(c, sc, where, nil)
}

// resource checks a resource: type, content, what it contains, profiles.
func (r *run) resource(n node, outer *scope, where place, profiles []string) {
	sh := r.resourceShape(n)
	if sh == nil {
		return
	}
	sc := &scope{resource: n, typ: sh.typ.Name, parent: outer}
	sc.container = sc
	switch {
	case where == contained:
		sc.container = outer.container
		sc.bundle, sc.entry = outer.container.bundle, outer.container.entry
	case where == entry:
		if i, ok := outer.own.index[r.tree.Parent(n)]; ok { // not of a second list called entry
			sc.bundle, sc.entry = outer.own, i
		}
	case outer != nil:
		sc.bundle, sc.entry = outer.bundle, outer.entry
	}
	if sh.typ.Name == "Bundle" {
		sc.own = r.newBundle(n)
	}
	r.object(n, sh, sc)
	if sh.canonical {
		r.canonicalURL(n)
	}
	if where == contained {
		if r.str(n, "id") == "" {
			r.missing(n, "id", "a contained resource needs an id: references name it \"#id\"")
		}
	}
	if sh.members["contained"] != nil {
		r.containedRules(n, sc)
	}
	if sc.own != nil {
		r.bundleRules(n, sc)
	}
	r.profiles(n, sh, sc, profiles)
}

// resourceShape reads the resourceType, reporting what is wrong with it.
func (r *run) resourceShape(n node) *shape {
	t := r.tree
	typ := t.Member(n, "resourceType")
	switch t.Kind(typ) {
	case tree.Missing:
		r.fail(n, fhir.IssueStructure, "resourceType is not there: it says which resource this is")
		return nil
	case tree.String:
	default:
		r.fail(n, fhir.IssueStructure, "resourceType must be a string, not %s", t.Kind(typ))
		return nil
	}
	name := t.Text(typ)
	sh := r.v.shapes.of(name)
	if sh == nil || sh.typ.Kind != elements.Resource || sh.typ.Abstract || strings.Contains(name, ".") {
		r.fail(n, fhir.IssueStructure, "%s is not a resource type of FHIR R4: types are written like \"Patient\"", quoted(name))
		return nil
	}
	return sh
}

// containedRules are dom-2 to dom-5, and that ids of contained resources differ. They are native: every resource is asked.
func (r *run) containedRules(n node, sc *scope) {
	t := r.tree
	list := t.Member(n, "contained")
	if t.Kind(list) != tree.Array {
		return
	}
	if sc.container != sc {
		r.fail(n, fhir.IssueInvariant, "dom-2: a contained resource must not contain others: move them one level up")
		return
	}
	seen := map[string]bool{}
	for c, end := t.First(list), t.End(list); c < end; c = t.Next(c) {
		id := r.str(c, "id")
		if id != "" && seen[id] {
			r.fail(c, fhir.IssueDuplicate, "two contained resources have the same id: references could mean either")
		}
		seen[id] = true
		meta := t.Member(c, "meta")
		if t.Member(meta, "versionId") != 0 || t.Member(meta, "lastUpdated") != 0 {
			r.fail(n, fhir.IssueInvariant, "dom-4: a contained resource must not have meta.versionId or meta.lastUpdated: it has no life of its own")
		}
		if t.Member(meta, "security") != 0 {
			r.fail(n, fhir.IssueInvariant, "dom-5: a contained resource must not have a security label: label what contains it")
		}
		if !sc.fragments[id] && !sc.linked[c] {
			r.fail(c, fhir.IssueInvariant, "dom-3: nothing refers to this contained resource, nor does it refer to what contains it: remove it, or refer to it by \"#\" and its id")
		}
	}
}
