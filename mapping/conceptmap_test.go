package mapping_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func TestLintNamesCodesThatAConceptMapTranslatesInTwoWays(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\ntables: {concept: {conceptmap: ties.json, unmapped: omit}}\nmap: {a: {$from: a, $translate: concept}}\n"))
	require.NoError(t, err)
	var messages []string
	for _, issue := range mapping.Lint(document, caseOptions()) {
		messages = append(messages, issue.Message)
	}
	assert.Equal(t, []string{`table concept: the code "3" has several targets that are equally precise`}, messages)
}

func TestACodeWithTwoEquallyPreciseTargetsIsUnmapped(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\ntables: {concept: {conceptmap: ties.json, unmapped: omit}}\nmap: {a: {$from: a, $translate: concept}, b: $.b}\n"))
	require.NoError(t, err)
	m, err := mapping.Compile(document, caseOptions())
	require.NoError(t, err)
	out, _, err := m.Run(t.Context(), []byte(`{"a":"3","b":1}`), mapping.Options{})
	require.NoError(t, err)
	assert.Equal(t, `{"b":1}`, string(out))
}
