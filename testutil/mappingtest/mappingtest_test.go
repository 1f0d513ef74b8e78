package mappingtest_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/testutil/mappingtest"
)

func TestCasesThatPass(t *testing.T) {
	t.Parallel()
	mappingtest.Run(t, "testdata/good")
	mappingtest.Config{MinCoverage: 100}.Run(t, "testdata/good")
}

// TestFails is run by the tests below in a process of its own, because it fails.
func TestFails(t *testing.T) { //nolint:paralleltest // the order of its output is looked at
	dir := os.Getenv("MAPPINGTEST_DIR")
	if dir == "" {
		t.Skip("it is run by TestFailuresOfRun")
	}
	c := mappingtest.Config{}
	if os.Getenv("MAPPINGTEST_COVERAGE") != "" {
		c.MinCoverage = 100
	}
	c.Run(t, dir)
}

// failing runs TestFails, and returns what it prints.
func failing(t *testing.T, dir, filter string, env ...string) (text string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run", "^TestFails$"+filter)
	cmd.Env = append(append(os.Environ(), "MAPPINGTEST_DIR="+dir, "UPDATE_GOLDEN="), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return string(out), err == nil
}

func TestFailuresOfRun(t *testing.T) {
	t.Parallel()
	text, ok := failing(t, "testdata/bad", "")
	assert.False(t, ok)
	for _, want := range []string{
		"--- FAIL: TestFails/testdata/bad/person/person.cases.yaml/the_wrong_gender",
		"testdata/bad/person/person.cases.yaml:2:\n",
		`/gender: want "male", got "female"`,
		"--- PASS: TestFails/testdata/bad/person/person.cases.yaml/in_order",
		"testdata/bad/faulty.cases.yaml:2:9: error: invalid: the case has no input",
		"testdata/bad/broken.yaml:2:11: error: unknown: there is no operator $nope",
		"testdata/bad/person/person.yaml: 80.0 % of the rules",
	} {
		assert.Contains(t, text, want)
	}
}

func TestCoverageIsAskedForWhenAllCasesHaveRun(t *testing.T) {
	t.Parallel()
	dir := copied(t, "testdata/bad/person", "person.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "person.cases.yaml"), []byte(
		"cases:\n  - {name: a, input: {sex: F, age: 1}, want: {gender: female, old: false}}\n  - {name: b, input: {age: 1}, want: {old: false}}\n"), 0o600))
	text, ok := failing(t, dir, "", "MAPPINGTEST_COVERAGE=1")
	assert.False(t, ok)
	assert.Contains(t, text, "less than 100 %; never reached:\n")
	assert.Contains(t, text, "person.yaml:5:31: /old#then")
	text, ok = failing(t, dir, "/person/^a$", "MAPPINGTEST_COVERAGE=1")
	assert.True(t, ok, text)
}

func TestUpdateMakesCasesPass(t *testing.T) {
	t.Parallel()
	dir := copied(t, "testdata/bad/person", "person.yaml", "person.cases.yaml")
	_, ok := failing(t, dir, "")
	assert.False(t, ok)
	text, ok := failing(t, dir, "", "UPDATE_GOLDEN=1")
	assert.True(t, ok, text)
	text, ok = failing(t, dir, "")
	assert.True(t, ok, text)
	raw, err := os.ReadFile(filepath.Join(dir, "person.cases.yaml"))
	require.NoError(t, err)
	assert.Contains(t, string(raw), "    want:\n      gender: female\n      old: false\n")
}

// copied returns a folder with copies of files.
func copied(t *testing.T, from string, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(from, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), raw, 0o600))
	}
	return dir
}

func TestCheckTellsEverythingThatFailed(t *testing.T) {
	t.Parallel()
	require.NoError(t, mappingtest.Config{MinCoverage: 100}.Check(t.Context(), "testdata/good"))
	err := mappingtest.Config{MinCoverage: 90}.Check(t.Context(), "testdata/bad")
	require.Error(t, err)
	assert.Len(t, strings.Split(err.Error(), "\n"), 5, err.Error())
	for _, want := range []string{
		"$nope", "the case has no input", `person.cases.yaml:2: the wrong gender: /gender: want "male", got "female"`,
		"less than 90 %; never reached:\n  testdata/bad/person/person.yaml:5:31: /old#then",
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestWhatCannotBeRunIsAnError(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, mappingtest.Config{}.Check(t.Context(), t.TempDir()), "there are no case files in")
	require.ErrorIs(t, mappingtest.Config{}.Check(t.Context(), "testdata/none"), os.ErrNotExist)
	require.ErrorContains(t, mappingtest.Config{MinCoverage: 101}.Check(t.Context(), "testdata/good"), "MinCoverage is 101")
}

func TestHostsOperatorsCanBeUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "m.yaml"), []byte("mapping: v1\nmap: {a: {$from: a, $loud: true}}\ntests: [{input: {a: x}, want: {a: X!}}]\n"), 0o600))
	require.Error(t, mappingtest.Config{}.Check(t.Context(), dir))
	mappingtest.Config{MinCoverage: 100, Compile: mapping.CompileOptions{Operators: map[string]mapping.Operator{
		"$loud": {In: mapping.Text, Out: mapping.Text, Make: func(json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			return func(in mapping.Value) (mapping.Value, error) {
				return mapping.TextValue(strings.ToUpper(in.Text()) + "!"), nil
			}, nil
		}},
	}}}.Run(t, dir)
}
