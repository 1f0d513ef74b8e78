package mapcase_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/mapcase"
)

const personMapping = `mapping: v1
tables: {sex: {map: {F: female, M: male}, unmapped: error}}
map:
  gender: {$from: sex, $translate: sex}
  weight: $.weight
  names: $.names
  at: $ctx.now
`

// files makes a file system of names and contents in turn.
func files(pairs ...string) fstest.MapFS {
	all := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return all
}

// results runs the cases of a file.
func results(t *testing.T, fsys fs.FS, name string) (*mapcase.Runner, *mapcase.Suite, []mapcase.Result) {
	t.Helper()
	runner := mapcase.New(fsys, mapcase.Options{})
	suite, err := runner.Load(name)
	require.NoError(t, err)
	var all []mapcase.Result
	for _, c := range suite.Cases() {
		all = append(all, suite.Run(t.Context(), c))
	}
	return runner, suite, all
}

func TestWhatACaseWantsIsComparedExactly(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, yaml string
		want       []string // failures
	}{
		{"the same", `input: {sex: F}
    want: {gender: female}`, nil},
		{"members in another order", `input: {sex: F, weight: 1}
    want: {weight: 1, gender: female}`, nil},
		{"items in another order", `input: {names: [a, b]}
    want: {names: [b, a]}`, []string{`/names/0: want "b", got "a"`, `/names/1: want "a", got "b"`}},
		{"another value", `input: {sex: F}
    want: {gender: male}`, []string{`/gender: want "male", got "female"`}},
		{"another type", `input: {weight: 1}
    want: {weight: "1"}`, []string{`/weight: want "1", got 1`}},
		{"a member too few and one too many", `input: {sex: F}
    want: {sex: x}`, []string{`/sex: want "x", got nothing`, `/gender: want nothing, got "female"`}},
		{"an item too many", `input: {names: [a, b]}
    want: {names: [a]}`, []string{`/names/1: want nothing, got "b"`}},
		{"an array for an object", `input: {names: [a]}
    want: {names: {a: 1}}`, []string{`/names: want {"a":1}, got ["a"]`}},
		{"a number written otherwise", `input: {weight: 70.0}
    want: {weight: 70}`, []string{`/weight: want the number written 70, got 70.0 (numbers: value takes them as equal)`}},
		{"an input as text is its bytes", `input: '{"weight": 7.50}'
    want: {weight: 7.50}`, nil},
		{"no want", `input: {}`, []string{`the case does not say which output it wants: have the file updated, and read what it says then`}},
		{"a context", `input: {}
    context: {now: 2026-01-01}
    want: {at: "2026-01-01"}`, nil},
		{"a refusal that is wanted", `input: {sex: X}
    issues: [{code: unmapped, severity: error, rule: /gender, pointer: /sex, message: a code that, line: 4, column: 11, value: '"X"'}]`, nil},
		{"a refusal that is not wanted", `input: {sex: 1, weight: 2}
    want: {}`, []string{`reported, and not wanted: `, `want an output, but the input was refused: `}},
		{"an issue that is not reported", `input: {sex: F}
    want: {gender: female}
    issues: [{code: type, pointer: "", rule: /x, source: row 1, severity: error, line: 3}]`, []string{
			`want the issue {code: type, severity: error, rule: /x, source: row 1, line: 3}, which was not reported`,
		}},
		{"an issue elsewhere", `input: {sex: X}
    issues: [{code: unmapped, pointer: /gender}]`, []string{`want the issue {code: unmapped, pointer: /gender}, which was not reported`, `reported, and not wanted: `}},
		{"unmapped codes", `input: {sex: X}
    issues: [{code: unmapped}]
    unmapped: {sex: {X: 2}}`, []string{`unmapped/sex/X: want 2, got 1`}},
		{"an input that is not there", `inputFile: none.json
    want: {}`, []string{`read the input: open none.json: file does not exist`}},
		{"a want that is not there", `input: {}
    wantFile: none.json`, []string{`read what is wanted: open none.json: file does not exist`}},
		{"a want that is not JSON", `input: {}
    wantFile: m.yaml`, []string{`read what is wanted: JSON document 1, at byte 0: invalid character 'm' looking for beginning of value`}},
		{"several documents", `format: ndjson
    input: "{\"sex\":\"F\"}\n{\"sex\":\"M\"}\n"
    wantAll: [{gender: female}, {gender: male}]`, nil},
		{"several documents where one is wanted", `format: ndjson
    input: "{\"sex\":\"F\"}\n{\"sex\":\"M\"}\n"
    want: {gender: female}`, []string{`want one document, got 2: write wantAll`}},
		{"a document too few", `format: ndjson
    input: "{\"sex\":\"F\"}\n"
    wantAll: [{gender: female}, {gender: male}]`, []string{`/1: want {"gender":"male"}, got nothing`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, _, all := results(t, files("m.yaml", personMapping, "m.cases.yaml", "cases:\n  - name: x\n    "+tc.yaml+"\n"), "m.cases.yaml")
			require.Len(t, all, 1)
			require.Len(t, all[0].Failures, len(tc.want), "%q", all[0].Failures)
			assert.Equal(t, len(tc.want) == 0, all[0].OK())
			for i, want := range tc.want {
				assert.True(t, strings.HasPrefix(all[0].Failures[i], want), "%q does not begin with %q", all[0].Failures[i], want)
			}
		})
	}
}

func TestNumbersMayBeComparedByValue(t *testing.T) {
	t.Parallel()
	for want, ok := range map[string]bool{"70": true, "7e1": true, "70.00": true, "71": false, "7e99999": false, `"70"`: false} {
		_, _, all := results(t, files("m.yaml", personMapping,
			"m.cases.yaml", "numbers: value\ncases: [{input: {weight: 70.0}, want: {weight: "+want+"}}]\n"), "m.cases.yaml")
		assert.Equal(t, ok, all[0].OK(), "%s: %v", want, all[0].Failures)
	}
}

func TestDifferencesAreBounded(t *testing.T) {
	t.Parallel()
	_, _, all := results(t, files("m.yaml", personMapping,
		"m.cases.yaml", "cases: [{input: {names: ["+strings.Repeat("x, ", 200)+"]}, want: {names: []}}]\n"), "m.cases.yaml")
	require.Len(t, all[0].Failures, 21)
	assert.Equal(t, "and 180 more differences", all[0].Failures[20])
}

func TestLookupsAreFixturesOfTheCase(t *testing.T) {
	t.Parallel()
	fsys := files(
		"m.yaml", "mapping: v1\nlookups: {site: {key: string}}\nmap: {a: {$from: a, $lookup: site, $get: uid, $onError: omit}}\n",
		"m.cases.yaml", `
lookups: {site: {A: {uid: UA}, B: {uid: UB}}}
cases:
  - {name: of the file, input: {a: A}, want: {a: UA}}
  - {name: of the case, input: {a: A}, lookups: {site: {A: {uid: other}}}, want: {a: other}}
  - {name: not found, input: {a: A}, lookups: {site: {A: null}}, want: {}, issues: [{code: lookup, severity: warning}]}
`,
		"none.cases.yaml", "mapping: m.yaml\ncases: [{input: {a: A}, issues: [{code: lookup, message: 'write lookups: {site: {KEY: value}}'}]}]\n",
	)
	called := mapcase.New(fsys, mapcase.Options{Compile: mapping.CompileOptions{Lookups: map[string]mapping.Lookup{
		"site": func(context.Context, []string) ([]json.RawMessage, error) {
			t.Error("the host's lookup was called")
			return nil, errors.New("called")
		},
	}}})
	for _, file := range []string{"m.cases.yaml", "none.cases.yaml"} {
		suite, err := called.Load(file)
		require.NoError(t, err)
		for _, c := range suite.Cases() {
			assert.Empty(t, suite.Run(t.Context(), c).Failures, "%s: %s", file, c.Name())
		}
	}
}

func TestInputsAreReadAsTheMappingSays(t *testing.T) {
	t.Parallel()
	fsys := files(
		"m.yaml", "mapping: v1\ninput: {format: csv, options: {delimiter: ';', encoding: iso-8859-1}}\nmap: {rows: {$each: rows, $value: $.name}}\n",
		"latin1.csv", "name;x\nZo\xeb;1\n",
		"m.cases.yaml", `
cases:
  - {name: a file in Latin-1, inputFile: latin1.csv, want: {rows: [Zoë]}}
  - {name: overruled, format: ndjson, input: '{"name": "Zoë"}', want: {rows: [Zoë]}}
  - {name: a broken row, input: "name;x\na;b;c\n", issues: [{code: input, source: row 2}]}
`,
	)
	_, _, all := results(t, fsys, "m.cases.yaml")
	require.Len(t, all, 3)
	for _, r := range all {
		assert.Empty(t, r.Failures, r.Case.Name())
	}
}

func TestCoverageIsThatOfAllFilesOfAMapping(t *testing.T) {
	t.Parallel()
	fsys := files(
		"m.yaml", "mapping: v1\nlookups: {l: {}}\nmap: {a: {$if: x, $then: $.y, $else: no it is not}, b: {$from: z, $lookup: l}}\n",
		"one.cases.yaml", "mapping: m.yaml\ncases: [{input: {x: true, y: 1}, want: {a: 1}}]\n",
		"two.cases.yaml", "mapping: m.yaml\ncases: [{input: {x: false}, want: {a: no it is not}}]\n",
	)
	runner := mapcase.New(fsys, mapcase.Options{})
	run := func(file string) mapcase.Coverage {
		suite, err := runner.Load(file)
		require.NoError(t, err)
		for _, c := range suite.Cases() {
			require.Empty(t, suite.Run(t.Context(), c).Failures)
		}
		all := runner.Coverage()
		require.Len(t, all, 1)
		return all[0]
	}
	first := run("one.cases.yaml")
	missed := first.Missed()
	require.Len(t, missed, 1)
	assert.Equal(t, "/a#else", missed[0].Rule)
	assert.Less(t, first.Percent(), 100.0)
	second := run("two.cases.yaml")
	assert.Empty(t, second.Missed())
	assert.InDelta(t, 100, second.Percent(), 0)
	assert.Equal(t, second.Reached(), len(second.Rules))
	assert.Contains(t, second.String(), "m.yaml: 100.0 % of the rules")
	assert.InDelta(t, 100, mapcase.Coverage{}.Percent(), 0)
	almost := mapcase.Coverage{Rules: make([]mapping.RuleCount, 3000)}
	for i := range 2999 {
		almost.Rules[i].Count = 1
	}
	assert.Contains(t, almost.String(), "99.9 %", "never rounded up to 100")
}

func TestFaultsOfCaseFilesAreToldWithTheirPlace(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, yaml, want string }{
		{"no YAML", "cases: [", "c.yaml:1:1: error: invalid: not YAML"},
		{"no object", "- a\n", "c.yaml:1:1: error: invalid: a case file is an object"},
		{"no cases", "mapping: m.yaml\n", "c.yaml:1:1: error: invalid: the file has no cases"},
		{"cases that are no list", "cases: {a: b}\n", "c.yaml:1:8: error: invalid: cases are a list"},
		{"an unknown key", "cases: []\nmaping: x\n", "c.yaml:2:1: error: invalid: a case file has no key maping"},
		{"a case that is no object", "cases: [a]\n", "c.yaml:1:9: error: invalid: a case is an object"},
		{"context that is no object", "cases: []\ncontext: x\n", "c.yaml:2:10: error: invalid: context is an object"},
		{"fixtures that are no object", "cases: []\nlookups: {a: 1}\n", "c.yaml:2:14: error: invalid: lookups: a is an object"},
		{"text that is a list", "cases: []\nmapping: [a]\n", "c.yaml:2:10: error: invalid: mapping is text"},
		{"a line that is no number", "cases: [{input: {}, issues: [{code: a, line: x}]}]\n", "c.yaml:1:46: error: invalid: a whole number from 1"},
		{"unmapped that is no object", "cases: [{input: {}, unmapped: [a]}]\n", "c.yaml:1:31: error: invalid: unmapped is an object"},
		{"a table that is no object", "cases: [{input: {}, unmapped: {a: b}}]\n", "c.yaml:1:35: error: invalid: unmapped: a is an object"},
		{"issues that are no list", "cases: [{input: {}, issues: a}]\n", "c.yaml:1:29: error: invalid: issues are a list"},
		{"no mapping", "cases: []\n", "c.yaml:1:1: error: invalid: the file does not say which mapping it tests"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := mapcase.New(files("c.yaml", tc.yaml), mapcase.Options{}).Load("c.yaml")
			var wrong *mapcase.FileError
			require.ErrorAs(t, err, &wrong)
			assert.True(t, strings.HasPrefix(wrong.Issues[0].String(), tc.want), wrong.Issues[0].String())
			assert.Contains(t, err.Error(), wrong.Issues[0].String())
		})
	}
}

func TestLoadTellsWhatIsWrongWithTheMapping(t *testing.T) {
	t.Parallel()
	fsys := files("bad.yaml", "mapping: v1\nmap: {a: {$nope: 1}}\n", "bad.cases.yaml", "cases: []\n", "text.yaml", "[", "text.cases.yaml", "cases: []\n",
		"gone.cases.yaml", "cases: []\n")
	runner := mapcase.New(fsys, mapcase.Options{})
	for _, file := range []string{"bad.cases.yaml", "text.cases.yaml"} {
		_, err := runner.Load(file)
		var wrong *mapping.DocumentError
		require.ErrorAs(t, err, &wrong, file)
	}
	_, err := runner.Load("gone.cases.yaml")
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = runner.Load("nothing.yaml")
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.Empty(t, runner.Coverage())
}

func TestFindSeesCaseFilesAndMappingsWithTests(t *testing.T) {
	t.Parallel()
	found, err := mapcase.Find(files(
		"a/x.cases.yaml", "", "a/b/y.cases.json", "", "a/z.cases.yml", "", "a/m.yaml", personMapping,
		"a/tested.yaml", personMapping+"tests: [{input: {}, want: {}}]\n", "a/faulty.yaml", personMapping+"tests: {a: b}\n",
		"a/.hidden/x.cases.yaml", "", "a/notes.txt", "tests", "other.cases.yaml", "",
	), "a")
	require.NoError(t, err)
	assert.Equal(t, []string{"a/b/y.cases.json", "a/faulty.yaml", "a/tested.yaml", "a/x.cases.yaml", "a/z.cases.yml"}, found)
	_, err = mapcase.Find(files(), "nowhere")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestTestsOfAMappingDocumentAreCases(t *testing.T) {
	t.Parallel()
	_, suite, all := results(t, files("m.yaml", personMapping+"tests:\n  - input: {sex: F}\n    want: {gender: female}\n  - {input: {}, want: {}}\n"), "m.yaml")
	require.Len(t, all, 2)
	assert.Equal(t, "m.yaml", suite.Mapping())
	assert.Equal(t, "case 1", all[0].Case.Name())
	assert.Equal(t, 9, all[0].Case.Line())
	assert.True(t, all[0].OK() && all[1].OK())
}

func TestTestsOfAMappingDocumentMayBeAFile(t *testing.T) {
	t.Parallel()
	fsys := files("a/m.yaml", personMapping+"tests: m.cases.yaml\n", "a/m.cases.yaml", "cases: [{input: {sex: F}, want: {gender: female}}]\n",
		"a/self.yaml", personMapping+"tests: self.yaml\n")
	_, suite, all := results(t, fsys, "a/m.yaml")
	require.Len(t, all, 1)
	assert.Equal(t, "a/m.cases.yaml", suite.File())
	found, err := mapcase.Find(fsys, "a")
	require.NoError(t, err)
	assert.Equal(t, []string{"a/m.cases.yaml"}, found)
	_, _, all = results(t, fsys, "a/self.yaml")
	assert.Empty(t, all)
}

func TestARootOfItsOwn(t *testing.T) {
	t.Parallel()
	fsys := files(
		"maps/deep/m.yaml", "mapping: v1\ntables: {t: {file: t.json}}\nmap: {a: {$from: a, $translate: t}}\n", "maps/t.json", `{"x": "y"}`,
		"cases/m.cases.yaml", "mapping: ../maps/deep/m.yaml\nroot: ../maps\ncases: [{inputFile: in/x.json, wantFile: x.json}]\n",
		"cases/in/x.json", `{"a": "x"}`, "cases/x.json", `{"a": "y"}`,
	)
	_, suite, all := results(t, fsys, "cases/m.cases.yaml")
	assert.Empty(t, all[0].Failures)
	assert.Equal(t, "maps/deep/m.yaml", suite.Mapping())
	assert.Equal(t, "cases/m.cases.yaml", suite.File())
	_, err := fs.ReadFile(mapcase.Under(fsys, "maps/deep"), "../t.json")
	require.ErrorIs(t, err, fs.ErrInvalid)
	_, err = fs.Stat(mapcase.Under(fsys, path.Join("maps", "deep")), "m.yaml")
	require.NoError(t, err)
}
