package definitions

import "strings"

// Path is one way to the values of a search parameter: members of JSON objects, with the
// type they lead to.
type Path struct {
	Steps []Step
	Type  string // CodeableConcept, date, Reference …
	// Target is the only resource type a Reference may lead to, or empty.
	Target string
	// Exists makes the value true or false: whether there is one that is not false.
	Exists bool
}

// Step is one member; with Field set only elements whose Field is Value count.
type Step struct{ Name, Field, Value string }

func parsePaths(text string) []Path {
	var out []Path
	for one := range strings.SplitSeq(text, "|") {
		var p Path
		one, p.Exists = strings.CutPrefix(one, "?")
		one, p.Type, _ = strings.Cut(one, ">")
		one, p.Target, _ = strings.Cut(one, "~")
		for step := range strings.SplitSeq(one, ".") {
			name, filter, _ := strings.Cut(strings.TrimSuffix(step, "]"), "[")
			field, value, _ := strings.Cut(filter, "=")
			p.Steps = append(p.Steps, Step{Name: name, Field: field, Value: value})
		}
		out = append(out, p)
	}
	return out
}
