package validate_test

import (
	"context"
	"fmt"
	"log"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

func Example() {
	validator, err := validate.New(validate.Options{}) // once, for all resources
	if err != nil {
		log.Fatal(err)
	}
	outcome, err := validator.ValidateJSON(context.Background(), []byte(`{
  "resourceType": "Patient",
  "birthDate": "1980-02-30",
  "gender": "F",
  "contact": [{"gender": "male"}]
}`))
	if err != nil {
		log.Fatal(err)
	}
	for _, issue := range outcome.Issues {
		fmt.Printf("%s %s line %d: %s\n", issue.Severity, issue.Expression[0], issue.Line, issue.Details)
	}
	// Output:
	// error Patient.birthDate line 3: birthDate (date) is not a date that exists: write YYYY, YYYY-MM or YYYY-MM-DD
	// error Patient.gender line 4: code "F" is not in the value set http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1, which is required here: use one of its codes
	// error Patient.contact[0] line 5: pat-1: SHALL at least contain a contact's details or a reference to an organization
}

func ExampleOptions_profiles() {
	profile, err := fhir.Parse([]byte(`{"resourceType": "StructureDefinition", "url": "http://example.org/StructureDefinition/national-patient",
		"name": "NationalPatient", "status": "active", "kind": "resource", "abstract": false, "type": "Patient",
		"baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient", "derivation": "constraint", "differential": {"element": [
			{"id": "Patient.identifier", "path": "Patient.identifier", "min": 1},
			{"id": "Patient.identifier.system", "path": "Patient.identifier.system", "fixedUri": "http://example.org/national-id"}]}}`))
	if err != nil {
		log.Fatal(err)
	}
	validator, err := validate.New(validate.Options{
		Definitions: []fhir.Resource{profile},
		Profiles:    []string{"http://example.org/StructureDefinition/national-patient"}, // every Patient, whatever its meta.profile says
	})
	if err != nil {
		log.Fatal(err)
	}
	patient, err := fhir.Parse([]byte(`{"resourceType": "Patient", "identifier": [{"system": "http://example.org/other", "value": "1"}]}`))
	if err != nil {
		log.Fatal(err)
	}
	outcome, err := validator.Validate(context.Background(), patient)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(outcome.HasErrors(), outcome.Issues[0].Expression[0])
	// Output: true Patient.identifier[0].system
}
