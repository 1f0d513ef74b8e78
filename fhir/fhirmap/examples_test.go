package fhirmap_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/mapping"
)

// examplesDir is the folder of FHIR's examples. A test that needs it is skipped without it, and
// fails in CI.
func examplesDir(tb testing.TB) string {
	tb.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "fixtures", "fhir-r4-examples")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the examples are not there: %v (set SHARED_DIR)", err)
		}
		tb.Skipf("the examples are not there: %v (set SHARED_DIR)", err)
	}
	return dir
}

// escaped makes constants of texts that mapping documents would read otherwise.
func escaped(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			v[name] = escaped(value)
		}
	case []any:
		for i := range v {
			v[i] = escaped(v[i])
		}
	case string:
		if strings.HasPrefix(v, "$") {
			return "$" + v
		}
		if strings.HasPrefix(v, "= ") {
			return "x" + v
		}
	}
	return v
}

// A mapping that writes an example of FHIR as it stands, all of it constants, has nothing that
// lint could say against it. One example of each type is taken.
func TestLintTakesTheExamplesOfFHIR(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(examplesDir(t), "*.json"))
	require.NoError(t, err)
	opts := options(fhirmap.Config{})
	// What is wrong with the examples themselves.
	known := map[string]string{}
	seen, passed := map[string]bool{}, 0
	for _, file := range files {
		name := filepath.Base(file)
		kind, _, _ := strings.Cut(name, "-")
		info, err := os.Stat(file)
		require.NoError(t, err)
		if seen[kind] || info.Size() > 60_000 {
			continue
		}
		seen[kind] = true
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		decoder := json.NewDecoder(strings.NewReader(string(data)))
		decoder.UseNumber()
		var v any
		require.NoError(t, decoder.Decode(&v))
		text, err := json.Marshal(escaped(v))
		require.NoError(t, err)
		d, err := mapping.Parse("m.json", fmt.Appendf(nil, `{"mapping":"v1","output":{"schema":"fhir:4.0.1/%s"},"map":%s}`, kind, text))
		require.NoError(t, err, name)
		var found []string
		for _, issue := range mapping.Lint(d, opts) {
			if issue.Code == mapping.CodeSchema && strings.Contains(issue.Message, "element") {
				found = append(found, issue.Message)
			}
		}
		assert.Equal(t, known[name], strings.Join(found, "; "), name)
		if len(found) == 0 {
			passed++
		}
	}
	fmt.Printf("conformance: fhir-r4-examples/lint %d/%d\n", passed, len(seen))
}
