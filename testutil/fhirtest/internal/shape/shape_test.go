package shape_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/shape"
)

func parse(t *testing.T, text string) *jsontree.Node {
	t.Helper()
	n, err := jsontree.Parse([]byte(text))
	require.NoError(t, err)
	return n
}

func TestWhatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"resourceType":"Patient","colour":"blue"}`:                                  "structure Patient.colour",
		`{"resourceType":"Patient","name":{"family":"x"}}`:                            "structure Patient.name",
		`{"resourceType":"Patient","birthDate":["1980"]}`:                             "structure Patient.birthDate",
		`{"resourceType":"Patient","active":"true"}`:                                  "structure Patient.active",
		`{"resourceType":"Patient","birthDate":"29/02/1980"}`:                         "value Patient.birthDate",
		`{"resourceType":"Patient","birthDate":"1981-02-29"}`:                         "value Patient.birthDate",
		`{"resourceType":"Patient","gender":"woman"}`:                                 "code-invalid Patient.gender",
		`{"resourceType":"Observation","status":"final"}`:                             "required Observation",
		`{"resourceType":"Patient","deceasedBoolean":true,"deceasedDateTime":"2020"}`: "structure Patient.deceasedDateTime",
		`{"resourceType":"Patient","name":[]}`:                                        "structure Patient.name",
		`{"resourceType":"Patient","name":[{}]}`:                                      "structure Patient.name[0]",
		`{"resourceType":"Patient","contained":[{"resourceType":"Nothing"}]}`:         "structure Patient.contained[0]",
	} {
		problems := shape.Check(definitions.R4(), parse(t, text))
		require.Len(t, problems, 1, text)
		require.Equal(t, want, problems[0].Code+" "+problems[0].Expression, text)
	}
}

func TestWhatIsRightIsTaken(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"resourceType":"Patient","_birthDate":{"extension":[{"url":"x:y","valueCode":"unknown"}]},"name":[{"given":["a",null],"_given":[null,{"id":"i"}]}]}`,
		`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"contained":[{"resourceType":"Organization","id":"o","name":"O"}]}`,
		`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50},"effectiveDateTime":"2024-05-01T10:00:00.120+02:00"}`,
		`{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","item":[{"linkId":"2","type":"string"}]}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","valueString":"c"}]}]}`,
	} {
		require.Empty(t, shape.Check(definitions.R4(), parse(t, text)), text)
	}
}

func TestTheLenientParserDropsAndTurns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"resourceType":"Patient","gender":"male","colour":"blue","id":"1"}`: `{"resourceType":"Patient","id":"1","gender":"male"}`,
		`{"resourceType":"Patient","name":{"family":"x"}}`:                    `{"resourceType":"Patient","name":[{"family":"x"}]}`,
		`{"resourceType":"Patient","birthDate":["1980"]}`:                     `{"resourceType":"Patient","birthDate":"1980"}`,
		`{"resourceType":"Patient","active":"true"}`:                          `{"resourceType":"Patient","active":true}`,
		`{"resourceType":"Patient","name":[]}`:                                `{"resourceType":"Patient"}`,
		`{"resourceType":"Observation","valueQuantity":{"value":1E2}}`:        `{"resourceType":"Observation","valueQuantity":{"value":100}}`,
		`{"resourceType":"Observation","valueQuantity":{"value":1.10}}`:       `{"resourceType":"Observation","valueQuantity":{"value":1.10}}`,
		`{"resourceType":"Observation","valueQuantity":{"value":1.5e-3}}`:     `{"resourceType":"Observation","valueQuantity":{"value":0.0015}}`,
	} {
		got, problem := shape.Coerce(definitions.R4(), parse(t, text))
		require.Nil(t, problem)
		require.Equal(t, want, string(got.Bytes()))
	}
	_, problem := shape.Coerce(definitions.R4(), parse(t, `{"resourceType":"Patient","gender":"woman"}`))
	require.Equal(t, "gender", problem.Element)
}
