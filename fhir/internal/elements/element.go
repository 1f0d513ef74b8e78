package elements

import (
	"unicode"
	"unicode/utf8"
)

// Element is one child of a type. Immutable.
type Element struct {
	// Name is the name without "[x]": "value" for value[x].
	Name string
	// Choice elements carry their type in the JSON name: see [Element.JSONName].
	Choice bool
	// Min and Max are how often it occurs; Max is [Unbounded] for "*". JSON has an array when Max is not 1.
	Min, Max int
	// Types are the types allowed. Several only for choices; none for the abstract content of a root.
	Types []TypeRef
	// Content has the children of an inline backbone, or what a contentReference leads to (Questionnaire.item.item is Questionnaire.item);
	// nil when the type of the element tells.
	Content *Type
	// Summary elements are part of _summary=true, Modifier elements change the meaning of what holds them.
	Summary, Modifier bool
	// XMLAttr: an attribute in XML: id, url of extensions.
	XMLAttr bool
	// Binding is nil when the element is bound to no value set.
	Binding *Binding
	// Constraints are the invariants on this element beyond those of its type. ele-1 and ext-1, which hold everywhere, are left to the types.
	Constraints []*Constraint
}

// Unbounded is the Max of an element that may occur any number of times.
const Unbounded = -1

// TypeRef is one type an element may have.
type TypeRef struct {
	// Code is the name of the type: "Quantity", "string", "Reference", "BackboneElement", "Resource" for any resource. What the
	// specification types with FHIRPath's System types goes by its FHIR name: Element.id is "string", Resource.id "id", Extension.url "uri", the value of
	// a primitive type the primitive itself.
	Code string
	// Targets are what a Reference or canonical may lead to: names of base types ("Patient", "Resource" for any), URLs for profiles.
	Targets []string
	// Profiles are URLs of profiles on the type: SimpleQuantity. Usually none.
	Profiles []string
}

// Strength is how binding a binding is.
type Strength uint8

// The strengths, strongest first.
const (
	Required Strength = iota + 1
	Extensible
	Preferred
	Example
)

// Binding ties an element to a value set.
type Binding struct {
	Strength Strength
	// ValueSet is a canonical URL, mostly with "|4.0.1".
	ValueSet string
	// MaxValueSet, if any, holds all codes that are ever allowed, however weak the binding.
	MaxValueSet string
}

// Constraint is an invariant. Immutable and shared.
type Constraint struct {
	// Key is "dom-3"; unique among those of a type.
	Key string
	// Warning is false for an error.
	Warning bool
	// BestPractice rules are advice: dom-6 asks for a narrative.
	BestPractice bool
	// Human says what the rule wants; Expression is FHIRPath, true when it holds; Source is the StructureDefinition that it comes from.
	Human, Expression, Source string
}

// List reports whether JSON has an array for the element.
func (e *Element) List() bool { return e.Max != 1 }

// JSONName is the member's name for a type of a choice ("value" and "Quantity" make "valueQuantity"); other elements have one name.
func (e *Element) JSONName(typeCode string) string {
	if !e.Choice {
		return e.Name
	}
	first, size := utf8.DecodeRuneInString(typeCode)
	return e.Name + string(unicode.ToUpper(first)) + typeCode[size:]
}

// Primitive reports whether a type code is that of a primitive: lower-case by FHIR's rule of names.
func (r TypeRef) Primitive() bool {
	return r.Code != "" && r.Code[0] >= 'a' && r.Code[0] <= 'z'
}
