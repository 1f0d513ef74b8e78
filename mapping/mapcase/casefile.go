package mapcase

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// Case is one case of a case file. It is read-only.
type Case struct {
	name         string
	line, column int
	node         *doc.Node
	input        *doc.Node
	inputFile    string
	format       string
	context      map[string]*doc.Node
	lookups      map[string]*doc.Node
	want         *doc.Node
	wantAll      *doc.Node
	wantFile     string
	issues       []wantedIssue
	unmapped     *doc.Node
}

// Name returns the case's name, which no other case of its file has.
func (c *Case) Name() string { return c.name }

// Line returns the line of the case file on which the case begins, from 1.
func (c *Case) Line() int { return c.line }

// wantedIssue is what a reported issue must be; empty fields take anything.
type wantedIssue struct {
	code, severity, message, rule, pointer, source, value string
	hasPointer                                            bool
	line, column                                          int
}

// caseFile is a case file as it was read, or the tests: of a mapping document.
type caseFile struct {
	file          string
	mapping, root string
	byValue       bool
	embedded      bool
	elsewhere     string // the case file that tests: names
	cases         []*Case
}

// readFile reads a case file. The error is a *FileError.
func readFile(file string, raw []byte) (*caseFile, error) {
	f := &faults{file: file}
	root, traps := doc.Read(raw)
	for _, t := range traps {
		if t.Error {
			f.add(t.Line, t.Column, t.Hint, "%s", t.Message)
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	out := &caseFile{file: file}
	if root.Get("cases") == nil && root.Get("map") != nil {
		out.embedded = true
		switch tests := root.Get("tests"); {
		case tests == nil:
		case tests.Kind == doc.Text:
			out.elsewhere = tests.Text
		default:
			out.read(f, tests, nil, nil)
		}
		return out, f.err()
	}
	if !keys(f, root, "a case file", "mapping", "root", "numbers", "context", "lookups", "cases", "description") {
		return nil, f.err()
	}
	out.mapping, out.root = text(f, root, "mapping"), text(f, root, "root")
	switch numbers := text(f, root, "numbers"); numbers {
	case "", "text":
	case "value":
		out.byValue = true
	default:
		f.at(root.Get("numbers"), "it is text or value", "numbers: %q is not known", numbers)
	}
	cases := root.Get("cases")
	if cases == nil {
		f.at(root, "cases: holds a list of {name, input, want}", "the file has no cases")
		return nil, f.err()
	}
	out.read(f, cases, members(f, root, "context"), fixtures(f, root))
	return out, f.err()
}

func (cf *caseFile) read(f *faults, list *doc.Node, context, lookups map[string]*doc.Node) {
	if list.Kind != doc.List {
		f.at(list, "begin each case with a dash", "cases are a list")
		return
	}
	seen := map[string]int{}
	for i, n := range list.Items {
		c := readCase(f, n, context, lookups)
		if c == nil {
			continue
		}
		if c.name == "" {
			c.name = "case " + strconv.Itoa(i+1)
		}
		if line, twice := seen[c.name]; twice {
			f.at(n, "", "the name %q stands twice, first in line %d", c.name, line)
		}
		seen[c.name] = n.Line
		cf.cases = append(cf.cases, c)
	}
}

func readCase(f *faults, n *doc.Node, context, lookups map[string]*doc.Node) *Case {
	if !keys(f, n, "a case", "name", "description", "input", "inputFile", "format", "context", "lookups", "want", "wantAll", "wantFile",
		"issues", "unmapped") {
		return nil
	}
	c := &Case{
		name: text(f, n, "name"), line: n.Line, column: n.Column, node: n, format: text(f, n, "format"),
		input: n.Get("input"), inputFile: text(f, n, "inputFile"),
		want: n.Get("want"), wantAll: n.Get("wantAll"), wantFile: text(f, n, "wantFile"),
		context: over(context, members(f, n, "context")), lookups: over(lookups, fixtures(f, n)),
		unmapped: n.Get("unmapped"),
	}
	switch {
	case c.input == nil && c.inputFile == "":
		f.at(n, "write input: or inputFile:", "the case has no input")
	case c.input != nil && c.inputFile != "":
		f.at(n, "", "a case has input or inputFile, not both")
	}
	if (c.want != nil && c.wantAll != nil) || (c.wantFile != "" && (c.want != nil || c.wantAll != nil)) {
		f.at(n, "", "a case has one of want, wantAll and wantFile")
	}
	if c.wantAll != nil && c.wantAll.Kind != doc.List {
		f.at(c.wantAll, "for one document write want", "wantAll is a list of documents")
	}
	if c.format != "" && !slices.Contains([]string{"json", "ndjson", "csv", "xml", "hl7v2"}, c.format) {
		f.at(n.Get("format"), "it is one of json, ndjson, csv, xml, hl7v2", "the format %q is not known", c.format)
	}
	if issues := n.Get("issues"); issues != nil {
		c.issues = readIssues(f, issues)
	}
	if c.unmapped != nil {
		checkUnmapped(f, c.unmapped)
	}
	return c
}

func readIssues(f *faults, list *doc.Node) []wantedIssue {
	if list.Kind != doc.List {
		f.at(list, "- {code: unmapped, pointer: /sex}", "issues are a list")
		return nil
	}
	var all []wantedIssue
	for _, n := range list.Items {
		if !keys(f, n, "an issue", "code", "severity", "message", "rule", "pointer", "source", "value", "line", "column") {
			continue
		}
		w := wantedIssue{
			code: text(f, n, "code"), severity: text(f, n, "severity"), message: text(f, n, "message"),
			rule: text(f, n, "rule"), pointer: text(f, n, "pointer"), source: text(f, n, "source"), value: text(f, n, "value"),
			hasPointer: n.Get("pointer") != nil, line: whole(f, n.Get("line")), column: whole(f, n.Get("column")),
		}
		switch mapping.Severity(w.severity) {
		case "", mapping.SeverityError, mapping.SeverityWarning, mapping.SeverityInformation:
		default:
			f.at(n.Get("severity"), "it is error, warning or information", "severity: %q is not known", w.severity)
		}
		if w.code == "" {
			f.at(n, "", "an issue has a code")
		}
		all = append(all, w)
	}
	return all
}

func checkUnmapped(f *faults, n *doc.Node) {
	if n.Kind != doc.Map {
		f.at(n, "unmapped: {table: {CODE: 1}}", "unmapped is an object")
		return
	}
	for _, table := range n.Keys {
		if table.Value.Kind != doc.Map {
			f.at(table.Value, "unmapped: {table: {CODE: 1}}", "unmapped: %s is an object", table.Name)
			continue
		}
		for _, code := range table.Value.Keys {
			whole(f, code.Value)
		}
	}
}

// keys checks an object's keys against those allowed.
func keys(f *faults, n *doc.Node, what string, allowed ...string) bool {
	if n.Kind != doc.Map {
		f.at(n, "its keys are "+strings.Join(allowed, ", "), "%s is an object", what)
		return false
	}
	for _, key := range n.Keys {
		if !slices.Contains(allowed, key.Name) {
			f.add(key.Line, key.Column, "its keys are "+strings.Join(allowed, ", "), "%s has no key %s", what, key.Name)
		}
	}
	return true
}

func text(f *faults, n *doc.Node, key string) string {
	v := n.Get(key)
	if v == nil {
		return ""
	}
	if v.Kind == doc.List || v.Kind == doc.Map || v.Kind == doc.Null {
		f.at(v, "", "%s is text", key)
		return ""
	}
	return v.Text
}

func whole(f *faults, n *doc.Node) int {
	if n == nil {
		return 0
	}
	i, err := strconv.Atoi(n.Text)
	if n.Kind != doc.Number || err != nil || i < 1 {
		f.at(n, "", "a whole number from 1 stands here")
		return 0
	}
	return i
}

// members returns an object's members by name.
func members(f *faults, n *doc.Node, key string) map[string]*doc.Node {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	if v.Kind != doc.Map {
		f.at(v, "", "%s is an object", key)
		return nil
	}
	all := make(map[string]*doc.Node, len(v.Keys))
	for _, k := range v.Keys {
		all[k.Name] = k.Value
	}
	return all
}

// fixtures returns the fixtures of lookups by the lookup's name.
func fixtures(f *faults, n *doc.Node) map[string]*doc.Node {
	all := members(f, n, "lookups")
	for name, v := range all {
		if v.Kind != doc.Map {
			f.at(v, "lookups: {facility: {KEY: value}}", "lookups: %s is an object with a member for each key", name)
		}
	}
	return all
}

// over returns the members of both, those of the second winning.
func over(below, above map[string]*doc.Node) map[string]*doc.Node {
	all := make(map[string]*doc.Node, len(below)+len(above))
	maps.Copy(all, below)
	maps.Copy(all, above)
	return all
}
