package fhir_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// editPatient edits a patient and returns the text.
func editPatient(t *testing.T, text string, change func(*models.Patient)) string {
	t.Helper()
	r, err := fhir.Edit(parsed(t, text), func(p *models.Patient) error {
		change(p)
		return nil
	})
	require.NoError(t, err)
	return string(r.Bytes())
}

func TestAnEditChangesWhatItMeansToAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, want string
		change     func(*models.Patient)
	}{
		"a value": {
			"{ \"resourceType\" : \"Patient\",\n\t\"active\" :true , \"x\":1.00}", "{ \"resourceType\" : \"Patient\",\n\t\"active\" :false , \"x\":1.00}",
			func(p *models.Patient) { p.Active = new(false) },
		},
		"a new member goes where FHIR has it": {
			"{\n  \"resourceType\": \"Patient\",\n  \"name\": []\n}", "{\n  \"resourceType\": \"Patient\",\n  \"active\": true,\n  \"name\": []\n}",
			func(p *models.Patient) { p.Active = new(true) },
		},
		"a new member at the end": {
			"{\r\n\t\"resourceType\": \"Patient\"\r\n}\n", "{\r\n\t\"resourceType\": \"Patient\",\r\n\t\"name\": [\r\n\t\t{\r\n\t\t\t\"family\": \"<A&B>\"\r\n\t\t}\r\n\t]\r\n}\n",
			func(p *models.Patient) { p.Name = []models.HumanName{{Family: new("<A&B>")}} },
		},
		"the underscore stays when the value changes": {
			`{"resourceType":"Patient","birthDate":"1990","_birthDate":{"id":"b"}}`, `{"resourceType":"Patient","birthDate":"1991","_birthDate":{"id":"b"}}`,
			func(p *models.Patient) { p.BirthDate = new("1991") },
		},
		"the underscore goes with the element": {
			`{"resourceType":"Patient","birthDate":"1990","_birthDate":{"id":"b"},"x":{}}`, `{"resourceType":"Patient","x":{}}`,
			func(p *models.Patient) { p.BirthDate = nil },
		},
		"elements of a list take their extensions along": {
			`{"resourceType":"Patient","name":[{"given":["a", "b", "c"],"_given":[{"id":"1"},null,{"id":"3"}]}]}`,
			`{"resourceType":"Patient","name":[{"given":["c", "new", "a"],"_given":[{"id":"3"},null,{"id":"1"}]}]}`,
			func(p *models.Patient) { p.Name[0].Given = []string{"c", "new", "a"} },
		},
		"a changed element of a list keeps its extensions": {
			`{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[{"id":"1"},null]}]}`,
			`{"resourceType":"Patient","name":[{"given":["A","b"],"_given":[{"id":"1"},null]}]}`,
			func(p *models.Patient) { p.Name[0].Given[0] = "A" },
		},
		"null placeholders stay": {
			`{"resourceType":"Patient","name":[{"given":[null,"b"],"_given":[{"id":"1"},null]}]}`,
			`{"resourceType":"Patient","name":[{"given":[null,"b","c"],"_given":[{"id":"1"},null,null]}]}`,
			func(p *models.Patient) { p.Name[0].Given = append(p.Name[0].Given, "c") },
		},
		"a list that had extensions only grows behind them": {
			`{"resourceType":"Patient","name":[{"_given":[{"id":"1"}]}]}`, `{"resourceType":"Patient","name":[{"given":[null,"x"],"_given":[{"id":"1"},null]}]}`,
			func(p *models.Patient) { p.Name[0].Given = []string{"x"} },
		},
		"a deleted list takes its extensions along": {
			`{"resourceType":"Patient","name":[{"given":["a"],"_given":[{"id":"1"}],"family":"F"}]}`, `{"resourceType":"Patient","name":[{"family":"F"}]}`,
			func(p *models.Patient) { p.Name[0].Given = nil },
		},
		"what is left empty goes": {
			`{"resourceType":"Patient","name":[{"family":"F"}],"active":true}`, `{"resourceType":"Patient","active":true}`,
			func(p *models.Patient) { p.Name[0].Family = nil },
		},
		"what was empty stays": {
			`{"resourceType":"Patient","maritalStatus":{},"photo":[],"active":true}`, `{"resourceType":"Patient","maritalStatus":{},"photo":[],"active":false}`,
			func(p *models.Patient) { p.Active = new(false) },
		},
		"hidden content moves with its element": {
			`{"resourceType":"Patient","name":[{"family":"A","x":1},{"family":"B","x":2},{"family":"C","x":3}]}`,
			`{"resourceType":"Patient","name":[{"family":"C","x":3},{"family":"B2","x":2},{"family":"A","x":1}]}`,
			func(p *models.Patient) { slices.Reverse(p.Name); p.Name[1].Family = new("B2") },
		},
		"hidden content goes with its element": {
			`{"resourceType":"Patient","name":[{"family":"A","x":1},{"family":"B","x":2}]}`, `{"resourceType":"Patient","name":[{"family":"B","x":2},{"family":"N"}]}`,
			func(p *models.Patient) {
				p.Name = append(p.Name[1:], models.HumanName{Family: new("N")})
			},
		},
		"a replaced element does not inherit": {
			`{"resourceType":"Patient","identifier":[{"system":"a","value":"1","x":1}]}`, `{"resourceType":"Patient","identifier":[{"system":"b","value":"2"}]}`,
			func(p *models.Patient) { p.Identifier = []models.Identifier{fhir.NewIdentifier("b", "2")} },
		},
		"an element with the same id is the same": {
			`{"resourceType":"Patient","name":[{"id":"n","family":"A","x":1},{"family":"Q"}]}`, `{"resourceType":"Patient","name":[{"family":"Q"},{"id":"n","family":"B","given":["g"],"x":1}]}`,
			func(p *models.Patient) {
				slices.Reverse(p.Name)
				p.Name[1].Family, p.Name[1].Given = new("B"), []string{"g"}
			},
		},
		"an unknown code stays": {
			`{"resourceType":"Patient","gender":"M","name":[{"use":"u","family":"A"}]}`, `{"resourceType":"Patient","gender":"M","name":[{"use":"u","family":"B"}]}`,
			func(p *models.Patient) { p.Name[0].Family = new("B") },
		},
		"an unknown code can be put right": {
			`{"resourceType":"Patient","gender":"M","link":[{"other":{"reference":"Patient/2"},"type":"twin"}]}`,
			`{"resourceType":"Patient","gender":"male","link":[{"other":{"reference":"Patient/2"},"type":"seealso"}]}`,
			func(p *models.Patient) {
				p.Gender, p.Link[0].Type = new(models.AdministrativeGenderMale), models.LinkTypeSeealso
			},
		},
		"contained and unknown members stay": {
			`{"resourceType":"Patient","contained":[{"resourceType":"X"}],"$":[1e2],"active":true}`, `{"resourceType":"Patient","id":"1","contained":[{"resourceType":"X"}],"$":[1e2],"active":true}`,
			func(p *models.Patient) { p.Id = new("1") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, editPatient(t, c.text, c.change))
		})
	}
}

func TestAMissingCodeCanBeSetToTheFirstOfItsType(t *testing.T) {
	t.Parallel()
	r, err := fhir.Edit(parsed(t, `{"resourceType":"Observation","code":{"text":"x"}}`), func(o *models.Observation) error {
		o.Status = models.ObservationStatusRegistered
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, `{"resourceType":"Observation","status":"registered","code":{"text":"x"}}`, string(r.Bytes()))
}

func TestAnEditResolvesRequiredChoices(t *testing.T) {
	t.Parallel()
	raw := parsed(t, `{"resourceType":"Task","status":"draft","intent":"order","input":[{"type":{"text":"a"},"valueInteger":5}]}`)
	for name, c := range map[string]struct {
		change func(*models.Task)
		want   string
	}{
		"another alternative": {
			func(v *models.Task) { v.Input[0].ValueInteger, v.Input[0].ValueString = 0, "x" }, `{"type":{"text":"a"},"valueString":"x"}`,
		},
		"zero, where nothing else is set": {
			func(v *models.Task) { v.Input[0].ValueInteger = 0 }, `{"type":{"text":"a"},"valueInteger":0}`,
		},
		"a new one": {
			func(v *models.Task) {
				v.Input = append(v.Input, fhir.NewTaskInput(fhir.NewCodeableConcept("b"), "y"))
			},
			`{"type":{"text":"a"},"valueInteger":5},{"type":{"text":"b"},"valueString":"y"}`,
		},
	} {
		r, err := fhir.Edit(raw, func(v *models.Task) error { c.change(v); return nil })
		require.NoError(t, err, name)
		assert.Equal(t, `{"resourceType":"Task","status":"draft","intent":"order","input":[`+c.want+`]}`, string(r.Bytes()), name)
	}
	_, err := fhir.Edit(raw, func(v *models.Task) error { v.Input[0].ValueString = "x"; return nil })
	assert.EqualError(t, err, "fhir: edit Task.input[0].value[x]: more than one alternative is set: valueInteger and valueString")
	_, err = fhir.Edit(raw, func(v *models.Task) error {
		v.Input = append(v.Input, models.TaskInput{Type: fhir.NewCodeableConcept("b")})
		return nil
	})
	assert.EqualError(t, err, "fhir: edit Task.input[1].value[x]: none of the alternatives is set, or one is set to false or 0, which cannot be told apart; use Set for such a value")
}

func TestEditsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	r := parsed(t, `{"resourceType":"Patient","contact":{"x":1},"birthDate":{"y":1},"deceasedBoolean":true}`)
	for want, change := range map[string]func(*models.Patient){
		"fhir: edit Patient.contact: the text holds something that the edited type could not read; use Set":      func(p *models.Patient) { p.Contact = []models.PatientContact{{Id: new("1")}} },
		"fhir: edit Patient.birthDate: the text holds something that the edited type could not read; use Set":    func(p *models.Patient) { p.BirthDate = new("1990") },
		"fhir: edit Patient.deceased[x]: more than one alternative is set: deceasedBoolean and deceasedDateTime": func(p *models.Patient) { p.DeceasedDateTime = new("2000") },
		"fhir: edit Patient.link[0].type: the code is none that its Go type knows":                               func(p *models.Patient) { p.Link = []models.PatientLink{{Type: -1, Id: new("l")}} },
		"fhir: edit Patient.extension[0].value[x]: more than one alternative is set: valueBoolean and valueInteger": func(p *models.Patient) {
			p.Extension = []models.Extension{{Url: "u", ValueBoolean: new(false), ValueInteger: new(0)}}
		},
	} {
		_, err := fhir.Edit(r, func(p *models.Patient) error { change(p); return nil })
		var e *fhir.PathError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, want, err.Error())
	}
	boom := errors.New("boom")
	_, err := fhir.Edit(r, func(*models.Patient) error { return boom })
	assert.Equal(t, boom, err)
}

func TestEntriesOfABundleAreEditedInDepth(t *testing.T) {
	t.Parallel()
	r := parsed(t, `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","_birthDate":{"id":"1"},"x": 1.0}},{"fullUrl":"u"}]}`)
	edited, err := fhir.Edit(r, func(b *models.Bundle) error {
		inner, err := fhir.Parse(b.Entry[0].Resource)
		require.NoError(t, err)
		inner, err = inner.Set("active", true)
		b.Entry[0].Resource = inner.Bytes()
		b.Entry[1].Resource = json.RawMessage(`{"resourceType":"Immunization","occurrenceString":"","occurrenceDateTime":"2020","id":""}`)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, `{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","active":true,"_birthDate":{"id":"1"},"x": 1.0}},`+
		`{"fullUrl":"u","resource":{"resourceType":"Immunization","occurrenceDateTime":"2020"}}]}`, string(edited.Bytes()))
}

func TestMapsAndStructsOfOnesOwnCanBeEdited(t *testing.T) {
	t.Parallel()
	r := parsed(t, `{"resourceType":"Patient","n":1.10,"big":12345678901234567890.10,"o":{"a":1,"b":[1,2,{"c":0.50}]}}`)
	edited, err := fhir.Edit(r, func(m *map[string]any) error {
		(*m)["o"].(map[string]any)["b"].([]any)[0] = 7
		delete((*m)["o"].(map[string]any), "a")
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, `{"resourceType":"Patient","n":1.10,"big":12345678901234567890.10,"o":{"b":[7,2,{"c":0.50}]}}`, string(edited.Bytes()))

	edited, err = fhir.Edit(parsed(t, `{"resourceType":"X","":1,"_":2,"a":3}`), func(m *map[string]any) error {
		delete(*m, "")
		delete(*m, "a")
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, `{"resourceType":"X","_":2}`, string(edited.Bytes()))

	type own struct {
		O struct {
			B []any `json:"b"`
		} `json:"o"`
		Extra *string `json:"extra,omitempty"`
	}
	edited, err = fhir.Edit(r, func(v *own) error { v.Extra = new("e"); return nil })
	require.NoError(t, err)
	assert.JSONEq(t, `{"resourceType":"Patient","extra":"e","n":1.10,"big":12345678901234567890.10,"o":{"a":1,"b":[1,2,{"c":0.50}]}}`, string(edited.Bytes()))
	_, err = fhir.Edit(r, func(*[]int) error { return nil })
	assert.Error(t, err)
	_, err = fhir.Edit(r, func(m *map[string]any) error { (*m)["resourceType"] = "Person"; return nil })
	assert.EqualError(t, err, "fhir: edit Patient: the edit changes the resourceType")
}

func TestExtensionsBehindTheLastValueOfAListStay(t *testing.T) {
	t.Parallel()
	const text = `{"resourceType":"Patient","name":[{"given":["Ann"],"_given":[null,{"id":"x"}]}]}`
	given := func(change func(given []string) []string) string {
		return editPatient(t, text, func(p *models.Patient) { p.Name[0].Given = change(p.Name[0].Given) })
	}
	assert.JSONEq(t, `{"resourceType":"Patient","name":[{"given":["Bea"],"_given":[null,{"id":"x"}]}]}`,
		given(func([]string) []string { return []string{"Bea"} }))
	assert.JSONEq(t, `{"resourceType":"Patient","name":[{"given":["Ann",null,"Bea"],"_given":[null,{"id":"x"},null]}]}`,
		given(func(g []string) []string { return append(g, "Bea") }))
	assert.JSONEq(t, `{"resourceType":"Patient","name":[{"given":["Bea","Ann"],"_given":[null,null,{"id":"x"}]}]}`,
		given(func(g []string) []string { return append([]string{"Bea"}, g...) }))
}
