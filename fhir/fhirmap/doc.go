// Package fhirmap adds FHIR to mapping documents (package mapping): operators that make
// references, identifiers and codes, that translate codes by ConceptMaps and read by FHIRPath,
// and a lint of what a document writes against the definitions of FHIR R4.
//
//	local, err := terminology.NewLocal(terminology.LocalConfig{}, conceptMap)
//	options, err := fhirmap.Options(mapping.CompileOptions{}, fhirmap.Config{Terminology: local})
//	document, err := mapping.Parse("patient.yaml", source)
//	issues := mapping.Lint(document, options)
//	m, err := mapping.Compile(document, options)
//
// In a document:
//
//	output: {schema: fhir:4.0.1/Patient}
//	map:
//	  resourceType: Patient
//	  identifier:
//	    - {$from: nin, $identifier: http://moh.example.org/nin}
//	  gender: {$from: sex, $translate: http://example.org/ConceptMap/sex}
//	  maritalStatus: {$from: marital, $codeableConcept: http://terminology.hl7.org/CodeSystem/v3-MaritalStatus}
//	  managingOrganization: {$from: facility, $reference: {type: Organization, by: search, system: http://moh.example.org/mfl}}
//
// The operators, by their argument; the first form is short for the second:
//
//	$reference: Patient
//	$reference: {type: Patient, by: id|search|identifier|urn, system: URI, base: URL, namespace: text, display: text}
//	$identifier: URI
//	$identifier: {system: URI, use: official, type: {system: URI, code: MR, display: text}, assigner: text}
//	$codeableConcept: URI
//	$codeableConcept: {system: URI, version: text, display: text, text: text, check: true}
//	$translate: URL of a ConceptMap, or the name of a table of the document
//	$translate: {map: URL, from: URI, to: URI, as: code|coding|codeableConcept, unmapped: error|omit|keep, default: code, atLeast: equivalent, reverse: true}
//	$fhirpath: expression
//	$fhirpath: {path: expression, type: HumanName, all: true}
//
// A transaction is built by a mapping to fhir:4.0.1/Bundle: by: urn gives the same
// urn:uuid:… for the same text, for fullUrl ($get: reference) as for references to it.
//
// Operators read no clock, network or file while a mapping runs, so that it gives the same
// output for the same input. What needs a terminology server goes through a lookup, which is
// called once for all codes: see [TranslateLookup]. After a run, package fhir/validate can
// validate what came out.
package fhirmap
