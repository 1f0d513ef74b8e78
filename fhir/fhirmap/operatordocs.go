package fhirmap

import "github.com/openhim/mediator-go/mapping"

// Reference returns what a reference of mapping documents says of the operators of this
// package, as mapping.Reference does of the engine's. Every example is run by a test, with a
// ConceptMap http://example.org/fhir/ConceptMap/sex that knows M and F.
func Reference() []mapping.OperatorDoc {
	o := &operators{}
	doc := func(name string, op mapping.Operator, details string, examples ...mapping.OperatorExample) mapping.OperatorDoc {
		return mapping.OperatorDoc{
			Name: name, Group: "FHIR", Summary: op.Summary, Details: details,
			Takes: op.In, Gives: op.Out, Argument: op.Argument, Examples: examples,
		}
	}
	example := func(rule, input, output string) mapping.OperatorExample {
		return mapping.OperatorExample{Rule: rule, Input: input, Output: output}
	}
	return []mapping.OperatorDoc{
		doc(
			"$reference", o.reference(),
			"by: id (the default) takes an id, or Type/id, and base makes it absolute. by: search gives a conditional reference, for transactions only. by: identifier gives a logical one, without a literal reference. by: urn gives the urn:uuid:… that is always the same for the same text and namespace: use it for fullUrl, too. Text that is only white space gives nothing.",
			example(`{$from: a, $reference: Patient}`, `{"a":"7"}`, `{"reference":"Patient/7"}`),
			example(`{$from: a, $reference: {type: Organization, by: search, system: "http://moh.example.org/mfl"}}`, `{"a":"HF1"}`, `{"reference":"Organization?identifier=http%3A%2F%2Fmoh.example.org%2Fmfl%7CHF1"}`),
			example(`{$from: a, $reference: {type: Patient, by: identifier, system: "http://moh.example.org/nin"}}`, `{"a":"CM1"}`, `{"type":"Patient","identifier":{"system":"http://moh.example.org/nin","value":"CM1"}}`),
			example(`{$from: a, $reference: {type: Patient, by: urn, namespace: patients}}`, `{"a":"CM1"}`, `{"reference":"urn:uuid:3fbc103a-6108-569c-b945-25ea4278576e"}`),
		),
		doc(
			"$identifier", o.identifier(),
			"type is a code of http://terminology.hl7.org/CodeSystem/v2-0203 unless it has a system. Text that is only white space gives nothing.",
			example(`{$from: a, $identifier: "http://moh.example.org/nin"}`, `{"a":"CM1"}`, `{"system":"http://moh.example.org/nin","value":"CM1"}`),
			example(`{$from: a, $identifier: {system: "http://hospital.example.org/mrn", use: official, type: {code: MR}}}`, `{"a":77}`, `{"use":"official","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"http://hospital.example.org/mrn","value":"77"}`),
		),
		doc(
			"$codeableConcept", o.codeableConcept(),
			"check: true demands that the code system, which has to be in Config.Terminology, has the code; what it has not is counted as unmapped.",
			example(`{$from: a, $codeableConcept: http://loinc.org}`, `{"a":"8867-4"}`, `{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}`),
			example(`{$from: a, $translate: {map: "http://example.org/fhir/ConceptMap/sex", as: coding}, $codeableConcept: true}`, `{"a":"F"}`, `{"coding":[{"system":"http://hl7.org/fhir/administrative-gender","code":"female"}]}`),
		),
		doc(
			"$translate", o.translate(),
			"A name is a table of the document, a URL a ConceptMap of Config.Terminology. The most precise target counts; atLeast refuses those that are less precise, so that atLeast: equivalent takes no narrower or wider code. Of several that are equally precise none is taken: say to, or mark one. Codes without a translation are counted as unmapped, and are an error unless unmapped: or default: says otherwise.",
			example(`{$from: a, $translate: http://example.org/fhir/ConceptMap/sex}`, `{"a":"F"}`, `"female"`),
			example(`{$from: a, $translate: {map: "http://example.org/fhir/ConceptMap/sex", default: unknown}}`, `{"a":"?"}`, `"unknown"`),
		),
		doc(
			"$fhirpath", o.fhirpath(),
			"Nothing found gives nothing. type names the data type of a value that is no resource, which has to be known for choice elements and conversions. There is no clock: pass the time in as $ctx.now.",
			example(`{$from: a, $fhirpath: "Patient.name.where(use = 'official').given.first()"}`, `{"a":{"resourceType":"Patient","name":[{"use":"usual","given":["Mina"]},{"use":"official","given":["Amina"]}]}}`, `"Amina"`),
			example(`{$from: a, $fhirpath: {path: given, type: HumanName, all: true}}`, `{"a":{"given":["Amina","Grace"]}}`, `["Amina","Grace"]`),
		),
	}
}
