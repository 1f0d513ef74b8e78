package fhir_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

const sentBatch = `{"resourceType":"Bundle","type":"batch","entry":[
 {"fullUrl":"urn:uuid:a","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=secret"}},
 {"resource":{"resourceType":"Patient","id":"7"},"request":{"method":"PUT","url":"Patient/7","ifMatch":"W/\"2\""}},
 {"request":{"method":"GET","url":"Patient/8"}},
 {"request":{"method":"DELETE","url":"Patient/9"}},
 {"fullUrl":"urn:uuid:b","resource":{"resourceType":"Patient"},"request":{"method":"PUT","url":"Patient?identifier=x"}},
 {"resource":{"resourceType":"Patient","id":"11"},"request":{"method":"PUT","url":"Patient/11"}}]}`

const answeredBatch = `{"resourceType":"Bundle","type":"batch-response","entry":[
 {"response":{"status":"201 Created","location":"http://s/fhir/Patient/101/_history/1","etag":"W/\"1\"","lastModified":"2026-01-01T00:00:00Z"}},
 {"response":{"status":"409 Conflict","outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"conflict","diagnostics":"secret"}]}}},
 {"resource":{"resourceType":"Patient","id":"8"},"response":{"status":"200","etag":"3"}},
 {"response":{"status":"204","outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational"}]}}},
 {"resource":{"resourceType":"Patient","id":"10","meta":{"versionId":"4"}},"response":{"status":"200 OK"}},
 {"response":{"status":"200","etag":"5"}}]}`

func TestBundleResultsAreByPlace(t *testing.T) {
	t.Parallel()
	results, err := bundleOf(t, sentBatch).Results(bundleOf(t, answeredBatch))
	require.NoError(t, err)
	require.Len(t, results, 6)
	assert.Equal(t, fhir.Location{Base: "http://s/fhir", Type: "Patient", ID: "101", Version: "1"}, results[0].Response.Location)
	assert.Equal(t, 201, results[0].Response.Status)
	assert.Equal(t, "Created", results[0].Response.Text)
	assert.Equal(t, "1", results[0].Response.ETag)
	assert.Equal(t, "2026-01-01T00:00:00Z", results[0].Response.LastModified)
	assert.True(t, results[0].OK())
	assert.False(t, results[1].OK())
	assert.Equal(t, "8", results[2].Resource.ID())
	assert.Equal(t, "3", results[2].Response.ETag)
	assert.True(t, results[2].Response.Location.IsZero())
	assert.True(t, results[3].OK())
	require.NotNil(t, results[3].Response.Outcome)
	assert.Equal(t, "Patient/10/_history/4", results[4].Response.Location.String(), "from the resource")
	assert.Equal(t, "Patient/11/_history/5", results[5].Response.Location.String(), "from the request")

	created, found := results.Of("urn:uuid:a")
	assert.True(t, found)
	assert.Equal(t, "Patient/101", created.Response.Location.Reference())
	_, found = results.Of("")
	assert.False(t, found)
}

func TestBundleRefusalsAreTypedErrors(t *testing.T) {
	t.Parallel()
	results, err := bundleOf(t, sentBatch).Results(bundleOf(t, answeredBatch))
	require.NoError(t, err)
	failed := results.Err()
	var all *fhir.BundleError
	require.ErrorAs(t, failed, &all)
	require.Len(t, all.Entries, 1)
	assert.Equal(t, 1, all.Entries[0].Place)
	var refused *fhir.OutcomeError
	require.ErrorAs(t, failed, &refused)
	assert.Equal(t, 409, refused.Status)
	assert.Equal(t, "Patient/{id}", refused.URL)
	require.ErrorIs(t, failed, fhir.ErrVersionConflict, "it had an ifMatch")
	assert.NotContains(t, failed.Error(), "secret")
	require.NoError(t, results[:1].Err())
}

func TestBundleAnswersThatDoNotFit(t *testing.T) {
	t.Parallel()
	sent := bundleOf(t, `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/1"}}]}`)
	for name, text := range map[string]string{
		"type":      `{"resourceType":"Bundle","type":"searchset","entry":[{"response":{"status":"200"}}]}`,
		"too few":   `{"resourceType":"Bundle","type":"batch-response"}`,
		"too many":  `{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"200"}},{"response":{"status":"200"}}]}`,
		"no answer": `{"resourceType":"Bundle","type":"batch-response","entry":[{}]}`,
		"no status": `{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"fine"}}]}`,
	} {
		_, err := sent.Results(bundleOf(t, text))
		require.ErrorIs(t, err, fhir.ErrBundleMismatch, name)
	}
	results, err := sent.Results(bundleOf(t, `{"resourceType":"Bundle","type":"transaction-response","entry":[{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]},"response":{"status":"404"}}]}`))
	require.NoError(t, err, "HAPI once answered batches so")
	require.ErrorIs(t, results.Err(), fhir.ErrNotFound)
	var refused *fhir.OutcomeError
	require.ErrorAs(t, results.Err(), &refused)
	assert.True(t, refused.Outcome.HasCode(fhir.IssueNotFound))
}

// HAPI's recorded transactions and batches.
func TestBundleResultsOfHAPI(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(bundleFolder(t, "live", "hapi-fhir"), "recorded.json"))
	require.NoError(t, err)
	var recorded struct {
		Exchanges []struct {
			Name              string
			Request, Response struct{ Body json.RawMessage }
		}
	}
	require.NoError(t, json.Unmarshal(data, &recorded))
	seen := 0
	for _, exchange := range recorded.Exchanges {
		sent, err := fhir.ParseBundle(exchange.Request.Body)
		if err != nil || sent.Type() != fhir.BundleTransaction && sent.Type() != fhir.BundleBatch {
			continue
		}
		answer, err := fhir.ParseBundle(exchange.Response.Body)
		if err != nil {
			continue
		}
		seen++
		results, err := sent.Results(answer)
		require.NoError(t, err, exchange.Name)
		for i, r := range results {
			switch {
			case !r.OK():
				var refused *fhir.OutcomeError
				require.True(t, errors.As(r.Err, &refused), "%s %d", exchange.Name, i)
				assert.GreaterOrEqual(t, refused.Status, 400)
				assert.NotEmpty(t, refused.Outcome.Issues)
			case r.Request.Method == http.MethodPost || r.Request.Method == http.MethodPut:
				assert.NotEmpty(t, r.Response.Location.ID, "%s %d", exchange.Name, i)
				assert.Equal(t, r.Response.Location.Version, r.Response.ETag, "%s %d", exchange.Name, i)
			case r.Request.Method == http.MethodGet:
				assert.False(t, r.Resource.IsZero(), "%s %d", exchange.Name, i)
			}
		}
	}
	assert.GreaterOrEqual(t, seen, 8, "recorded exchanges with an answer")
}

func TestLocations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]fhir.Location{
		"Patient/1":            {Type: "Patient", ID: "1"},
		"Patient/1/_history/2": {Type: "Patient", ID: "1", Version: "2"},
		"/Patient/1":           {Type: "Patient", ID: "1"},
		"/fhir/Patient/1":      {Base: "/fhir", Type: "Patient", ID: "1"},
		"https://s:8/a/b/Patient/x-Y.9/_history/2": {Base: "https://s:8/a/b", Type: "Patient", ID: "x-Y.9", Version: "2"},
		"https://s/fhir/Patient/1/":                {Base: "https://s/fhir", Type: "Patient", ID: "1"},
		"https://s/fhir/Patient/1?_format=json#x":  {Base: "https://s/fhir", Type: "Patient", ID: "1"},
		"":                       {},
		"Patient":                {},
		"patient/1":              {},
		"Patient/":               {},
		"Patient/a b":            {},
		"Patient/1/_history/":    {},
		"Patient/1/_history/a_b": {},
		"urn:uuid:5d0f8a86-5f0d-5c63-9d2f-0b6a2f1c": {},
		"http://s/fhir/metadata":                    {},
		"Pati*ent/1":                                {},
	} {
		assert.Equal(t, want, fhir.ParseLocation(text), text)
	}
	assert.Equal(t, "Patient/1", fhir.ParseLocation("http://s/fhir/Patient/1/_history/2").Reference())
	assert.Equal(t, "http://s/fhir/Patient/1/_history/2", fhir.ParseLocation("http://s/fhir/Patient/1/_history/2").String())
	assert.Empty(t, fhir.Location{}.Reference())
}

func TestETags(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{`W/"3"`: "3", `"3"`: "3", `3`: "3", ` w/"a-b" `: "a-b", "": "", `W/3`: "3", `"`: `"`} {
		assert.Equal(t, want, fhir.ParseETag(text), text)
	}
	assert.Equal(t, `W/"3"`, fhir.FormatETag("3"))
	assert.Equal(t, `W/"3"`, fhir.FormatETag(`"3"`))
	assert.Empty(t, fhir.FormatETag(""))
}

func TestAnswersInAnotherOrderAreNotTaken(t *testing.T) {
	t.Parallel()
	entry := func(method, url string) string {
		return `{"resource":{"resourceType":"Patient"},"request":{"method":"` + method + `","url":"` + url + `"}}`
	}
	answer := func(status, location string) string {
		return `{"response":{"status":"` + status + `","location":"` + location + `"}}`
	}
	for name, c := range map[string]struct{ sent, got string }{
		"a create of another type":      {entry("POST", "Patient"), answer("201", "Observation/1/_history/1")},
		"an update of another":          {entry("PUT", "Patient/1"), answer("200", "Patient/2/_history/1")},
		"an update of another, begun /": {entry("PUT", "/Patient/1"), answer("200", "http://fhir.test/Patient/2")},
		"a conditional update":          {entry("PUT", "Patient?identifier=1"), answer("200", "Observation/2/_history/1")},
	} {
		sent := bundleOf(t, `{"resourceType":"Bundle","type":"transaction","entry":[`+c.sent+`]}`)
		got := bundleOf(t, `{"resourceType":"Bundle","type":"transaction-response","entry":[`+c.got+`]}`)
		_, err := sent.Results(got)
		require.ErrorIs(t, err, fhir.ErrBundleMismatch, name)
	}
	for name, c := range map[string]struct{ sent, got string }{
		"a conditional update": {entry("PUT", "Patient?identifier=1"), answer("200", "Patient/2/_history/1")},
		"an operation":         {entry("POST", "Patient/$x"), answer("200", "Parameters/2")},
		"a refusal":            {entry("POST", "Patient"), answer("412", "Observation/1")},
	} {
		sent := bundleOf(t, `{"resourceType":"Bundle","type":"transaction","entry":[`+c.sent+`]}`)
		got := bundleOf(t, `{"resourceType":"Bundle","type":"transaction-response","entry":[`+c.got+`]}`)
		_, err := sent.Results(got)
		require.NoError(t, err, name)
	}
}
