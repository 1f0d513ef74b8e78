package fhir_test

import (
	"errors"
	"fmt"
	"strings"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"github.com/openhim/mediator-go/fhir"
)

// A resource is the text it came in. A few values are read by path.
func ExampleParse() {
	body := []byte(`{"resourceType":"Patient","id":"7","meta":{"profile":["http://example.org/p|1.0"]},
		"identifier":[{"system":"urn:mrn","value":"A-1"}],"multipleBirthInteger":2}`)
	patient, err := fhir.Parse(body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(patient.Type(), patient.ID(), patient.Reference())
	fmt.Println(patient.Get(`identifier.#(system=="urn:mrn").value`).String())
	fmt.Println(patient.Meta().HasProfile("http://example.org/p"))
	// Output:
	// Patient 7 Patient/7
	// A-1
	// true
}

// What is no resource is told with its place, and without quoting it.
func ExampleParseError() {
	_, err := fhir.Parse([]byte("{\n  \"resourceType\": \"Patient\"\n  \"id\": \"7\"\n}"))
	if wrong, ok := errors.AsType[*fhir.ParseError](err); ok {
		fmt.Println(wrong.Line, wrong.Column, wrong.Problem)
	}
	// Output:
	// 3 3 a comma or a closing brace is missing
}

// Content that a type cannot hold does not cost the rest of the message.
func ExampleAs() {
	r := mustParse(`{"resourceType":"Patient","gender":"M","birthDate":"1990-05-17"}`)
	patient, err := fhir.As[models.Patient](r)
	if lost, ok := errors.AsType[*fhir.DecodeError](err); ok {
		for _, issue := range lost.Issues {
			fmt.Println(issue.Expression[0], issue.Line, issue.Column, issue.Details)
		}
	} else if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*patient.BirthDate, patient.Gender == nil, r.Get("gender").String())
	// Output:
	// Patient.gender 1 36 not a code of AdministrativeGender
	// 1990-05-17 true M
}

// A typed view need not be samply's, and need not show all of the resource.
func ExampleAs_struct() {
	type person struct {
		Names []struct {
			Family string   `json:"family"`
			Given  []string `json:"given"`
		} `json:"name"`
	}
	r := mustParse(`{"resourceType":"Patient","name":[{"family":"Chalmers","given":["Peter","James"]}]}`)
	p, err := fhir.As[person](r)
	fmt.Println(p.Names[0].Given[1], p.Names[0].Family, err)
	// Output:
	// James Chalmers <nil>
}

// An edit changes what it means to; extensions, contained resources, unknown
// members, number texts and white space stay.
func ExampleEdit() {
	r := mustParse(`{
  "resourceType": "Patient",
  "name": [{ "given": ["Ana", "Bel"], "_given": [null, {"id": "g2"}] }],
  "birthDate": "1990",
  "_birthDate": { "extension": [{"url": "urn:accuracy", "valueDecimal": 0.50}] }
}`)
	r, err := fhir.Edit(r, func(p *models.Patient) error {
		p.Active = new(true)
		p.Name[0].Given = p.Name[0].Given[1:]
		p.BirthDate = new("1990-05-17")
		return nil
	})
	fmt.Println(string(r.Bytes()), err)
	// Output:
	// {
	//   "resourceType": "Patient",
	//   "active": true,
	//   "name": [{ "given": ["Bel"], "_given": [{"id": "g2"}] }],
	//   "birthDate": "1990-05-17",
	//   "_birthDate": { "extension": [{"url": "urn:accuracy", "valueDecimal": 0.50}] }
	// } <nil>
}

// Single values are set and deleted by path; a path that R4 does not have is
// an error that says so.
func ExampleResource_Set() {
	r := mustParse(`{"resourceType":"Patient","name":[{"family":"Rossi"}],"deceasedBoolean":false}`)
	r, err := r.Set("name.0.given.-1", "Ana")
	fmt.Println(string(r.Bytes()), err)
	_, err = r.Set("name.given", "Ana")
	fmt.Println(err)
	_, err = r.Set("brithDate", "1990")
	fmt.Println(err)
	r, err = r.Delete("name.0")
	fmt.Println(string(r.Bytes()), err)
	// Output:
	// {"resourceType":"Patient","name":[{"family":"Rossi","given":["Ana"]}],"deceasedBoolean":false} <nil>
	// fhir: set name.given: name repeats: name an index, name.0, or name.-1 to append
	// fhir: set brithDate: Patient has no element brithDate in FHIR R4
	// {"resourceType":"Patient","deceasedBoolean":false} <nil>
}

// Extensions of primitives stand in a member with an underscore; the path is
// that of the value.
func ExampleResource_SetExtension() {
	const reason = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
	r := mustParse(`{"resourceType":"Patient","name":[{"given":["Ana","Bel"]}]}`)
	r, err := r.SetExtension("birthDate", reason, "valueCode", "unknown")
	if err == nil {
		r, err = r.SetExtension("name.0.given.1", "urn:x", "valueBoolean", true)
	}
	fmt.Println(string(r.Bytes()), err)
	why, ok := r.ExtensionAt("birthDate", reason)
	fmt.Println(why.Value, ok)
	// Output:
	// {"resourceType":"Patient","name":[{"given":["Ana","Bel"],"_given":[null,{"extension":[{"url":"urn:x","valueBoolean":true}]}]}],"_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}} <nil>
	// unknown true
}

// References are found and rewritten wherever they stand.
func ExampleResource_RewriteReferences() {
	r := mustParse(`{"resourceType":"Observation","subject":{"reference":"Patient/old"},"performer":[{"reference":"https://hie.example.org/fhir/Practitioner/2"}]}`)
	for _, link := range r.References() {
		fmt.Println(fhir.Expression(r.Type(), link.Path), link.Reference.Kind, link.Reference.Relative())
	}
	r = r.RewriteReferences(func(ref string) string {
		return strings.Replace(ref, "Patient/old", "Patient/new", 1)
	})
	fmt.Println(string(r.Bytes()))
	// Output:
	// Observation.subject relative Patient/old
	// Observation.performer[0] absolute Practitioner/2
	// {"resourceType":"Observation","subject":{"reference":"Patient/new"},"performer":[{"reference":"https://hie.example.org/fhir/Practitioner/2"}]}
}

// Built from nothing, a samply struct comes out as valid FHIR: encoding/json
// would write an empty occurrenceString beside the occurrenceDateTime.
func ExampleNew() {
	immunization := fhir.NewImmunization(
		models.ImmunizationStatusCodesCompleted,
		fhir.NewCodeableConcept("", fhir.NewCoding("http://hl7.org/fhir/sid/cvx", "19", "BCG")),
		fhir.NewReference("Patient/7"),
		"2024-02-03",
	)
	immunization.DoseQuantity = new(fhir.NewQuantity("0.50", "mL"))
	r, err := fhir.New(immunization)
	fmt.Println(string(r.Bytes()), err)
	// Output:
	// {"resourceType":"Immunization","status":"completed","vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/sid/cvx","code":"19","display":"BCG"}]},"patient":{"reference":"Patient/7"},"occurrenceDateTime":"2024-02-03","doseQuantity":{"value":0.50,"unit":"mL","system":"http://unitsofmeasure.org","code":"mL"}} <nil>
}

// XML comes in and goes out without loss.
func ExampleParseXML() {
	r, err := fhir.ParseXML([]byte(`<Patient xmlns="http://hl7.org/fhir"><id value="7"/><name><given value="Ana" id="g"/></name></Patient>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(r.Bytes()))
	text, err := r.XML()
	fmt.Println(string(text), err)
	// Output:
	// {"resourceType":"Patient","id":"7","name":[{"given":["Ana"],"_given":[{"id":"g"}]}]}
	// <?xml version="1.0" encoding="UTF-8"?>
	// <Patient xmlns="http://hl7.org/fhir"><id value="7"/><name><given value="Ana" id="g"/></name></Patient> <nil>
}
