package fhir_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// A read through the client beside one through net/http alone: the same
// connection, the same answer of 4 KB.
func BenchmarkClientRead(b *testing.B) {
	body := strings.Replace(annJSON, `"active"`, `"text":{"div":"`+strings.Repeat("x", 4000)+`"},"active"`, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		w.Header().Set("ETag", `W/"2"`)
		_, _ = io.WriteString(w, body)
	}))
	b.Cleanup(server.Close)
	b.Run("net-http", func(b *testing.B) {
		client := server.Client()
		b.ReportAllocs()
		for b.Loop() {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+"/Patient/7", nil)
			require.NoError(b, err)
			res, err := client.Do(req)
			require.NoError(b, err)
			_, err = io.ReadAll(res.Body)
			require.NoError(b, err)
			_ = res.Body.Close()
		}
	})
	b.Run("fhir", func(b *testing.B) {
		client, err := fhir.NewClient(fhir.ClientConfig{URL: server.URL, HTTPClient: server.Client()})
		require.NoError(b, err)
		b.ReportAllocs()
		for b.Loop() {
			_, err := client.Read(b.Context(), "Patient", "7")
			require.NoError(b, err)
		}
	})
}

// A search of 20 pages of 50 matches each.
func BenchmarkClientSearch(b *testing.B) {
	entries := strings.TrimSuffix(strings.Repeat(`{"resource":`+annJSON+`,"search":{"mode":"match"}},`, 50), ",")
	n := 0
	client, _ := connect(b, func(_ int, w http.ResponseWriter, r *http.Request) {
		n++
		next := ""
		if n%20 != 0 {
			next = `{"relation":"next","url":"?page=` + strings.Repeat("x", n%20) + `"}`
		}
		entry := strings.Replace(entries, `"7"`, `"`+strings.Repeat("7", n%20+1)+`"`, 1)
		says(200, `{"resourceType":"Bundle","type":"searchset","link":[`+next+`],"entry":[`+entry+`]}`)(w, r)
	})
	b.ReportAllocs()
	for b.Loop() {
		found := 0
		for _, err := range client.Search(b.Context(), "Patient") {
			require.NoError(b, err)
			found++
		}
		if found != 1000 {
			b.Fatal(found)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/match")
}
