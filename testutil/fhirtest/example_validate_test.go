package fhirtest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/validate"
	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// A server that refuses what package fhir/validate finds errors in: profiles of an
// implementation guide, required codes, invariants.
func ExampleOptions() {
	validator, err := validate.New(validate.Options{}) // Packages: the implementation guide
	if err != nil {
		fmt.Println(err)
		return
	}
	server, err := fhirtest.Start(fhirtest.Options{
		Validate: func(ctx context.Context, resource fhir.Resource, profiles []string) (fhir.OperationOutcome, error) {
			return validator.Validate(ctx, resource, profiles...)
		},
		ValidateWrites: true, // not only for $validate
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	client := server.Client()
	defer client.CloseIdleConnections()
	// The shape is right, but a contact needs a name, a telecom, an address or an organization.
	res, err := client.Post(server.URL+"/Patient", "application/fhir+json",
		strings.NewReader(`{"resourceType":"Patient","contact":[{"gender":"female"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = res.Body.Close()
	fmt.Println(res.StatusCode == http.StatusUnprocessableEntity, len(server.Resources("Patient")))
	// Output: true 0
}
