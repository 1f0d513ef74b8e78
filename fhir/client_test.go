package fhir_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
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

func TestCreateTellsWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	ann := `{"resourceType":"Patient","id":"9","meta":{"versionId":"1","lastUpdated":"2026-03-01T10:00:00Z"}}`
	tests := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		want   fhir.Result
	}{
		{
			"HAPI", says(201, ann, "Location", "http://hapi:8080/fhir/Patient/9/_history/1", "ETag", `W/"1"`),
			fhir.Result{Type: "Patient", ID: "9", VersionID: "1", Created: true, Status: 201, LastModified: at},
		},
		{"the body alone", says(201, ann), fhir.Result{Type: "Patient", ID: "9", VersionID: "1", Created: true, Status: 201, LastModified: at}},
		{
			"an ETag that is no version", says(201, ann, "ETag", `"5d1f-gzip"`),
			fhir.Result{Type: "Patient", ID: "9", VersionID: "1", Created: true, Status: 201, LastModified: at},
		},
		{
			"nothing but headers", says(201, "", "Location", "Patient/9/_history/1"),
			fhir.Result{Type: "Patient", ID: "9", VersionID: "1", Created: true, Status: 201},
		},
		{
			"an outcome", says(201, outcomeJSON("information", "informational", "d"), "Location", "/base/Patient/9/_history/1"),
			fhir.Result{
				Type: "Patient", ID: "9", VersionID: "1", Created: true, Status: 201,
				Outcome: fhir.OperationOutcome{Issues: []fhir.Issue{{Severity: "information", Code: "informational", Diagnostics: "d"}}},
			},
		},
		{"the one that was there", says(200, ann), fhir.Result{Type: "Patient", ID: "9", VersionID: "1", Status: 200, LastModified: at}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, w := connect(t, answers(tt.answer))
			given := asResource(t, "{\"resourceType\" : \"Patient\"}\n")
			got, err := client.Create(t.Context(), given, fhir.Return(fhir.ReturnRepresentation), fhir.IfNoneExist(fhir.ByToken("identifier", "urn:mrn", "A|7")))
			require.NoError(t, err)
			if !got.Resource.IsZero() {
				assert.Equal(t, "9", got.Resource.ID())
			}
			got.Resource = fhir.Resource{}
			assert.Equal(t, tt.want, got)
			assert.Equal(t, "Patient/9", got.Reference())
			assert.Equal(t, "POST", w.last().Method)
			assert.Equal(t, serverURL+"/Patient", w.last().URL)
			assert.Equal(t, string(given.Bytes()), w.last().Body)
			assert.Equal(t, "application/fhir+json", w.last().Header.Get("Content-Type"))
			assert.Equal(t, "return=representation", w.last().Header.Get("Prefer"))
			assert.Equal(t, `identifier=urn%3Amrn%7CA%5C%7C7`, w.last().Header.Get("If-None-Exist"))
		})
	}
}

func TestUpdateNamesTheVersionItIsMeantFor(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	r := asResource(t, annJSON)
	got, err := client.Update(t.Context(), r, fhir.IfMatch(r.VersionID()))
	require.NoError(t, err)
	assert.False(t, got.Created)
	assert.Equal(t, "PUT", w.last().Method)
	assert.Equal(t, serverURL+"/Patient/7", w.last().URL)
	assert.Equal(t, `W/"2"`, w.last().Header.Get("If-Match"))
	_, err = client.Update(t.Context(), r, fhir.IfNoMatch())
	require.NoError(t, err)
	assert.Equal(t, "*", w.last().Header.Get("If-None-Match"))
	before := len(w.requests())
	_, err = client.Update(t.Context(), r, fhir.IfMatch(""))
	var argument *fhir.ArgumentError
	require.ErrorAs(t, err, &argument, "an empty version would change any")
	assert.Len(t, w.requests(), before)
}

func TestUpdateThatAnsweredWithAnotherResourceIsRefused(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"resourceType":"Patient","id":"8"}`, `{"resourceType":"Observation","id":"7"}`} {
		client, _ := connect(t, answers(says(200, body)))
		_, err := client.Update(t.Context(), asResource(t, annJSON))
		var response *fhir.ResponseError
		require.ErrorAs(t, err, &response)
	}
}

func TestConditionalWrites(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	where := fhir.Where(fhir.ByToken("identifier", "urn:mrn", "7"), fhir.ByToken("active", "", "true"))
	const query = "?identifier=urn%3Amrn%7C7&active=true"
	got, err := client.UpdateWhere(t.Context(), asResource(t, `{"resourceType":"Patient"}`), where)
	require.NoError(t, err)
	assert.Equal(t, "7", got.ID)
	assert.Equal(t, serverURL+"/Patient"+query, w.last().URL)
	_, err = client.DeleteWhere(t.Context(), "Patient", where)
	require.NoError(t, err)
	assert.Equal(t, "DELETE", w.last().Method)
	assert.Equal(t, serverURL+"/Patient"+query, w.last().URL)
	_, err = client.PatchWhere(t.Context(), "Patient", where, fhir.JSONPatch{}.Remove("/active"))
	require.NoError(t, err)
	assert.Equal(t, "PATCH", w.last().Method)
	assert.Equal(t, serverURL+"/Patient"+query, w.last().URL)
}

func TestConditionThatWouldHoldForEverybodyIsNotSent(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	r := asResource(t, annJSON)
	for name, params := range map[string][]fhir.Param{
		"none":             nil,
		"an empty code":    {fhir.ByToken("identifier", "urn:mrn", "")},
		"an empty text":    {fhir.ByString("family", " ")},
		"a result's shape": {fhir.ByToken("identifier", "urn:mrn", "7"), fhir.PageSize(1)},
	} {
		var argument *fhir.ArgumentError
		_, err := client.Create(t.Context(), r, fhir.IfNoneExist(params...))
		require.ErrorAs(t, err, &argument, name)
		_, err = client.UpdateWhere(t.Context(), r, params)
		require.ErrorAs(t, err, &argument, name)
		_, err = client.DeleteWhere(t.Context(), "Patient", params)
		require.ErrorAs(t, err, &argument, name)
		_, err = client.PatchWhere(t.Context(), "Patient", params, fhir.JSONPatch{}.Remove("/x"))
		require.ErrorAs(t, err, &argument, name)
	}
	assert.Empty(t, w.requests())
}

func TestDeleteOfHAPIAndOfOthers(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(says(204, ""), says(200, outcomeJSON("information", "informational", "deleted")), refuses(410, "deleted", "")))
	got, err := client.Delete(t.Context(), "Patient", "7", fhir.IfMatch("2"))
	require.NoError(t, err)
	assert.Equal(t, "Patient/7", got.Reference())
	got, err = client.Delete(t.Context(), "Patient", "7")
	require.NoError(t, err)
	assert.Len(t, got.Outcome.Issues, 1)
	_, err = client.Delete(t.Context(), "Patient", "7")
	require.ErrorIs(t, err, fhir.ErrGone)
	require.ErrorIs(t, err, fhir.ErrNotFound)
}

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

func TestModifyBeginsAnewWhenSomebodyWasFaster(t *testing.T) {
	t.Parallel()
	version := "1"
	client, w := connect(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		body := `{"resourceType":"Patient","id":"7","meta":{"versionId":"` + version + `"},"active":true}`
		switch {
		case r.Method == http.MethodGet:
			says(200, body)(w, r)
		case version == "1": // somebody stored version 2 meanwhile
			version = "2"
			refuses(409, "processing", "HAPI-0550: HAPI-0989")(w, r)
		default:
			says(200, strings.Replace(body, `"2"`, `"3"`, 1))(w, r)
		}
	})
	calls := 0
	got, err := client.Modify(t.Context(), "Patient", "7", func(p fhir.Resource) (fhir.Resource, error) {
		calls++
		return p.Set("active", false)
	})
	require.NoError(t, err)
	assert.Equal(t, "3", got.VersionID)
	assert.Equal(t, 2, calls)
	assert.Len(t, w.requests(), 4)
	assert.Equal(t, `W/"2"`, w.last().Header.Get("If-Match"))
	assert.Contains(t, w.last().Body, `"active":false`)
}

func TestModifyEnds(t *testing.T) {
	t.Parallel()
	conflict := func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			says(200, annJSON)(w, r)
			return
		}
		refuses(412, "conflict", "")(w, r)
	}
	deactivate := func(p fhir.Resource) (fhir.Resource, error) { return p.Set("active", false) }
	t.Run("after a bound of conflicts", func(t *testing.T) {
		t.Parallel()
		client, w := connect(t, conflict)
		_, err := client.Modify(t.Context(), "Patient", "7", deactivate)
		require.ErrorIs(t, err, fhir.ErrVersionConflict)
		assert.Len(t, w.requests(), 16)
	})
	t.Run("with the error of the change", func(t *testing.T) {
		t.Parallel()
		client, w := connect(t, conflict)
		mine := errors.New("mine")
		_, err := client.Modify(t.Context(), "Patient", "7", func(fhir.Resource) (fhir.Resource, error) { return fhir.Resource{}, mine })
		require.ErrorIs(t, err, mine)
		assert.Len(t, w.requests(), 1)
	})
	t.Run("without a write where nothing changed", func(t *testing.T) {
		t.Parallel()
		client, w := connect(t, conflict)
		got, err := client.Modify(t.Context(), "Patient", "7", func(p fhir.Resource) (fhir.Resource, error) { return p, nil })
		require.NoError(t, err)
		assert.Equal(t, "2", got.VersionID)
		assert.Len(t, w.requests(), 1)
	})
	t.Run("where the server tells no version", func(t *testing.T) {
		t.Parallel()
		client, w := connect(t, answers(says(200, `{"resourceType":"Patient","id":"7"}`)))
		_, err := client.Modify(t.Context(), "Patient", "7", deactivate)
		var argument *fhir.ArgumentError
		require.ErrorAs(t, err, &argument)
		assert.Len(t, w.requests(), 1)
	})
	t.Run("where the change made another resource of it", func(t *testing.T) {
		t.Parallel()
		client, w := connect(t, conflict)
		_, err := client.Modify(t.Context(), "Patient", "7", func(p fhir.Resource) (fhir.Resource, error) { return p.Set("id", "8") })
		require.Error(t, err)
		assert.Len(t, w.requests(), 1)
	})
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
