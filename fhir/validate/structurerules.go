package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// structureDefinition: a profile can only constrain elements that its type has. A choice may be named by one of its types.
func (r *run) structureDefinition(n node, _ *scope) {
	if r.str(n, "derivation") != "constraint" || r.str(n, "kind") == "logical" {
		return
	}
	typ, ok := elements.Lookup(r.str(n, "type"))
	if !ok {
		return
	}
	for el := range r.items(r.tree.Member(r.tree.Member(n, "differential"), "element")) {
		path := r.str(el, "path")
		if r.tree.Kind(el) != tree.Object || !strings.HasPrefix(path, typ.Name+".") {
			continue
		}
		if name, wrong := unknownStep(typ, strings.Split(path, ".")[1:]); wrong {
			r.fail(n, fhir.IssueInvalid, "the differential constrains %s, which %s does not have", quoted(name), typ.Name)
		}
	}
}

// unknownStep returns the first name of a path that the type there does not have; where the type is not known, nothing is wrong.
func unknownStep(typ *elements.Type, names []string) (string, bool) {
	for _, name := range names {
		if typ == nil {
			return "", false
		}
		name = strings.TrimSuffix(name, "[x]")
		el, found := typ.Child(name)
		var code string
		if !found {
			var ref elements.TypeRef
			if el, ref, found = typ.Element(name); !found {
				return name, true
			}
			code = ref.Code
		} else if len(el.Types) == 1 {
			code = el.Types[0].Code
		}
		typ = el.Content
		if typ == nil && code != "" && code != "Resource" {
			typ, _ = elements.Lookup(code)
		}
	}
	return "", false
}
