package fhirpath_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirpath"
)

// eval evaluates on a resource, or on nothing when it is empty.
func eval(t *testing.T, engine *fhirpath.Engine, source, resource string) (fhirpath.Collection, error) {
	t.Helper()
	x, err := engine.Compile(source)
	require.NoError(t, err, source)
	if resource == "" {
		return x.EvalOn(t.Context(), fhirpath.Item{})
	}
	return x.EvalBytes(t.Context(), []byte(resource))
}

func newEngine(tb testing.TB, config fhirpath.Config) *fhirpath.Engine {
	tb.Helper()
	engine, err := fhirpath.New(config)
	require.NoError(tb, err)
	return engine
}

// table evaluates expressions and compares the texts of the results.
func table(t *testing.T, engine *fhirpath.Engine, resource string, cases map[string][]string) {
	t.Helper()
	for source, want := range cases {
		got, err := eval(t, engine, source, resource)
		require.NoError(t, err, source)
		require.Equal(t, want, append([]string{}, got.Strings()...), source)
	}
}
