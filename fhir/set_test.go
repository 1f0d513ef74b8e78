package fhir_test

import (
	"encoding/json"
	"math"
	"testing"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

const written = `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","x":1.0}`

func TestSetChangesOneValue(t *testing.T) {
	t.Parallel()
	for path, c := range map[string]struct {
		value any
		want  string
	}{
		"birthDate":                     {"1991", `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1991","x":1.0}`},
		"id":                            {"p", `{"resourceType":"Patient","id":"p","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","x":1.0}`},
		"x":                             {json.RawMessage(` [ 1.50 ] `), `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","x":[1.50]}`},
		"name.0.given.0":                {"A", `{"resourceType":"Patient","name":[{"family":"F","given":["A","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","x":1.0}`},
		"name.0.given.-1":               {"c", `{"resourceType":"Patient","name":[{"family":"F","given":["a","b","c"],"_given":[null,{"id":"g"},null]}],"birthDate":"1990","x":1.0}`},
		"name.0.given.2":                {"c", `{"resourceType":"Patient","name":[{"family":"F","given":["a","b","c"],"_given":[null,{"id":"g"},null]}],"birthDate":"1990","x":1.0}`},
		"name.0.given":                  {[]string{"z"}, `{"resourceType":"Patient","name":[{"family":"F","given":["z"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","x":1.0}`},
		"name.1.use":                    {"old", `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]},{"use":"old"}],"birthDate":"1990","x":1.0}`},
		"name.-1":                       {fhir.NewHumanName("N"), `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]},{"family":"N"}],"birthDate":"1990","x":1.0}`},
		"meta.profile.0":                {"http://p", `{"resourceType":"Patient","meta":{"profile":["http://p"]},"name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","x":1.0}`},
		"deceasedBoolean":               {false, `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","deceasedBoolean":false,"x":1.0}`},
		"_birthDate.extension.0.url":    {"http://x", `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","_birthDate":{"extension":[{"url":"http://x"}]},"x":1.0}`},
		"name.0._given.0.id":            {"h", `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[{"id":"h"},{"id":"g"}]}],"birthDate":"1990","x":1.0}`},
		"contact.0.name.given.0":        {"C", `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","contact":[{"name":{"given":["C"]}}],"x":1.0}`},
		"contained.0":                   {fhir.MustNew(fhir.NewPatient()), `{"resourceType":"Patient","contained":[{"resourceType":"Patient"}],"name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","x":1.0}`},
		"extension.0.valueDecimal":      {json.Number("1.50"), `{"resourceType":"Patient","extension":[{"valueDecimal":1.50}],"name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","x":1.0}`},
		"managingOrganization":          {new(fhir.NewReference("Organization/1")), `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","managingOrganization":{"reference":"Organization/1"},"x":1.0}`},
		"text.div":                      {`<div>&amp;</div>`, `{"resourceType":"Patient","text":{"div":"<div>&amp;</div>"},"name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","x":1.0}`},
		"multipleBirthInteger":          {2, `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","multipleBirthInteger":2,"x":1.0}`},
		"gender":                        {models.AdministrativeGenderOther, `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"gender":"other","birthDate":"1990","x":1.0}`},
		"generalPractitioner.0.display": {"Dr", `{"resourceType":"Patient","name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}],"birthDate":"1990","generalPractitioner":[{"display":"Dr"}],"x":1.0}`},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			r, err := parsed(t, written).Set(path, c.value)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(r.Bytes()))
		})
	}
}

func TestSetSaysWhyAValueCannotStandThere(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		path  string
		value any
	}{
		"fhir: set : a step of the path is empty":                                                                                                     {"", 1},
		"fhir: set name..x: a step of the path is empty":                                                                                              {"name..x", 1},
		"fhir: set 0: a path begins with the name of an element":                                                                                      {"0", 1},
		"fhir: set name.#.x: only names and indexes with dots between them can be written to, such as name.0.given.1":                                 {"name.#.x", 1},
		"fhir: set name[0]: only names and indexes with dots between them can be written to, such as name.0.given.1":                                  {"name[0]", 1},
		"fhir: set brithDate: Patient has no element brithDate in FHIR R4":                                                                            {"brithDate", "1990"},
		"fhir: set name.0.first: HumanName has no element first in FHIR R4":                                                                           {"name.0.first", "x"},
		"fhir: set contact.0.nam: Patient.contact has no element nam in FHIR R4":                                                                      {"contact.0.nam", "x"},
		"fhir: set name.family: name repeats: name an index, name.0, or name.-1 to append":                                                            {"name.family", "x"},
		"fhir: set address.city: address repeats: name an index, address.0, or address.-1 to append":                                                  {"address.city", "x"},
		"fhir: set address.1.city: address has 0 elements: 1 is beyond the next":                                                                      {"address.1.city", "x"},
		"fhir: set name.3.family: name has 1 elements: 3 is beyond the next":                                                                          {"name.3.family", "x"},
		"fhir: set meta.0.id: meta does not repeat: leave out the index":                                                                              {"meta.0.id", "x"},
		"fhir: set birthDate.year: birthDate is a single value: nothing is below it":                                                                  {"birthDate.year", "x"},
		"fhir: set gender.x: gender is a single value: nothing is below it":                                                                           {"gender.x", "x"},
		"fhir: set name.0.given.0.x: given.0 is a single value: nothing is below it":                                                                  {"name.0.given.0.x", "x"},
		"fhir: set name: name repeats: give a slice, or name an index as in name.0":                                                                   {"name", fhir.NewHumanName("x")},
		"fhir: set birthDate: birthDate does not repeat: give one value":                                                                              {"birthDate", []string{"x"}},
		"fhir: set active: active wants true or false":                                                                                                {"active", "true"},
		"fhir: set birthDate: birthDate wants a string":                                                                                               {"birthDate", 1990},
		"fhir: set multipleBirthInteger: multipleBirthInteger wants a whole number":                                                                   {"multipleBirthInteger", 1.5},
		"fhir: set maritalStatus: maritalStatus wants an object":                                                                                      {"maritalStatus", "M"},
		"fhir: set contact.0: contact wants an object":                                                                                                {"contact.0", "M"},
		"fhir: set name.0.given.0: given wants a string":                                                                                              {"name.0.given.0", 1},
		"fhir: set birthDate: there is no value; use Delete to remove an element":                                                                     {"birthDate", nil},
		"fhir: set gender: there is no value; use Delete to remove an element":                                                                        {"gender", (*models.AdministrativeGender)(nil)},
		"fhir: set birthDate: the value is empty, which FHIR does not know; use Delete to remove an element":                                          {"birthDate", ""},
		"fhir: set maritalStatus: the value is empty, which FHIR does not know; use Delete to remove an element":                                      {"maritalStatus", models.CodeableConcept{}},
		"fhir: set x: the value is not JSON":                                                                                                          {"x", json.RawMessage("{")},
		"fhir: set resourceType: a resource keeps its type":                                                                                           {"resourceType", "Person"},
		"fhir: set name.0.given.0.0: given.0 is a single value: nothing is below it":                                                                  {"name.0.given.0.0", "x"},
		"fhir: set photo.0.0: an array cannot hold an array":                                                                                          {"photo.0.0", "x"},
		"fhir: set multipleBirthBoolean: multipleBirthInteger is set already: delete it first, as only one alternative of multipleBirth[x] may stand": {"multipleBirthBoolean", true},
		"fhir: set contained.0: the resource holds nothing":                                                                                           {"contained.0", fhir.Resource{}},
	} {
		r, err := parsed(t, `{"resourceType":"Patient","name":[{"given":["a"]}],"birthDate":"1990","multipleBirthInteger":1}`).Set(c.path, c.value)
		var e *fhir.PathError
		if assert.ErrorAs(t, err, &e, want) {
			assert.Equal(t, want, err.Error())
		}
		assert.True(t, r.IsZero())
	}
	_, err := parsed(t, written).Set("x", math.NaN())
	assert.Error(t, err)
}

func TestResourcesThatR4DoesNotHaveTakeAnything(t *testing.T) {
	t.Parallel()
	r := parsed(t, `{"resourceType":"SubscriptionTopic"}`)
	for _, s := range []struct {
		path  string
		value any
	}{{"title", "x"}, {"notificationShape.0.resource", "Patient"}, {"notificationShape.0.include.-1", "a"}, {`we\.ird`, 1}} {
		var err error
		r, err = r.Set(s.path, s.value)
		require.NoError(t, err)
	}
	assert.Equal(t, `{"resourceType":"SubscriptionTopic","title":"x","notificationShape":[{"resource":"Patient","include":["a"]}],"we.ird":1}`, string(r.Bytes()))
}

func TestDeleteRemovesAnElementWithItsExtensions(t *testing.T) {
	t.Parallel()
	const text = `{ "resourceType":"Patient", "name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}], "birthDate":"1990","_birthDate":{"id":"b","extension":[{"url":"u"}]}, "contact":[{"gender":"male"}] }`
	for path, want := range map[string]string{
		"birthDate":             `{ "resourceType":"Patient", "name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}], "contact":[{"gender":"male"}] }`,
		"_birthDate":            `{ "resourceType":"Patient", "name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}], "birthDate":"1990", "contact":[{"gender":"male"}] }`,
		"_birthDate.extension":  `{ "resourceType":"Patient", "name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}], "birthDate":"1990","_birthDate":{"id":"b"}, "contact":[{"gender":"male"}] }`,
		"name.0.given.0":        `{ "resourceType":"Patient", "name":[{"family":"F","given":["b"],"_given":[{"id":"g"}]}], "birthDate":"1990","_birthDate":{"id":"b","extension":[{"url":"u"}]}, "contact":[{"gender":"male"}] }`,
		"name.0.given.-1":       `{ "resourceType":"Patient", "name":[{"family":"F","given":["a"]}], "birthDate":"1990","_birthDate":{"id":"b","extension":[{"url":"u"}]}, "contact":[{"gender":"male"}] }`,
		"name.0._given.1":       `{ "resourceType":"Patient", "name":[{"family":"F","given":["a","b"]}], "birthDate":"1990","_birthDate":{"id":"b","extension":[{"url":"u"}]}, "contact":[{"gender":"male"}] }`,
		"name.0._given.1.id":    `{ "resourceType":"Patient", "name":[{"family":"F","given":["a","b"]}], "birthDate":"1990","_birthDate":{"id":"b","extension":[{"url":"u"}]}, "contact":[{"gender":"male"}] }`,
		"name.0.given":          `{ "resourceType":"Patient", "name":[{"family":"F"}], "birthDate":"1990","_birthDate":{"id":"b","extension":[{"url":"u"}]}, "contact":[{"gender":"male"}] }`,
		"contact.0.gender":      `{ "resourceType":"Patient", "name":[{"family":"F","given":["a","b"],"_given":[null,{"id":"g"}]}], "birthDate":"1990","_birthDate":{"id":"b","extension":[{"url":"u"}]} }`,
		"nothing":               text,
		"name.7.family":         text,
		"birthDate.x":           text,
		"name.family":           text,
		"name.0.given.0.x":      text,
		"contact.0.name.family": text,
	} {
		r, err := parsed(t, text).Delete(path)
		require.NoError(t, err, path)
		assert.Equal(t, want, string(r.Bytes()), path)
	}
	for _, path := range []string{"resourceType", "", "a..b", "name.#"} {
		_, err := parsed(t, text).Delete(path)
		assert.Error(t, err, path)
	}
	r, err := parsed(t, `{"resourceType":"Patient","_birthDate":{"id":"b"}}`).Delete("birthDate")
	require.NoError(t, err)
	assert.Equal(t, `{"resourceType":"Patient"}`, string(r.Bytes()))
}
