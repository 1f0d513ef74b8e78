package mapping_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/openhim/mediator-go/mapping"
)

// The smallest use: parse, compile once, run for each input.
func Example() {
	document, err := mapping.Parse("patient.yaml", []byte(`
mapping: v1
tables:
  gender: {map: {F: female, M: male}, default: unknown}
map:
  resourceType: Patient
  id: {$from: uuid, $required: true}
  gender: {$from: sex, $translate: gender}
  birthDate: {$from: born, $date: {in: dd/MM/yyyy, out: fhir-date}}
  name:
    $each: names
    $where: not voided
    family: $.last
    given: [$.first, $.middle]
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := mapping.Compile(document, mapping.CompileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _, err := m.Run(context.Background(), []byte(`{"uuid":"7","sex":"F","born":"24/03/1988",
		"names":[{"first":"Amina","middle":null,"last":"Okafor"},{"first":"Mina","voided":true}]}`), mapping.Options{})
	fmt.Println(string(out), err)
	// Output:
	// {"resourceType":"Patient","id":"7","gender":"female","birthDate":"1988-03-24","name":[{"family":"Okafor","given":["Amina"]}]} <nil>
}

func mustCompile(source string, opts mapping.CompileOptions) *mapping.Mapping {
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+source))
	if err != nil {
		panic(err)
	}
	m, err := mapping.Compile(document, opts)
	if err != nil {
		panic(err)
	}
	return m
}

// All that is wrong with an input is in the report, with the place in the input and the line
// of the mapping.
func ExampleMapping_Run_errors() {
	m := mustCompile(`tables: {site: {map: {HF1: Ou1}}}
map:
  events:
    $each: rows
    orgUnit: {$from: site, $translate: site}
    date: {$from: date, $date: {in: dd/MM/yyyy, out: dhis2-date}}
`, mapping.CompileOptions{})
	_, report, err := m.Run(context.Background(), []byte(`{"rows":[{"site":"HF1","date":"31/02/2026"},{"site":"HF9","date":20260311}]}`), mapping.Options{})
	var bad *mapping.InputError
	fmt.Println(errors.As(err, &bad))
	for _, issue := range report.Issues {
		fmt.Println(issue)
	}
	fmt.Println(report.Unmapped)
	// Output:
	// true
	// m.yaml:7:11: error: format: $date: a date that does not exist (rule /events/*/date) at input /rows/0/date
	// m.yaml:6:14: error: unmapped: a code that the table site has not (rule /events/*/orgUnit) at input /rows/1/site; add it to the table, or set unmapped: to omit, keep or default
	// m.yaml:7:11: error: type: $date needs text and found a number (rule /events/*/date) at input /rows/1/date; convert it first with $as: string
	// [{site HF9 1}]
}

// A lookup is called once, with each key once, before anything is put out.
func ExampleLookup() {
	m := mustCompile(`lookups: {facility: {unmapped: omit}}
map: {sites: {$each: codes, code: $., uid: {$from: ".", $lookup: facility, $get: uid}}}
`, mapping.CompileOptions{Lookups: map[string]mapping.Lookup{
		"facility": func(_ context.Context, keys []string) ([]json.RawMessage, error) {
			fmt.Println("asked for", keys)
			found := make([]json.RawMessage, len(keys))
			found[0] = json.RawMessage(`{"uid":"Ou1"}`)
			return found, nil
		},
	}})
	out, _, err := m.Run(context.Background(), []byte(`{"codes":["HF2","HF1","HF2"]}`), mapping.Options{})
	fmt.Println(string(out), err)
	// Output:
	// asked for [HF1 HF2]
	// {"sites":[{"code":"HF2"},{"code":"HF1","uid":"Ou1"},{"code":"HF2"}]} <nil>
}

// A host adds its own operators with a signature, so that lint knows them.
func ExampleOperator() {
	m := mustCompile(`map: {ref: {$from: id, $reference: Patient}}`, mapping.CompileOptions{Operators: map[string]mapping.Operator{
		"$reference": {
			Summary: "A FHIR reference to the resource of that type.", In: mapping.Text, Out: mapping.Object,
			Argument: json.RawMessage(`{"type":"string"}`),
			Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
				var kind string
				if err := json.Unmarshal(argument, &kind); err != nil {
					return nil, errors.New("the argument is a resource type")
				}
				return func(in mapping.Value) (mapping.Value, error) {
					raw, err := json.Marshal(map[string]string{"reference": kind + "/" + in.Text()})
					return mapping.JSONValue(raw), err
				}, nil
			},
		},
	}})
	out, _, err := m.Run(context.Background(), []byte(`{"id":"7"}`), mapping.Options{})
	fmt.Println(string(out), err)
	// Output: {"ref":{"reference":"Patient/7"}} <nil>
}

// Explain tells for each value of the output the line, the input and the steps.
func ExampleMapping_Explain() {
	m := mustCompile("map:\n  kind: person\n  born: {$from: date, $trim: true, $date: {in: dd/MM/yyyy, out: fhir-date}}\n", mapping.CompileOptions{})
	explained, err := m.Explain(context.Background(), []byte(`{"date":" 24/03/1988"}`), mapping.Options{Values: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range explained.Values {
		fmt.Printf("%q line %d from %v by %v\n", v.Pointer, v.Line, v.Inputs, v.Steps)
	}
	// Output:
	// "" line 2 from [] by []
	// "/kind" line 3 from [] by []
	// "/born" line 4 from [/date] by [{$trim "24/03/1988"} {$date "1988-03-24"}]
}

// Lint tells what can be said without running.
func ExampleLint() {
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\ninput: {schema: person.json}\ntables: {old: {map: {a: b}}}\nmap: {name: $.nam}\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	schema := fstest.MapFS{"person.json": {Data: []byte(`{"type":"object","properties":{"name":{"type":"string"}}}`)}}
	for _, issue := range mapping.Lint(document, mapping.CompileOptions{FS: schema}) {
		fmt.Println(issue)
	}
	// Output:
	// m.yaml:3:15: warning: unused: tables: nothing uses old
	// m.yaml:4:13: warning: path: $.nam is not in the input's schema; did you mean name?
}

// The records of a source are mapped one by one.
func ExampleMapping_Stream() {
	m := mustCompile("output: {chunk: 2}\nmap: {events: {$each: rows, site: $.site}}", mapping.CompileOptions{})
	var out bytes.Buffer
	report, err := m.Stream(context.Background(), lines(`{"site":"A"}`, `{"site":"B"}`, `{"site":"C"}`), &out, mapping.Options{})
	fmt.Print(out.String())
	fmt.Println(report.Records, err)
	// Output:
	// {"events":[{"site":"A"},{"site":"B"}]}
	// {"events":[{"site":"C"}]}
	// 3 <nil>
}

// Invert derives the way back, and lists what is lost on it.
func ExampleInvert() {
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\nmap:\n  id: $.uuid\n  name: '= first + last'\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	inverse, losses, err := mapping.Invert(document, mapping.CompileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := mapping.Compile(inverse, mapping.CompileOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _, err := back.Run(context.Background(), []byte(`{"id":"7"}`), mapping.Options{})
	fmt.Println(string(out), err)
	for _, loss := range losses {
		fmt.Printf("line %d: %s\n", loss.Line, strings.TrimSpace(loss.Rule+" "+loss.Reason))
	}
	// Output:
	// {"uuid":"7"} <nil>
	// line 4: /name an expression
}
