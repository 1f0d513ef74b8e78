package index_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

func values(t *testing.T, resource, parameter string) []index.Value {
	t.Helper()
	n, err := jsontree.Parse([]byte(resource))
	require.NoError(t, err)
	return index.Values(n, definitions.R4().Parameter(n.Str("resourceType"), parameter))
}

func TestValuesOfParameters(t *testing.T) {
	t.Parallel()
	const patient = `{"resourceType":"Patient","identifier":[{"system":"s","value":"v"}],"name":[{"family":"Müller","given":["Ann","B"]}],
		"telecom":[{"system":"phone","value":"1"},{"system":"email","value":"2"}],"deceasedBoolean":false,"birthDate":"1980-02"}`
	require.Equal(t, "v", values(t, patient, "identifier")[0].Code)
	require.Equal(t, "muller", values(t, patient, "family")[0].Text)
	require.Len(t, values(t, patient, "name"), 3)
	require.Equal(t, "1", values(t, patient, "phone")[0].Code)
	require.Equal(t, "false", values(t, patient, "deceased")[0].Code)
	span := values(t, patient, "birthdate")[0].Span
	require.Equal(t, time.Date(1980, 3, 1, 0, 0, 0, 0, time.UTC), span.Until)
	const observation = `{"resourceType":"Observation","subject":{"reference":"Group/1"},"valueQuantity":{"value":1.50,"code":"mg"}}`
	require.Empty(t, values(t, observation, "patient"), "a group is no patient")
	require.Equal(t, index.Reference{Type: "Group", ID: "1"}, values(t, observation, "subject")[0].Reference)
	require.Equal(t, "3/2", values(t, observation, "value-quantity")[0].Number.String())
}

func TestReferencesAreTold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]index.Reference{
		"Patient/1":                   {Type: "Patient", ID: "1"},
		"Patient/1/_history/2":        {Type: "Patient", ID: "1"},
		"http://x.org/fhir/Patient/1": {Type: "Patient", ID: "1", URL: "http://x.org/fhir/Patient/1"},
		"urn:uuid:0":                  {URL: "urn:uuid:0"},
		"#a":                          {URL: "#a"},
		"":                            {},
	} {
		require.Equal(t, want, index.ParseReference(text), text)
	}
}

func TestLinksOfAResource(t *testing.T) {
	t.Parallel()
	n, err := jsontree.Parse([]byte(`{"resourceType":"Observation","subject":{"reference":"Patient/1"},"performer":[{"reference":"#d"},{"display":"x"}]}`))
	require.NoError(t, err)
	found := index.Links(n)
	require.Len(t, found, 2)
	require.Equal(t, "Observation.performer", found[1].Path)
}
