package fhir_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func (f facts) transaction(t *testing.T) {
	t.Helper()
	tx := fhir.NewTransaction()
	patient := tx.Create(f.patient(t, "")).IfNoneExist("identifier=urn:mrn|" + f.mrn)
	tx.Create(asResource(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"`+patient.Reference()+`"}}`))
	b, err := tx.Build()
	require.NoError(t, err)
	results, err := f.client.Transaction(t.Context(), b)
	require.NoError(t, err)
	require.NoError(t, results.Err())
	at := results[0].Response.Location
	assert.Equal(t, "Patient", at.Type)
	observation := results[1].Response.Location
	r, err := f.client.Read(t.Context(), "Observation", observation.ID)
	require.NoError(t, err)
	assert.Equal(t, at.Reference(), r.Get("subject.reference").String())

	if f.kind == "medplum" {
		return // it rolls back nothing in memory
	}
	tx = fhir.NewTransaction()
	tx.Create(asResource(t, `{"resourceType":"Organization","name":"`+f.mrn+`"}`))
	stale := asResource(t, `{"resourceType":"Patient","id":"`+at.ID+`","active":true}`)
	tx.Update(stale).IfMatch("99")
	b, err = tx.Build()
	require.NoError(t, err)
	_, err = f.client.Transaction(t.Context(), b)
	require.ErrorIs(t, err, fhir.ErrVersionConflict)
	n, err := f.client.Count(t.Context(), "Organization", fhir.ByString("name", f.mrn), fhir.Fresh())
	require.NoError(t, err)
	assert.Zero(t, n, "nothing of it was done")
}

func (f facts) batch(t *testing.T) {
	t.Helper()
	made := f.create(t, "")
	batch := fhir.NewBatch()
	batch.Get("Patient/" + made.ID)
	batch.Get("Patient/nope")
	batch.Create(f.patient(t, ""))
	b, err := batch.Build()
	require.NoError(t, err)
	results, err := f.client.Batch(t.Context(), b)
	require.NoError(t, err)
	require.Len(t, results, 3)
	assert.Equal(t, made.ID, results[0].Resource.ID())
	require.ErrorIs(t, results[1].Err, fhir.ErrNotFound)
	require.NoError(t, results[2].Err)
	assert.Equal(t, http.StatusCreated, results[2].Response.Status)
}

func (f facts) operations(t *testing.T) {
	t.Helper()
	_, err := f.client.Call(t.Context(), fhir.Operation{Name: "nosuch", Type: "Patient", Post: true})
	require.ErrorIs(t, err, fhir.ErrNotSupported)
	if f.kind == "medplum" {
		return
	}
	o, err := f.client.Validate(t.Context(), asResource(t, `{"resourceType":"Observation","status":"final"}`), fhir.ValidateOptions{})
	require.NoError(t, err)
	assert.True(t, o.HasErrors(), "an observation without code")
	made := f.create(t, "")
	_, err = f.client.Create(t.Context(), asResource(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"`+made.Reference()+`"}}`))
	require.NoError(t, err)
	types := map[string]int{}
	for r, err := range f.client.Everything(t.Context(), "Patient", made.ID) {
		require.NoError(t, err)
		types[r.Type()]++
	}
	assert.Equal(t, map[string]int{"Patient": 1, "Observation": 1}, types)
	found, err := f.client.Match(t.Context(), f.patient(t, ""), fhir.MatchOptions{})
	if f.kind == "hapi" {
		require.ErrorIs(t, err, fhir.ErrNotSupported)
		return
	}
	require.NoError(t, err)
	require.NotEmpty(t, found)
	assert.Equal(t, made.ID, found[0].Resource.ID())
}

func (f facts) references(t *testing.T) {
	t.Helper()
	made := f.create(t, "")
	for _, reference := range []string{made.Reference(), f.client.URL() + "/" + made.Reference(), made.Reference() + "/_history/" + made.VersionID, "Patient?identifier=urn:mrn|" + f.mrn} {
		r, err := f.client.Resolve(t.Context(), reference)
		require.NoError(t, err, reference)
		assert.Equal(t, made.ID, r.ID())
	}
	_, err := f.client.Resolve(t.Context(), "Patient/nope")
	require.ErrorIs(t, err, fhir.ErrNotFound)
}

func (f facts) polling(t *testing.T) {
	t.Helper()
	p, err := fhir.NewPoller(fhir.PollConfig{
		Client: f.client, Type: "Patient", Query: fhir.Where(f.byMRN()), Store: &fhir.MemoryWatermarks{},
		PageSize: map[bool]int{true: 100, false: 2}[f.kind == "medplum"], // it has no next link
	})
	require.NoError(t, err)
	poll := func() (ids []string) {
		_, err := p.Poll(t.Context(), func(_ context.Context, r fhir.Resource) error {
			ids = append(ids, r.ID()+"/"+r.VersionID())
			return nil
		})
		require.NoError(t, err)
		return ids
	}
	assert.Empty(t, poll())
	var want []string
	for range 5 {
		made := f.create(t, "")
		want = append(want, made.ID+"/"+made.VersionID)
	}
	assert.ElementsMatch(t, want, poll())
	assert.Empty(t, poll())
	made := f.create(t, "")
	assert.Equal(t, []string{made.ID + "/" + made.VersionID}, poll())
}

func (f facts) capability(t *testing.T) {
	t.Helper()
	k, err := f.client.Capability(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "4.0.1", k.FHIRVersion)
	if f.kind == "medplum" {
		return
	}
	assert.True(t, k.Supports("Patient", fhir.InteractionRead))
	assert.True(t, k.Supports("Patient", fhir.InteractionCondCreate))
	_, ok := k.SearchParam("Patient", "identifier")
	assert.True(t, ok)
}
