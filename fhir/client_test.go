package fhir_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestConfigThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, field string
		give        fhir.ClientConfig
	}{
		{"no URL", "URL", fhir.ClientConfig{}},
		{"no scheme", "URL", fhir.ClientConfig{URL: "fhir.test/base"}},
		{"another scheme", "URL", fhir.ClientConfig{URL: "ftp://fhir.test"}},
		{"a password", "URL", fhir.ClientConfig{URL: "http://u:planted@fhir.test"}},
		{"a query", "URL", fhir.ClientConfig{URL: "http://fhir.test?x=planted"}},
		{"not a URL", "URL", fhir.ClientConfig{URL: "http://[planted"}},
		{"an alias that is none", "Aliases", fhir.ClientConfig{URL: serverURL, Aliases: []string{"hapi"}}},
		{"TLS for a client that is given", "TLS", fhir.ClientConfig{URL: serverURL, HTTPClient: &http.Client{}, TLS: &tls.Config{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := fhir.NewClient(tt.give)
			var config *fhir.ConfigError
			require.ErrorAs(t, err, &config)
			assert.Equal(t, tt.field, config.Field)
			assert.NotContains(t, err.Error(), "planted")
		})
	}
}

func TestReadReturnsTheBytesOfTheServer(t *testing.T) {
	t.Parallel()
	body := "{ \"resourceType\":\"Patient\",\n\"id\":\"7\", \"x\":1.10 }"
	client, w := connect(t, answers(says(200, body, "ETag", `W/"3"`, "Last-Modified", "Sun, 01 Mar 2026 10:00:00 GMT")))
	var answer fhir.Answer
	r, err := client.Read(t.Context(), "Patient", "7", fhir.WithAnswer(&answer), fhir.WithHeader("X-Mine", "1"))
	require.NoError(t, err)
	assert.Equal(t, body, string(r.Bytes()))
	assert.Equal(t, "3", answer.VersionID)
	assert.Equal(t, time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), answer.LastModified)
	assert.Equal(t, "GET", w.last().Method)
	assert.Equal(t, serverURL+"/Patient/7", w.last().URL)
	assert.Equal(t, "application/fhir+json", w.last().Header.Get("Accept"))
	assert.Equal(t, "1", w.last().Header.Get("X-Mine"))
}

func TestReadVariants(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	_, err := client.ReadVersion(t.Context(), "Patient", "7", "2")
	require.NoError(t, err)
	assert.Equal(t, serverURL+"/Patient/7/_history/2", w.last().URL)
	_, err = client.Read(t.Context(), "Patient", "7", fhir.Elements("name", "birthDate"), fhir.Fresh())
	require.NoError(t, err)
	assert.Equal(t, serverURL+"/Patient/7?_elements=name%2CbirthDate", w.last().URL)
	assert.Equal(t, "no-cache", w.last().Header.Get("Cache-Control"))
}

func TestUnchangedResourceIsNotModified(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(304, "")))
	for _, version := range []string{"3", `W/"3"`, `"3"`} {
		_, err := client.Read(t.Context(), "Patient", "7", fhir.IfNoneMatch(version))
		require.ErrorIs(t, err, fhir.ErrNotModified)
		assert.True(t, fhir.ReachedServer(err))
		assert.Equal(t, `W/"3"`, w.last().Header.Get("If-None-Match"))
	}
	_, err := client.Read(t.Context(), "Patient", "7", fhir.IfModifiedSince(time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 7200))))
	require.ErrorIs(t, err, fhir.ErrNotModified)
	assert.Equal(t, "Sun, 01 Mar 2026 10:00:00 GMT", w.last().Header.Get("If-Modified-Since"))
}

func TestAnswerThatIsNotWhatWasAskedForIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, contentType string
	}{
		{"another type", `{"resourceType":"Observation","id":"7"}`, ""},
		{"another id", `{"resourceType":"Patient","id":"8"}`, ""},
		{"no id", `{"resourceType":"Patient"}`, ""},
		{"another version", `{"resourceType":"Patient","id":"7","meta":{"versionId":"3"}}`, ""},
		{"nothing", "", ""},
		{"broken JSON", `{"resourceType":"Patient","id":"7"`, ""},
		{"HTML", "<html>planted</html>", "text/html"},
		{"HTML called JSON", "<html>planted</html>", ""},
		{"an outcome", outcomeJSON("information", "informational", "planted"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			headers := []string{}
			if tt.contentType != "" {
				headers = []string{"Content-Type", tt.contentType}
			}
			client, _ := connect(t, answers(says(200, tt.body, headers...)))
			_, err := client.ReadVersion(t.Context(), "Patient", "7", "2")
			var response *fhir.ResponseError
			require.ErrorAs(t, err, &response)
			assert.Equal(t, 200, response.Status)
			assert.Equal(t, serverURL+"/Patient/{id}/_history/{version}", response.URL)
			assert.True(t, fhir.ReachedServer(err))
			assert.False(t, fhir.Retryable(err))
			assert.NotContains(t, err.Error(), "planted")
		})
	}
}

func TestArgumentsThatLeadElsewhereAreNotSent(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	for _, id := range []string{"", ".", "..", "a/b", "a?b", "a%2e", "a b", "ä", "#", strings.Repeat("x", 129)} {
		_, err := client.Read(t.Context(), "Patient", id)
		var argument *fhir.ArgumentError
		require.ErrorAs(t, err, &argument, id)
		_, err = client.Delete(t.Context(), "Patient", id)
		require.Error(t, err, id)
		_, err = client.ReadVersion(t.Context(), "Patient", "7", id)
		require.Error(t, err, id)
	}
	for _, typ := range []string{"", "patient", "Patient/7", "..", "$x"} {
		_, err := client.Read(t.Context(), typ, "7")
		require.Error(t, err, typ)
	}
	_, err := client.Create(t.Context(), fhir.Resource{})
	require.Error(t, err)
	_, err = client.Update(t.Context(), asResource(t, `{"resourceType":"Patient"}`))
	require.Error(t, err)
	assert.Empty(t, w.requests())
}

func TestDoSendsAnything(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, "a,b", "Content-Type", "text/csv")))
	answer, err := client.Do(t.Context(), fhir.Request{
		Path: "Patient/7/$meta?x=1", Query: fhir.Where(fhir.ByRaw("y", "2")), Header: http.Header{"Accept": {"text/csv"}},
	})
	require.NoError(t, err)
	assert.Equal(t, "a,b", string(answer.Body))
	assert.Equal(t, serverURL+"/Patient/7/$meta?x=1&y=2", w.last().URL)
	assert.Equal(t, "text/csv", w.last().Header.Get("Accept"))
	_, err = answer.Resource()
	require.Error(t, err)
	_, err = client.Do(t.Context(), fhir.Request{Path: "http://other.test/Patient"})
	require.ErrorIs(t, err, fhir.ErrOtherOrigin)
	assert.Len(t, w.requests(), 1)
}
