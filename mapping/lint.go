package mapping

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// Lint returns everything that can be said about a document without running it, by place:
// what keeps it from compiling, what the input's and the output's schema say against it,
// what nothing uses or reaches, and YAML's traps. It is empty for a document in order.
func Lint(d *Document, opts CompileOptions) []Issue {
	p, issues, err := compile(d, opts, false)
	if err != nil {
		return issues
	}
	l := &linter{file: d.file, plan: p}
	l.own(d)
	if n := d.root.Get("direction"); n != nil && n.Text == "both" {
		l.inverse(d)
	}
	if s := p.schemas.output; s != nil {
		l.output(d.root.Get("map"), s, "")
	}
	l.hosted(d)
	issues = append(issues, l.issues...)
	sortIssues(issues)
	return issues
}

type linter struct {
	file   string
	plan   *plan
	issues []Issue
}

func (l *linter) warn(at *doc.Node, rule, hint, format string, args ...any) {
	l.issues = append(l.issues, Issue{
		Code: CodeSchema, Severity: SeverityWarning, Message: fmt.Sprintf(format, args...), Hint: hint, Rule: rule,
		File: l.file, Line: at.Line, Column: at.Column,
	})
}

// own holds the document against the schema that editors have.
func (l *linter) own(d *Document) {
	compiler := jsonschema.NewCompiler()
	const name = "mapping:///mapping.schema.json"
	if err := compiler.AddResource(name, bytes.NewReader(Schema(l.plan.options.Operators))); err != nil {
		return
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		return
	}
	for _, f := range against(schema, []byte(nodeJSON(d.root))) {
		l.warn(at(d.root, f.pointer), "", "", "the document's own schema: %s", f.message)
	}
}

// inverse warns of what the inverse of a document loses that is meant for both directions.
func (l *linter) inverse(d *Document) {
	v := newInverter(d, l.plan)
	out, err := v.invert()
	if err == nil {
		_, _, err = compile(out, l.plan.options, false)
	}
	if err != nil {
		l.issues = append(l.issues, Issue{
			Code: CodeInverse, Severity: SeverityWarning, Message: "the inverse does not compile: " + err.Error(),
			File: l.file, Line: d.root.Get("direction").Line, Column: d.root.Get("direction").Column,
		})
	}
	for _, loss := range v.losses {
		l.issues = append(l.issues, Issue{
			Code: CodeInverse, Severity: SeverityWarning, Message: "the inverse loses: " + loss.Reason, Hint: "inverse: {map: …} writes what is not derived",
			Rule: loss.Rule, File: loss.File, Line: loss.Line, Column: loss.Column,
		})
	}
}

// at finds the part of a document that a JSON pointer names.
func at(n *doc.Node, pointer string) *doc.Node {
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		next := n.Get(token)
		if n.Kind == doc.List {
			for i, item := range n.Items {
				if itoa(i) == token {
					next = item
				}
			}
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// output holds what the document writes against the output's schema.
func (l *linter) output(n *doc.Node, s *jsonschema.Schema, rule string) {
	s = resolved(s)
	if n == nil || s == nil || !plainSchema(s) {
		return
	}
	switch n.Kind {
	case doc.Map:
		l.outputObject(n, s, rule)
	case doc.List:
		if !l.typed(n, s, rule, "array") {
			return
		}
		for i, item := range n.Items {
			l.output(item, itemsOf(s), rule+"/"+itoa(i))
		}
	case doc.Text:
		if strings.HasPrefix(n.Text, "$") && !strings.HasPrefix(n.Text, "$$") || strings.HasPrefix(n.Text, "= ") {
			return
		}
		l.constant(n, s, rule, "string")
	case doc.Number:
		l.constant(n, s, rule, "number")
	case doc.Bool:
		l.constant(n, s, rule, "boolean")
	case doc.Null:
	}
}

func (l *linter) typed(n *doc.Node, s *jsonschema.Schema, rule, kind string) bool {
	if len(s.Types) == 0 || slices.Contains(s.Types, kind) || kind == "number" && slices.Contains(s.Types, "integer") {
		return true
	}
	hint := ""
	if kind == "object" && slices.Contains(s.Types, "array") {
		hint = "write a list of one: - …, or $each"
	}
	l.warn(n, rule, hint, "the output's schema wants %s here, and this is %s", strings.Join(s.Types, " or "), kind)
	return false
}

func (l *linter) constant(n *doc.Node, s *jsonschema.Schema, rule, kind string) {
	if !l.typed(n, s, rule, kind) {
		return
	}
	if kind == "string" && len(s.Enum) > 0 && !slices.Contains(s.Enum, any(n.Text)) {
		names := []string{}
		for _, e := range s.Enum {
			names = append(names, fmt.Sprint(e))
		}
		l.warn(n, rule, suggest(n.Text, names), "the output's schema has not %q among its enum", n.Text)
	}
	if kind == "string" && s.Pattern != nil && !s.Pattern.MatchString(n.Text) {
		l.warn(n, rule, "", "%q does not match the pattern of the output's schema, %s", n.Text, s.Pattern)
	}
}

func (l *linter) outputObject(n *doc.Node, s *jsonschema.Schema, rule string) {
	producer := ""
	outputs := map[string]*doc.Node{}
	for _, key := range n.Keys {
		switch {
		case slices.Contains(producers(), key.Name) || key.Name == "$pairs":
			producer = key.Name
		case strings.HasPrefix(key.Name, "$$"):
			outputs[key.Name[1:]] = key.Value
		case !strings.HasPrefix(key.Name, "$"):
			outputs[key.Name] = key.Value
		}
	}
	switch producer {
	case "$each":
		if n.Get("$reduce") != nil || n.Get("$index") != nil || !l.typed(n, s, rule, "array") {
			return
		}
		items := itemsOf(s)
		if v := n.Get("$value"); v != nil {
			l.output(v, items, rule+"/*")
		} else if items = resolved(items); items != nil && plainSchema(items) && len(outputs) > 0 {
			l.members(n, outputs, items, rule+"/*")
		}
	case "$pairs":
		l.typed(n, s, rule, "array")
	case "$if":
		l.output(n.Get("$then"), s, rule+"#then")
		l.output(n.Get("$else"), s, rule+"#else")
	case "$first":
		for i, item := range n.Get("$first").Items {
			l.output(item, s, rule+"#"+itoa(i))
		}
	case "$from":
		if t := n.Get("$translate"); t != nil {
			l.translated(n, t.Text, s, rule)
		}
	case "":
		if l.typed(n, s, rule, "object") {
			l.members(n, outputs, s, rule)
		}
	}
}

// translated holds the values of a table against an enum.
func (l *linter) translated(n *doc.Node, name string, s *jsonschema.Schema, rule string) {
	if len(s.Enum) == 0 || n.Keys[len(n.Keys)-1].Name != "$translate" {
		return
	}
	for _, t := range l.plan.tables {
		if t.name != name {
			continue
		}
		var bad []string
		for _, v := range t.codes {
			if text := string(v.Text(nil)); !slices.Contains(s.Enum, any(text)) {
				bad = append(bad, text)
			}
		}
		slices.Sort(bad)
		if bad = slices.Compact(bad); len(bad) > 0 {
			l.warn(n, rule, "", "the table %s gives %s, which the output's schema has not among its enum", name, list(bad))
		}
	}
}

func (l *linter) members(n *doc.Node, outputs map[string]*doc.Node, s *jsonschema.Schema, rule string) {
	closed, _ := s.AdditionalProperties.(bool)
	isClosed := s.AdditionalProperties != nil && !closed
	names := []string{}
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, key := range n.Keys {
		name := strings.TrimPrefix(key.Name, "$")
		value, ok := outputs[name]
		if !ok || value != key.Value {
			continue
		}
		at := &doc.Node{Line: key.Line, Column: key.Column}
		part, known := s.Properties[name]
		if !known && isClosed {
			l.warn(at, rule+"/"+pointerToken(name), suggest(name, names), "the output's schema has no property %s", name)
		}
		l.output(value, part, rule+"/"+pointerToken(name))
	}
	for _, name := range s.Required {
		if outputs[name] == nil {
			l.warn(n, rule, "", "the output's schema requires %s, and it is never written", name)
		}
	}
}
