package fhirpath

import (
	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// typeSpec is a type specifier that is found: a FHIR type, a System type, or both (Quantity).
type typeSpec struct {
	fhir   *elements.Type
	system kind
	name   string // in namespace FHIR, for resources that R4 does not have
}

// systemKinds by name.
var systemKinds = map[string]kind{ //nolint:gochecknoglobals // a read-only table
	"Boolean": kindBoolean, "Integer": kindInteger, "Decimal": kindDecimal, "String": kindString,
	"Date": kindDate, "DateTime": kindDateTime, "Time": kindTime, "Quantity": kindQuantity,
}

// findType looks a type specifier up. Unqualified names may be of both models.
func findType(t typeName) (typeSpec, bool) {
	spec := typeSpec{name: t.name}
	if t.namespace == "" || t.namespace == "FHIR" {
		spec.fhir, _ = elements.Lookup(t.name)
	}
	if t.namespace == "" || t.namespace == "System" {
		spec.system = systemKinds[t.name]
	}
	if t.namespace == "System" && (t.name == "Any" || t.name == "Long") {
		return spec, true
	}
	return spec, spec.fhir != nil || spec.system != kindNone
}

// is reports whether an item is of the type or a specialization of it. exact is what as and
// ofType ask of primitives: a code is a string, but not as(string).
func (s *typeSpec) is(i *Item, exact bool) bool {
	if i.kind != kindNode {
		return i.kind == s.system && s.system != kindNone
	}
	if i.typ == nil {
		name := i.fhirName()
		return name != "" && (name == s.name || s.name == "Resource")
	}
	if s.fhir == nil {
		return false
	}
	if i.typ == s.fhir {
		return true
	}
	if exact && i.typ.Kind == elements.Primitive {
		return false
	}
	return i.typ.IsA(s.fhir.Name)
}

// typeNames are candidates for a misspelt type.
func typeNames() []string {
	names := elements.Names()
	for name := range systemKinds {
		names = append(names, name)
	}
	return names
}
