package fhir_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestRefusalCarriesTheOutcomeAndNoPatient(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(refuses(400, "value", "HAPI-1821: planted", "X-Request-Id", "aB3-_")))
	_, err := client.SearchPage(t.Context(), "Patient", fhir.ByString("name", "planted"), fhir.PageSize(3))
	var outcome *fhir.OutcomeError
	require.ErrorAs(t, err, &outcome)
	assert.Equal(t, "HAPI-1821: planted", outcome.Outcome.Issues[0].Diagnostics)
	assert.Equal(t, serverURL+"/Patient?name&_count", outcome.URL)
	assert.Equal(t, "aB3-_", outcome.RequestID)
	assert.NotContains(t, err.Error(), "planted")
	require.ErrorIs(t, err, fhir.ErrInvalid)
}

func TestRefusalsWithoutOutcome(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		answer      func(http.ResponseWriter, *http.Request)
		code        string
		contentType string
	}{
		{"an HTML page", says(404, "<html>planted</html>", "Content-Type", "text/html"), fhir.IssueNotFound, "text/html"},
		{"a text", says(403, "planted", "Content-Type", "text/plain"), fhir.IssueForbidden, "text/plain"},
		{"no content", says(401, ""), fhir.IssueLogin, ""},
		{"another resource", says(500, annJSON), fhir.IssueException, "application/fhir+json;charset=utf-8"},
		{"an outcome without issues", says(409, `{"resourceType":"OperationOutcome"}`), fhir.IssueConflict, "application/fhir+json;charset=utf-8"},
		{"HTML called JSON", says(413, "<html>planted</html>"), fhir.IssueTooLong, "application/fhir+json;charset=utf-8"},
		{"a redirect to another origin", says(302, "", "Location", "https://planted.test/"), fhir.IssueProcessing, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, _ := connect(t, answers(tt.answer))
			_, err := client.Read(t.Context(), "Patient", "7", fhir.Once())
			var outcome *fhir.OutcomeError
			require.ErrorAs(t, err, &outcome)
			assert.Equal(t, []fhir.Issue{{Severity: "error", Code: tt.code}}, outcome.Outcome.Issues)
			assert.Equal(t, tt.contentType, outcome.ContentType)
			assert.NotContains(t, err.Error(), "planted")
		})
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	small := func(c *fhir.ClientConfig) { c.MaxBody, c.MaxRequest = 1000, 1000 }
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 10<<20))
	_ = z.Close()
	client, w := connect(t, answers(says(200, strings.Repeat(" ", 2000)), says(200, bomb.String(), "Content-Encoding", "gzip")), small)
	for range 2 {
		_, err := client.Read(t.Context(), "Patient", "7")
		var response *fhir.ResponseError
		require.ErrorAs(t, err, &response)
		assert.Contains(t, err.Error(), "1000 bytes")
	}
	_, err := client.Create(t.Context(), asResource(t, `{"resourceType":"Patient","x":"`+strings.Repeat("y", 2000)+`"}`))
	var argument *fhir.ArgumentError
	require.ErrorAs(t, err, &argument)
	assert.Len(t, w.requests(), 2)
}

func TestCompressionThatTheTransportLeftOnIsUndone(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(annJSON))
	_ = z.Close()
	client, _ := connect(t, answers(says(200, zipped.String(), "Content-Encoding", "gzip")))
	r, err := client.Read(t.Context(), "Patient", "7")
	require.NoError(t, err)
	assert.Equal(t, annJSON, string(r.Bytes()))
}

func TestAnswersInXMLAreReadToo(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(
		says(200, `<Patient xmlns="http://hl7.org/fhir"><id value="7"/><active value="true"/></Patient>`, "Content-Type", "application/fhir+xml;charset=UTF-8"),
		says(404, `<OperationOutcome xmlns="http://hl7.org/fhir"><issue><severity value="error"/><code value="not-found"/></issue></OperationOutcome>`, "Content-Type", "text/xml"),
		says(500, `<html/>`, "Content-Type", "text/xml"),
	))
	r, err := client.Read(t.Context(), "Patient", "7")
	require.NoError(t, err)
	assert.True(t, r.Get("active").Bool())
	var outcome *fhir.OutcomeError
	_, err = client.Read(t.Context(), "Patient", "7")
	require.ErrorAs(t, err, &outcome)
	assert.Equal(t, []fhir.Issue{{Severity: "error", Code: "not-found"}}, outcome.Outcome.Issues)
	_, err = client.Read(t.Context(), "Patient", "7")
	require.ErrorAs(t, err, &outcome)
	assert.Equal(t, "text/xml", outcome.ContentType)
}

func TestUnreachableServerIsATransportErrorWithoutAddresses(t *testing.T) {
	t.Parallel()
	broken := errors.New("the wire is broken")
	client, _ := connect(t, answers(func(w http.ResponseWriter, _ *http.Request) { fail(w, broken) }))
	_, err := client.Read(t.Context(), "Patient", "planted")
	var transport *fhir.TransportError
	require.ErrorAs(t, err, &transport)
	require.ErrorIs(t, err, broken)
	assert.Equal(t, "fhir: GET "+serverURL+"/Patient/{id}: no answer: the wire is broken", err.Error())
	assert.False(t, fhir.ReachedServer(err))
}

func TestTimeoutAndContextAreToldApart(t *testing.T) {
	t.Parallel()
	hangs := func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		fail(w, r.Context().Err())
	}
	synctest.Test(t, func(t *testing.T) {
		client, _ := connect(t, answers(hangs), func(c *fhir.ClientConfig) { c.Timeout = 3 * time.Second })
		started := time.Now()
		_, err := client.Read(t.Context(), "Patient", "7")
		assert.Equal(t, 3*time.Second, time.Since(started))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Contains(t, err.Error(), "nothing complete came within 3s")
		assert.True(t, fhir.Retryable(err))
	})
	synctest.Test(t, func(t *testing.T) {
		client, _ := connect(t, answers(hangs))
		gone := errors.New("the caller is gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(gone) })
		_, err := client.Read(ctx, "Patient", "7")
		require.ErrorIs(t, err, gone)
	})
}
