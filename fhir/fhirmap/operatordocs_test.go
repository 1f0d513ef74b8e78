package fhirmap_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/mapping"
)

func TestReferenceIsTrue(t *testing.T) {
	t.Parallel()
	opts := options(fhirmap.Config{})
	documented := map[string]bool{}
	for _, doc := range fhirmap.Reference() {
		documented[doc.Name] = true
		assert.NotEmpty(t, doc.Summary)
		assert.NotEmpty(t, doc.Details)
		assert.NotZero(t, doc.Gives)
		assert.True(t, json.Valid(doc.Argument), doc.Name)
		require.NotEmpty(t, doc.Examples)
		for _, example := range doc.Examples {
			m, err := compile(example.With+"\nmap: {out: "+example.Rule+"}", opts)
			require.NoError(t, err, example.Rule)
			out, _, err := m.Run(t.Context(), []byte(example.Input), mapping.Options{})
			require.NoError(t, err, example.Rule)
			assert.Equal(t, `{"out":`+example.Output+`}`, string(out), example.Rule)
		}
	}
	for name := range opts.Operators {
		assert.True(t, documented[name], name)
	}
	assert.True(t, json.Valid(mapping.Schema(opts.Operators)))
}

// Documents with the operators hold against the schema for editors: Lint says nothing of it.
func TestArgumentsAreInTheSchema(t *testing.T) {
	t.Parallel()
	opts := options(fhirmap.Config{})
	for _, doc := range fhirmap.Reference() {
		for _, example := range doc.Examples {
			d, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+example.With+"\nmap: {out: "+example.Rule+"}"))
			require.NoError(t, err)
			assert.Empty(t, mapping.Lint(d, opts), example.Rule)
		}
	}
}
