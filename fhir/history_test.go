package fhir_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

func TestHistoryTellsVersionsAndDeletions(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	tests := []struct {
		name, entry string
		want        fhir.Version
	}{
		{
			"a version of HAPI", `{"fullUrl":"http://x/fhir/Patient/7","resource":` + annJSON + `,"request":{"method":"PUT","url":"Patient/7/_history/2"},"response":{"status":"200 OK","etag":"W/\"2\""}}`,
			fhir.Version{Type: "Patient", ID: "7", VersionID: "2", Method: "PUT", LastModified: at},
		},
		{
			"a deletion of HAPI", `{"fullUrl":"http://x/fhir/Patient/7","request":{"method":"DELETE","url":"Patient/7/_history/4"},"response":{"status":"200 OK","lastModified":"2026-03-01T10:00:00Z","etag":"W/\"4\""}}`,
			fhir.Version{Type: "Patient", ID: "7", VersionID: "4", Method: "DELETE", Deleted: true, LastModified: at},
		},
		{
			"a deletion that is told in the response", `{"fullUrl":"http://x/fhir/Patient/7","request":{"method":"DELETE","url":"Patient/7"},"response":{"status":"204","etag":"W/\"4\""}}`,
			fhir.Version{Type: "Patient", ID: "7", VersionID: "4", Method: "DELETE", Deleted: true},
		},
		{
			"a version without request", `{"resource":` + annJSON + `}`,
			fhir.Version{Type: "Patient", ID: "7", VersionID: "2", LastModified: at},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, _ := connect(t, answers(says(200, `{"resourceType":"Bundle","type":"history","entry":[`+tt.entry+`]}`)))
			n := 0
			for v, err := range client.History(t.Context(), "Patient", "7") {
				require.NoError(t, err)
				assert.Equal(t, tt.want.Deleted, v.Resource.IsZero())
				v.Resource = fhir.Resource{}
				assert.Equal(t, tt.want, v)
				n++
			}
			assert.Equal(t, 1, n)
		})
	}
}

func TestHistoryOfAResourceATypeAndTheServer(t *testing.T) {
	t.Parallel()
	since := fhir.Since(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))
	for _, tt := range []struct{ typ, id, want string }{
		{"Patient", "7", "/Patient/7/_history?_since=2026-03-01T10%3A00%3A00.000Z&_count=5"},
		{"Patient", "", "/Patient/_history?_since=2026-03-01T10%3A00%3A00.000Z&_count=5"},
		{"", "", "/_history?_since=2026-03-01T10%3A00%3A00.000Z&_count=5"},
	} {
		client, w := connect(t, answers(says(200, `{"resourceType":"Bundle","type":"history","link":[{"relation":"next","url":"?p=2"}],"entry":[{"resource":`+annJSON+`}]}`), says(200, `{"resourceType":"Bundle","type":"history"}`)))
		n := 0
		for _, err := range client.History(t.Context(), tt.typ, tt.id, since, fhir.PageSize(5)) {
			require.NoError(t, err)
			n++
		}
		assert.Equal(t, 1, n)
		assert.Equal(t, serverURL+tt.want, w.requests()[0].URL)
		assert.Len(t, w.requests(), 2)
	}
	client, w := connect(t, answers(says(200, emptySet)))
	for _, bad := range [][2]string{{"", "7"}, {"patient", ""}, {"Patient", "a/b"}} {
		for _, err := range client.History(t.Context(), bad[0], bad[1]) {
			require.Error(t, err)
		}
	}
	assert.Empty(t, w.requests())
}

func TestHistoryOfNothingIsNotFound(t *testing.T) {
	t.Parallel()
	client, _ := connect(t, answers(refuses(404, "not-found", "planted")))
	for _, err := range client.History(t.Context(), "Patient", "planted") {
		require.ErrorIs(t, err, fhir.ErrNotFound)
		assert.NotContains(t, err.Error(), "planted")
	}
}
