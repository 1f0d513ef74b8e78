package fhir_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// What the builder makes is what servers take, and what they answer is told by entry.
func TestBundlesGoThroughAServer(t *testing.T) {
	t.Parallel()
	for name, flavour := range map[string]fhirtest.Flavour{"strict": fhirtest.Strict, "hapi": fhirtest.HAPI} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fhirtest.New(t, fhirtest.Options{Flavour: flavour})
			client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL, HTTPClient: server.Client(), MaxAttempts: 1})
			require.NoError(t, err)

			tx := fhir.NewTransaction()
			patient := tx.Create(resourceOf(t, `{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"7"}]}`)).
				As("patient 7").IfNoneExist("identifier=urn:mrn|7")
			tx.Create(resourceOf(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"patient 7"}}`)).As("o")
			tx.Update(resourceOf(t, `{"resourceType":"Patient","id":"kept"}`))
			sent := tx.MustBuild()
			results, err := client.Transaction(t.Context(), sent)
			require.NoError(t, err)
			require.NoError(t, results.Err())
			created, found := results.Of(patient.Reference())
			require.True(t, found)
			assert.Equal(t, 201, created.Response.Status)
			observation, err := client.Read(t.Context(), "Observation", results[1].Response.Location.ID)
			require.NoError(t, err)
			assert.Equal(t, created.Response.Location.Reference(), observation.Get("subject.reference").String(), "the server has rewritten it")
			assert.Equal(t, "Patient/kept", results[2].Response.Location.Reference())

			again, err := client.Transaction(t.Context(), sent)
			require.NoError(t, err)
			assert.Equal(t, created.Response.Location.ID, again[0].Response.Location.ID, "the patient is there already")

			batch := fhir.NewBatch()
			batch.Get("Patient/" + created.Response.Location.ID)
			batch.Get("Patient/nobody")
			batch.Update(resourceOf(t, `{"resourceType":"Patient","id":"kept","active":true}`)).IfMatch("99")
			answered, err := client.Batch(t.Context(), batch.MustBuild())
			require.NoError(t, err)
			assert.True(t, answered[0].OK())
			assert.Equal(t, "Patient", answered[0].Resource.Type())
			require.ErrorIs(t, answered[1].Err, fhir.ErrNotFound)
			require.ErrorIs(t, answered[2].Err, fhir.ErrVersionConflict)
		})
	}
}

func TestPartsOfABundleGoThroughAServer(t *testing.T) {
	t.Parallel()
	server := fhirtest.New(t, fhirtest.Options{})
	client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL, HTTPClient: server.Client(), MaxAttempts: 1})
	require.NoError(t, err)
	tx := fhir.NewTransaction()
	for i := range 10 {
		key := fmt.Sprint("patient ", i)
		tx.Create(resourceOf(t, `{"resourceType":"Patient"}`)).As(key)
		tx.Create(resourceOf(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"`+key+`"}}`)).As("of " + key)
	}
	split, err := tx.MustBuild().Split(fhir.BundleLimits{Entries: 4})
	require.NoError(t, err)
	require.Len(t, split.Parts(), 5)
	var answers []fhir.BundleAnswer
	for i, part := range split.Parts() {
		if i == 3 {
			break // the rest is not sent
		}
		results, err := client.Transaction(t.Context(), part.Bundle)
		require.NoError(t, err)
		require.NoError(t, results.Err())
		answers = append(answers, fhir.BundleAnswer{Results: results})
	}
	results, err := split.Results(answers)
	require.NoError(t, err)
	for i, r := range results {
		assert.Equal(t, i, r.Place)
		if i < 12 {
			assert.True(t, r.OK(), i)
			continue
		}
		require.ErrorIs(t, r.Err, fhir.ErrBundleNotSent)
	}
}
