package mapping_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

func lint(t *testing.T, source string) []string {
	t.Helper()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\n"+source))
	require.NoError(t, err)
	var lines []string
	for _, issue := range mapping.Lint(document, caseOptions()) {
		lines = append(lines, issue.String())
	}
	return lines
}

func TestLintSaysNothingOfTheDocumentsInOrder(t *testing.T) {
	t.Parallel()
	for _, c := range readCases(t, filepath.Join("testdata", "good.cases")) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Empty(t, lint(t, c.document))
		})
	}
}

func TestLintHoldsTheDocumentAgainstBothSchemas(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{
		`m.yaml:4:18: warning: path: nmes is not in the input's schema; did you mean names?`,
		`m.yaml:5:1: warning: schema: the output's schema requires id, and it is never written`,
		`m.yaml:7:9: warning: schema: the output's schema has not "c" among its enum (rule /kind); there are: a, b`,
		`m.yaml:8:3: warning: schema: the output's schema has no property nmaes (rule /nmaes); did you mean names?`,
		`m.yaml:9:10: warning: schema: the output's schema wants array here, and this is object (rule /names); write a list of one: - …, or $each`,
	}, lint(t, strings.TrimSpace(`
input: {schema: person.schema.json}
output: {schema: out.schema.json}
let: {x: {$from: nmes}}
map:
  $when: $x == nil
  kind: c
  nmaes: $.sex
  names: {a: $.id}
`)))
}

func TestLintHoldsOperatorsAndTablesAgainstTheInputsSchema(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{
		`m.yaml:5:33: warning: unmapped: the input's schema allows M, which the table sex has not`,
		`m.yaml:6:28: warning: type: $case needs text, and the input's schema has a number here`,
	}, lint(t, strings.TrimSpace(`
input: {schema: person.schema.json}
tables: {sex: {map: {F: female}}}
map:
  sex: {$from: sex, $translate: sex}
  age: {$from: age, $case: upper}
`)))
}

func TestExpressionsThatLoopWithinLoopsAreBounded(t *testing.T) {
	t.Parallel()
	m := compiled(t, "map: {a: '= count(l, any(l, any(l, # < 0)))'}")
	in := []byte(`{"l":[` + strings.TrimSuffix(strings.Repeat("1,", 300), ",") + `]}`)
	_, report, err := m.Run(t.Context(), in, mapping.Options{Limits: mapping.Limits{Steps: 50_000}})
	require.Error(t, err)
	assert.Equal(t, mapping.CodeLimit, report.Issues[0].Code)
}

func TestShippedSchemaIsTheOneOfTheRegistry(t *testing.T) {
	t.Parallel()
	schema := mapping.Schema(nil)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile("mapping.schema.json", schema, 0o644))
	}
	shipped, err := os.ReadFile("mapping.schema.json")
	require.NoError(t, err)
	assert.Equal(t, string(shipped), string(schema), "run make golden")
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("m.json", bytes.NewReader(schema)))
	compiled, err := compiler.Compile("m.json")
	require.NoError(t, err)
	var v any
	require.NoError(t, json.Unmarshal([]byte(`{"mapping":"v1","map":{"a":{"$form":"x"}}}`), &v))
	require.Error(t, compiled.Validate(v), "an operator that there is not")
}

func TestTheInputsOptionsAreThoseOfItsFormat(t *testing.T) {
	t.Parallel()
	document, err := mapping.Parse("m.yaml", []byte("mapping: v1\ninput: {format: csv, options: {delimiter: \";\", skip: 2}}\nlookups: {b: {}, a: {}}\nmap: {a: 1}"))
	require.NoError(t, err)
	format, options := document.Input()
	assert.Equal(t, "csv", format)
	assert.JSONEq(t, `{"delimiter":";","skip":2}`, string(options))
	assert.Equal(t, []string{"a", "b"}, document.Lookups())
	assert.Equal(t, []string{"encoding", "groups", "maxRecord", "order"}, mapping.InputOptions("hl7v2"))
	assert.Nil(t, mapping.InputOptions("json"))

	document, err = mapping.Parse("m.yaml", []byte("mapping: v1\nmap: {a: 1}"))
	require.NoError(t, err)
	format, options = document.Input()
	assert.Equal(t, "json", format)
	assert.Nil(t, options)

	assert.Empty(t, lint(t, "input: {format: csv, options: {delimiter: \";\", skip: 2}}\nmap: {a: $.a}"))
	assert.Equal(t, []string{
		"m.yaml:2:32: error: unknown: input: options of csv has no key delimeter; did you mean delimiter?",
		"m.yaml:2:48: error: unknown: input: options of csv has no key records; there are: columns, delimiter, encoding, lazyQuotes, maxRecord, numberNames, quote, ragged, skip",
	}, lint(t, "input: {format: csv, options: {delimeter: \";\", records: /a}}\nmap: {a: $.a}"))
	assert.Len(t, lint(t, "input: {format: csv, options: {skip: two}}\nmap: {a: $.a}"), 1)
	assert.Len(t, lint(t, "input: {options: {skip: 2}}\nmap: {a: $.a}"), 1)
}

func TestLintHoldsEmbeddedCasesAgainstTheirSchema(t *testing.T) {
	t.Parallel()
	assert.Empty(t, lint(t, "map: {a: $.a}\ntests: [{name: x, input: {a: 1}, want: {a: 1}, issues: [{code: type, severity: warning}]}]"))
	assert.Empty(t, lint(t, "map: {a: $.a}\ntests: m.cases.yaml"))
	assert.NotEmpty(t, lint(t, "map: {a: $.a}\ntests: [{name: x, inptu: {a: 1}}]"))
	assert.Equal(t, []string{"m.yaml:3:8: error: invalid: tests is a list of cases, or a text; tests: [{name: …, input: …, want: …}], or the name of a file of cases"}, lint(t, "map: {a: $.a}\ntests: {a: 1}"))
}
