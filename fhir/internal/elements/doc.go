// Package elements holds the element definitions of FHIR R4 (4.0.1): types, choices, cardinalities, reference targets, bindings and
// invariants, as a compact table generated from HL7's StructureDefinitions by internal/fhirgen.
//
//	patient, ok := elements.Lookup("Patient")
//	el, typ, ok := patient.Element("deceasedBoolean") // el.Name "deceased", el.Choice, typ.Code "boolean"
//
// The table is embedded as it is: texts are parts of the binary, nothing is unpacked. A type is decoded when it is first asked for (some
// tens of microseconds) and shared from then on. Everything is immutable and safe for concurrent use; callers must not change what
// they get.
package elements
