// Package fhir reads, edits, builds, converts and sends FHIR resources without
// losing one byte it was not asked to change.
//
// A [Resource] is the JSON text it came in. Reading a few values is a path:
//
//	patient, err := fhir.Parse(body)
//	patient.Type()                             // "Patient"
//	patient.Get("identifier.0.value").String() // gjson's paths
//
// What nobody changed leaves byte for byte as it came: contained resources,
// extensions of primitives, unknown members, the order of members, the text of
// numbers and white space.
//
//   - [As] reads a resource into a struct, of samply's models or your own. Unknown codes and
//     wrong types cost nothing but themselves: they are listed, with their places.
//   - [Edit] changes a resource through such a struct; [Resource.Set], [Resource.Delete] and
//     [Resource.SetExtension] change single elements.
//   - [New] makes valid FHIR of a struct built from nothing, and the constructors
//     ([NewObservation] and others) take what R4 requires.
//   - [Resource.References] and [Resource.RewriteReferences] find and change references,
//     [ParseReference] takes one apart.
//   - [ParseXML] and [Resource.XML] speak application/fhir+xml.
//   - [Bundle] and [BundleBuilder] read and make Bundles, transactions first of all.
//   - [OperationOutcome] is what servers, validators and mediators say.
//   - [Client] talks to a FHIR server.
//
// # Versions of FHIR
//
// R4 (4.0.1) comes first: typed views, building, XML, the order of new members and
// the checks of Set follow it. Resources of R4B and R5 pass through raw, and all that
// needs no definitions reads and edits them too: Get, Meta, References,
// Contained, Extension, Delete, As and Edit with structs of your own.
//
// # Errors
//
// [*ParseError], [*DecodeError] and [*PathError] hold places and names of elements,
// and never values of a resource, which are a patient's. A Resource that is printed
// or logged shows its type and size.
//
// Nothing in this package is global; resources never change and are safe for
// concurrent use.
package fhir
