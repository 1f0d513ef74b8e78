package fhir_test

import (
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/fhir"
)

func mustParse(text string) fhir.Resource {
	r, err := fhir.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return r
}

// A transaction creates a patient, unless it is there, and an observation of this patient.
func ExampleNewTransaction() {
	tx := fhir.NewTransaction()
	patient := tx.Create(mustParse(`{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"7"}]}`)).
		As("patient 7").IfNoneExist(fhir.IdentifierQuery("urn:mrn", "7"))
	tx.Create(mustParse(`{"resourceType":"Observation","status":"final","subject":{"reference":"patient 7"}}`)).
		As("weight of patient 7")
	bundle, err := tx.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, entry := range bundle.Entries() {
		request, _ := entry.Request()
		fmt.Printf("%d %s %s %q\n", i, request.Method, request.URL, request.IfNoneExist)
	}
	fmt.Println(bundle.Entry(1).Resource().Get("subject.reference").String() == patient.Reference())
	// Output:
	// 0 POST Patient "identifier=urn%3Amrn%7C7"
	// 1 POST Observation ""
	// true
}

// What became of each entry is told by its place. Refusals are typed errors.
func ExampleBundle_Results() {
	batch := fhir.NewBatch()
	batch.Create(mustParse(`{"resourceType":"Patient"}`)).As("new")
	batch.Update(mustParse(`{"resourceType":"Patient","id":"7"}`)).IfMatch("3")
	sent := batch.MustBuild()
	answer, err := fhir.ParseBundle([]byte(`{"resourceType":"Bundle","type":"batch-response","entry":[
		{"response":{"status":"201 Created","location":"Patient/42/_history/1","etag":"1"}},
		{"response":{"status":"412 Precondition Failed"}}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	results, err := sent.Results(answer)
	if err != nil {
		fmt.Println(err)
		return
	}
	created, _ := results.Of(batch.Reference("new"))
	fmt.Println(created.Response.Location.Reference(), created.Response.ETag)
	fmt.Println(results.Err())
	fmt.Println(errors.Is(results.Err(), fhir.ErrVersionConflict))
	// Output:
	// Patient/42 1
	// fhir: Bundle of 2 entries: entry 1 (PUT Patient): PUT Patient/{id}: 412 Precondition Failed: error processing
	// true
}

// A transaction that is too large for a server is divided where no entry needs another one.
func ExampleBundle_Split() {
	tx := fhir.NewTransaction()
	for _, n := range []string{"1", "2", "3"} {
		tx.Create(mustParse(`{"resourceType":"Patient"}`)).As("patient " + n)
	}
	for _, n := range []string{"3", "1"} {
		tx.Create(mustParse(`{"resourceType":"Observation","subject":{"reference":"patient ` + n + `"}}`)).As("observation " + n)
	}
	split, err := tx.MustBuild().Split(fhir.BundleLimits{Entries: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, part := range split.Parts() {
		fmt.Println(part.Places)
	}
	// Output:
	// [0 1 4]
	// [2 3]
}

// A searchset tells what was asked for from what came along.
func ExampleBundle_Matches() {
	found, err := fhir.ParseBundle([]byte(`{"resourceType":"Bundle","type":"searchset","total":1,"entry":[
		{"resource":{"resourceType":"Observation","id":"1"},"search":{"mode":"match"}},
		{"resource":{"resourceType":"Patient","id":"7"},"search":{"mode":"include"}}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for r := range found.Matches() {
		fmt.Println("match", r.Reference())
	}
	for r := range found.Included() {
		fmt.Println("with it", r.Reference())
	}
	// Output:
	// match Observation/1
	// with it Patient/7
}
