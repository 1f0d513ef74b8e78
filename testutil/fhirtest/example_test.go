package fhirtest_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest"
)

func ExampleServer() {
	server, err := fhirtest.Start(fhirtest.Options{}) // in a test: fhirtest.New(t, fhirtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	client := server.Client()
	defer client.CloseIdleConnections()
	res, err := client.Post(server.URL+"/Patient", "application/fhir+json", strings.NewReader(`{"resourceType":"Patient","gender":"female"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = res.Body.Close()
	fmt.Println(res.Status, res.Header.Get("ETag"))
	fmt.Println(len(server.Resources("Patient")), "patient,", server.Resources("Patient")[0].Get("gender"))
	// Output:
	// 201 Created W/"1"
	// 1 patient, female
}

func ExampleServer_Intercept() {
	server, err := fhirtest.Start(fhirtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	server.Intercept(func(call *fhirtest.Call) *fhirtest.Fault {
		if call.Method == http.MethodGet {
			fault := fhirtest.HTMLFault(http.StatusBadGateway)
			return &fault
		}
		return nil
	})

	client := server.Client()
	defer client.CloseIdleConnections()
	res, err := client.Get(server.URL + "/Patient/1")
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = res.Body.Close()
	fmt.Println(res.Status)
	// Output: 502 Bad Gateway
}
