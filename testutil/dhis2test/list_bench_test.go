package dhis2test_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// crowd is a server with n tracked entities, each with an enrollment.
func crowd(b *testing.B, n int) *dhis2test.Server {
	b.Helper()
	s, err := dhis2test.Handler(dhis2test.Options{})
	require.NoError(b, err)
	for first := 0; first < n; first += 1000 {
		var body strings.Builder
		for i := first; i < min(first+1000, n); i++ {
			if body.Len() > 0 {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, `{"trackedEntity":"T%010d","trackedEntityType":"peOCoLO91lG","orgUnit":"lgY4CHs5HtP","attributes":[
				{"attribute":"iPWPq2EJtIk","value":"Amina"},{"attribute":"GOCQVgGQGEU","value":"Okello"},{"attribute":"XhXpL2WqB15","value":"NID-%d"}],
				"enrollments":[{"enrollment":"E%010d","program":"sBSRMACZJOQ","orgUnit":"lgY4CHs5HtP","enrolledAt":"2026-01-05",
				"attributes":[{"attribute":"lXXkJgofAcb","value":"2025-12-30"}]}]}`, i, i, i)
		}
		w := serve(b, s, http.MethodPost, "/api/tracker?async=false", `{"trackedEntities":[`+body.String()+`]}`)
		require.Equal(b, http.StatusOK, w.Code, "%.300s", w.Body)
	}
	return s
}

func serve(b *testing.B, s *dhis2test.Server, method, path, body string) *httptest.ResponseRecorder {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), method, path, strings.NewReader(body))
	r.SetBasicAuth("admin", "district")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// Paging through everything in the order a reader of changes uses.
func BenchmarkReadAllPages(b *testing.B) {
	const n, size = 100_000, 1000
	s := crowd(b, n)
	for b.Loop() {
		for page := 1; page <= n/size; page++ {
			w := serve(b, s, http.MethodGet, fmt.Sprintf("/api/tracker/trackedEntities?program=sBSRMACZJOQ&fields=trackedEntity,updatedAt&order=updatedAt&pageSize=%d&page=%d", size, page), "")
			require.Equal(b, http.StatusOK, w.Code)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
}

// The look-up of an importer after E1064: by the value of a unique attribute.
func BenchmarkFindByUniqueAttribute(b *testing.B) {
	s := crowd(b, 100_000)
	i := 0
	for b.Loop() {
		i = (i + 7919) % 100_000
		w := serve(b, s, http.MethodGet, fmt.Sprintf("/api/tracker/trackedEntities?trackedEntityType=peOCoLO91lG&orgUnitMode=ALL&fields=trackedEntity&filter=XhXpL2WqB15:eq:NID-%d", i), "")
		require.Contains(b, w.Body.String(), fmt.Sprintf("T%010d", i))
	}
}
