package elements

// Kind says what a type is.
type Kind uint8

// The kinds of StructureDefinition.kind.
const (
	Primitive Kind = iota + 1 // "string", "dateTime": one value, with id and extension beside it
	Complex                   // "HumanName", "Element"; also the backbones inside of types
	Resource                  // "Patient"; "Resource" and "DomainResource" are abstract ones
	Logical                   // "MetadataResource": no instances
)

// Type is a FHIR type, or an inline backbone of one. Immutable.
type Type struct {
	// Name is "Patient" or "HumanName"; of a backbone its path, "Patient.contact".
	Name string
	Kind Kind
	// Abstract types have no instances: Element, Resource ...
	Abstract bool
	// Base is the name of the type it specializes ("DomainResource"); of a backbone "BackboneElement" or "Element"; empty for Element and Resource.
	Base string
	// Elements are its children in the order of the specification (that of XML), inherited ones included.
	Elements []Element
	// Constraints are the invariants on the type itself, inherited ones included.
	Constraints []*Constraint

	members map[string]member
}

// member says which element, and which of its types, a JSON name stands for.
type member struct{ element, typ int16 }

// Element returns the element that a JSON member's name stands for and its type there: "valueQuantity" is the element value with type
// Quantity, "name" the element name with its only type. "_birthDate" is not an element: strip the underscore first.
func (t *Type) Element(jsonName string) (*Element, TypeRef, bool) {
	m, ok := t.members[jsonName]
	if !ok {
		return nil, TypeRef{}, false
	}
	el := &t.Elements[m.element]
	if m.typ < 0 {
		return el, TypeRef{}, true
	}
	return el, el.Types[m.typ], true
}

// Child returns the element of a name as FHIRPath spells it: "value" for value[x].
func (t *Type) Child(name string) (*Element, bool) {
	for i := range t.Elements {
		if t.Elements[i].Name == name {
			return &t.Elements[i], true
		}
	}
	return nil, false
}

// IsA reports whether t is the type named or specializes it: Patient is a DomainResource, code is a string, Age a Quantity.
func (t *Type) IsA(name string) bool {
	for t != nil {
		if t.Name == name {
			return true
		}
		t, _ = Lookup(t.Base)
	}
	return false
}

// RequiredChoices returns the choice elements of which one alternative must be there: Immunization has occurrence[x].
func (t *Type) RequiredChoices() []*Element {
	var required []*Element
	for i := range t.Elements {
		if el := &t.Elements[i]; el.Choice && el.Min > 0 {
			required = append(required, el)
		}
	}
	return required
}
