package fhirmap_test

import (
	"context"
	"fmt"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/mapping"
)

// A registration becomes a Patient: identifier, code and reference are made by one operator
// each, and codes are translated by a ConceptMap.
func ExampleOptions() {
	conceptMap, err := fhir.Parse([]byte(`{"resourceType":"ConceptMap","url":"http://example.org/ConceptMap/sex","group":[
		{"source":"http://moh.example.org/sex","target":"http://hl7.org/fhir/administrative-gender",
		 "element":[{"code":"F","target":[{"code":"female","equivalence":"equivalent"}]}]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	local, err := terminology.NewLocal(terminology.LocalConfig{}, conceptMap)
	if err != nil {
		fmt.Println(err)
		return
	}
	options, err := fhirmap.Options(mapping.CompileOptions{}, fhirmap.Config{Terminology: local})
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := mapping.Parse("patient.yaml", []byte(`
mapping: v1
output: {schema: "fhir:4.0.1/Patient"}
map:
  resourceType: Patient
  identifier:
    - {$from: nin, $identifier: http://moh.example.org/nin}
  gender: {$from: sex, $translate: http://example.org/ConceptMap/sex}
  managingOrganization: {$from: facility, $reference: Organization}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("lint:", mapping.Lint(document, options))
	m, err := mapping.Compile(document, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _, err := m.Run(context.Background(), []byte(`{"nin":"CM1","sex":"F","facility":"hf-7"}`), mapping.Options{})
	fmt.Println(string(out), err)
	_, report, _ := m.Run(context.Background(), []byte(`{"nin":"CM1","sex":"?","facility":"hf 7"}`), mapping.Options{})
	for _, issue := range report.Issues {
		fmt.Println(issue.Line, issue.Code, *issue.Pointer)
	}
	fmt.Println(report.Unmapped)
	// Output:
	// lint: []
	// {"resourceType":"Patient","identifier":[{"system":"http://moh.example.org/nin","value":"CM1"}],"gender":"female","managingOrganization":{"reference":"Organization/hf-7"}} <nil>
	// 8 unmapped /sex
	// 9 format /facility
	// [{http://example.org/ConceptMap/sex ? 1}]
}

// Lint tells what is not FHIR, with the line, before anything is run.
func ExampleOptions_lint() {
	options, err := fhirmap.Options(mapping.CompileOptions{}, fhirmap.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := mapping.Parse("observation.yaml", []byte(`
mapping: v1
output: {schema: "fhir:4.0.1/Observation"}
map:
  resourceType: Observation
  status: done
  subject: {$from: patient, $reference: Patient}
  category: {$from: kind, $codeableConcept: http://example.org/kinds}
  value: {$from: weight, $as: number}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, issue := range mapping.Lint(document, options) {
		fmt.Println(issue.Line, issue.Message)
	}
	// Output:
	// 4 element code is required in Observation, and it is never written
	// 6 element Observation.status cannot be "done": the code is not in http://hl7.org/fhir/ValueSet/observation-status|4.0.1
	// 8 element Observation.category is a list
	// 9 element value is not in Observation
}

// A transaction of a patient and an observation of this patient: by: urn gives the same
// urn:uuid:… for the same text.
func ExampleOptions_bundle() {
	options, err := fhirmap.Options(mapping.CompileOptions{}, fhirmap.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := mapping.Parse("visit.yaml", []byte(`
mapping: v1
output: {schema: "fhir:4.0.1/Bundle"}
defs:
  patient: {$from: nin, $reference: {type: Patient, by: urn}}
map:
  resourceType: Bundle
  type: transaction
  entry:
    - fullUrl: {$from: {$call: patient}, $get: reference}
      resource:
        resourceType: Patient
        identifier: [{$from: nin, $identifier: http://moh.example.org/nin}]
      request: {method: POST, url: Patient}
    - resource:
        resourceType: Observation
        status: final
        code: {$from: kind, $codeableConcept: http://loinc.org}
        subject: {$call: patient}
        valueQuantity: {value: $.weight, unit: kg}
      request: {method: POST, url: Observation}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("lint:", mapping.Lint(document, options))
	m, err := mapping.Compile(document, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _, err := m.Run(context.Background(), []byte(`{"nin":"CM1","kind":"29463-7","weight":62.50}`), mapping.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := fhir.ParseBundle(out)
	if err != nil {
		fmt.Println(err)
		return
	}
	subject := bundle.Entry(1).Resource().Get("subject.reference").String()
	patient, found := bundle.Resolve(bundle.Entry(1), subject)
	fmt.Println(found, patient.Resource().Type(), bundle.Check())
	// Output:
	// lint: []
	// true Patient []
}
