package fhirpath_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirpath"
)

// benchExpressions are those of reference/fhir.md, on a 3.7 KB Patient.
var benchExpressions = []struct{ name, source string }{
	{"path", "Patient.name.given"},
	{"where", "telecom.where(system='phone' and use='work').value.first()"},
	{"pat-1", "contact.all(name.exists() or telecom.exists() or address.exists() or organization.exists())"},
}

const benchFilter = "Bundle.entry.resource.where($this is Patient).name.family.distinct().count()"

// benchBundle is a transaction of 200 mixed resources.
func benchBundle(tb testing.TB) []byte {
	tb.Helper()
	var entries []string
	examples := []string{"Patient-example.json", "Observation-f001.json", "Encounter-f201.json", "Patient-f001.json"}
	for i := range 200 {
		data := string(shared(tb, "fixtures/fhir-r4-examples/"+examples[i%len(examples)]))
		data = strings.Replace(data, `"Chalmers"`, fmt.Sprintf(`"Chalmers%d"`, i), 1)
		entries = append(entries, fmt.Sprintf(`{"fullUrl":"urn:uuid:%d","resource":%s,"request":{"method":"POST","url":"x"}}`, i, data))
	}
	bundle := []byte(`{"resourceType":"Bundle","type":"transaction","entry":[` + strings.Join(entries, ",") + `]}`)
	require.True(tb, json.Valid(bundle))
	return bundle
}

// measure is b.Loop with the CPU time beside the clock's.
func measure(b *testing.B, call func() error) {
	b.Helper()
	b.ReportAllocs()
	started := cpuTime()
	for b.Loop() {
		if err := call(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime()-started)/float64(b.N), "cpu-ns/op")
}

func BenchmarkCompile(b *testing.B) {
	for _, e := range benchExpressions {
		b.Run(e.name, func(b *testing.B) {
			measure(b, func() error {
				_, err := fhirpath.Compile(e.source)
				return err
			})
		})
	}
}

func BenchmarkEval(b *testing.B) {
	data := shared(b, "conformance/fhirpath/inputs/patient-example.json")
	doc, err := fhirpath.ParseDocument(data)
	require.NoError(b, err)
	for _, e := range benchExpressions {
		x := fhirpath.MustCompile(e.source)
		b.Run(e.name+"/parsed", func(b *testing.B) {
			measure(b, func() error {
				_, err := x.Eval(b.Context(), doc)
				return err
			})
		})
		b.Run(e.name+"/bytes", func(b *testing.B) {
			measure(b, func() error {
				_, err := x.EvalBytes(b.Context(), data)
				return err
			})
		})
	}
}

func BenchmarkBundleFilter(b *testing.B) {
	data := benchBundle(b)
	doc, err := fhirpath.ParseDocument(data)
	require.NoError(b, err)
	x := fhirpath.MustCompile(benchFilter)
	b.Run("parsed", func(b *testing.B) {
		measure(b, func() error {
			_, err := x.Eval(b.Context(), doc)
			return err
		})
	})
	b.Run("bytes", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		measure(b, func() error {
			_, err := x.EvalBytes(b.Context(), data)
			return err
		})
	})
}

// BenchmarkHolds is what a validator does: an invariant on a node whose type is known.
func BenchmarkHolds(b *testing.B) {
	doc, err := fhirpath.ParseDocument(shared(b, "conformance/fhirpath/inputs/patient-example.json"))
	require.NoError(b, err)
	engine, err := fhirpath.New(fhirpath.Config{LooseAs: true})
	require.NoError(b, err)
	for _, source := range []string{
		"contact.all(name.exists() or telecom.exists() or address.exists() or organization.exists())",
		"hasValue() or (children().count() > id.count())",
		"contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | %resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()",
	} {
		x, err := engine.Compile(source)
		require.NoError(b, err)
		b.Run(source[:12], func(b *testing.B) {
			ev := engine.Evaluator()
			measure(b, func() error {
				_, err := ev.Holds(b.Context(), x, doc.Root())
				return err
			})
		})
	}
}
