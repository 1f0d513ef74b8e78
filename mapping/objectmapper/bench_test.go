package objectmapper_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/objectmapper"
)

// BenchmarkSamples runs the peer's samples whole: reading, validation, transforms, mapping, writing. The peer's own figures for the same
// (CPU, one core, Node 20; reference/peers.md section 6): basicMapping 45 us, bahmniPatientToFhir 424 us,
// fhirObservationsHeightWeight 643 us.
func BenchmarkSamples(b *testing.B) {
	for _, name := range []string{"basicMapping", "bahmniPatientToFhir", "fhirObservationsHeightWeight"} {
		b.Run(name, func(b *testing.B) {
			dir := filepath.Join(corpusDir(b), "samples", name)
			text, err := os.ReadFile(filepath.Join(dir, "endpoint.json"))
			require.NoError(b, err)
			body, err := os.ReadFile(filepath.Join(dir, "input.json"))
			require.NoError(b, err)
			plan, err := compile(string(text), objectmapper.Options{})
			require.NoError(b, err)
			data := objectmapper.Data{RequestBody: body}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := plan.Run(b.Context(), data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
