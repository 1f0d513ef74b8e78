package fhirmap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir/fhirmap"
)

// The page is generated of Reference, whose examples TestReferenceIsTrue runs: UPDATE_GOLDEN=1
// writes it anew.
func TestTheOperatorPageIsWhatTheReferenceSays(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "docs", "fhir-operators.md")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(file, []byte(operatorPage()), 0o644))
	}
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, operatorPage(), string(page), "run make golden")
}

// codeWord is a word of the language in a text without marks.
var codeWord = regexp.MustCompile(`\{(?:[^{}]|\{[^{}]*\})*\}|\$[a-z][A-Za-z0-9.]*[A-Za-z0-9]|\burn:uuid:…|\bby: (?:identifier|id|search|urn)\b|\bcheck: true|\batLeast: equivalent|https?://[^ ]+[^ .,]`)

func operatorPage() string {
	var b strings.Builder
	b.WriteString("<!-- Generated from fhirmap.Reference() by UPDATE_GOLDEN=1 go test -run OperatorPage ./fhir/fhirmap. Do not edit. -->\n# FHIR operators of mapping documents\n\n" +
		"What [package `fhirmap`](../fhir/fhirmap) adds to the [operators of the language](mapping/reference.md); [FHIR](fhir.md#fhir-in-mapping-documents) shows how a\n" +
		"program gives them to its documents. The first form of an argument is short for the second. The examples have the ConceptMap\n" +
		"`http://example.org/fhir/ConceptMap/sex`, which knows `M` and `F`; every one is run by a test.\n")
	for _, doc := range fhirmap.Reference() {
		mark := func(text string) string { return codeWord.ReplaceAllString(text, "`$0`") }
		fmt.Fprintf(&b, "\n## %s\n\n", doc.Name)
		if doc.Takes != 0 {
			fmt.Fprintf(&b, "Takes %s, gives %s. ", doc.Takes, doc.Gives)
		}
		fmt.Fprintf(&b, "%s %s\n\n| rule | input | gives |\n|---|---|---|\n", mark(doc.Summary), mark(doc.Details))
		for _, e := range doc.Examples {
			cell := func(code string) string { return "`" + strings.ReplaceAll(code, "|", `\|`) + "`" }
			fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(e.Rule), cell(e.Input), cell(e.Output))
		}
	}
	return b.String()
}
