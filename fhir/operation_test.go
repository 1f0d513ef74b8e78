package fhir_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestOperationsGoToTheRightAddress(t *testing.T) {
	t.Parallel()
	in := fhir.Parameters{}.Code("code", "x")
	tests := []struct {
		name string
		op   fhir.Operation
		want sent
	}{
		{"of the server", fhir.Operation{Name: "$convert", Input: in}, sent{Method: "POST", URL: "/$convert"}},
		{"of a type", fhir.Operation{Name: "match", Type: "Patient", Input: in}, sent{Method: "POST", URL: "/Patient/$match"}},
		{"of a resource", fhir.Operation{Name: "meta-add", Type: "Patient", ID: "7", Input: in}, sent{Method: "POST", URL: "/Patient/7/$meta-add"}},
		{"by GET", fhir.Operation{Name: "lookup", Type: "CodeSystem", Query: fhir.Where(fhir.ByRaw("code", "x"))}, sent{Method: "GET", URL: "/CodeSystem/$lookup?code=x"}},
		{"by POST with nothing", fhir.Operation{Name: "reindex", Post: true}, sent{Method: "POST", URL: "/$reindex"}},
		{"with a resource", fhir.Operation{Name: "process-message", Body: fhir.OperationOutcome{}.Resource()}, sent{Method: "POST", URL: "/$process-message"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, w := connect(t, answers(says(200, `{"resourceType":"Parameters"}`)))
			r, err := client.Call(t.Context(), tt.op)
			require.NoError(t, err)
			assert.Equal(t, "Parameters", r.Type())
			assert.Equal(t, tt.want.Method, w.last().Method)
			assert.Equal(t, serverURL+tt.want.URL, w.last().URL)
			switch {
			case len(tt.op.Input) > 0:
				assert.Equal(t, `{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"x"}]}`, w.last().Body)
			case tt.op.Post:
				assert.Equal(t, `{"resourceType":"Parameters"}`, w.last().Body)
			}
		})
	}
}

func TestOperationsThatCannotBeAreNotSent(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, annJSON)))
	for _, op := range []fhir.Operation{
		{},
		{Name: "a/b"},
		{Name: "$"},
		{Name: "x", ID: "7"},
		{Name: "x", Type: "p"},
		{Name: "x", Type: "Patient", ID: "a/b"},
		{Name: "x", Input: fhir.Parameters{}.String("a", "b"), Body: asResource(t, annJSON)},
		{Name: "x", Input: fhir.Parameters{}.String("", "b")},
		{Name: "x", Query: fhir.Where(fhir.ByRaw("a", ""))},
	} {
		_, err := client.Call(t.Context(), op)
		var argument *fhir.ArgumentError
		require.ErrorAs(t, err, &argument)
	}
	assert.Empty(t, w.requests())
}

func TestUnknownOperationIsNotSupportedWhateverTheStatus(t *testing.T) {
	t.Parallel()
	for _, answer := range []func(http.ResponseWriter, *http.Request){
		refuses(400, "not-supported", "Invalid request"), refuses(404, "not-found", ""), says(405, ""), says(501, "<html>", "Content-Type", "text/html"),
	} {
		client, _ := connect(t, answers(answer))
		_, err := client.Call(t.Context(), fhir.Operation{Name: "nosuch", Type: "Patient"})
		require.ErrorIs(t, err, fhir.ErrNotSupported)
	}
}

func TestOperationsAreRepeatedOnlyWhenTheyChangeNothing(t *testing.T) {
	t.Parallel()
	in := fhir.Parameters{}.Code("code", "x")
	for name, tt := range map[string]struct {
		op       fhir.Operation
		attempts int
	}{
		"POST":           {fhir.Operation{Name: "x", Input: in}, 1},
		"POST that read": {fhir.Operation{Name: "x", Input: in, ReadOnly: true}, 4},
		"GET":            {fhir.Operation{Name: "x"}, 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, w := connect(t, answers(says(504, "")))
			_, err := client.Call(t.Context(), tt.op)
			require.ErrorIs(t, err, fhir.ErrUnavailable)
			assert.Len(t, w.requests(), tt.attempts, name)
		})
	}
}

func TestValidateTellsTheOutcomeWhateverTheStatus(t *testing.T) {
	t.Parallel()
	invalid := outcomeJSON("error", "required", "planted")
	for _, status := range []int{200, 412, 422} {
		client, w := connect(t, answers(says(status, invalid)))
		o, err := client.Validate(t.Context(), asResource(t, annJSON), fhir.ValidateOptions{Mode: "update", Profile: "http://p"})
		require.NoError(t, err, status)
		assert.True(t, o.HasErrors())
		assert.Equal(t, serverURL+"/Patient/$validate", w.last().URL)
		assert.Contains(t, w.last().Body, `{"name":"mode","valueCode":"update"},{"name":"profile","valueUri":"http://p"}`)
	}
	client, _ := connect(t, answers(says(200, outcomeJSON("information", "informational", "")), refuses(400, "not-supported", ""), says(422, "x", "Content-Type", "text/html"), says(200, annJSON)))
	o, err := client.Validate(t.Context(), asResource(t, annJSON), fhir.ValidateOptions{})
	require.NoError(t, err)
	assert.False(t, o.HasErrors())
	_, err = client.Validate(t.Context(), asResource(t, annJSON), fhir.ValidateOptions{})
	require.ErrorIs(t, err, fhir.ErrNotSupported)
	_, err = client.Validate(t.Context(), asResource(t, annJSON), fhir.ValidateOptions{})
	require.ErrorIs(t, err, fhir.ErrInvalid, "a gateway's page is no verdict")
	_, err = client.Validate(t.Context(), asResource(t, annJSON), fhir.ValidateOptions{})
	var response *fhir.ResponseError
	require.ErrorAs(t, err, &response)
}

func TestMatchTellsScoresAndGrades(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(says(200, `{"resourceType":"Bundle","type":"searchset","entry":[
		{"resource":{"resourceType":"Patient","id":"1"},"search":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/match-grade","valueCode":"certain"}],"mode":"match","score":0.9}},
		{"resource":{"resourceType":"Patient","id":"2"},"search":{"mode":"match"}},
		{"resource":{"resourceType":"Organization","id":"3"},"search":{"mode":"include"}},
		{"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}]}`)))
	found, err := client.Match(t.Context(), asResource(t, annJSON), fhir.MatchOptions{OnlyCertain: true, Count: 3})
	require.NoError(t, err)
	require.Len(t, found, 2)
	assert.InDelta(t, 0.9, found[0].Score, 0)
	assert.Equal(t, "certain", found[0].Grade)
	assert.Equal(t, "2", found[1].Resource.ID())
	assert.Empty(t, found[1].Grade)
	assert.Equal(t, serverURL+"/Patient/$match", w.last().URL)
	assert.Contains(t, w.last().Body, `{"name":"onlyCertainMatches","valueBoolean":true},{"name":"count","valueInteger":3}`)
}

func TestEverythingGoesOverAllPages(t *testing.T) {
	t.Parallel()
	client, w := connect(t, answers(
		says(200, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"?_getpages=x"}],"entry":[{"resource":`+annJSON+`},{"resource":{"resourceType":"Observation","id":"o"}}]}`),
		says(200, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Encounter","id":"e"},"search":{"mode":"include"}}]}`),
		refuses(404, "not-found", ""),
	))
	var types []string
	for r, err := range client.Everything(t.Context(), "Patient", "7", fhir.ByRaw("start", "2026-01-01"), fhir.PageSize(2)) {
		require.NoError(t, err)
		types = append(types, r.Type())
	}
	assert.Equal(t, []string{"Patient", "Observation", "Encounter"}, types)
	assert.Equal(t, serverURL+"/Patient/7/$everything?start=2026-01-01&_count=2", w.requests()[0].URL)
	for _, err := range client.Everything(t.Context(), "Patient", "nope") {
		require.ErrorIs(t, err, fhir.ErrNotFound)
		assert.NotErrorIs(t, err, fhir.ErrNotSupported)
	}
}

func TestTransactionsAndBatches(t *testing.T) {
	t.Parallel()
	bundle := func(kind, entries string) *fhir.Bundle {
		b, err := fhir.ParseBundle([]byte(`{"resourceType":"Bundle","type":"` + kind + `","entry":[` + entries + `]}`))
		require.NoError(t, err)
		return b
	}
	const entry = `{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}`
	done := `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"201 Created","location":"Patient/9/_history/1","etag":"1"}}]}`
	client, w := connect(t, answers(says(200, done)))
	tx := bundle("transaction", entry)
	results, err := client.Transaction(t.Context(), tx, fhir.Return(fhir.ReturnMinimal))
	require.NoError(t, err)
	require.NoError(t, results.Err())
	assert.Equal(t, "Patient/9", results[0].Response.Location.Reference())
	assert.Equal(t, serverURL, w.last().URL)
	assert.Equal(t, string(tx.Bytes()), w.last().Body)
	assert.Equal(t, "return=minimal", w.last().Header.Get("Prefer"))

	client, w = connect(t, answers(says(200, done)))
	for _, wrong := range []*fhir.Bundle{nil, bundle("batch", entry), bundle("collection", entry)} {
		_, err = client.Transaction(t.Context(), wrong)
		var argument *fhir.ArgumentError
		require.ErrorAs(t, err, &argument)
	}
	assert.Empty(t, w.requests())
	_, err = client.Batch(t.Context(), bundle("batch", entry))
	require.ErrorIs(t, err, fhir.ErrBundleMismatch, "it is the answer to a transaction")
	_, err = client.Transaction(t.Context(), bundle("transaction", entry+","+entry))
	require.ErrorIs(t, err, fhir.ErrBundleMismatch, "one answer to two entries")

	client, _ = connect(t, answers(says(200, `{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"404","outcome":`+outcomeJSON("error", "not-found", "")+`}}]}`)))
	results, err = client.Batch(t.Context(), bundle("batch", `{"request":{"method":"GET","url":"Patient/7"}}`))
	require.NoError(t, err)
	require.ErrorIs(t, results.Err(), fhir.ErrNotFound)

	client, _ = connect(t, answers(refuses(409, "processing", "HAPI-0550: HAPI-0989: planted")))
	_, err = client.Transaction(t.Context(), bundle("transaction", `{"resource":`+annJSON+`,"request":{"method":"PUT","url":"Patient/7","ifMatch":"W/\"1\""}}`))
	require.ErrorIs(t, err, fhir.ErrVersionConflict)
	var outcome *fhir.OutcomeError
	require.True(t, errors.As(err, &outcome) && outcome.IfMatch)
}
