package fhirtest_test

import (
	"testing"

	"github.com/openhim/mediator-go/testutil/fhirtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	for flavour, server := range map[fhirtest.Flavour]string{fhirtest.Strict: fhirtest.ServerStrict, fhirtest.HAPI: fhirtest.ServerHAPI} {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			s := fhirtest.New(t, fhirtest.Options{Flavour: flavour})
			fhirtest.Contract(t, fhirtest.Target{URL: s.URL, Server: server})
		})
	}
}
