package terminology

import (
	"context"
	"fmt"

	"github.com/openhim/mediator-go/fhir"
)

// LookupRequest asks what a code means (R4 CodeSystem/$lookup).
type LookupRequest struct {
	// Coding has the system and the code, and a version if one is meant. Its display is ignored.
	Coding fhir.Coding
	// Language is the language that the display should have: "fr". Defaults to the system's.
	Language string
}

// Concept is what a code means.
type Concept struct {
	// Coding is the code as the system writes it, with the system's version and the display.
	Coding fhir.Coding
	// Name is the name of the code system.
	Name         string
	Definition   string
	Designations []Designation
	// Properties are the concept's own, and parent and child for its place in the hierarchy.
	Properties []Property
	// Inactive codes should not be used any more; abstract ones stand for a group only.
	Inactive, Abstract bool
}

// Lookup tells what a code means. The error is ErrNotSupplied for an unknown system,
// ErrUnknownCode for a code it does not have.
func (l *Local) Lookup(_ context.Context, request LookupRequest) (Concept, error) {
	s, c, err := l.concept(request.Coding)
	if err != nil {
		return Concept{}, err
	}
	out := Concept{
		Coding: fhir.Coding{System: s.url, Version: s.version, Code: c.code, Display: c.text(request.Language)},
		Name:   s.name, Definition: c.definition, Designations: c.designations, Inactive: c.inactive, Abstract: c.abstract,
	}
	for _, p := range c.properties {
		if p.Code != "parent" && p.Code != "child" {
			out.Properties = append(out.Properties, p)
		}
	}
	for _, p := range c.parents {
		out.Properties = append(out.Properties, Property{Code: "parent", Type: "code", Value: p.code, Display: p.display})
	}
	for _, p := range c.children {
		out.Properties = append(out.Properties, Property{Code: "child", Type: "code", Value: p.code, Display: p.display})
	}
	return out, nil
}

// The outcomes of Subsumes (R4 concept-subsumption-outcome).
const (
	SubsumptionEquivalent = "equivalent"   // a and b are the same
	SubsumptionSubsumes   = "subsumes"     // a is the wider one
	SubsumptionSubsumedBy = "subsumed-by"  // b is the wider one
	SubsumptionNone       = "not-subsumed" // neither
)

// Subsumes tells how two codes of a system are related (R4 CodeSystem/$subsumes). The system
// may have a |version. The error is an *OfflineError for a system whose hierarchy does not
// stand for meaning.
func (l *Local) Subsumes(_ context.Context, system, a, b string) (string, error) {
	url, version := splitCanonical(system)
	s, x, err := l.concept(fhir.Coding{System: url, Version: version, Code: a})
	if err != nil {
		return "", err
	}
	_, y, err := l.concept(fhir.Coding{System: url, Version: version, Code: b})
	if err != nil {
		return "", err
	}
	switch {
	case x == y:
		return SubsumptionEquivalent, nil
	case !s.isA:
		return "", &OfflineError{System: s.url, Reason: "its hierarchy does not tell which codes are kinds of others"}
	case !s.complete():
		return "", &OfflineError{System: s.url, Reason: s.lacking()}
	case y.within(x):
		return SubsumptionSubsumes, nil
	case x.within(y):
		return SubsumptionSubsumedBy, nil
	default:
		return SubsumptionNone, nil
	}
}

// String tells a property as name=value.
func (p Property) String() string { return fmt.Sprintf("%s=%s", p.Code, p.Value) }
