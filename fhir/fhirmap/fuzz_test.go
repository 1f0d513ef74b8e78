package fhirmap_test

import (
	"encoding/json"
	"testing"

	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/mapping"
)

// Whatever the argument and the value, an operator ends, and what it gives is JSON.
func FuzzOperators(f *testing.F) {
	opts := options(fhirmap.Config{})
	for name, argument := range map[string]string{
		"$reference": `{"type":"Patient","by":"search","system":"http://x"}`, "$identifier": `"http://x"`, "$codeableConcept": `true`,
		"$translate": `{"map":"http://example.org/fhir/ConceptMap/sex","unmapped":"keep","as":"coding"}`, "$fhirpath": `{"path":"Patient.name.given | 1 + '1'","all":true}`,
	} {
		for _, value := range []string{`"F"`, `7`, `{"resourceType":"Patient","name":[{"given":["A"]}]}`, `[{"code":"c"}]`, `true`} {
			f.Add(name, argument, value)
		}
	}
	f.Fuzz(func(t *testing.T, name, argument, value string) {
		operator, known := opts.Operators[name]
		if !known || !json.Valid([]byte(argument)) || !json.Valid([]byte(value)) {
			return
		}
		do, err := operator.Make(json.RawMessage(argument))
		if err != nil {
			return
		}
		m, err := mapping.Parse("m.yaml", []byte("mapping: v1\nmap: {a: {$from: x, "+name+": "+argument+"}}"))
		if err != nil || do == nil {
			return
		}
		compiled, err := mapping.Compile(m, opts)
		if err != nil {
			return
		}
		out, report, err := compiled.Run(t.Context(), []byte(`{"x":`+value+`}`), mapping.Options{})
		if err == nil && !json.Valid(out) {
			t.Fatalf("not JSON: %s", out)
		}
		if err != nil && report.Errors == 0 {
			t.Fatalf("no issue of %v", err)
		}
	})
}
