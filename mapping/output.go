package mapping

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// OutputKind is what a part of a mapping document writes.
type OutputKind uint8

// The kinds. OutputUnknown cannot be told without running the mapping.
const (
	OutputUnknown OutputKind = iota
	OutputObject             // an object, of Members
	OutputList               // an array, of Items
	OutputEither             // one of Items, or nothing
	OutputText               // the constant Text
	OutputNumber             // a number with the spelling Text
	OutputBool               // the constant Text, true or false
	OutputValue              // a value of one of the types Gives
)

// Output is what a part of a mapping document writes, as far as the document tells without
// being run. Lint gives it to CompileOptions.Output. It is read-only.
type Output struct {
	Kind OutputKind
	// Rule is its place in the output, as in an Issue; Line and Column are in the document.
	Rule         string
	Line, Column int
	// Conditional parts may write nothing although what they read is there: $when, or an $if
	// without $else around them.
	Conditional bool
	// Repeats says of a list that any number of its Items may come.
	Repeats bool
	Members []OutputMember
	Items   []*Output
	Text    string
	Gives   Type
	// Codes are the texts that a table gives, nil if it is not a table's value.
	Codes []string
	// Operator is the last operator of a value, such as "$translate", "" if it has none, and Argument
	// what the document gives it, as JSON.
	Operator string
	Argument json.RawMessage
}

// OutputMember is a member of an object that a mapping writes.
type OutputMember struct {
	Name         string
	Line, Column int // of the name
	Value        *Output
}

// Member returns what the member of that name is, nil if there is none.
func (o *Output) Member(name string) *Output {
	for _, m := range o.Members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// hostKnows reports whether the host lints against the schema of that name itself.
func (c *compiler) hostKnows(n *doc.Node) bool {
	if c.opts.Output == nil || n.Kind != doc.Text {
		return false
	}
	_, known := c.opts.Output(n.Text, nil)
	return known
}

// hosted has the host lint what the document writes.
func (l *linter) hosted(d *Document) {
	n := d.root.Get("output").Get("schema")
	if n == nil || n.Kind != doc.Text || l.plan.options.Output == nil {
		return
	}
	issues, _ := l.plan.options.Output(n.Text, l.written(d.root.Get("map"), "", 0))
	for _, issue := range issues {
		issue.Code, issue.File = CodeSchema, l.file
		if issue.Severity != SeverityInformation {
			issue.Severity = SeverityWarning
		}
		l.issues = append(l.issues, issue)
	}
}

// written tells what a part of the document writes.
func (l *linter) written(n *doc.Node, rule string, depth int) *Output {
	out := &Output{Rule: rule}
	if n == nil || depth > 200 {
		return out
	}
	out.Line, out.Column, out.Text = n.Line, n.Column, n.Text
	switch n.Kind {
	case doc.Map:
		l.writtenObject(out, n, rule, depth+1)
	case doc.List:
		out.Kind = OutputList
		for i, item := range n.Items {
			out.Items = append(out.Items, l.written(item, rule+"/"+itoa(i), depth+1))
		}
	case doc.Text:
		switch {
		case strings.HasPrefix(n.Text, "$$"):
			out.Kind, out.Text = OutputText, n.Text[1:]
		case strings.HasPrefix(n.Text, "$"), strings.HasPrefix(n.Text, "= "):
			out.Kind, out.Gives = OutputValue, Any
		default:
			out.Kind = OutputText
		}
	case doc.Number:
		out.Kind = OutputNumber
	case doc.Bool:
		out.Kind = OutputBool
	case doc.Null:
	}
	return out
}

func (l *linter) writtenObject(out *Output, n *doc.Node, rule string, depth int) {
	producer, last := "", ""
	for _, key := range n.Keys {
		if slices.Contains(producers(), key.Name) || key.Name == "$pairs" {
			producer = key.Name
		}
	}
	known, operators := structure(), allOperators(l.plan.options.Operators)
	out.Conditional = n.Get("$when") != nil
	for _, key := range n.Keys {
		_, structural := known[key.Name]
		beside := producer == "$each" && (key.Name == "$zip" || key.Name == "$join" && key.Value.Kind == doc.Map)
		if !structural && !beside && key.Name != "$default" && operators[key.Name] != nil {
			last = key.Name
		}
	}
	if last != "" {
		out.Kind, out.Gives = OutputValue, operators[last].gives
		out.Operator, out.Argument = last, json.RawMessage(nodeJSON(n.Get(last)))
		if last == "$translate" {
			out.Codes = l.codes(n.Get(last).Text)
		}
		return
	}
	switch producer {
	case "$each":
		l.writtenEach(out, n, rule, depth)
	case "$pairs":
		out.Kind, out.Repeats = OutputList, true
	case "$if":
		branches := []*doc.Node{n.Get("$then"), n.Get("$else")}
		l.either(out, branches, []string{rule + "#then", rule + "#else"}, depth)
	case "$first":
		l.either(out, n.Get("$first").Items, nil, depth)
	case "$switch":
		branches := []*doc.Node{n.Get("$switch").Get("else")}
		if cases := n.Get("$switch").Get("cases"); cases != nil {
			for _, key := range cases.Keys {
				branches = append(branches, key.Value)
			}
		}
		l.either(out, branches, nil, depth)
	case "$concat":
		out.Kind, out.Repeats = OutputList, true
		for i, part := range n.Get("$concat").Items {
			if made := l.written(part, rule+"#"+itoa(i), depth); made.Kind == OutputList {
				out.Items = append(out.Items, made.Items...)
			}
		}
	case "$call":
		name := n.Get("$call")
		if name.Kind == doc.Map {
			name = name.Get("def")
		}
		if def := l.plan.defs[name.Text]; def != nil {
			made := l.written(def, rule, depth)
			made.Conditional = made.Conditional || out.Conditional
			*out = *made
		}
	case "$from":
		if from := n.Get("$from"); from.Kind == doc.Map {
			made := l.written(from, rule, depth)
			made.Conditional = made.Conditional || out.Conditional
			*out = *made
			return
		}
		out.Kind, out.Gives = OutputValue, Any
	default:
		out.Kind = OutputObject
		out.Members = l.writtenMembers(n, rule, depth)
	}
}

// either notes alternatives. Branches that are not there give nothing.
func (l *linter) either(out *Output, branches []*doc.Node, rules []string, depth int) {
	out.Kind = OutputEither
	for i, branch := range branches {
		if branch == nil {
			out.Conditional = true
			continue
		}
		rule := out.Rule + "#" + itoa(i)
		if rules != nil {
			rule = rules[i]
		}
		out.Items = append(out.Items, l.written(branch, rule, depth))
	}
}

func (l *linter) writtenEach(out *Output, n *doc.Node, rule string, depth int) {
	if n.Get("$reduce") != nil {
		out.Kind, out.Gives = OutputValue, Any
		return
	}
	item := &Output{Kind: OutputObject, Rule: rule + "/*", Line: n.Line, Column: n.Column}
	if v := n.Get("$value"); v != nil {
		item = l.written(v, rule+"/*", depth)
	} else if item.Members = l.writtenMembers(n, rule+"/*", depth); len(item.Members) == 0 {
		item.Kind, item.Gives = OutputValue, Any
	}
	if n.Get("$index") != nil {
		item.Conditional = item.Conditional || out.Conditional
		*out = *item
		return
	}
	out.Kind, out.Repeats, out.Items = OutputList, true, []*Output{item}
}

func (l *linter) writtenMembers(n *doc.Node, rule string, depth int) []OutputMember {
	var members []OutputMember
	for _, key := range n.Keys {
		name := key.Name
		if strings.HasPrefix(name, "$$") {
			name = name[1:]
		} else if strings.HasPrefix(name, "$") {
			continue
		}
		members = append(members, OutputMember{name, key.Line, key.Column, l.written(key.Value, rule+"/"+pointerToken(name), depth)})
	}
	return members
}

// codes are the texts that a table gives, sorted; nil if it gives others too.
func (l *linter) codes(name string) []string {
	for _, t := range l.plan.tables {
		if t.name != name || t.unmapped == "keep" {
			continue
		}
		codes := []string{}
		for _, v := range t.codes {
			codes = append(codes, string(v.Text(nil)))
		}
		if t.unmapped == "default" {
			codes = append(codes, string(t.other.Text(nil)))
		}
		slices.Sort(codes)
		return slices.Compact(codes)
	}
	return nil
}
