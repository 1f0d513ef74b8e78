package conformance_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/internal/conformance"
)

// printed is the output of `go test -json` of a package in which a test prints the pieces.
func printed(t *testing.T, pkg string, pieces ...string) string {
	t.Helper()
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	for _, piece := range pieces {
		require.NoError(t, encoder.Encode(map[string]string{"Action": "output", "Package": pkg, "Test": "TestX", "Output": piece}))
	}
	return out.String()
}

func TestReportIsSortedAndDeterministic(t *testing.T) {
	t.Parallel()
	output := printed(t, "m/b",
		"conformance-unmet: core/4.0.5/api z-2: the <core> said a|b\n",
		"    api_test.go:7: conformance-unmet: core/4.0.5/api a-1: other: reason\n",
		"=== RUN   TestX\n",
		"conformance: core/4.0.5/api 2997/3000\n",
		"conformance-apart: fhirpath/tests strict(x): needs a type checker\n",
		"conformance: fhirpath", "/tests 9/9\n") +
		printed(t, "m/a", "conformance: core/4.0.5/api 1/1\n", "--- PASS: TestX\n")
	report, err := conformance.Scan(strings.NewReader(output))
	require.NoError(t, err)

	assert.Equal(t, []conformance.Result{
		{Name: "core/4.0.5/api", Package: "m/a", Passed: 1, Total: 1},
		{
			Name: "core/4.0.5/api", Package: "m/b", Passed: 2997, Total: 3000,
			Unmet: []conformance.Case{{ID: "a-1", Reason: "other: reason"}, {ID: "z-2", Reason: "the <core> said a|b"}},
		},
		{
			Name: "fhirpath/tests", Package: "m/b", Passed: 9, Total: 9,
			Apart: []conformance.Case{{ID: "strict(x)", Reason: "needs a type checker"}},
		},
	}, report.Results)

	var document bytes.Buffer
	require.NoError(t, report.Markdown(&document, "make conformance"))
	assert.Equal(t, "# Conformance\n\n"+
		"Written by `make conformance`; do not edit. A case is one entry of a corpus or one recorded\n"+
		"exchange of a real server, and passes only whole.\n\n"+
		"| corpus | passed | of | per cent | tested by |\n|---|---:|---:|---:|---|\n"+
		"| core/4.0.5/api | 1 | 1 | 100 | `m/a` |\n"+
		"| core/4.0.5/api | 2997 | 3000 | 99.9 | `m/b` |\n"+
		"| fhirpath/tests | 9 | 9 | 100 | `m/b` |\n"+
		"\n## Not met\n\n### core/4.0.5/api\n\n3 of 3000 not met, 2 of them listed (`m/b`)\n\n"+
		"| case | why |\n|---|---|\n| a-1 | other: reason |\n| z-2 | the &lt;core&gt; said a\\|b |\n"+
		"\n## Apart: not counted, by the corpus's own README\n\n### fhirpath/tests\n\n1 apart (`m/b`)\n\n"+
		"| case | why |\n|---|---|\n| strict(x) | needs a type checker |\n", document.String())
}

func TestNearlyAllIsNotAHundredPerCent(t *testing.T) {
	t.Parallel()
	report, err := conformance.Scan(strings.NewReader(printed(t, "m", "conformance: x 99999/100000\n")))
	require.NoError(t, err)
	var document strings.Builder
	require.NoError(t, report.Markdown(&document, "make"))
	assert.Contains(t, document.String(), "| 99999 | 100000 | 99.9 |")
}

func TestOutputThatMakesNoReportIsAnError(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ pieces, message string }{
		"nothing printed":           {"ok\n", "no test printed"},
		"the same result twice":     {"conformance: x 1/1\nconformance: x 1/1\n", "twice"},
		"more passed than there is": {"conformance: x 2/1\n", "cannot be"},
		"no case at all":            {"conformance: x 0/0\n", "cannot be"},
		"more unmet than missing":   {"conformance: x 1/1\nconformance-unmet: x a: b\n", "listed as not met"},
		"cases without a result":    {"conformance: y 1/1\nconformance-apart: x a: b\n", "no result"},
		"a malformed result":        {"conformance: x 1 of 2\n", "cannot be read"},
		"a malformed case":          {"conformance: x 1/2\nconformance-unmet: x\n", "cannot be read"},
		"a number out of range":     {"conformance: x 1/99999999999999999999\n", "out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := conformance.Scan(strings.NewReader(printed(t, "m", test.pieces)))
			require.ErrorContains(t, err, test.message)
		})
	}
	_, err := conformance.Scan(strings.NewReader("FAIL"))
	require.ErrorContains(t, err, "go test -json")
}

func TestFailuresShowWhatTheFailedTestPrinted(t *testing.T) {
	t.Parallel()
	output := printed(t, "m", "want 1, got 2\n") + `{"Action":"fail","Package":"m","Test":"TestX"}` + "\n" +
		printed(t, "n", "all well\n") + `{"Action":"pass","Package":"n","Test":"TestX"}` + "\n"
	err := conformance.Failures(strings.NewReader(output))
	require.ErrorContains(t, err, "m TestX failed:\nwant 1, got 2")
	assert.NotContains(t, err.Error(), "all well")
	require.NoError(t, conformance.Failures(strings.NewReader("")))
}

func FuzzScan(f *testing.F) {
	f.Add("conformance: a/b 1/2", "conformance-unmet: a/b id: why")
	f.Add("x_test.go:1: conformance: a 1/1", "conformance-apart: a |x|: <y>")
	f.Fuzz(func(t *testing.T, first, second string) {
		report, err := conformance.Scan(strings.NewReader(printed(t, "m", first+"\n", second+"\n")))
		if err != nil {
			return
		}
		// Whatever is accepted gives a document with as many rows as results, twice the same.
		var a, b strings.Builder
		require.NoError(t, report.Markdown(&a, "make"))
		require.NoError(t, report.Markdown(&b, "make"))
		require.Equal(t, a.String(), b.String())
		require.Equal(t, len(report.Results), strings.Count(a.String(), " | `m` |\n"))
	})
}
