package objectmapper_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/mapping/objectmapper"
)

// An endpoint document of openhim-mediator-mapping runs as it is.
func Example() {
	doc, err := objectmapper.Parse([]byte(`{
	  "name": "Basic Mapping",
	  "endpoint": {"pattern": "/basic-map"},
	  "transformation": {"input": "JSON", "output": "JSON"},
	  "constants": {"resourceType": "Patient"},
	  "inputMapping": {
	    "constants.resourceType": "resourceType",
	    "requestBody.name": "name[].given[]+",
	    "requestBody.surname": "name[].family",
	    "requestBody.sex": {"key": "gender", "transform": {"function": "mapCodes", "parameters": {"F": "female", "default": "unknown"}}}
	  }
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := objectmapper.Compile(doc, objectmapper.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := plan.Run(context.Background(), objectmapper.Data{RequestBody: []byte(`{"name": "Jane", "surname": "Doe", "sex": "F"}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(result.Body))
	// Output: {"resourceType":"Patient","name":[{"given":["Jane"],"family":"Doe"}],"gender":"female"}
}

// A bare inputMapping maps any JSON document.
func ExampleParseMapping() {
	doc, err := objectmapper.ParseMapping([]byte(`{"orders[].lines[].code": "out[].items[].code"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := objectmapper.Compile(doc, objectmapper.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _, err := plan.MapValue(context.Background(), []byte(`{"orders":[{"lines":[{"code":1},{"code":2}]},{"lines":[{"code":3}]}]}`), nil)
	fmt.Println(string(out), err)
	// Output: {"out":[{"items":[{"code":1},{"code":2}]},{"items":[{"code":3}]}]} <nil>
}

// Compile refuses expressions it cannot convert, with their place and what to do.
func ExampleCompile() {
	doc, err := objectmapper.Parse([]byte(`{"endpoint": {"pattern": "/x"},
 "inputTransforms": {"newest": "$sort(requestBody.dates)[0]"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = objectmapper.Compile(doc, objectmapper.Options{})
	var bad *objectmapper.DocumentError
	if errors.As(err, &bad) {
		fmt.Println(bad.Position)
		fmt.Println(bad.Message)
	}
	// Output:
	// 2:32 (/inputTransforms/newest)
	// line 1, column 1 of the expression: the function $sort is not converted
}

// Lookups builds the requests; values from messages are encoded.
func ExamplePlan_Lookups() {
	doc, err := objectmapper.Parse([]byte(`{"endpoint": {"pattern": "/x"},
	  "requests": {"lookup": [{"id": "patient", "config": {"method": "get", "url": "http://fhir.example.org/Patient/:id",
	    "params": {"url": {"id": {"path": "payload.id"}}, "query": {"_since": {"path": "state.since"}}}}}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := objectmapper.Compile(doc, objectmapper.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	batches, err := plan.Lookups(objectmapper.Data{RequestBody: []byte(`{"id": "a/b"}`), State: []byte(`{"since": "2026-01-01"}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(batches[0].Requests[0].Method, batches[0].Requests[0].Address())
	// Output: GET http://fhir.example.org/Patient/a%2Fb?_since=2026-01-01
}
