package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mapping"
)

// The pages of docs/mapping are carried out from top to bottom, each in a folder of its own:
//
//	**`name`**                          the block below is that file
//	**`name`**, at the end              it is added to the file
//	**`name`**, in place of `a line`    it takes the place of the line and what is indented below it
//	```console                          command lines with what they give
//	```yaml, ```json, ```json           a mapping, its input and its output
//	| rule | input | gives |            the same in a row; "= …" where the first column is an expression
//
// UPDATE_GOLDEN=1 writes anew what they give. A block of another kind fails: nothing on these
// pages is only said.
func TestThePagesDoWhatTheySay(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../../docs/mapping/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, file := range pages {
		if filepath.Base(file) == "reference.md" {
			continue // it is generated, by the test of package mapping
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			p := &page{t: t, world: newWorld(t)}
			p.world.dir = t.TempDir()
			p.check(file, p.carryOut)
		})
	}
}

// What the README of the example shows of the command is what the command gives there.
func TestTheExampleShowsWhatTheCommandGives(t *testing.T) {
	t.Parallel()
	const folder = "../../../examples/patient-to-dhis2"
	p := &page{t: t, world: newWorld(t)}
	p.world.dir = t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(p.world.dir, "mapping"), os.DirFS(filepath.Join(folder, "mapping"))))
	p.check(filepath.Join(folder, "README.md"), func(text string) string { return transcript(t, p.world, text, true) })
}

// The lists on the page of the language are those of the program, which a mistake makes it tell.
func TestThePageOfTheLanguageNamesEveryFunctionOptionAndCode(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../docs/mapping/language.md")
	require.NoError(t, err)
	page := string(raw)

	d, err := mapping.Parse("m.yaml", []byte("mapping: v1\nmap: '= nothing(a)'\n"))
	require.NoError(t, err)
	issues := mapping.Lint(d, mapping.CompileOptions{})
	require.NotEmpty(t, issues)
	names, found := strings.CutPrefix(issues[0].Hint, "functions: ")
	require.True(t, found, issues[0].Hint)
	for name := range strings.SplitSeq(names, ", ") {
		assert.Contains(t, page, "`"+name+"`", "the function")
	}
	for _, format := range []string{"csv", "ndjson", "xml", "hl7v2"} {
		options := mapping.InputOptions(format)
		require.NotEmpty(t, options, format)
		for _, name := range options {
			assert.Contains(t, page, "`"+name+"`", "the option of %s", format)
		}
	}
	code, err := os.ReadFile("../../issue.go")
	require.NoError(t, err)
	codes := regexp.MustCompile(`(?m)^\tCode[A-Z][a-z]+ += "([a-z]+)"`).FindAllStringSubmatch(string(code), -1)
	require.Greater(t, len(codes), 10)
	for _, c := range codes {
		assert.Contains(t, page, "`"+c[1]+"`", "the code of an issue")
	}
}

// check carries a page out, and compares it with what it was, or writes it anew.
func (p *page) check(file string, carryOut func(text string) string) {
	p.t.Helper()
	before, err := os.ReadFile(file)
	require.NoError(p.t, err)
	after := carryOut(string(before))
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(p.t, os.WriteFile(file, []byte(after), 0o644))
		return
	}
	sameLines(p.t, string(before), after)
}

// sameLines tells the first line that differs: a page is too long to be shown.
func sameLines(t *testing.T, before, after string) {
	t.Helper()
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	for i := range min(len(was), len(is)) {
		require.Equal(t, was[i], is[i], "line %d; run make golden", i+1)
	}
	assert.Len(t, is, len(was), "lines; run make golden")
}

// page is a page that is carried out.
type page struct {
	t     *testing.T
	world *world
	at    int // the line, for messages
	// trio is a mapping and its input, that wait for the output.
	trio []string
}

var (
	caption  = regexp.MustCompile("^\\*\\*`([^`]+)`\\*\\*(?:, (at the end|in place of `([^`]+)`))?$")
	tableRow = regexp.MustCompile("^\\| `(.+)` \\| `(.+)` \\| ?(.*)\\|$")
)

func (p *page) carryOut(text string) string {
	var out, block strings.Builder
	lines := strings.SplitAfter(text, "\n")
	language, last, table := "", "", ""
	inside := false
	for i, line := range lines {
		p.at = i + 1
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```") && !inside:
			inside, language = true, strings.TrimPrefix(trimmed, "```")
			block.Reset()
			out.WriteString(line)
		case strings.HasPrefix(line, "```"):
			inside = false
			out.WriteString(p.block(language, last, block.String()) + line)
			last = ""
		case inside:
			block.WriteString(line)
		default:
			switch {
			case strings.HasPrefix(trimmed, "| rule | input | gives"):
				table = "rule"
			case strings.HasPrefix(trimmed, "| expression | input | gives"):
				table = "expression"
			case !strings.HasPrefix(trimmed, "|"):
				table = ""
			}
			if row := tableRow.FindStringSubmatch(trimmed); table != "" && row != nil {
				line = p.row(table, row) + "\n"
			}
			if trimmed != "" {
				last = trimmed
			}
			out.WriteString(line)
		}
	}
	assert.Empty(p.t, p.trio, "a mapping without input and output")
	return out.String()
}

// block carries out a block, and returns it with what it gives.
func (p *page) block(language, before, text string) string {
	if c := caption.FindStringSubmatch(before); c != nil {
		p.file(c[1], c[2], c[3], text)
		return text
	}
	switch language {
	case "console":
		return transcript(p.t, p.world, text, false)
	case "sh":
		assert.Regexp(p.t, `^(go install|source|mapping completion) `, text, "line %d: what a shell does is not run", p.at)
		return text
	case "yaml":
		assert.Empty(p.t, p.trio, "line %d: the mapping before has no input and output", p.at)
		if !strings.Contains("\n"+text, "\nmap:") {
			p.compiles(text)
			return text
		}
		p.trio = []string{text}
		return text
	case "json":
		if len(p.trio) < 2 {
			require.Len(p.t, p.trio, 1, "line %d: an input without a mapping", p.at)
			p.trio = append(p.trio, text)
			return text
		}
		given := p.gives(p.trio[0], p.trio[1])
		p.trio = nil
		return given + "\n"
	}
	assert.Fail(p.t, "a block that nothing checks", "line %d: ```%s", p.at, language)
	return text
}

// file writes a file, or changes one.
func (p *page) file(name, how, place, text string) {
	switch how {
	case "":
		p.world.write(p.t, name, text)
	case "at the end":
		p.world.write(p.t, name, p.world.read(p.t, name)+text)
	default:
		p.world.write(p.t, name, p.replaced(p.world.read(p.t, name), place, text))
	}
}

// replaced puts a text in the place of a line and of what is indented below it.
func (p *page) replaced(source, place, text string) string {
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
	var out strings.Builder
	found, skipping, level := 0, false, 0
	for line := range strings.Lines(source) {
		switch {
		case strings.TrimSpace(line) == place:
			found++
			skipping, level = true, indent(line)
			out.WriteString(text)
			continue
		case skipping && strings.TrimSpace(line) != "" && indent(line) <= level:
			skipping = false
		}
		if !skipping {
			out.WriteString(line)
		}
	}
	require.Equal(p.t, 1, found, "line %d: the line %q is in the file once", p.at, place)
	return out.String()
}

// compiles checks a part of a document.
func (p *page) compiles(text string) {
	d, err := mapping.Parse("part.yaml", []byte("mapping: v1\n"+text+"map: x\n"))
	require.NoError(p.t, err, "line %d", p.at)
	_, err = mapping.Compile(d, mapping.CompileOptions{FS: os.DirFS(p.world.dir), Lookups: map[string]mapping.Lookup{"facility": nothing}})
	require.NoError(p.t, err, "line %d", p.at)
}

// gives runs a mapping.
func (p *page) gives(source, input string) string {
	p.t.Helper()
	if !strings.Contains(source, "mapping: v1") {
		source = "mapping: v1\n" + source
	}
	d, err := mapping.Parse("m.yaml", []byte(source))
	require.NoError(p.t, err, "line %d", p.at)
	opts := mapping.CompileOptions{FS: os.DirFS(p.world.dir)}
	for _, issue := range mapping.Lint(d, opts) {
		assert.Fail(p.t, issue.String(), "line %d", p.at)
	}
	m, err := mapping.Compile(d, opts)
	require.NoError(p.t, err, "line %d", p.at)
	out, report, err := m.Run(context.Background(), []byte(input), mapping.Options{Context: []byte(`{"now":"2026-03-10T08:00:00Z"}`)})
	if err != nil {
		return "an error: " + report.Issues[0].Message
	}
	require.True(p.t, json.Valid(out))
	return string(out)
}

// row carries out a row of a table.
func (p *page) row(kind string, row []string) string {
	unescape := func(cell string) string { return strings.ReplaceAll(cell, `\|`, "|") }
	rule, input := unescape(row[1]), unescape(row[2])
	if kind == "expression" {
		rule = "'= " + strings.ReplaceAll(rule, "'", "''") + "'"
	}
	given := p.gives("map:\n  x: "+rule+"\n", input)
	switch {
	case given == "{}":
		given = "*nothing*"
	case strings.HasPrefix(given, "{"):
		given = "`" + strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(given, `{"x":`), "}"), "|", `\|`) + "`"
	}
	return fmt.Sprintf("| `%s` | `%s` | %s |", row[1], row[2], given)
}

func TestLinksOfThePagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../../docs/mapping/*.md")
	require.NoError(t, err)
	for _, file := range pages {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(raw), -1) {
			name, anchor, _ := strings.Cut(link[1], "#")
			if strings.Contains(name, "://") {
				continue
			}
			target := file
			if name != "" {
				target = filepath.Join(filepath.Dir(file), name)
			}
			if _, err := os.Stat(target); !assert.NoError(t, err, "%s in %s", link[0], file) || anchor == "" {
				continue
			}
			there, err := os.ReadFile(target)
			require.NoError(t, err)
			assert.Contains(t, anchors(string(there)), anchor, "%s in %s", link[0], file)
		}
	}
}

// anchors are those that GitHub makes of the headings of a page.
func anchors(page string) []string {
	var all []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		text := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all = append(all, strings.ReplaceAll(text, " ", "-"))
	}
	return all
}
