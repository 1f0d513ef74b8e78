package fhir_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

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
