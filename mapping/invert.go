package mapping

import (
	"maps"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/path"
)

// Loss is something of a mapping that its inverse does not bring back.
type Loss struct {
	Rule   string `json:"rule"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Reason string `json:"reason"`
}

// Invert derives the mapping from the output back to the input, with a list of what it
// loses: every rule that is not brought back, or not for every input, is in it with its line
// and the reason. It inverts structure, renames, $each without a condition or with equalities,
// $with, $pairs, $call, the first of several sources and of $first, bijective tables and
// $switch between constants, $if between two constants, $date, $as, $number with a scale,
// $split and $join, $prefix and $suffix, and $concat of single values or of $each whose items
// a constant tells apart.
//
// The document's own inverse: fills the rest. Its map replaces members of the derived map, and
// what is lost of these is not listed; its tables, let and defs are added. A document with
// direction: one-way is refused; of one with direction: both, Lint warns of each Loss.
func Invert(d *Document, opts CompileOptions) (*Document, []Loss, error) {
	p, _, err := compile(d, opts, false)
	if err != nil {
		return nil, nil, err
	}
	if n := d.root.Get("direction"); n != nil && n.Text == "one-way" {
		return nil, nil, &DocumentError{[]Issue{{
			Code: CodeInvalid, Severity: SeverityError, Message: "the document says direction: one-way", Hint: "it is not meant to be inverted",
			File: d.file, Line: n.Line, Column: n.Column,
		}}}
	}
	v := newInverter(d, p)
	out, err := v.invert()
	return out, v.losses, err
}

// inverseKeys are those of inverse:.
func inverseKeys() []string { return []string{"tables", "let", "defs", "map"} }

// inverter derives the inverse of one document.
type inverter struct {
	document *Document
	plan     *plan
	tables   map[string]string // of the inverse, as JSON
	own      *doc.Node         // the document's inverse: {map: …}
	losses   []Loss
	under    string // the member of the input that the rules under way read, "" for the input
	calls    int    // fragments that were put in
}

func newInverter(d *Document, p *plan) *inverter {
	return &inverter{document: d, plan: p, tables: map[string]string{}, own: d.root.Get("inverse").Get("map")}
}

func (v *inverter) invert() (*Document, error) {
	d, root := v.document, &inverse{}
	v.rule(d.root.Get("map"), root, nil, nil, "")
	if v.own != nil {
		for _, key := range v.own.Keys {
			kid := root.kid(strings.TrimPrefix(key.Name, "$"), "", "")
			*kid = inverse{name: kid.name, leaf: nodeJSON(key.Value)}
		}
	}
	parts := []string{`"mapping":"v1"`}
	if name := d.Name(); name != "" {
		parts = append(parts, `"name":`+quoted(name+" (inverse)"))
	}
	for _, section := range []string{"tables", "let", "defs"} {
		members := map[string]string{}
		if section == "tables" {
			maps.Copy(members, v.tables)
		}
		if n := d.root.Get("inverse").Get(section); n != nil {
			for _, key := range n.Keys {
				members[key.Name] = nodeJSON(key.Value)
			}
		}
		if len(members) == 0 {
			continue
		}
		var texts []string
		for _, name := range slices.Sorted(maps.Keys(members)) {
			texts = append(texts, quoted(name)+":"+members[name])
		}
		parts = append(parts, quoted(section)+":{"+strings.Join(texts, ",")+"}")
	}
	parts = append(parts, `"map":`+root.json())
	return Parse(strings.TrimSuffix(d.file, ".yaml")+".inverse.json", []byte("{"+strings.Join(parts, ",")+"}"))
}

// lose notes a loss, unless the document's own inverse writes what the rule reads.
func (v *inverter) lose(n *doc.Node, rule, reason string) {
	if v.own != nil {
		reads := []string{v.under}
		if v.under == "" {
			reads = v.reads(n, nil)
		}
		if len(reads) > 0 && !slices.ContainsFunc(reads, func(name string) bool { return v.own.Get(name) == nil }) {
			return
		}
	}
	loss := Loss{rule, v.document.file, n.Line, n.Column, reason}
	if !slices.Contains(v.losses, loss) {
		v.losses = append(v.losses, loss)
	}
}

// reads collects the members of the input that a part of the document reads by paths.
func (v *inverter) reads(n *doc.Node, found []string) []string {
	add := func(text string) {
		if strings.HasPrefix(text, "= ") {
			found = append(found, "") // what an expression reads is not looked for
			return
		}
		if steps, ok := v.steps(text, nil); ok && len(steps) > 0 {
			name, _ := steps[0].Name()
			found = append(found, name)
		}
	}
	switch n.Kind {
	case doc.Text:
		if strings.HasPrefix(n.Text, "$") && !strings.HasPrefix(n.Text, "$$") || strings.HasPrefix(n.Text, "= ") {
			add(n.Text)
		}
	case doc.List:
		for _, item := range n.Items {
			found = v.reads(item, found)
		}
	case doc.Map:
		for _, key := range n.Keys {
			switch key.Name {
			case "$from", "$with", "$each", "$if":
				sources := key.Value.Items
				if key.Value.Kind != doc.List {
					sources = []*doc.Node{key.Value}
				}
				for _, source := range sources {
					if source.Kind == doc.Text {
						add(source.Text)
					} else {
						found = v.reads(source, found)
					}
				}
				if key.Name == "$with" || key.Name == "$each" {
					return found // the rest is read of that
				}
			case "$then", "$else", "$first", "$concat", "$value":
				found = v.reads(key.Value, found)
			default:
				if !strings.HasPrefix(key.Name, "$") {
					found = v.reads(key.Value, found)
				}
			}
		}
	case doc.Null, doc.Bool, doc.Number:
	}
	return found
}

// steps gives the path of a reference from the scope's part of the input on.
func (v *inverter) steps(text string, in []path.Step) ([]path.Step, bool) {
	if rest, ok := strings.CutPrefix(text, "$"); ok && rest != "" && rest[0] != '.' {
		name, tail, _ := strings.Cut(rest, ".")
		source := "."
		switch let := v.document.root.Get("let").Get(name); {
		case name == "root" && v.under == "":
		case let == nil:
			return nil, false
		default:
			var ok bool
			if source, ok = plainSource(let); !ok || v.under != "" {
				return nil, false
			}
		}
		base, ok := v.steps(source, nil)
		if !ok {
			return nil, false
		}
		more, err := path.Parse(tail)
		return append(slices.Clone(base), more...), err == nil && !path.Many(more)
	}
	steps, err := path.Parse(strings.TrimPrefix(strings.TrimPrefix(text, "$"), "."))
	if err != nil || path.Many(steps) {
		return nil, false
	}
	return append(slices.Clone(in), steps...), true
}

// plainSource is the path that a let reads, if it does no more than that.
func plainSource(let *doc.Node) (string, bool) {
	if let.Kind == doc.Text {
		return let.Text, strings.HasPrefix(let.Text, "$") && !strings.HasPrefix(let.Text, "$$")
	}
	from := let.Get("$from")
	for _, key := range let.Keys {
		if key.Name != "$from" && key.Name != "$required" {
			return "", false
		}
	}
	if from == nil || from.Kind != doc.Text || strings.HasPrefix(from.Text, "= ") {
		return "", false
	}
	return from.Text, true
}
