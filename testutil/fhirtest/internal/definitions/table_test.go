package definitions_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
)

func TestTheTableKnowsElements(t *testing.T) {
	t.Parallel()
	patient := definitions.R4().Type("Patient")
	require.Equal(t, definitions.Resource, patient.Kind)
	gender, ok := patient.Member("gender")
	require.True(t, ok)
	require.Equal(t, []string{"female", "male", "other", "unknown"}, gender.Element.Codes)
	deceased, ok := patient.Member("deceasedDateTime")
	require.True(t, ok)
	require.Equal(t, "dateTime", deceased.Type.Name)
	contact, ok := patient.Member("contact")
	require.True(t, ok)
	require.True(t, contact.Element.List)
	require.NotNil(t, definitions.R4().Type(contact.Type.Name))
	_, ok = patient.Member("id")
	require.True(t, ok, "inherited")
	_, ok = patient.Member("colour")
	require.False(t, ok)
}

func TestTheTableKnowsReferenceTargets(t *testing.T) {
	t.Parallel()
	subject, ok := definitions.R4().Type("Observation").Member("subject")
	require.True(t, ok)
	require.True(t, subject.Type.AllowsTarget("Patient"))
	require.False(t, subject.Type.AllowsTarget("Observation"))
}

func TestTheTableKnowsSearchParameters(t *testing.T) {
	t.Parallel()
	table := definitions.R4()
	require.Equal(t, "token", table.Parameter("Patient", "identifier").Type)
	require.Equal(t, "date", table.Parameter("Patient", "_lastUpdated").Type)
	require.Nil(t, table.Parameter("Patient", "nosuch"))
	phone := table.Parameter("Patient", "phone").Paths[0]
	require.Equal(t, definitions.Step{Name: "telecom", Field: "system", Value: "phone"}, phone.Steps[0])
	require.Equal(t, "Patient", table.Parameter("Observation", "patient").Paths[0].Target)
	require.Contains(t, table.Compartment("Observation"), "subject")
}

func TestTheTableKnowsEveryResource(t *testing.T) {
	t.Parallel()
	require.Len(t, definitions.R4().Resources(), 147)
	require.True(t, definitions.R4().IsResource("Patient"))
	require.False(t, definitions.R4().IsResource("DomainResource"))
	require.False(t, definitions.R4().IsResource("HumanName"))
}
