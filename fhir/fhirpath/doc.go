// Package fhirpath evaluates FHIRPath expressions on FHIR resources as they stand in JSON.
//
//	given, err := fhirpath.MustCompile("Patient.name.given").EvalBytes(ctx, data)
//	fmt.Println(given.Strings())
//
// Use it to read from resources whatever their shape: choice elements, primitive
// extensions, contained resources, references. An [Engine] compiles expressions once, keeps them,
// and holds what they may ask for: your functions and constants, references, terminology, profiles. A
// [Document] is a resource that is parsed once for many expressions; an [Evaluator] reuses memory between them.
//
// # What is supported
//
// The language is FHIRPath N1 (http://hl7.org/fhirpath/N1) with the functions of FHIR R4
// (https://hl7.org/fhir/R4/fhirpath.html), and those of later drafts that the public HL7 suite has: sort, defineVariable, lowBoundary, highBoundary,
// precision, matchesFull, split, join, trim, encode, decode, escape, unescape, coalesce,
// repeatAll, sum, avg, min, max, yearOf and its kin. Types come from R4's definitions. Resources of other
// versions can be read: what R4 does not define has no type and is found by its JSON name.
//
// # Where expressions go wrong
//
// [Compile] refuses what does not parse, and functions and types that do not exist, with line, column and a hint
// ([SyntaxError]). Names of elements that a type does not have are empty when evaluated, as the
// specification wants; [Expression.Check] finds them before. Operations on what does not fit are an [EvalError]. None of
// the errors holds data.
//
// # Numbers, quantities, dates
//
// Decimals are exact and keep the digits of the data, up to 1000; a quotient that does not end has 28
// significant digits; exp, ln, log, sqrt and powers of fractions are those of float64. Integers have 32 bits: what is beyond
// is empty. Quantities are compared and reckoned by UCUM, exactly; calendar years and months equal no UCUM
// unit. Partial dates and date-times without offset compare as far as they are known, else the result is empty;
// fractions of seconds count to the nanosecond. Regular expressions are RE2.
//
// # Limits
//
// An evaluation spends steps ([Limits]), stops with its context, and cannot panic on any input. The documents it reads are bounded as
// [ParseDocument] says.
package fhirpath
