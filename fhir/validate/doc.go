// Package validate checks FHIR R4 resources against the specification and against profiles: structure, cardinality, primitive values,
// choices, references, required bindings, fixed values and patterns, slicing, invariants, extensions, meta.profile, and what a Bundle or a
// QuestionnaireResponse promises. Use it on what comes in before it is trusted, and on what goes out in tests.
//
//	validator, err := validate.New(validate.Options{}) // once; a millisecond
//	outcome, err := validator.Validate(ctx, resource)
//	if outcome.HasErrors() { ... } // outcome is an OperationOutcome to answer with
//
// The definitions of R4 (4.0.1) are part of the program: types, value sets, code systems, R4's own profiles and extensions. Those of an
// implementation guide come from its package ([ReadPackage]) or one by one ([Options].Definitions). A profile with a differential only
// is laid on top of the profile it is based on.
//
// # What is decided offline
//
// Codes of code systems that R4 publishes are checked; those of LOINC, SNOMED CT, UCUM and other systems pass unless
// [Options].Terminology knows better. References are followed inside of the text: to contained resources, and to entries of the same
// Bundle. What is outside is not fetched.
//
// # Issues
//
// Each issue has a severity, a code of http://hl7.org/fhir/issue-type, a text that says what is wrong and what to do, a FHIRPath expression
// such as Observation.component[1].value.ofType(Quantity).unit, and line and column of the place in the text. Invariants begin
// with their key: "pat-1: ...". Texts hold no values of the resource, but for what names a definition: codes that are not in their value set or code
// system, the systems, URLs of profiles and extensions, names of properties and types. A code of a coded element does not tell who a patient is,
// and nobody can mend it unseen; if a sender puts names into codes, do not log outcomes.
//
// Bounds of size, depth, number of issues and work hold for hostile texts, too. A [Validator] is safe for concurrent use.
package validate
