package fhir_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

const capabilityJSON = `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","software":{"name":"HAPI","version":"8.8.0"},
	"format":["application/fhir+json","json"],"patchFormat":["application/json-patch+json"],
	"rest":[{"mode":"client","resource":[{"type":"Account"}]},
	{"mode":"server","interaction":[{"code":"transaction"}],"operation":[{"name":"export"}],"searchParam":[{"name":"_lastUpdated","type":"date"}],
	"resource":[{"type":"Patient","profile":"http://p/0","supportedProfile":["http://p/1"],
		"interaction":[{"code":"read"},{"code":"create"}],"conditionalCreate":true,"conditionalUpdate":false,"conditionalDelete":"single","updateCreate":true,
		"searchInclude":["Patient:organization"],
		"searchParam":[{"name":"identifier","type":"token"}],"operation":[{"name":"$everything"}]},{"type":"Binary","conditionalDelete":"not-supported","searchInclude":["*"]}]}]}`

func TestCapabilityTellsWhatAServerCanDo(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, capabilityJSON)))
	k, err := client.Capability(t.Context())
	require.NoError(t, err)
	assert.Equal(t, serverURL+"/metadata", w.last().URL)
	assert.Equal(t, "4.0.1", k.FHIRVersion)
	assert.Equal(t, "HAPI", k.Software)
	assert.Equal(t, "8.8.0", k.SoftwareVersion)
	assert.Equal(t, []string{"application/fhir+json", "json"}, k.Formats)
	assert.Equal(t, []string{"application/json-patch+json"}, k.PatchFormats)
	for want, got := range map[bool][]bool{
		true: {
			k.HasType("Patient"), k.Supports("Patient", fhir.InteractionRead), k.Supports("Patient", fhir.InteractionCondCreate),
			k.Supports("Patient", fhir.InteractionCondDelete), k.Supports("Patient", fhir.InteractionUpdateCreate),
			k.Supports("", fhir.InteractionTransaction), k.HasOperation("", "$export"), k.HasOperation("Patient", "everything"),
			k.Includes("Patient", "Patient:organization"), k.Includes("Patient", "Patient:organization:Organization"), k.Includes("Binary", "Binary:x"),
		},
		false: {
			k.HasType("Account"), k.HasType("Observation"), k.Supports("Patient", fhir.InteractionDelete), k.Supports("Patient", fhir.InteractionCondUpdate),
			k.Supports("Binary", fhir.InteractionCondDelete), k.Supports("Observation", fhir.InteractionRead), k.Supports("", fhir.InteractionBatch),
			k.HasOperation("Patient", "$match"), k.Includes("Patient", "Patient:link"), k.Includes("Observation", "x"),
		},
	} {
		for i, g := range got {
			assert.Equal(t, want, g, i)
		}
	}
	kind, ok := k.SearchParam("Patient", "identifier")
	assert.True(t, ok)
	assert.Equal(t, "token", kind)
	kind, ok = k.SearchParam("Patient", "_lastUpdated")
	assert.True(t, ok)
	assert.Equal(t, "date", kind)
	_, ok = k.SearchParam("Patient", "name")
	assert.False(t, ok)
	assert.Equal(t, []string{"http://p/0", "http://p/1"}, k.Profiles("Patient"))
	assert.Empty(t, k.Profiles("Observation"))
}

func TestCapabilityIsReadOnceAndKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, w := connect(t, answers(says(200, capabilityJSON)))
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				_, err := client.Capability(t.Context())
				assert.NoError(t, err)
			})
		}
		all.Wait()
		assert.Len(t, w.requests(), 1)
		_, err := client.Capability(t.Context(), fhir.Fresh())
		require.NoError(t, err)
		assert.Len(t, w.requests(), 2)
		time.Sleep(61 * time.Minute) //nolint:forbidigo // fake time
		_, err = client.Capability(t.Context())
		require.NoError(t, err)
		assert.Len(t, w.requests(), 3)
	})
}

func TestFailedCapabilityIsNotKept(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(says(500, ""), says(200, annJSON), says(200, capabilityJSON)))
	_, err := client.Capability(t.Context())
	require.Error(t, err)
	_, err = client.Capability(t.Context())
	var response *fhir.ResponseError
	require.ErrorAs(t, err, &response)
	_, err = client.Capability(t.Context())
	require.NoError(t, err)
}
