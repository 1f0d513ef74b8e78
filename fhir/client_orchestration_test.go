package fhir_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
	"github.com/openhim/mediator-go/testutil"
	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// Every call of the client is an orchestration of the transaction it is made
// for, through the transport alone: package fhir knows nothing of the mediator.
func TestEveryCallIsAnOrchestration(t *testing.T) {
	t.Parallel()
	server := fhirtest.New(t, fhirtest.Options{Flavour: fhirtest.HAPI})
	env := testutil.New(t, testutil.Options{})
	m, err := mediator.New(env.Config(openhim.Mediator{URN: "urn:mediator:fhir", Version: "1.0.0", Name: "FHIR"}))
	require.NoError(t, err)
	client, err := fhir.NewClient(fhir.ClientConfig{
		URL: server.URL, HTTPClient: &http.Client{Transport: m.Transport(nil)},
		Auth: fhir.BearerAuth("planted-token"), MinWait: time.Nanosecond,
	})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	m.Handle("POST /patients", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		patient, err := fhir.Parse(req.Body)
		if err != nil {
			return nil, err
		}
		made, err := client.Create(ctx, patient, fhir.IfNoneExist(fhir.ByToken("identifier", "urn:mrn", "planted-7")))
		if err != nil {
			return nil, err
		}
		for _, err := range client.Search(ctx, "Patient", fhir.ByToken("identifier", "urn:mrn", "planted-7"), fhir.PageSize(1), fhir.Fresh()) {
			if err != nil {
				return nil, err
			}
		}
		return mediator.Text(http.StatusOK, made.Reference()), nil
	})
	env.Run(m)
	server.Fail(fhirtest.Unavailable(0))
	got := env.Send(http.MethodPost, "/patients", `{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"planted-7"}]}`, "Content-Type", "application/fhir+json")
	require.Equal(t, http.StatusOK, got.Status, got.Body)
	var calls []string
	for _, o := range got.Transaction.Orchestrations {
		if o.Response != nil && o.Request.Path != "/patients" {
			calls = append(calls, o.Request.Method+" "+o.Request.Path+" "+http.StatusText(o.Response.Status))
		}
	}
	assert.Equal(t, []string{
		"POST /fhir/Patient Service Unavailable", "POST /fhir/Patient Created", "GET /fhir/Patient OK",
	}, calls, "each attempt is one")
	assert.Equal(t, openhim.StatusSuccessful, got.Transaction.Status)
	recorded, err := json.Marshal(got.Transaction.Orchestrations[:len(calls)])
	require.NoError(t, err)
	assert.NotContains(t, string(recorded), "planted", "neither the token nor the patient is recorded")
}
