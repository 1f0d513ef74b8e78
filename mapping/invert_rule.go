package mapping

import (
	"regexp"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/path"
)

// maxCalls bounds how often fragments are put in the place of their calls.
const maxCalls = 10_000

var plainPath = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// rule inverts a rule: into is the scope's part of the input, in the path of the scope there,
// out the path of the rule's value in the output's scope.
func (v *inverter) rule(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	switch n.Kind {
	case doc.Text:
		expression, computed := strings.CutPrefix(n.Text, "= ")
		negated, not := strings.CutPrefix(expression, "not ")
		switch {
		case strings.HasPrefix(n.Text, "$") && !strings.HasPrefix(n.Text, "$$"):
			v.leaf(n, n.Text, nil, into, in, out, rule)
		case computed && not && plainPath.MatchString(negated):
			v.leaf(n, negated, func(from string) string { return quoted("= not " + dotted(from)) }, into, in, out, rule)
		case computed && plainPath.MatchString(expression) && !not:
			v.leaf(n, expression, nil, into, in, out, rule)
		case computed:
			v.lose(n, rule, "an expression")
		}
	case doc.List:
		v.list(n, n.Items, into, in, out, rule, "/")
	case doc.Map:
		v.object(n, into, in, out, rule)
	case doc.Null, doc.Bool, doc.Number: // a constant of the output says nothing of the input
	}
}

// list inverts rules that give an item each.
func (v *inverter) list(n *doc.Node, items []*doc.Node, into *inverse, in []path.Step, out []string, rule, divider string) {
	if len(items) > 1 {
		v.lose(n, rule, "the places in the list shift when one of them is missing")
	}
	for i, item := range items {
		v.rule(item, into, in, append(slices.Clone(out), itoa(i)), rule+divider+itoa(i))
	}
}

func dotted(from string) string { return strings.TrimPrefix(from, "$.") }

func (v *inverter) object(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	for _, key := range n.Keys {
		switch key.Name {
		case "$when":
			v.lose(n, rule, "written only under a condition")
		case "$default":
			v.lose(n, rule, "what was missing comes back as the default")
		case "$onError":
			v.lose(n, rule, "what failed does not come back")
		}
	}
	if w := n.Get("$with"); w != nil {
		steps, ok := v.steps(w.Text, in)
		if !ok || w.Kind != doc.Text {
			v.lose(n, rule, "$with of something that is no path")
			return
		}
		in = steps
	}
	switch {
	case n.Get("$each") != nil:
		v.each(n, n.Get("$each"), into, in, out, rule)
	case n.Get("$from") != nil:
		v.chain(n, into, in, out, rule)
	case n.Get("$if") != nil:
		v.branch(n, into, in, out, rule)
	case n.Get("$first") != nil:
		v.first(n, into, in, out, rule)
	case n.Get("$switch") != nil:
		v.switchOn(n, into, in, out, rule)
	case n.Get("$concat") != nil:
		v.concat(n, into, in, out, rule)
	case n.Get("$call") != nil:
		v.call(n, into, in, out, rule)
	case n.Get("$pairs") != nil:
		p := n.Get("$pairs")
		for _, key := range n.Keys {
			if name, member := memberName(key.Name); member {
				item := "#(" + path.Escape(p.Get("key").Text) + "==" + quoted(name) + ")"
				v.rule(key.Value, into, in, append(slices.Clone(out), item, path.Escape(p.Get("value").Text)), rule+"/"+pointerToken(name))
			}
		}
	default:
		for _, key := range n.Keys {
			if name, member := memberName(key.Name); member {
				v.rule(key.Value, into, in, append(slices.Clone(out), path.Escape(name)), rule+"/"+pointerToken(name))
			}
		}
	}
}

// memberName is the name of the output's member that a key of the document writes.
func memberName(key string) (string, bool) {
	if strings.HasPrefix(key, "$$") {
		return key[1:], true
	}
	return key, !strings.HasPrefix(key, "$")
}

// leaf writes what the output has at out to where the text reads it.
func (v *inverter) leaf(n *doc.Node, text string, as func(from string) string, into *inverse, in []path.Step, out []string, rule string) {
	steps, ok := v.steps(text, in)
	if !ok {
		v.lose(n, rule, "reads "+text+", which is no single place of the input")
		return
	}
	whole := slices.ContainsFunc(into.kids, func(k *inverse) bool { return k.name == "$value" })
	if into.leaf != "" || whole && len(steps) > 0 {
		v.lose(n, rule, "reads "+text+", and another rule reads all of it")
		return
	}
	target := into.at(steps)
	if len(steps) == 0 && into.each != "" && (whole || len(into.kids) == 0) {
		target = into.kid("$value", "", "")
	}
	switch {
	case target == nil || target.leaf == "" && target.taken():
		v.lose(n, rule, "reads "+text+", which cannot be written to")
		return
	case target.leaf != "":
		return // written already: the first place is as good
	}
	from := "$." + strings.Join(out, ".")
	target.leaf = quoted(from)
	if as != nil {
		target.leaf = as(from)
	}
}

// first inverts {$first: [rule, …]}: what came of it is taken for what the first rule gave.
func (v *inverter) first(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	if v.changed(n, "$first", rule) {
		return
	}
	items := n.Get("$first").Items
	if len(items) > 1 {
		v.lose(n, rule, "of several rules the first is written back")
	}
	v.rule(items[0], into, in, out, rule+"#0")
}

// changed reports, and notes as lost, operators behind a rule that is not $from.
func (v *inverter) changed(n *doc.Node, producer, rule string) bool {
	known := structure()
	for _, key := range n.Keys {
		_, structural := known[key.Name]
		if strings.HasPrefix(key.Name, "$") && !structural && key.Name != "$default" {
			v.lose(n, rule, key.Name+" behind "+producer+" has no inverse")
			return true
		}
	}
	return false
}

// call inverts the fragment that is called.
func (v *inverter) call(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	if v.changed(n, "$call", rule) {
		return
	}
	call := n.Get("$call")
	name, with := call, (*doc.Node)(nil)
	if call.Kind == doc.Map {
		name, with = call.Get("def"), call.Get("with")
	}
	if v.calls++; v.calls > maxCalls {
		v.lose(n, rule, "more calls of fragments than are followed")
		return
	}
	body := v.plan.defs[name.Text]
	if with != nil {
		steps, ok := v.steps(with.Text, in)
		if !ok || with.Kind != doc.Text {
			v.lose(n, rule, "$call with something that is no path")
			return
		}
		in = steps
	}
	v.rule(body, into, in, out, rule)
}

// each inverts a $each: the input's array goes through the output's.
// changedEach notes operators on the array that a $each gives.
// where makes constants of the equalities of a condition; other conditions lose items.
// concat inverts {$concat: [rule, …]}: of single values the places tell them apart, of arrays
// a constant that is another in each.
// tag finds a member that is another constant text in each of several $each.
// joined inverts a $concat of single values, and {$concat: […], $join: text}.
// branch inverts {$if: path, $then: constant, $else: constant}.
func (v *inverter) branch(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	yes, no, when := n.Get("$then"), n.Get("$else"), n.Get("$if")
	if !constantText(yes) || !constantText(no) || yes.Text == no.Text || when.Kind != doc.Text || !plainPath.MatchString(when.Text) || v.changed(n, "$if", rule) {
		v.lose(n, rule, "$if that is not between two constants, by one path")
		return
	}
	v.leaf(n, "$."+when.Text, func(from string) string {
		return quoted("= " + dotted(from) + " == " + quoted(yes.Text))
	}, into, in, out, rule)
}

func constantText(n *doc.Node) bool {
	return n != nil && n.Kind == doc.Text && !strings.HasPrefix(n.Text, "$") && !strings.HasPrefix(n.Text, "= ")
}

// switchOn inverts {$switch: {on: path, cases: {code: constant}}}.
func (v *inverter) switchOn(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	s := n.Get("$switch")
	on, cases, other := s.Get("on"), s.Get("cases"), s.Get("else")
	if on.Kind != doc.Text || v.changed(n, "$switch", rule) {
		v.lose(n, rule, "$switch on something that is no path")
		return
	}
	back := map[string]string{}
	var entries []string
	for _, key := range cases.Keys {
		if !constantText(key.Value) || back[key.Value.Text] != "" {
			v.lose(n, rule, "$switch that is not between different constants")
			return
		}
		back[key.Value.Text] = key.Name
		entries = append(entries, quoted(key.Value.Text)+":"+quoted(key.Name))
	}
	if other != nil {
		v.lose(n, rule, "what became the else")
	}
	v.leaf(n, sourceText(on.Text), func(from string) string {
		return `{"$switch":{"on":` + quoted(from) + `,"cases":{` + strings.Join(entries, ",") + "}}}"
	}, into, in, out, rule)
}

// sourceText writes a source as a value: a.b as $.a.b.
func sourceText(text string) string {
	if strings.HasPrefix(text, "$") {
		return text
	}
	return "$." + strings.TrimPrefix(text, ".")
}
