package mapping_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/internal/date"
)

func TestEveryOperatorIsInTheReference(t *testing.T) {
	t.Parallel()
	var schema struct {
		Defs struct {
			Object struct {
				Properties map[string]json.RawMessage `json:"properties"`
			} `json:"object"`
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(mapping.Schema(nil), &schema))
	var known, told []string
	for name := range schema.Defs.Object.Properties {
		known = append(known, name)
	}
	for _, op := range mapping.Reference() {
		told = append(told, op.Name)
		assert.True(t, json.Valid(op.Argument), "%s: the argument's schema", op.Name)
		assert.NotEmpty(t, op.Summary, op.Name)
		assert.NotEmpty(t, op.Group, op.Name)
		if op.Name != "$then" { // $if shows it
			assert.NotEmpty(t, op.Examples, op.Name)
		}
	}
	slices.Sort(known)
	slices.Sort(told)
	assert.Equal(t, known, told, "each once")
}

// exampleGives runs an example's rule as a member, so that it may come to nothing.
func exampleGives(t *testing.T, e mapping.OperatorExample) string {
	t.Helper()
	source := "mapping: v1\n" + e.With + "\nmap:\n  x: " + e.Rule + "\n"
	document, err := mapping.Parse("m.yaml", []byte(source))
	require.NoError(t, err, source)
	opts := mapping.CompileOptions{Lookups: map[string]mapping.Lookup{
		"facility": func(_ context.Context, keys []string) ([]json.RawMessage, error) {
			require.Equal(t, []string{"0123"}, keys)
			return []json.RawMessage{json.RawMessage(`{"name":"Kisumu"}`)}, nil
		},
	}}
	for _, issue := range mapping.Lint(document, opts) {
		assert.Fail(t, issue.String(), source)
	}
	m, err := mapping.Compile(document, opts)
	require.NoError(t, err, source)
	out, _, err := m.Run(t.Context(), []byte(e.Input), mapping.Options{})
	require.NoError(t, err, source)
	text := string(out)
	if text == "{}" {
		return ""
	}
	return strings.TrimSuffix(strings.TrimPrefix(text, `{"x":`), "}")
}

func TestEachOperatorsExamplesGiveTheirOutput(t *testing.T) {
	t.Parallel()
	for _, op := range mapping.Reference() {
		t.Run(op.Name, func(t *testing.T) {
			t.Parallel()
			for _, e := range op.Examples {
				assert.Equal(t, e.Output, exampleGives(t, e), e.Rule)
				assert.True(t, op.Name == "$else" || strings.Contains(e.Rule, op.Name), e.Rule)
			}
		})
	}
}

// The reference is generated of the registry: UPDATE_GOLDEN=1 writes it anew.
func TestTheOperatorReferenceIsWhatTheRegistrySays(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "docs", "mapping", "reference.md")
	want := referencePage(t)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, want, string(page), "run make golden")
}

func referencePage(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("<!-- Generated from mapping.Reference() by UPDATE_GOLDEN=1 go test -run Reference ./mapping. Do not edit. -->\n# Operators\n\n" +
		"A key that begins with a dollar is an operator. `[name: …]` may be left out. *path* is a path, a `$name` or `\"= expression\"`;\n" +
		"*rule* is anything that can stand in `map`; *condition* is an expression that says yes or no. [The language](language.md) has\n" +
		"these. In the examples the rule stands alone; *nothing* is left out of the output. Every example is run by a test.\n")
	group := ""
	all := mapping.Reference()
	for _, op := range all {
		if op.Group != group {
			group = op.Group
			b.WriteString("\n- " + group + ":")
		}
		fmt.Fprintf(&b, " [`%s`](#%s)", op.Name, strings.ToLower(strings.TrimPrefix(op.Name, "$")))
	}
	b.WriteString("\n")
	for _, op := range all {
		if op.Group != group {
			group = op.Group
			b.WriteString("\n## " + group + "\n")
		}
		fmt.Fprintf(&b, "\n### %s\n\n`%s: %s`", op.Name, op.Name, signature(op.Argument))
		if op.Takes != 0 {
			fmt.Fprintf(&b, " · takes %s, gives %s", op.Takes, op.Gives)
		}
		b.WriteString("\n\n" + asCode(op.Summary))
		if op.Details != "" {
			b.WriteString(" " + op.Details)
		}
		b.WriteString("\n")
		if op.Name == "$date" {
			b.WriteString(dateFormats(t))
		}
		if len(op.Examples) == 0 {
			continue
		}
		b.WriteString("\n| rule | input | gives |\n|---|---|---|\n")
		for _, e := range op.Examples {
			rule, output := cell(e.Rule), "*nothing*"
			if e.With != "" {
				rule = cell(e.With) + "<br>" + rule
			}
			if e.Output != "" {
				output = cell(e.Output)
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", rule, cell(e.Input), output)
		}
	}
	return b.String()
}

// cell writes code in a cell of a table.
func cell(code string) string { return "`" + strings.ReplaceAll(code, "|", `\|`) + "`" }

// codeWord is a word of the language in a summary, which has no marks of its own because editors
// show it too.
var codeWord = regexp.MustCompile(`"= expression"|\$name|\$1|\{[^}]*\}|\[[^\]]*\]|\$[a-z][A-Za-z0-9]*|\b(with:|true\b)`)

func asCode(text string) string {
	return codeWord.ReplaceAllStringFunc(text, func(word string) string { return "`" + word + "`" })
}

// dateFormats shows what each named format makes of a time and of a day.
func dateFormats(t *testing.T) string {
	t.Helper()
	written := func(name, text string) string {
		m := compiled(t, `map: {x: {$from: x, $onError: omit, $date: {in: fhir, out: `+name+`}}}`)
		out, _, err := m.Run(t.Context(), []byte(`{"x":"`+text+`"}`), mapping.Options{})
		require.NoError(t, err)
		if string(out) == "{}" {
			return "not written: it needs a time"
		}
		return "`" + strings.Trim(strings.TrimPrefix(string(out), `{"x":`), `"}`) + "`"
	}
	var b strings.Builder
	b.WriteString("\n| format | a time | a day |\n|---|---|---|\n")
	for _, name := range date.Names() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, written(name, "2026-03-11T09:15:30.5+03:00"), written(name, "2026-03-11"))
	}
	return b.String()
}

// signature writes a JSON Schema as a person would.
func signature(schema json.RawMessage) string {
	var s struct {
		Ref        string            `json:"$ref"`
		Enum       []any             `json:"enum"`
		Type       any               `json:"type"`
		AnyOf      []json.RawMessage `json:"anyOf"`
		OneOf      []json.RawMessage `json:"oneOf"`
		Required   []string          `json:"required"`
		Items      json.RawMessage   `json:"items"`
		MaxItems   int               `json:"maxItems"`
		Additional json.RawMessage   `json:"additionalProperties"`
	}
	if string(schema) == "true" || json.Unmarshal(schema, &s) != nil {
		return "rule"
	}
	switch {
	case s.Ref != "":
		return map[string]string{"rule": "rule", "rules": "[rule, …]", "source": "path", "sources": "path | [path, …]", "condition": "condition"}[strings.TrimPrefix(s.Ref, "#/$defs/")]
	case len(s.Enum) > 0:
		var all []string
		for _, one := range s.Enum {
			if one != nil {
				all = append(all, fmt.Sprint(one))
			}
		}
		return strings.Join(all, " | ")
	case len(s.AnyOf)+len(s.OneOf) > 0:
		var all []string
		for _, one := range append(s.AnyOf, s.OneOf...) {
			all = append(all, signature(one))
		}
		return strings.Join(all, " | ")
	}
	if types, several := s.Type.([]any); several {
		var all []string
		for _, one := range types {
			if one == "null" {
				continue
			}
			if one == "object" {
				all = append(all, signatureMembers(schema, s.Required, s.Additional))
				continue
			}
			all = append(all, signatureType(one, s.MaxItems))
		}
		return strings.Join(all, " | ")
	}
	if s.Type == "array" && len(s.Items) > 0 {
		return "[" + signature(s.Items) + ", …]"
	}
	if s.Type == "object" {
		return signatureMembers(schema, s.Required, s.Additional)
	}
	return signatureType(s.Type, s.MaxItems)
}

func signatureType(name any, items int) string {
	switch name {
	case "string":
		return "text"
	case "integer":
		return "whole number"
	case "boolean":
		return "true | false"
	case "array":
		if items == 2 {
			return "[path, path]"
		}
		return "[value, …]"
	}
	return fmt.Sprint(name)
}

// signatureMembers writes those of an object in their order, in brackets if they may be left
// away.
func signatureMembers(schema json.RawMessage, required []string, additional json.RawMessage) string {
	var s struct {
		Properties json.RawMessage `json:"properties"`
	}
	_ = json.Unmarshal(schema, &s)
	d := json.NewDecoder(strings.NewReader(string(s.Properties)))
	var all []string
	for _, err := d.Token(); err == nil && d.More(); {
		name, _ := d.Token()
		var member json.RawMessage
		if d.Decode(&member) != nil {
			break
		}
		text := fmt.Sprint(name) + ": " + signature(member)
		if !slices.Contains(required, fmt.Sprint(name)) {
			text = "[" + text + "]"
		}
		all = append(all, text)
	}
	if len(all) == 0 && len(additional) > 5 {
		return "{name: " + signature(additional) + ", …}"
	}
	return "{" + strings.Join(all, ", ") + "}"
}
