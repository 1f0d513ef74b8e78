package fhirtest_test

import (
	"os"
	"testing"

	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// The facts of the fake hold on a real server. CONTRIBUTING.md tells what a live test
// finds in its environment.
//
//nolint:paralleltest // the server is to do nothing else meanwhile
func TestLiveFHIRContract(t *testing.T) {
	url := os.Getenv("FHIR_URL")
	if url == "" {
		if os.Getenv("LIVE") == "1" {
			t.Fatal("FHIR_URL is not set, but this is a live run: start it by make live")
		}
		t.Skip("FHIR_URL is not set: run make live")
	}
	fhirtest.Contract(t, fhirtest.Target{URL: url, Server: os.Getenv("FHIR_FLAVOUR")})
}
