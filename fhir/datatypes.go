package fhir

import (
	"encoding/json"
	"time"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// The constructors of this file make samply's data types without pointers to
// texts. An empty argument leaves the element out.

// UCUM is the code system of units of measure.
const UCUM = "http://unitsofmeasure.org"

// NewIdentifier returns an identifier: a value in a system.
func NewIdentifier(system, value string) models.Identifier {
	return models.Identifier{System: optional(system), Value: optional(value)}
}

// NewCoding returns a code of a code system, and how it is shown.
func NewCoding(system, code, display string) models.Coding {
	return models.Coding{System: optional(system), Code: optional(code), Display: optional(display)}
}

// NewCodeableConcept returns a concept: a text for readers and codes for it,
// either of which may be missing.
func NewCodeableConcept(text string, codings ...models.Coding) models.CodeableConcept {
	return models.CodeableConcept{Text: optional(text), Coding: codings}
}

// NewReference returns a literal reference such as "Patient/1",
// "urn:uuid:…" or "#contained".
func NewReference(reference string) models.Reference {
	return models.Reference{Reference: optional(reference)}
}

// NewLogicalReference returns a reference by identifier, for what cannot be
// referred to by its place. typ is the type of the resource.
func NewLogicalReference(typ, system, value string) models.Reference {
	return models.Reference{Type: optional(typ), Identifier: new(NewIdentifier(system, value))}
}

// NewQuantity returns a measured amount in a unit of [UCUM], such as "mg" or
// "kg/m2". The value's text is kept: 1.50 is not 1.5. A value that is no JSON
// number is refused by [New] and [Edit].
func NewQuantity(value json.Number, ucum string) models.Quantity {
	q := models.Quantity{Value: &value, Unit: optional(ucum), Code: optional(ucum)}
	if ucum != "" {
		q.System = new(UCUM)
	}
	return q
}

// NewPeriod returns a period of time. Both ends are FHIR dateTimes and included;
// "" leaves one open. See [DateTime] and [Date].
func NewPeriod(start, end string) models.Period {
	return models.Period{Start: optional(start), End: optional(end)}
}

// NewHumanName returns a name.
func NewHumanName(family string, given ...string) models.HumanName {
	return models.HumanName{Family: optional(family), Given: given}
}

// DateTime returns a time as a FHIR dateTime, to the second, in its own zone:
// "2015-02-07T13:28:17+02:00".
func DateTime(t time.Time) string { return t.Format(time.RFC3339) }

// Instant returns a time as a FHIR instant, to the millisecond, in its own
// zone: "2015-02-07T13:28:17.239+02:00".
func Instant(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z07:00") }

// Date returns the day of a time, in its own zone, as a FHIR date: "2015-02-07".
func Date(t time.Time) string { return t.Format(time.DateOnly) }

// optional is a pointer to a text, nil for "".
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
