package mapping_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func seed(f *testing.F) []mappingCase {
	f.Helper()
	var all []mappingCase
	for _, name := range []string{"good.cases", "bad.cases"} {
		all = append(all, readCases(f, filepath.Join("testdata", name))...)
	}
	return all
}

// FuzzParse: nothing panics, and what is refused is refused with a place and a reason.
func FuzzParse(f *testing.F) {
	for _, c := range seed(f) {
		f.Add([]byte("mapping: v1\n" + c.document))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		document, err := mapping.Parse("m.yaml", source)
		if err != nil {
			require.Nil(t, document)
			require.NotEmpty(t, err.Error())
			return
		}
		_ = document.Name()
	})
}

// FuzzCompile: nothing panics; what compiles runs on any small input; lint ends, and an inverse compiles.
func FuzzCompile(f *testing.F) {
	for _, c := range seed(f) {
		f.Add([]byte("mapping: v1\n" + c.document))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		document, err := mapping.Parse("m.yaml", source)
		if err != nil {
			return
		}
		for _, issue := range mapping.Lint(document, caseOptions()) {
			require.Positive(t, issue.Line)
			require.NotEmpty(t, issue.Message)
		}
		m, err := mapping.Compile(document, caseOptions())
		if err != nil {
			return
		}
		run(t, m, []byte(`{"a":[{"b":"x"}],"l":[1,"x",null,{"n":2}]}`))
		inverse, _, err := mapping.Invert(document, caseOptions())
		if err == nil && !bytes.Contains(source, []byte("inverse")) {
			_, err = mapping.Compile(inverse, caseOptions())
			require.NoError(t, err, "%s", inverse.Source())
		}
	})
}

// FuzzRun: on any input nothing panics, the run ends, the output is JSON, and the same input
// gives the same bytes.
func FuzzRun(f *testing.F) {
	var all []*mapping.Mapping
	for i, c := range seed(f) {
		document, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+c.document))
		if err != nil {
			continue
		}
		m, err := mapping.Compile(document, caseOptions())
		if err != nil {
			continue
		}
		all = append(all, m)
		f.Add(i, []byte(c.input))
	}
	f.Fuzz(func(t *testing.T, i int, in []byte) {
		run(t, all[uint(i)%uint(len(all))], in)
	})
}

func run(t *testing.T, m *mapping.Mapping, in []byte) {
	t.Helper()
	opts := mapping.Options{
		Context: []byte(`{"now":"2026-03-10T08:00:00Z"}`),
		Limits:  mapping.Limits{Input: 10_000, Output: 100_000, Items: 1000, Steps: 20_000, Memory: 1 << 20},
	}
	first, report, err := m.Run(context.Background(), in, opts)
	require.NotNil(t, report)
	if err == nil {
		require.True(t, json.Valid(first), "%s", first)
		require.True(t, utf8.Valid(first))
	}
	second, _, again := m.Run(context.Background(), in, opts)
	require.Equal(t, err == nil, again == nil)
	require.Equal(t, string(first), string(second))
	require.True(t, json.Valid(report.OperationOutcome()))
	require.True(t, json.Valid(report.OpenHIMError()))
}
