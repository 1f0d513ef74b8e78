package fhir_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// exampleServer is a server with a few patients. A program has the address of
// a real one instead.
func exampleServer(resources ...string) (server *fhirtest.Server, client *fhir.Client, stop func()) {
	server, err := fhirtest.Start(fhirtest.Options{})
	if err != nil {
		panic(err)
	}
	if _, err := server.Seed(resources...); err != nil {
		panic(err)
	}
	client, err = fhir.NewClient(fhir.ClientConfig{URL: server.URL})
	if err != nil {
		panic(err)
	}
	return server, client, func() {
		client.Close()
		server.Close()
	}
}

const (
	exampleAnn = `{"resourceType":"Patient","id":"ann","identifier":[{"system":"http://moh.example/nid","value":"123"}],"active":true,"name":[{"family":"Doe","given":["Ann"]}]}`
	exampleBob = `{"resourceType":"Patient","id":"bob","identifier":[{"system":"http://moh.example/nid","value":"456"}],"active":true,"name":[{"family":"Doe","given":["Bob"]}]}`
	exampleObs = `{"resourceType":"Observation","id":"hr","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/ann"}}`
)

func ExampleClient() {
	ctx := context.Background()
	_, client, stop := exampleServer(exampleAnn)
	defer stop()

	patient, err := client.Read(ctx, "Patient", "ann")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(patient.Get("name.0.family"))

	_, err = client.Read(ctx, "Patient", "nobody")
	fmt.Println(errors.Is(err, fhir.ErrNotFound))
	// Output:
	// Doe
	// true
}

func ExampleClient_Search() {
	_, client, stop := exampleServer(exampleAnn, exampleBob)
	defer stop()

	for patient, err := range client.Search(context.Background(), "Patient",
		fhir.ByString("family", "doe"),
		fhir.ByToken("active", "", "true"),
		fhir.SortBy("given"),
		fhir.PageSize(1), // two pages
	) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(patient.Get("name.0.given.0"))
	}
	// Output:
	// Ann
	// Bob
}

func ExampleClient_SearchAll() {
	_, client, stop := exampleServer(exampleAnn, exampleObs)
	defer stop()

	for found, err := range client.SearchAll(context.Background(), "Observation",
		fhir.Chain("subject:Patient", fhir.ByToken("identifier", "http://moh.example/nid", "123")),
		fhir.Include("Observation:subject"),
	) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(found.Resource.Reference(), found.Included)
	}
	// Output:
	// Observation/hr false
	// Patient/ann true
}

func ExampleClient_SearchOne() {
	_, client, stop := exampleServer(exampleAnn)
	defer stop()

	patient, err := client.SearchOne(context.Background(), "Patient", fhir.ByToken("identifier", "http://moh.example/nid", "123"))
	fmt.Println(patient.ID(), err)
	// Output: ann <nil>
}

func ExampleIfNoneExist() {
	ctx := context.Background()
	server, client, stop := exampleServer()
	defer stop()
	patient, err := fhir.Parse([]byte(exampleAnn))
	if err != nil {
		fmt.Println(err)
		return
	}

	// Doing it twice is like doing it once, so that it may be repeated.
	for range 2 {
		got, err := client.Create(ctx, patient, fhir.IfNoneExist(fhir.ByToken("identifier", "http://moh.example/nid", "123")))
		fmt.Println(got.Created, err)
	}
	fmt.Println(len(server.Resources("Patient")))
	// Output:
	// true <nil>
	// false <nil>
	// 1
}

func ExampleClient_Modify() {
	ctx := context.Background()
	server, client, stop := exampleServer(exampleAnn)
	defer stop()

	// Where somebody else was faster, it begins anew with what they stored.
	got, err := client.Modify(ctx, "Patient", "ann", func(p fhir.Resource) (fhir.Resource, error) {
		return p.Set("active", false)
	})
	fmt.Println(got.VersionID, err)
	stored, _ := server.Resource("Patient/ann")
	fmt.Println(stored.Get("active"))
	// Output:
	// 2 <nil>
	// false
}

func ExampleIfMatch() {
	ctx := context.Background()
	_, client, stop := exampleServer(exampleAnn)
	defer stop()
	patient, err := client.Read(ctx, "Patient", "ann")
	if err != nil {
		fmt.Println(err)
		return
	}

	if _, err := client.Update(ctx, patient, fhir.IfMatch("17")); errors.Is(err, fhir.ErrVersionConflict) {
		fmt.Println("somebody else was faster")
	}
	// Output: somebody else was faster
}

func ExampleJSONPatch() {
	ctx := context.Background()
	server, client, stop := exampleServer(exampleAnn)
	defer stop()

	_, err := client.Patch(ctx, "Patient", "ann", fhir.JSONPatch{}.
		Test("/active", true).
		Replace("/active", false).
		Add("/name/0/given/-", "Mary"))
	stored, _ := server.Resource("Patient/ann")
	fmt.Println(stored.Get("active"), stored.Get("name.0.given"), err)
	// Output: false ["Ann","Mary"] <nil>
}

func ExamplePathPatch() {
	ctx := context.Background()
	server, client, stop := exampleServer(exampleAnn)
	defer stop()

	_, err := client.Patch(ctx, "Patient", "ann", fhir.PathPatch{}.
		Replace("Patient.active", "boolean", false).
		Add("Patient", "birthDate", "date", "1980-02-29"))
	stored, _ := server.Resource("Patient/ann")
	fmt.Println(stored.Get("active"), stored.Get("birthDate"), err)
	// Output: false 1980-02-29 <nil>
}

func ExampleClient_Transaction() {
	ctx := context.Background()
	_, client, stop := exampleServer()
	defer stop()
	ann, _ := fhir.Parse([]byte(exampleAnn))

	tx := fhir.NewTransaction()
	patient := tx.Create(ann).IfNoneExist("identifier=http://moh.example/nid|123")
	observation, _ := fhir.Parse([]byte(`{"resourceType":"Observation","status":"final","code":{"text":"pulse"},"subject":{"reference":"` + patient.Reference() + `"}}`))
	tx.Create(observation)
	bundle, err := tx.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	results, err := client.Transaction(ctx, bundle)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range results {
		fmt.Println(r.Response.Status, r.Response.Location.Type)
	}
	// Output:
	// 201 Patient
	// 201 Observation
}

func ExampleClient_Call() {
	ctx := context.Background()
	_, client, stop := exampleServer(exampleAnn)
	defer stop()

	answer, err := client.Call(ctx, fhir.Operation{
		Name: "$meta-add", Type: "Patient", ID: "ann",
		Input: fhir.Parameters{}.Value("meta", "Meta", map[string]any{"tag": []fhir.Coding{{System: "urn:tag", Code: "seen"}}}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := fhir.ParseParameters(answer)
	fmt.Println(out.Get("return").JSON().Get("tag.0.code"), err)
	// Output: seen <nil>
}

func ExampleClient_Validate() {
	_, client, stop := exampleServer()
	defer stop()
	bad, _ := fhir.Parse([]byte(`{"resourceType":"Observation","status":"final"}`))

	outcome, err := client.Validate(context.Background(), bad, fhir.ValidateOptions{})
	fmt.Println(outcome.HasErrors(), err)
	// Output: true <nil>
}

func ExampleClient_Resolve() {
	ctx := context.Background()
	_, client, stop := exampleServer(exampleAnn)
	defer stop()
	observation, _ := fhir.Parse([]byte(`{"resourceType":"Observation","contained":[{"resourceType":"Device","id":"d"}],
		"subject":{"reference":"Patient/ann"},"device":{"reference":"#d"}}`))

	for _, path := range []string{"subject.reference", "device.reference"} {
		r, err := client.Resolve(ctx, observation.Get(path).String(), observation)
		fmt.Println(r.Type(), err)
	}
	// Output:
	// Patient <nil>
	// Device <nil>
}

func ExampleOutcomeError() {
	ctx := context.Background()
	_, client, stop := exampleServer()
	defer stop()
	bad, _ := fhir.Parse([]byte(`{"resourceType":"Patient","gender":"unheard-of"}`))

	_, err := client.Create(ctx, bad)
	var refused *fhir.OutcomeError
	if errors.As(err, &refused) {
		for _, issue := range refused.Outcome.Issues { // may name patients: not for a log
			fmt.Println(issue.Severity, issue.Code, issue.Expression)
		}
	}
	fmt.Println(errors.Is(err, fhir.ErrInvalid))
	// Output:
	// error code-invalid [Patient.gender]
	// true
}

func ExampleClient_History() {
	ctx := context.Background()
	_, client, stop := exampleServer(exampleAnn)
	defer stop()
	if _, err := client.Delete(ctx, "Patient", "ann"); err != nil {
		fmt.Println(err)
		return
	}

	for version, err := range client.History(ctx, "Patient", "ann") {
		fmt.Println(version.VersionID, version.Deleted, err)
	}
	// Output:
	// 2 true <nil>
	// 1 false <nil>
}
