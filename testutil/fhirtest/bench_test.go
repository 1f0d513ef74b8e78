package fhirtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// What the server itself costs a request, without a network: it must never be what a test
// or a benchmark waits for.
func BenchmarkServer(b *testing.B) {
	for _, bench := range []struct{ name, method, path, body string }{
		{"create", http.MethodPost, "/fhir/Patient", `{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"}],"name":[{"family":"Doe","given":["Ann"]}],"gender":"female","birthDate":"1980-02-29"}`},
		{"read", http.MethodGet, "/fhir/Patient/p500", ""},
		{"search among 1000", http.MethodGet, "/fhir/Patient?identifier=urn:mrn|m500", ""},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s, err := fhirtest.NewHandler(fhirtest.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for i := range 1000 {
				if _, err := s.Seed(fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","identifier":[{"system":"urn:mrn","value":"m%d"}]}`, i, i)); err != nil {
					b.Fatal(err)
				}
			}
			handler := s.Handler()
			for b.Loop() {
				r := httptest.NewRequest(bench.method, bench.path, strings.NewReader(bench.body))
				r.Header.Set("Content-Type", "application/fhir+json")
				rec := httptest.NewRecorder()
				handler.ServeHTTP(rec, r)
				if rec.Code >= http.StatusBadRequest {
					b.Fatal(rec.Code, rec.Body)
				}
			}
		})
	}
}
