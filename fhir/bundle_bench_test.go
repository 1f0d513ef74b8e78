package fhir_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// entries200 are 200 resources of about 3.4 KB: patients and observations of them.
func entries200(b *testing.B) (patient, observation string) {
	b.Helper()
	dir := bundleFolder(b, "fixtures", "fhir-r4-examples")
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(b, err)
		return string(data)
	}
	return read("Patient-example.json"), read("Observation-f001.json")
}

func transaction200(b *testing.B) *fhir.BundleBuilder {
	b.Helper()
	patient, observation := entries200(b)
	resource := func(text, id string, n int) fhir.Resource {
		r, err := fhir.Parse([]byte(strings.Replace(text, `"`+id+`"`, fmt.Sprintf(`"%s-%d"`, id, n), 1)))
		require.NoError(b, err)
		return r
	}
	tx := fhir.NewTransaction()
	for i := range 100 {
		key := fmt.Sprint("patient ", i)
		tx.Create(resource(patient, "example", i)).As(key)
		tx.Create(resource(strings.Replace(observation, "Patient/f001", key, 1), "f001", i)).As(fmt.Sprint("observation ", i))
	}
	return tx
}

func BenchmarkBundle200(b *testing.B) {
	bundle := transaction200(b).MustBuild()
	data := bundle.Bytes()
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			read, err := fhir.ParseBundle(data)
			if err != nil || read.Len() != 200 {
				b.Fatal(err)
			}
			for r := range read.Resources() {
				if r.Type() == "" {
					b.Fatal("no type")
				}
			}
		}
	})
	b.Run("read by encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			var read struct {
				Entry []struct {
					FullURL  string `json:"fullUrl"`
					Resource json.RawMessage
				}
			}
			if err := json.Unmarshal(data, &read); err != nil || len(read.Entry) != 200 {
				b.Fatal(err)
			}
			for _, e := range read.Entry {
				var head struct{ ResourceType, ID string }
				if err := json.Unmarshal(e.Resource, &head); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	tx := transaction200(b)
	b.Run("build", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tx.Build(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("split", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := bundle.Split(fhir.BundleLimits{Entries: 20}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
