package fhir_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/testutil/fhirtest"
)

func TestFaultsOfServersAndNetworks(t *testing.T) {
	t.Parallel()
	server := fhirtest.New(t, fhirtest.Options{})
	client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL, MinWait: time.Nanosecond, MaxBody: 1 << 20})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	patient := asResource(t, `{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"7"}]}`)
	byMRN := fhir.ByToken("identifier", "urn:mrn", "7")

	server.Fail(fhirtest.CommitThenDrop())
	made, err := client.Create(t.Context(), patient, fhir.IfNoneExist(byMRN))
	require.NoError(t, err)
	assert.Len(t, server.Resources("Patient"), 1)

	server.Fail(fhirtest.Throttled(0), fhirtest.Unavailable(0), fhirtest.Fault{Cut: true, CutAfter: 20}, fhirtest.Fault{})
	_, err = client.Read(t.Context(), "Patient", made.ID)
	require.NoError(t, err)

	server.Fail(fhirtest.CommitThenDrop())
	_, err = client.Create(t.Context(), patient)
	var transport *fhir.TransportError
	require.ErrorAs(t, err, &transport)
	assert.Len(t, server.Resources("Patient"), 2, "sent once only")

	server.Fail(fhirtest.HTMLFault(500))
	_, err = client.Read(t.Context(), "Patient", made.ID)
	var outcome *fhir.OutcomeError
	require.ErrorAs(t, err, &outcome)
	assert.Contains(t, outcome.ContentType, "text/html")

	server.Fail(fhirtest.Fault{Pad: 2 << 20})
	_, err = client.Read(t.Context(), "Patient", made.ID)
	var response *fhir.ResponseError
	require.ErrorAs(t, err, &response)

	server.Fail(fhirtest.Fault{ContentType: "none"}, fhirtest.Fault{ContentType: "text/plain"})
	for range 2 {
		_, err = client.Read(t.Context(), "Patient", made.ID)
		require.NoError(t, err)
	}

	for i := range 5 {
		_, err := server.Seed(`{"resourceType":"Patient","id":"s` + strconv.Itoa(i) + `"}`)
		require.NoError(t, err)
	}
	remove := server.Intercept(func(*fhirtest.Call) *fhirtest.Fault { return &fhirtest.Fault{LoopPages: true} })
	n := 0
	for _, err = range client.Search(t.Context(), "Patient", fhir.PageSize(2)) {
		n++
	}
	require.ErrorIs(t, err, fhir.ErrPageLoop)
	assert.LessOrEqual(t, n, 5)
	remove()

	tx := fhir.NewTransaction()
	tx.Create(asResource(t, `{"resourceType":"Organization","name":"a"}`))
	tx.Create(asResource(t, `{"resourceType":"Organization","name":"b"}`))
	b, err := tx.Build()
	require.NoError(t, err)
	server.Fail(fhirtest.FailAtEntry(1, 503))
	_, err = client.Transaction(t.Context(), b)
	require.ErrorIs(t, err, fhir.ErrUnavailable)
	assert.Empty(t, server.Resources("Organization"))
}

func TestRacesOfHAPIAreHidden(t *testing.T) {
	t.Parallel()
	server := fhirtest.New(t, fhirtest.Options{Flavour: fhirtest.HAPI})
	client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL, MinWait: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	const n = 6
	server.Race(n)
	var all sync.WaitGroup
	made := make([]string, n)
	for i := range n {
		all.Go(func() {
			got, err := client.Create(t.Context(), asResource(t, `{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"7"}]}`),
				fhir.IfNoneExist(fhir.ByToken("identifier", "urn:mrn", "7")))
			if assert.NoError(t, err) {
				made[i] = got.ID
			}
		})
	}
	all.Wait()
	assert.Len(t, server.Resources("Patient"), 1)
	for _, id := range made {
		assert.Equal(t, made[0], id)
	}
	assert.Greater(t, len(server.Requests()), n, "some were answered 409")
}

func TestExportFromAServer(t *testing.T) {
	t.Parallel()
	for _, flavour := range []fhirtest.Flavour{fhirtest.Strict, fhirtest.HAPI} {
		server := fhirtest.New(t, fhirtest.Options{Flavour: flavour})
		_, err := server.Seed(`{"resourceType":"Patient","id":"a"}`, `{"resourceType":"Patient","id":"b"}`, `{"resourceType":"Observation","id":"o"}`)
		require.NoError(t, err)
		client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL})
		require.NoError(t, err)
		t.Cleanup(client.Close)
		job, err := client.StartExport(t.Context(), fhir.Export{Types: []string{"Patient"}})
		require.NoError(t, err)
		job, err = client.ExportJob(job.URL())
		require.NoError(t, err, "another process takes it up")
		done, err := job.Wait(t.Context(), fhir.PollOptions{MinWait: time.Millisecond, MaxWait: time.Millisecond})
		require.NoError(t, err)
		var ids []string
		for r, err := range done.Resources(t.Context()) {
			require.NoError(t, err)
			ids = append(ids, r.Reference())
		}
		assert.ElementsMatch(t, []string{"Patient/a", "Patient/b"}, ids)
		require.NoError(t, job.Delete(t.Context()))
		_, err = job.Wait(t.Context(), fhir.PollOptions{})
		require.ErrorIs(t, err, fhir.ErrNotFound)
	}
}
