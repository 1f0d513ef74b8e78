package fhirpath

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// shape is what an expression can give, by its types.
type shape struct {
	fhir      []*elements.Type
	system    []kind
	open      bool // anything
	nothing   bool // {}
	unordered bool // children() and descendants()
}

var anything = shape{open: true} //nolint:gochecknoglobals // a read-only table

// shapeOf is the shape of a type. What an abstract resource is, the data say.
func shapeOf(t *elements.Type) shape {
	if t == nil || t.Abstract && (t.Kind == elements.Resource || t.Name == "Element") {
		return anything
	}
	return shape{fhir: []*elements.Type{t}}
}

// and is the shape of a union.
func (s shape) and(other shape) shape {
	result := shape{
		open: s.open || other.open, nothing: s.nothing && other.nothing, unordered: s.unordered || other.unordered,
		fhir: slices.Clone(s.fhir), system: slices.Clone(s.system),
	}
	for _, t := range other.fhir {
		if !slices.Contains(result.fhir, t) {
			result.fhir = append(result.fhir, t)
		}
	}
	for _, k := range other.system {
		if !slices.Contains(result.system, k) {
			result.system = append(result.system, k)
		}
	}
	return result
}

// String names the types for an error.
func (s shape) String() string {
	var names []string
	for _, t := range s.fhir {
		names = append(names, t.Name)
	}
	for _, k := range s.system {
		if k == kindTypeInfo {
			names = append(names, "TypeInfo")
		} else {
			names = append(names, systemNames[k])
		}
	}
	if len(names) > 4 {
		names = append(names[:4], "…")
	}
	return strings.Join(names, " or ")
}

// children are the names that the types have, for hints.
func (s shape) children() []string {
	var names []string
	for _, t := range s.fhir {
		for i := range t.Elements {
			names = append(names, t.Elements[i].Name)
		}
	}
	return names
}

// class is a group of types that compare with each other.
type class uint8

const (
	classOther class = iota
	classBoolean
	classNumber
	classText
	classDate
	classClock
	classQuantity
)

func classOf(k kind) class {
	switch k {
	case kindBoolean:
		return classBoolean
	case kindInteger, kindDecimal:
		return classNumber
	case kindString:
		return classText
	case kindDate, kindDateTime:
		return classDate
	case kindTime:
		return classClock
	case kindQuantity:
		return classQuantity
	default:
		return classOther
	}
}

func classOfType(t *elements.Type) class {
	if t.Kind != elements.Primitive {
		if quantityLike(t) {
			return classQuantity
		}
		return classOther
	}
	switch t.Name {
	case "boolean":
		return classBoolean
	case "integer", "positiveInt", "unsignedInt", "decimal":
		return classNumber
	case "date", "dateTime", "instant":
		return classDate
	case "time":
		return classClock
	default:
		return classText
	}
}

func (s shape) classes() []class {
	var list []class
	for _, t := range s.fhir {
		list = append(list, classOfType(t))
	}
	for _, k := range s.system {
		list = append(list, classOf(k))
	}
	return list
}

// can reports whether something of the shape can be of a class.
func (s shape) can(c class) bool {
	return s.open || s.nothing || slices.Contains(s.classes(), c)
}

// comparable reports whether < can have a result.
func (s shape) comparable(other shape) bool {
	if s.open || s.nothing || other.open || other.nothing {
		return true
	}
	for _, a := range s.classes() {
		for _, b := range other.classes() {
			switch {
			case a == b && a != classOther && a != classBoolean:
				return true
			case a == classNumber && b == classQuantity, a == classQuantity && b == classNumber:
				return true
			}
		}
	}
	return false
}
