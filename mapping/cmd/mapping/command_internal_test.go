package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestColoursAreForPeopleOnly(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		terminal bool
		env      map[string]string
		flag     string
		want     bool
	}{
		{"a terminal", true, nil, "auto", true},
		{"a file", false, nil, "auto", false},
		{"NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, "auto", false},
		{"an empty NO_COLOR", true, map[string]string{"NO_COLOR": ""}, "auto", true},
		{"a dumb terminal", true, map[string]string{"TERM": "dumb"}, "auto", false},
		{"never", true, nil, "never", false},
		{"always", false, map[string]string{"NO_COLOR": "1"}, "always", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.terminal, w.env = tc.terminal, tc.env
			code, stdout, _ := w.run(t.Context(), "lint", "trap.yaml", "--color", tc.flag)
			assert.Equal(t, exitOK, code)
			assert.Equal(t, tc.want, strings.Contains(stdout, "\x1b["), stdout)
		})
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	assert.False(t, isTerminal(f))
	assert.False(t, isTerminal(io.Discard))
}

func TestCompletionsHaveEveryCommandFlagAndWord(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		w := newWorld(t)
		code, script, stderr := w.run(t.Context(), "completion", shell)
		require.Equal(t, exitOK, code, stderr)
		for _, c := range commands() {
			assert.Contains(t, script, c.name, shell)
			c.declared().each(func(one *flag.Flag, values []string, _ bool) {
				name := "--" + one.Name
				if shell == "fish" {
					name = "-l " + one.Name
				}
				assert.Contains(t, script, name, "%s: %s", shell, c.name)
				assert.Contains(t, script, strings.Join(values, " "), "%s: %s --%s", shell, c.name, one.Name)
			})
		}
		assert.Zero(t, strings.Count(script, "\"")%2, "%s: quotes are closed", shell)
	}
}

func TestSchemaIsJSONSchema(t *testing.T) {
	t.Parallel()
	code, stdout, _ := newWorld(t).run(t.Context(), "schema")
	assert.Equal(t, exitOK, code)
	var schema map[string]any
	require.NoError(t, json.Unmarshal([]byte(stdout), &schema))
	assert.Contains(t, schema, "$schema")
}

// broken refuses what is written.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestAnOutputThatCannotBeWrittenEndsWithCode3(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"schema"}, {"lint", "trap.yaml"}, {"lint", "trap.yaml", "--json"}, {"fmt", "trap.yaml"}, {"test", "tests.yaml"}} {
		var errs strings.Builder
		code := run(t.Context(), args, system{
			stdout: broken{}, stderr: &errs, files: disk{"testdata"},
			env: func(string) string { return "" }, now: newWorld(t).now, terminal: func(io.Writer) bool { return false },
		})
		assert.Equal(t, exitInternal, code, args)
		assert.Contains(t, errs.String(), "disk full", args)
	}
}

func TestAFileKeepsItsModeAndIsReplacedWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "f"), []byte("old"), 0o600))
	d := disk{dir}
	draft, err := d.create("f")
	require.NoError(t, err)
	_, err = draft.Write([]byte("half"))
	require.NoError(t, err)
	draft.abort()
	raw, err := os.ReadFile(filepath.Join(dir, "f"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(raw))

	require.NoError(t, d.write("f", []byte("new")))
	raw, err = os.ReadFile(filepath.Join(dir, "f"))
	require.NoError(t, err)
	assert.Equal(t, "new", string(raw))
	info, err := os.Stat(filepath.Join(dir, "f"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

func TestAMappingCannotReadAboveItsFolderUnlessRootSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(t, "maps/deep/m.yaml", "mapping: v1\ntables: {t: {file: ../t.json}}\nmap: {a: {$from: a, $translate: t}}\n")
	w.write(t, "maps/deep/n.yaml", "mapping: v1\ntables: {t: {file: t.json}}\nmap: {a: {$from: a, $translate: t}}\n")
	w.write(t, "maps/t.json", `{"x": "y"}`)
	w.stdin = `{"a":"x"}`
	code, _, stderr := w.run(t.Context(), "run", "maps/deep/m.yaml")
	assert.Equal(t, exitFindings, code)
	assert.Contains(t, stderr, "maps/deep/m.yaml:2:")
	code, stdout, stderr := w.run(t.Context(), "run", "maps/deep/n.yaml", "--root", "maps")
	assert.Equal(t, exitOK, code, stderr)
	assert.JSONEq(t, `{"a":"y"}`, stdout)
}

func TestAbsoluteNamesAndNamesThatLeadUpwardsWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, stdout, stderr := w.run(t.Context(), "test", filepath.Join(w.dir, "patient.cases.yaml"))
	assert.Equal(t, exitOK, code, stdout+stderr)
	w.dir = filepath.Join(w.dir, "failing")
	code, stdout, stderr = w.run(t.Context(), "test", "../patient.cases.yaml")
	assert.Equal(t, exitOK, code, stdout+stderr)
}

func TestMigrateWritesWhatTheDocumentRefersToBesideIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(t, "endpoint.json", `{"name": "n", "endpoint": {"pattern": "/p"}, "transformation": {"input": "JSON", "output": "JSON"},
		"inputValidation": {"type": "object", "properties": {"requestBody": {"type": "object", "required": ["id"]}}},
		"inputMapping": {"requestBody.id": "id"}}`)
	w.write(t, "deep/readme", "")
	code, stdout, stderr := w.run(t.Context(), "migrate", "endpoint.json", "--out", "deep/p.yaml")
	require.Equal(t, exitOK, code, stderr)
	assert.Empty(t, stdout)
	names, err := os.ReadDir(filepath.Join(w.dir, "deep"))
	require.NoError(t, err)
	assert.Len(t, names, 3, "the document, its schema and what was there")
	code, stdout, stderr = w.run(t.Context(), "lint", "deep/p.yaml")
	assert.Equal(t, exitOK, code, stdout+stderr)

	code, _, stderr = w.run(t.Context(), "migrate", "endpoint.json")
	assert.Equal(t, exitOK, code)
	assert.Contains(t, stderr, "--out writes it, too")
}

func TestTheItemsOfAStreamAreFoundForExplain(t *testing.T) {
	t.Parallel()
	for document, want := range map[string][]string{
		"map: {events: {$each: rows, a: $.a}}":                       {"rows"},
		"map: {x: {y: {$each: $.a.b}}}":                              {"a", "b"},
		`map: {$each: {from: 'a\.b.c', single: true}}`:               {"a.b", "c"},
		"map: {events: {$concat: [{x: y}, $.z]}}":                    nil,
		"map: {k: v, events: {$each: rows, z: {$each: items}}}":      {"rows"},
		"map: {one: {two: const}, events: {$each: rows, $value: 1}}": {"rows"},
	} {
		assert.Equal(t, want, eachPath([]byte(document)), document)
	}
}
