package fhirpath

import (
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// Path returns where an element stands in its document, as an expression that leads there:
// "Patient.name[0].given[1]", "Observation.value.ofType(Quantity).unit". It is empty for a
// System value.
func (i Item) Path() string {
	if i.kind != kindNode {
		return ""
	}
	var steps []tree.Node // from the element up, the root left out
	n, t := i.anchor(), i.doc.tree
	for ; n != t.Root() && n != 0; n = t.Parent(n) {
		steps = append(steps, n)
	}
	root := &i.doc.root
	owner := root.typ
	var path strings.Builder
	if path.WriteString(root.fhirName()); path.Len() == 0 {
		path.WriteString("$this")
	}
	for j := len(steps) - 1; j >= 0; j-- {
		n = steps[j]
		if index := t.Index(n); index >= 0 {
			path.WriteString("[" + strconv.Itoa(index) + "]")
			continue
		}
		var step string
		step, owner = pathStep(owner, t.Name(n))
		path.WriteString(step)
		if owner != nil && owner.Kind == elements.Resource && owner.Abstract {
			owner = i.doc.typeOfResource(n)
			if t.Kind(n) == tree.Array && j > 0 {
				owner = i.doc.typeOfResource(steps[j-1])
			}
		}
	}
	return path.String()
}

// pathStep returns the step that leads to a JSON member of a type's, and the type there.
func pathStep(owner *elements.Type, json string) (string, *elements.Type) {
	if json != "" && json[0] == '_' {
		json = json[1:]
	}
	if owner == nil {
		return "." + json, nil
	}
	el, ref, ok := owner.Element(json)
	if !ok {
		return "." + json, nil
	}
	typ := childType(owner, json)
	if el.Choice {
		return "." + el.Name + ".ofType(" + ref.Code + ")", typ
	}
	return "." + el.Name, typ
}
