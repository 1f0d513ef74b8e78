package fhirmap_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/mapping"
)

func mustResource(text string) fhir.Resource {
	r, err := fhir.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return r
}

// sexMap is the ConceptMap of the documents in testdata.
func sexMap() *terminology.Local {
	data, err := os.ReadFile("testdata/mappings/sex.conceptmap.json")
	if err != nil {
		panic(err)
	}
	l, err := terminology.NewLocal(terminology.LocalConfig{}, mustResource(string(data)))
	if err != nil {
		panic(err)
	}
	return l
}

func options(config fhirmap.Config) mapping.CompileOptions {
	if config.Terminology == nil {
		config.Terminology = sexMap()
	}
	o, err := fhirmap.Options(mapping.CompileOptions{}, config)
	if err != nil {
		panic(err)
	}
	return o
}

func compile(source string, opts mapping.CompileOptions) (*mapping.Mapping, error) {
	d, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+source))
	if err != nil {
		return nil, err
	}
	return mapping.Compile(d, opts)
}

// one runs a rule on {"x": …} and returns what it gives, or the issue.
func one(t *testing.T, rule, x string) string {
	t.Helper()
	m, err := compile("map: {a: {$from: x, "+rule+"}}", options(fhirmap.Config{}))
	require.NoError(t, err, rule)
	out, report, err := m.Run(context.Background(), []byte(`{"x":`+x+`}`), mapping.Options{})
	if err != nil {
		require.Len(t, report.Issues, 1)
		return report.Issues[0].String()
	}
	return string(out)
}
