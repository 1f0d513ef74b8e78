package validate_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
)

// seeds adds some examples, small ones, and texts that are odd.
func seeds(f *testing.F) {
	f.Helper()
	for _, text := range []string{
		`{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"id":"x"}]}],"_birthDate":{"extension":[{"url":"http://e","valueString":"x"}]}}`,
		`{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"http://a/b/Composition/1","resource":{"resourceType":"Composition","section":[{"entry":[{"reference":"Patient/1"}]}]}}]}`,
		`{"resourceType":"Observation","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/bp"]},"component":[{"code":{"coding":[{"code":"8480-6"}]}}]}`,
		`{"resourceType":"QuestionnaireResponse","questionnaire":"#q","contained":[{"resourceType":"Questionnaire","id":"q","item":[{"linkId":"1","type":"choice","item":[null]}]}],"item":[{"linkId":"1","answer":[{}]}]}`,
		`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href='#x'>&amp;<br/></a></div>"}}`,
		`{"resourceType":"Parameters","parameter":[{"resource":{"resourceType":"Parameters"}}]}`,
		`{"resourceType":"Patient","contained":[{"resourceType":"Patient","contained":[{}]}],"link":[{"other":{"reference":"#"}}]}`, `[[[`, `{"resourceType":[]}`, `nul`,
	} {
		f.Add([]byte(text))
	}
}

func FuzzValidate(f *testing.F) {
	seeds(f)
	v, err := validate.New(validate.Options{BestPractice: true, RejectHTML: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		outcome, err := v.ValidateJSON(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fhir.Parse(data); err != nil && !outcome.HasErrors() {
			t.Fatalf("%q is no resource (%v), but nothing is wrong", data, err)
		}
		for _, issue := range outcome.Issues {
			if issue.Severity == "" || issue.Code == "" || issue.Details == "" {
				t.Fatalf("an issue says too little: %+v", issue)
			}
		}
	})
}

// FuzzProfile makes a validator of any definition, and validates with it.
func FuzzProfile(f *testing.F) {
	f.Add([]byte(profileOn("Patient", "http://hl7.org/fhir/StructureDefinition/Patient", `{"id":"Patient.name:a/b.given","path":"Patient.name.given","sliceName":"x","min":1,"slicing":{"discriminator":[{"type":"value","path":"extension('u').value"}]}}`)))
	f.Add([]byte(profileOn("Patient", profileURL, `{"path":"Patient.contact.name","contentReference":"#Patient.contact","patternHumanName":{"family":"x"}}`)))
	f.Add([]byte(`{"resourceType":"ValueSet","url":"http://v","compose":{"include":[{"valueSet":["http://v"]},{"system":"http://s","filter":[{"property":"code","op":"regex","value":"("}]}]}}`))
	if data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "fixtures", "fhir-r4-examples", "StructureDefinition-resprate.json")); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		resource, err := fhir.Parse(data)
		if err != nil {
			return
		}
		v, err := validate.New(validate.Options{Definitions: []fhir.Resource{resource}})
		if err != nil {
			return
		}
		for _, text := range []string{
			`{"resourceType":"Patient","name":[{"family":"x","given":["a"]}],"contact":[{"name":{"text":"x"}}],"extension":[{"url":"u","valueString":"x"}]}`,
			`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1},"component":[{"code":{"text":"y"}}]}`,
		} {
			url := resource.Get("url").String()
			if _, err := v.ValidateJSON(context.Background(), []byte(text), url); err != nil {
				continue // the profile cannot be used
			}
		}
	})
}
