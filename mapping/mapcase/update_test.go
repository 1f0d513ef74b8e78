package mapcase_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping/mapcase"
)

func TestUpdateChangesWhatFailedAndNothingElse(t *testing.T) {
	t.Parallel()
	const before = `# head
cases:
- name: another value   # stays
  want:
    # goes with its want
    gender: male

  input: {sex: F}

# above the second
- input:
    weight: 70.0
    names: ["yes", "0123", "a: b", "x # y", "", " z", "two\nlines", ünï]
  context: {now: "2026-01-01"}
- name: stays as it is
  want:   {gender:   female}
  input: {sex: F}
- name: refused
  input: {sex: X}
  want: {gender: x}   # goes
  issues:
  - {code: type}
- name: no longer refused
  issues: [{code: unmapped}]
  input: {sex: M}
- name: several
  format: ndjson
  input: |
    {"sex": "F"}

    {"sex": "M"}
  want: {}
- name: the last
  input: {sex: F}`
	const after = `# head
cases:
- name: another value   # stays
  want:
    gender: female

  input: {sex: F}

# above the second
- input:
    weight: 70.0
    names: ["yes", "0123", "a: b", "x # y", "", " z", "two\nlines", ünï]
  context: {now: "2026-01-01"}
  want:
    weight: 70.0
    names:
      - "yes"
      - "0123"
      - "a: b"
      - "x # y"
      - ""
      - " z"
      - "two\nlines"
      - "ünï"
    at: "2026-01-01"
- name: stays as it is
  want:   {gender:   female}
  input: {sex: F}
- name: refused
  input: {sex: X}
  issues:
    - code: unmapped
      severity: error
      rule: /gender
      pointer: /sex
      message: a code that the table sex has not
- name: no longer refused
  input: {sex: M}
  want:
    gender: male
- name: several
  format: ndjson
  input: |
    {"sex": "F"}

    {"sex": "M"}
  wantAll:
    - gender: female
    - gender: male
- name: the last
  input: {sex: F}
  want:
    gender: female
`
	fsys := files("m.yaml", personMapping, "m.cases.yaml", before)
	_, suite, all := results(t, fsys, "m.cases.yaml")
	changed, err := suite.Update(all)
	require.NoError(t, err)
	require.Len(t, changed, 1)
	assert.Equal(t, after, string(changed["m.cases.yaml"]))

	_, suite, all = results(t, files("m.yaml", personMapping, "m.cases.yaml", after), "m.cases.yaml")
	for _, r := range all {
		assert.Empty(t, r.Failures, r.Case.Name())
	}
	changed, err = suite.Update(all)
	require.NoError(t, err)
	assert.Empty(t, changed, "nothing is left to update")
}

func TestUpdateWritesTheFileOfAWant(t *testing.T) {
	t.Parallel()
	fsys := files("a/m.yaml", personMapping, "a/m.cases.yaml", "cases:\n  - {input: {sex: F, weight: 1.50}, wantFile: w/x.json}\n", "a/w/x.json", "{}")
	_, suite, all := results(t, fsys, "a/m.cases.yaml")
	changed, err := suite.Update(all)
	require.NoError(t, err)
	assert.Equal(t, map[string][]byte{"a/w/x.json": []byte("{\n  \"gender\": \"female\",\n  \"weight\": 1.50\n}\n")}, changed)
}

func TestUpdateRefusesCasesItCannotWrite(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"within braces":     "cases:\n  - {name: x, input: {sex: F}, want: {}}\n",
		"JSON":              "{\"cases\": [\n  {\n    \"input\": {\"sex\": \"F\"},\n    \"want\": {}\n  }\n]}\n",
		"an issue at first": "cases:\n  - issues: [{code: type}]\n    input: {sex: F}\n    want: {gender: female}\n",
	} {
		_, suite, all := results(t, files("m.yaml", personMapping, "m.cases.yaml", file), "m.cases.yaml")
		_, err := suite.Update(all)
		var wrong *mapcase.FileError
		require.ErrorAs(t, err, &wrong, name)
		assert.Len(t, wrong.Issues, 1, name)
	}
}

func TestUpdateLeavesCasesThatCouldNotRun(t *testing.T) {
	t.Parallel()
	_, suite, all := results(t, files("m.yaml", personMapping, "m.cases.yaml", "cases:\n  - inputFile: none.json\n    want: {}\n"), "m.cases.yaml")
	changed, err := suite.Update(all)
	require.NoError(t, err)
	assert.Empty(t, changed)
}

// Whatever a case file says, it is read or refused; and what is updated passes.
func FuzzCaseFile(f *testing.F) {
	f.Add("cases:\n  - name: x\n    input: {sex: F}\n    want: {gender: male}\n")
	f.Add("mapping: m.yaml\ncontext: {now: x}\ncases:\n- input: |\n    {\"sex\":\"X\"}\n  issues: [{code: a}]\n- format: csv\n  input: \"sex\\nF\"\n  wantAll: []\n")
	f.Add("map: {}\ntests: [{input: {names: [1, 2.50, null]}}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 || strings.Contains(text, "File") {
			return
		}
		load := func(text string) (*mapcase.Suite, []mapcase.Result) {
			runner := mapcase.New(files("m.yaml", personMapping, "m.cases.yaml", text), mapcase.Options{})
			suite, err := runner.Load("m.cases.yaml")
			if err != nil {
				return nil, nil
			}
			var all []mapcase.Result
			for _, c := range suite.Cases() {
				all = append(all, suite.Run(t.Context(), c))
			}
			return suite, all
		}
		suite, all := load(text)
		if suite == nil {
			return
		}
		changed, err := suite.Update(all)
		if err != nil {
			return
		}
		updated, ok := changed["m.cases.yaml"]
		if !ok {
			return
		}
		again, after := load(string(updated))
		if again == nil {
			t.Fatalf("the updated file cannot be read:\n%s", updated)
		}
		for i, r := range after {
			if !r.OK() && r.Report != nil && all[i].Report != nil {
				t.Fatalf("%s fails after the update: %v\n%s", r.Case.Name(), r.Failures, updated)
			}
		}
	})
}
