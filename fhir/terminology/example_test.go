package terminology_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
)

// A code is translated by a ConceptMap that the program brings along.
func ExampleLocal_Translate() {
	local, err := terminology.NewLocal(terminology.LocalConfig{}, mustParse(`{"resourceType":"ConceptMap","url":"http://example.org/ConceptMap/sex",
		"group":[{"source":"http://moh.example.org/sex","target":"http://hl7.org/fhir/administrative-gender",
			"element":[{"code":"M","target":[{"code":"male","equivalence":"equivalent"}]}],
			"unmapped":{"mode":"fixed","code":"unknown"}}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, code := range []string{"M", "?"} {
		t, err := local.Translate(context.Background(), terminology.TranslateRequest{
			URL: "http://example.org/ConceptMap/sex", Coding: fhir.Coding{Code: code},
		})
		best, ok := t.Best()
		fmt.Println(best.Coding.Code, best.Equivalence, ok, err)
	}
	// Output:
	// male equivalent true <nil>
	// unknown relatedto true <nil>
}

// What cannot be told without a server is an error that says why.
func ExampleLocal_Expand() {
	local, err := terminology.NewLocal(terminology.LocalConfig{},
		mustParse(`{"resourceType":"ValueSet","url":"http://example.org/vs/colours","compose":{"include":[
			{"system":"http://example.org/colours","concept":[{"code":"red","display":"Red"},{"code":"blue","display":"Blue"}]}]}}`),
		mustParse(`{"resourceType":"ValueSet","url":"http://example.org/vs/findings","compose":{"include":[
			{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"404684003"}]}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	colours, err := local.Expand(context.Background(), terminology.ExpandRequest{ValueSet: "http://example.org/vs/colours", Filter: "blu"})
	fmt.Println(colours.Total, colours.Codes[0].Display, err)
	_, err = local.Expand(context.Background(), terminology.ExpandRequest{ValueSet: "http://example.org/vs/findings"})
	fmt.Println(errors.Is(err, terminology.ErrOffline), err)
	// Output:
	// 1 Blue <nil>
	// true terminology: value set http://example.org/vs/findings: code system http://snomed.info/sct: it was not supplied
}

// A service asks a terminology server for what is not here, and keeps its answers.
func ExampleNewService() {
	local, err := terminology.NewLocal(terminology.LocalConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	remote, err := terminology.NewRemote(terminology.RemoteConfig{
		// Client: client, // a *fhir.Client of the terminology server
		Client: caller(func(_ context.Context, op fhir.Operation) (fhir.Resource, error) {
			fmt.Println("asked for $" + op.Name)
			return mustParse(`{"resourceType":"Parameters","parameter":[{"name":"display","valueString":"Heart rate"}]}`), nil
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	service := terminology.NewService(local, remote)
	for range 2 {
		found, err := service.Lookup(context.Background(), terminology.LookupRequest{Coding: fhir.Coding{System: "http://loinc.org", Code: "8867-4"}})
		fmt.Println(found.Coding.Display, err)
	}
	// Output:
	// asked for $lookup
	// Heart rate <nil>
	// Heart rate <nil>
}
