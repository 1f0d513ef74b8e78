// Package definitions is what the fake server knows of FHIR R4: elements with their
// types, required codes, search parameters and the patient compartment, read from a
// generated table. A [Table] is immutable and safe for concurrent use.
//
//go:generate go run ./generate -from $FHIR_DEFINITIONS -out r4.txt
package definitions
