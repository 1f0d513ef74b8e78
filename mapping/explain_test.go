package mapping_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func TestExplainGivesTheSameOutputAsRun(t *testing.T) {
	t.Parallel()
	cases := readCases(t, filepath.Join("testdata", "good.cases"))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			document, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+c.document))
			require.NoError(t, err)
			m, err := mapping.Compile(document, caseOptions())
			require.NoError(t, err)
			opts := mapping.Options{Context: []byte(`{"now":"2026-03-10T08:00:00Z","headers":{"x":"y"}}`), Values: true}
			explained, err := m.Explain(t.Context(), []byte(c.input), opts)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(explained.Output))
		})
	}
}

func TestExplainNamesRuleInputAndStepsOfEachValue(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.yaml", []byte(strings.TrimSpace(`
mapping: v1
tables: {sex: {map: {F: female}}}
let: {who: $.person}
map:
  kind: Patient
  gender: {$from: $who.sex, $case: upper, $translate: sex}
  names:
    $each: person.names
    $where: use != "old"
    text: $.text
`)))
	require.NoError(t, err)
	m, err := mapping.Compile(document, mapping.CompileOptions{})
	require.NoError(t, err)
	explained, err := m.Explain(t.Context(), []byte(`{"person":{"sex":"f","names":[{"use":"old","text":"A"},{"text":"B"}]}}`), mapping.Options{Values: true})
	require.NoError(t, err)
	var lines []string
	for _, v := range explained.Values {
		lines = append(lines, fmt.Sprint(v.Pointer, " ", v.Rule, " ", v.Line, " ", v.Inputs, " ", v.Steps))
	}
	assert.Equal(t, []string{
		`  4 [] []`,
		`/kind /kind 5 [] []`,
		`/gender /gender 6 [/person/sex] [{$case "F"} {$translate "female"}]`,
		`/names /names 7 [/person/names /person/names/0/use] []`,
		`/names/0/text /names/*/text 10 [/person/names/1/text] []`,
	}, lines)
}
