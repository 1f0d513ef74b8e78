package mapping

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/path"
	"github.com/openhim/mediator-go/mapping/internal/tape"
)

// chain inverts {$from: path, $operator: …}: the inverse operators in the opposite order.
func (v *inverter) chain(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	from := n.Get("$from")
	if from.Kind == doc.List && len(from.Items) > 0 {
		v.lose(n, rule, "of several sources the first is written")
		from = from.Items[0]
	}
	if from.Kind != doc.Text || strings.HasPrefix(from.Text, "= ") {
		v.lose(n, rule, "$from something that is no path")
		return
	}
	var steps []string
	for _, key := range n.Keys {
		step, reason := v.operator(n, rule, key.Name, key.Value)
		if reason != "" {
			v.lose(n, rule, reason)
			return
		}
		if step != "" {
			steps = append(steps, step)
		}
	}
	v.leaf(n, sourceText(from.Text), func(at string) string { return invertedChain(at, steps) }, into, in, out, rule)
}

// invertedChain writes the steps in the opposite order. An operator that is there twice needs
// a rule in a rule.
func invertedChain(at string, steps []string) string {
	source, members := quoted(at), map[string]bool{}
	var all []string
	for i := len(steps) - 1; i >= 0; i-- {
		name, _, _ := strings.Cut(steps[i], ":")
		if members[name] {
			source = `{"$from":` + source + "," + strings.Join(all, ",") + "}"
			all, members = nil, map[string]bool{}
		}
		members[name] = true
		all = append(all, steps[i])
	}
	if len(all) == 0 {
		return source
	}
	return `{"$from":` + source + "," + strings.Join(all, ",") + "}"
}

// operator gives the inverse of an operator, as a member in JSON, or why there is none. What
// it brings back for some values only it notes itself.
func (v *inverter) operator(n *doc.Node, rule, name string, arg *doc.Node) (step, reason string) {
	switch name {
	case "$from", "$required", "$when", "$onError", "$keep", "$default", "$with":
		return "", ""
	case "$translate":
		return v.translated(arg.Text)
	case "$date":
		in, out := arg.Get("in"), arg.Get("out")
		switch {
		case in.Kind != doc.Text || arg.Get("precision") != nil || arg.Get("zone") != nil:
			return "", "$date with precision, zone or several formats"
		case hasTime(in.Text) && !hasTime(out.Text):
			return "", "$date leaves the time away"
		}
		return `"$date":{"in":` + quoted(out.Text) + `,"out":` + quoted(in.Text) + "}", ""
	case "$as":
		if arg.Text == "number" || arg.Text == "integer" || arg.Text == "boolean" {
			v.lose(n, rule, "a value that was no text comes back as text")
			return `"$as":"string"`, ""
		}
		return "", "$as: " + arg.Text + " forgets the type"
	case "$number":
		return scaledBack(arg)
	case "$split":
		return `"$join":` + quoted(arg.Text), ""
	case "$join":
		if arg.Text == "" {
			return "", "$join without anything between"
		}
		v.lose(n, rule, "an item with "+quoted(arg.Text)+" in it comes back as several, an empty one not at all")
		return `"$split":` + quoted(arg.Text), ""
	case "$prefix":
		return `"$match":` + quoted("(?s)^"+regexp.QuoteMeta(arg.Text)+"(.*)$"), ""
	case "$suffix":
		return `"$match":` + quoted("(?s)^(.*)"+regexp.QuoteMeta(arg.Text)+"$"), ""
	}
	return "", name + " has no inverse"
}

// scaledBack inverts $number without rounding.
func scaledBack(arg *doc.Node) (step, reason string) {
	scale := arg.Get("scale")
	switch {
	case arg.Get("round") != nil:
		return "", "$number rounds"
	case scale == nil:
		return "", "$number forgets the type"
	}
	by, ok := parseFraction(scale.Text)
	if !ok || by.Sign() == 0 {
		return "", "$number with a scale of 0"
	}
	digits, exact := by.FloatPrec()
	if !exact || digits > 15 {
		return "", "$number with a scale that is no decimal number"
	}
	return `"$number":{"scale":` + quoted(by.Denom().String()+"/"+by.Num().String()) + "}", ""
}

func hasTime(format string) bool {
	switch format {
	case "fhir-date", "dhis2-date", "ethiopian":
		return false
	case "fhir", "fhir-dateTime", "fhir-instant", "openmrs", "dhis2-dateTime", "hl7v2", "iso":
		return true
	}
	return strings.Contains(format, "HH")
}

// translated makes the inverse of a table, if no two codes give the same.
func (v *inverter) translated(name string) (step, reason string) {
	for _, t := range v.plan.tables {
		if t.name != name {
			continue
		}
		if t.unmapped == "default" {
			v.lose(at(v.document.root, "/tables/"+name), "$tables/"+name, "codes that became the default")
		}
		back := map[string]string{}
		var entries []string
		for _, code := range slices.Sorted(maps.Keys(t.codes)) {
			to := t.codes[code]
			if to.Kind() != tape.String {
				return "", "the table " + name + " gives values that are no text"
			}
			text := string(to.Text(nil))
			if other, twice := back[text]; twice {
				return "", "the table " + name + " gives the same for " + other + " and " + code
			}
			back[text] = code
			entries = append(entries, quoted(text)+":"+quoted(code))
		}
		v.tables[name] = `{"map":{` + strings.Join(entries, ",") + `},"unmapped":"omit"}`
		return `"$translate":` + quoted(name), ""
	}
	return "", "there is no table " + name
}
