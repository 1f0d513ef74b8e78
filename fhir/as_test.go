package fhir_test

import (
	"testing"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// lost are the issues of a DecodeError, as "path: details".
func lost(t *testing.T, err error) []string {
	t.Helper()
	var e *fhir.DecodeError
	require.ErrorAs(t, err, &e)
	var all []string
	for _, i := range e.Issues {
		assert.Equal(t, fhir.SeverityWarning, i.Severity)
		all = append(all, i.Expression[0]+": "+i.Details)
	}
	return all
}

func TestContentThatATypeCannotHoldCostsNothingElse(t *testing.T) {
	t.Parallel()
	r := parsed(t, `{
  "resourceType": "Patient", "id": "1", "gender": "M",
  "name": [{"use": "secret", "family": "A"}, "B", {"use": "official", "given": ["C", 7]}],
  "birthDate": {"year": 1990}, "contact": {"name": 1}, "active": "yes",
  "link": [{"other": {"reference": "Patient/2"}, "type": "twin"}],
  "telecom": [{"system": "phone", "value": "1"}]
}`)
	p, err := fhir.As[models.Patient](r)
	assert.Equal(t, []string{
		"Patient.gender: not a code of AdministrativeGender",
		"Patient.name[0].use: not a code of NameUse",
		"Patient.name[1]: an object is wanted, this is a string",
		"Patient.name[2].given[1]: a string is wanted, this is a number",
		"Patient.birthDate: a string is wanted, this is an object",
		"Patient.contact: an array is wanted, this is an object",
		"Patient.active: a boolean is wanted, this is a string",
		"Patient.link[0].type: not a code of LinkType",
	}, lost(t, err))
	assert.NotContains(t, err.Error(), "secret")
	assert.Equal(t, "fhir: not all of the resource could be read: Patient.gender: not a code of AdministrativeGender; "+
		"Patient.name[0].use: not a code of NameUse; Patient.name[1]: an object is wanted, this is a string; and 5 more", err.Error())
	assert.Equal(t, "1", *p.Id)
	assert.Nil(t, p.Gender)
	assert.Nil(t, p.Name[0].Use)
	assert.Equal(t, "A", *p.Name[0].Family)
	assert.Equal(t, models.NameUseOfficial, *p.Name[2].Use)
	assert.Equal(t, []string{"C", ""}, p.Name[2].Given)
	assert.Equal(t, models.LinkType(-1), p.Link[0].Type)
	assert.Equal(t, "1", *p.Telecom[0].Value)

	var e *fhir.DecodeError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, fhir.IssueCodeInvalid, e.Issues[0].Code)
	assert.Equal(t, fhir.IssueStructure, e.Issues[2].Code)
	assert.Equal(t, []int{2, 51}, []int{e.Issues[0].Line, e.Issues[0].Column})
	assert.Equal(t, e.Issues, e.Outcome().Issues)
}

func TestAMissingCodeIsNotTheFirstOfItsType(t *testing.T) {
	t.Parallel()
	o, err := fhir.As[models.Observation](parsed(t, `{"resourceType":"Observation","component":[{"code":{}}]}`))
	require.NoError(t, err)
	assert.Equal(t, models.ObservationStatus(-1), o.Status)
	o, err = fhir.As[models.Observation](parsed(t, `{"resourceType":"Observation","status":"registered"}`))
	require.NoError(t, err)
	assert.Equal(t, models.ObservationStatusRegistered, o.Status)

	b, err := fhir.As[models.Patient](parsed(t, `{"resourceType":"Patient","link":[{"type":"replaced-by"},{"other":{}},{"type":"replaced-by"},null,{}]}`))
	require.NoError(t, err)
	assert.Equal(t, []models.LinkType{0, -1, 0, 0, -1}, []models.LinkType{b.Link[0].Type, b.Link[1].Type, b.Link[2].Type, b.Link[3].Type, b.Link[4].Type})
}

func TestASamplyTypeOfAnotherResourceIsRefused(t *testing.T) {
	t.Parallel()
	r := parsed(t, `{"resourceType":"Patient"}`)
	_, err := fhir.As[models.Observation](r)
	assert.EqualError(t, err, "fhir: a Patient cannot be read as a Observation")
	_, err = fhir.Edit(r, func(*models.Observation) error { return nil })
	assert.Error(t, err)
}

func TestMembersThatDifferInCaseOnlyAreNotMixedUp(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"resourceType":"Patient","birthDate":"1990-01-01","BirthDate":"2000-01-01"}`,
		`{"resourceType":"Patient","BirthDate":"2000-01-01","birthDate":"1990-01-01"}`,
	} {
		p, err := fhir.As[models.Patient](parsed(t, text))
		require.NoError(t, err)
		assert.Equal(t, "1990-01-01", *p.BirthDate)
	}
}

func TestStructsOfOnesOwnNeedShowAPartOnly(t *testing.T) {
	t.Parallel()
	type base struct {
		ID string `json:"id"`
	}
	type view struct {
		base
		Names []struct {
			Family string
		} `json:"name"`
		Births  int `json:"multipleBirthInteger"`
		Ignored string
		private string
	}
	v, err := fhir.As[view](parsed(t, `{"resourceType":"Patient","id":"7","name":[{"Family":"X"}],"multipleBirthInteger":2.5}`))
	assert.Equal(t, []string{"Patient.multipleBirthInteger: an integer that int can hold is wanted, this is a number"}, lost(t, err))
	assert.Equal(t, "7", v.ID)
	assert.Equal(t, "X", v.Names[0].Family)
	assert.Empty(t, v.private)
}

func TestPlacesOfManyIssuesAreRight(t *testing.T) {
	t.Parallel()
	_, err := fhir.As[models.Patient](parsed(t, "{\"resourceType\":\"Patient\", \"gender\":\"ä\", \"birthDate\":1,\n\n \"name\":[{\"text\":\"öö\",\"use\":\"x\"},1,\n2]}"))
	var e *fhir.DecodeError
	require.ErrorAs(t, err, &e)
	var places [][2]int
	for _, i := range e.Issues {
		places = append(places, [2]int{i.Line, i.Column})
	}
	assert.Equal(t, [][2]int{{1, 37}, {1, 54}, {3, 29}, {3, 34}, {4, 1}}, places)
}
