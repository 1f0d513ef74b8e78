package dhis2test_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// Whatever is sent, the server answers with a report or a message, and the
// counts of a report agree with what it stored.
func FuzzImport(f *testing.F) {
	f.Add(patient, "")
	f.Add(patient, "&atomicMode=OBJECT&importStrategy=DELETE")
	f.Add(`{"events":[{"program":"fm69ntIAbZu","orgUnit":"iPrqVTs7evU","occurredAt":1767686400000}]}`, "&reportMode=FULL")
	f.Add(`{"relationships":[{"from":{"event":null}}],"enrollments":[{}],"trackedEntities":[{"attributes":[{"value":{}}]}]}`, "")
	f.Add("\xef\xbb\xbf{\"events\":[]} trailing", "&idScheme=CODE")
	f.Add(`{"trackedEntities":[null]}`, "&idScheme=ATTRIBUTE:DpYtjCCJVt5")
	server, err := dhis2test.Handler(dhis2test.Options{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body, params string) {
		before := len(server.TrackedEntities())
		query, err := url.ParseQuery("async=false" + params)
		if err != nil {
			return
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/tracker?"+query.Encode(), strings.NewReader(body))
		r.SetBasicAuth("admin", "district")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)

		var report struct {
			HTTPStatusCode int `json:"httpStatusCode"`
			Stats          *struct{ Created, Updated, Deleted, Ignored, Total int }
			Response       any `json:"response"`
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &report), "%s", w.Body)
		if report.Stats == nil {
			assert.Equal(t, w.Code, report.HTTPStatusCode)
			return
		}
		assert.Contains(t, []int{http.StatusOK, http.StatusConflict}, w.Code)
		s := report.Stats
		assert.Equal(t, s.Total, s.Created+s.Updated+s.Deleted+s.Ignored)
		if w.Code == http.StatusConflict {
			assert.Len(t, server.TrackedEntities(), before)
		}
	})
}

// Whatever a list is asked for, the server answers in JSON, and never with
// more than it holds.
func FuzzListEntities(f *testing.F) {
	f.Add("program=sBSRMACZJOQ&filter=XhXpL2WqB15:eq:a/,b//c&fields=*,enrollments[*,events[!event]]")
	f.Add("trackedEntities=GzM5NSbpoxx&fields=a[b[c]],[,]&order=updatedAt:desc")
	f.Add("trackedEntityType=peOCoLO91lG&page=2&pageSize=1&totalPages=true&filter=:,")
	f.Add("trackedEntityType=peOCoLO91lG&filter=SHtHqekbvRu:null:in:x;y:like:")
	server, err := dhis2test.Handler(dhis2test.Options{})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, raw string) {
		query, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/tracker/trackedEntities?"+query.Encode(), http.NoBody)
		r.SetBasicAuth("admin", "district")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)

		var list map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &list), "%s", w.Body)
		if w.Code == http.StatusOK {
			assert.Empty(t, list["trackedEntities"], "the server is empty")
		}
	})
}

// Events as CSV may hold anything; the server answers and never panics.
func FuzzEventCSV(f *testing.F) {
	f.Add("event,program,programStage,orgUnit,occurredAt,dataElement,value\n" +
		"UXMWUiOd8Qd,fm69ntIAbZu,r2M6G0nP5Qo,iPrqVTs7evU,2026-01-06,Mz6b8yeFGJ9,11\n")
	f.Add("event\n\"")
	f.Add("")
	server, err := dhis2test.Handler(dhis2test.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/tracker?async=false&importMode=VALIDATE", strings.NewReader(body))
		r.Header.Set("Content-Type", "text/csv")
		r.SetBasicAuth("admin", "district")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) {
			t.Fatalf("no JSON: %s", w.Body)
		}
	})
}
