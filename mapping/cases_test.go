package mapping_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

// testdata/*.cases hold mappings with an input, the output wanted and the report wanted:
//
//	=== what the case shows
//	map: {a: $.b}
//	--- input
//	{"b":1}
//	--- want
//	{"a":1}
//	--- report
//	<the issues, one a line, and the unmapped codes>
//
// The first line mapping: v1 is added where it is missing. UPDATE_GOLDEN=1 writes want and
// report anew.
type mappingCase struct {
	name, document, input, want, report string
}

func readCases(tb testing.TB, file string) []mappingCase {
	tb.Helper()
	src, err := os.ReadFile(file)
	require.NoError(tb, err)
	var cases []mappingCase
	for _, text := range strings.Split("\n"+string(src), "\n=== ")[1:] {
		name, body, _ := strings.Cut(text, "\n")
		c := mappingCase{name: strings.TrimSpace(name)}
		part := &c.document
		for line := range strings.Lines(body) {
			switch strings.TrimSpace(line) {
			case "--- input":
				part = &c.input
			case "--- want":
				part = &c.want
			case "--- report":
				part = &c.report
			default:
				*part += line
			}
		}
		c.want, c.report = strings.TrimSpace(c.want), strings.TrimSpace(c.report)
		cases = append(cases, c)
	}
	return cases
}

// files are what the cases' documents may name.
func files() fstest.MapFS {
	return fstest.MapFS{
		"sex.json":           {Data: []byte(`{"sex":{"F":"female","M":"male"},"list":[1]}`)},
		"sites.csv":          {Data: []byte("code,uid,name\nHF1,Ou1,One\nHF2,Ou2,\"Two, the second\"\n")},
		"broken.json":        {Data: []byte(`{"a":`)},
		"address.yaml":       {Data: []byte("defs:\n  address: {city: $.town, text: $.line}\ntables:\n  yesno: {map: {Y: true, N: false}}\n")},
		"circle.yaml":        {Data: []byte("use: circle.yaml\n")},
		"concepts.json":      {Data: []byte(`{"resourceType":"ConceptMap","group":[{"source":"a","target":"http://t","element":[{"code":"1","target":[{"code":"x","display":"X","equivalence":"equal"}]},{"code":"2","target":[{"code":"y","equivalence":"unmatched"}]}],"unmapped":{"mode":"fixed","code":"other"}}]}`)},
		"precise.json":       {Data: []byte(`{"resourceType":"ConceptMap","group":[{"source":"a","target":"http://t","element":[{"code":"1","target":[{"code":"less","equivalence":"narrower"},{"code":"same","equivalence":"equivalent"}]},{"code":"2","target":[{"code":"if","equivalence":"equal","dependsOn":[{"property":"p","value":"v"}]},{"code":"else","equivalence":"wider"}]},{"code":"4","target":[{"code":"odd","equivalence":"similar"}]},{"code":"5","target":[{"code":"r5","relationship":"source-is-narrower-than-target"}]}]}]}`)},
		"ties.json":          {Data: []byte(`{"resourceType":"ConceptMap","group":[{"element":[{"code":"3","target":[{"code":"a","equivalence":"narrower"},{"code":"b","equivalence":"narrower"}]}]}]}`)},
		"person.schema.json": {Data: []byte(`{"type":"object","required":["id"],"properties":{"id":{"type":"string","pattern":"^[0-9]+$"},"sex":{"enum":["F","M"]},"age":{"type":"integer","minimum":0},"names":{"type":"array","items":{"type":"object","properties":{"given":{"type":"string"}}}}}}`)},
		"out.schema.json":    {Data: []byte(`{"type":"object","required":["id","kind"],"additionalProperties":false,"properties":{"id":{"type":"string"},"kind":{"enum":["a","b"]},"names":{"type":"array"}}}`)},
	}
}

func caseOptions() mapping.CompileOptions {
	return mapping.CompileOptions{
		FS: files(),
		Lookups: map[string]mapping.Lookup{
			"facility": func(_ context.Context, keys []string) ([]json.RawMessage, error) {
				out := make([]json.RawMessage, len(keys))
				for i, key := range keys {
					if strings.HasPrefix(key, "HF") {
						out[i] = json.RawMessage(`{"uid":"U-` + key + `"}`)
					}
				}
				return out, nil
			},
			"failing": func(context.Context, []string) ([]json.RawMessage, error) {
				return nil, errors.New("the registry is down")
			},
			"short": func(context.Context, []string) ([]json.RawMessage, error) { return nil, nil },
		},
		Operators: map[string]mapping.Operator{
			"$shout": {
				Summary: "Makes it loud.", In: mapping.Text, Out: mapping.Text,
				Make: func(arg json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
					if string(arg) != "true" {
						return nil, errors.New("the argument is true")
					}
					return func(in mapping.Value) (mapping.Value, error) {
						if in.Text() == "" {
							return mapping.Value{}, errors.New("nothing to shout")
						}
						return mapping.TextValue(strings.ToUpper(in.Text()) + "!"), nil
					}, nil
				},
			},
		},
		Functions: map[string]mapping.Function{
			"twice": {Types: []any{new(func(int) int)}, Call: func(args ...any) (any, error) { return 2 * args[0].(int), nil }}, //nolint:forcetypeassert // Types says so
		},
	}
}

// runCase gives the output and the report of a case, as the file holds them.
func runCase(t *testing.T, c mappingCase) (want, report string) {
	t.Helper()
	source := c.document
	if !strings.Contains(source, "mapping:") {
		source = "mapping: v1\n" + source
	}
	lines := func(issues []mapping.Issue) string {
		var out []string
		for _, issue := range issues {
			out = append(out, issue.String())
		}
		return strings.Join(out, "\n")
	}
	document, err := mapping.Parse("m.yaml", []byte(source))
	var bad *mapping.DocumentError
	if errors.As(err, &bad) {
		return "", lines(bad.Issues)
	}
	require.NoError(t, err)
	m, err := mapping.Compile(document, caseOptions())
	if errors.As(err, &bad) {
		return "", lines(bad.Issues)
	}
	require.NoError(t, err)
	opts := mapping.Options{
		Context: []byte(`{"now":"2026-03-10T08:00:00Z","headers":{"x":"y"}}`), Values: true,
		Limits: mapping.Limits{Input: 20_000, Output: 20_000, Depth: 20, Items: 100, Steps: 5_000, Memory: 100_000, Issues: 5},
	}
	out, found, err := m.Run(t.Context(), []byte(c.input), opts)
	if err == nil {
		assert.True(t, json.Valid(out), "the output is JSON: %s", out)
	}
	report = lines(found.Issues)
	all := []string{report}
	for _, u := range found.Unmapped {
		all = append(all, "unmapped "+u.Table+": "+u.Code+" × "+strings.Repeat("I", u.Count))
	}
	return string(out), strings.TrimSpace(strings.Join(all, "\n"))
}

func TestCasesGiveTheirOutputAndReport(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("testdata", "*.cases"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, file := range names {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			cases := readCases(t, file)
			if os.Getenv("UPDATE_GOLDEN") != "" {
				updateCases(t, file, cases)
				return
			}
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					want, report := runCase(t, c)
					assert.Equal(t, c.want, want, "output")
					assert.Equal(t, c.report, report, "report")
				})
			}
		})
	}
}

func updateCases(t *testing.T, file string, cases []mappingCase) {
	t.Helper()
	var out strings.Builder
	for i, c := range cases {
		want, report := runCase(t, c)
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString("=== " + c.name + "\n" + strings.TrimRight(c.document, "\n") + "\n--- input\n" + strings.TrimRight(c.input, "\n") + "\n")
		if want != "" {
			out.WriteString("--- want\n" + want + "\n")
		}
		if report != "" {
			out.WriteString("--- report\n" + report + "\n")
		}
	}
	require.NoError(t, os.WriteFile(file, []byte(out.String()), 0o644))
}
