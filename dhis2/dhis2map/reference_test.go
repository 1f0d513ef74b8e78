package dhis2map_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/dhis2map"
	"github.com/openhim/mediator-go/mapping"
)

func TestReferenceIsTrue(t *testing.T) {
	t.Parallel()
	opts := options(dhis2map.Config{})
	documented := map[string]bool{}
	for _, doc := range dhis2map.Reference() {
		documented[doc.Name] = true
		assert.NotEmpty(t, doc.Summary)
		assert.NotEmpty(t, doc.Details)
		assert.NotZero(t, doc.Gives)
		assert.True(t, json.Valid(doc.Argument), doc.Name)
		require.NotEmpty(t, doc.Examples)
		for _, example := range doc.Examples {
			m, err := compile("map: {out: "+example.Rule+"}", opts)
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
	opts := options(dhis2map.Config{})
	for _, doc := range dhis2map.Reference() {
		for _, example := range doc.Examples {
			d, err := mapping.Parse("m.yaml", []byte("mapping: v1\nmap: {out: "+example.Rule+"}"))
			require.NoError(t, err)
			assert.Empty(t, mapping.Lint(d, opts), example.Rule)
		}
	}
}

// The page is generated of Reference, whose examples TestReferenceIsTrue runs: UPDATE_GOLDEN=1
// writes it anew.
func TestTheOperatorPageIsWhatTheReferenceSays(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "docs", "dhis2-operators.md")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(file, []byte(operatorPage()), 0o644))
	}
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, operatorPage(), string(page), "run make golden")
}

// codeWord is a word of the language in a text without marks.
var codeWord = regexp.MustCompile(`\{(?:[^{}]|\{[^{}]*\})*\}|\$[a-z][A-Za-z0-9.]*[A-Za-z0-9]|\b(?:by: name|read: true|unmapped:|default:)|\bTRUE_ONLY\b|\bdhis2\.Identity\b`)

func operatorPage() string {
	var b strings.Builder
	b.WriteString("<!-- Generated from dhis2map.Reference() by UPDATE_GOLDEN=1 go test -run OperatorPage ./dhis2/dhis2map. Do not edit. -->\n# DHIS2 operators of mapping documents\n\n" +
		"What [package `dhis2map`](../dhis2/dhis2map) adds to the [operators of the language](mapping/reference.md). The first form of an argument is short for\n" +
		"the second. Metadata are named by code, or by UID, in arguments. The examples have the metadata that\n" +
		"[`testutil/dhis2test`](../testutil/dhis2test) is seeded with; every one is run by a test.\n\n" +
		"A document that says `output: {schema: dhis2:tracker}` (or `dhis2:tracker/trackedEntity`, `/enrollment`, `/event`, `/relationship`, or\n" +
		"`dhis2:dataValueSet`) is held against the metadata by `mapping.Lint`: members that there are not, names that are not in the metadata,\n" +
		"data elements that are not in the stage, mandatory attributes that are never written, and more.\n")
	for _, doc := range dhis2map.Reference() {
		mark := func(text string) string { return codeWord.ReplaceAllString(text, "`$0`") }
		fmt.Fprintf(&b, "\n## %s\n\nTakes %s, gives %s. %s %s\n\n| rule | input | gives |\n|---|---|---|\n", doc.Name, doc.Takes, doc.Gives, mark(doc.Summary), mark(doc.Details))
		for _, e := range doc.Examples {
			cell := func(code string) string { return "`" + strings.ReplaceAll(code, "|", `\|`) + "`" }
			fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(e.Rule), cell(e.Input), cell(e.Output))
		}
	}
	return b.String()
}
