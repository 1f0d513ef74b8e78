package validate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/validate"
)

func example(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(sharedDir(tb), "fixtures", "fhir-r4-examples", name))
	require.NoError(tb, err)
	return data
}

// bigBundle is a transaction of 200 patients, observations and encounters, 700 KB.
func bigBundle(tb testing.TB) []byte {
	tb.Helper()
	types := []string{"Patient", "Observation", "Encounter"}
	var resources [][]byte
	for _, name := range []string{"Patient-example.json", "Observation-unsat.json", "Encounter-f203.json"} {
		var compact bytes.Buffer
		require.NoError(tb, json.Compact(&compact, example(tb, name)))
		resources = append(resources, compact.Bytes())
	}
	var out bytes.Buffer
	out.WriteString(`{"resourceType":"Bundle","type":"transaction","entry":[`)
	for i := range 200 {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, `{"fullUrl":"urn:uuid:53fefa32-fcbb-4ff8-8a92-%012d","resource":%s,"request":{"method":"POST","url":%q}}`, i, resources[i%3], types[i%3])
	}
	out.WriteString("]}")
	return out.Bytes()
}

func benchmarkValidate(b *testing.B, data []byte) {
	b.Helper()
	validator, err := validate.New(validate.Options{})
	require.NoError(b, err)
	outcome, err := validator.ValidateJSON(context.Background(), data)
	require.NoError(b, err)
	require.False(b, outcome.HasErrors(), "%v", outcome)
	b.Run("validate", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if _, err := validator.ValidateJSON(context.Background(), data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json.Valid", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			json.Valid(data)
		}
	})
}

func BenchmarkPatient(b *testing.B)   { benchmarkValidate(b, example(b, "Patient-example.json")) }
func BenchmarkBundle200(b *testing.B) { benchmarkValidate(b, bigBundle(b)) }
func BenchmarkBloodPressure(b *testing.B) {
	benchmarkValidate(b, example(b, "Observation-blood-pressure.json"))
}

// BenchmarkStart is New and the first use of Patient; the tables themselves are opened once in a process, see TestMemoryOfTheTables.
func BenchmarkStart(b *testing.B) {
	data := example(b, "Patient-example.json")
	b.ReportAllocs()
	for b.Loop() {
		validator, err := validate.New(validate.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := validator.ValidateJSON(context.Background(), data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory reports what a validator that has seen a Patient, an Observation and an Encounter holds.
func BenchmarkMemory(b *testing.B) {
	bundle := bigBundle(b)
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		validator, err := validate.New(validate.Options{})
		require.NoError(b, err)
		_, err = validator.ValidateJSON(context.Background(), bundle)
		require.NoError(b, err)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1024, "KiB-held")
		runtime.KeepAlive(validator)
	}
}
