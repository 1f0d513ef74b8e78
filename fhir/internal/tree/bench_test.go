package tree_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/openhim/mediator-go/fhir/internal/tree"
)

func BenchmarkParsePatient(b *testing.B) {
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = "../../../../shared"
	}
	data, err := os.ReadFile(filepath.Join(shared, "conformance/fhirpath/inputs/patient-example.json"))
	if err != nil {
		b.Skip(err)
	}
	b.Run("tree", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tree.Parse(data, tree.Limits{}); err != nil {
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
