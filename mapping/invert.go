package mapping

import (
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
// loses. It inverts structure, renames, $each without a condition or with equalities, $with,
// $pairs, bijective tables, $date, $as, $split and $join, $prefix and $suffix, and $if
// between two constants. The document's own inverse: {map: …} replaces members of the
// derived map, for what cannot be derived.
func Invert(d *Document, opts CompileOptions) (*Document, []Loss, error) {
	p, _, err := compile(d, opts, false)
	if err != nil {
		return nil, nil, err
	}
	v := &inverter{document: d, plan: p, tables: map[string]string{}}
	root := &inverse{}
	m := d.root.Get("map")
	if each := m.Get("$each"); each != nil {
		v.each(m, each, root, nil, nil, "")
	} else {
		v.rule(m, root, nil, nil, "")
	}
	var parts []string
	parts = append(parts, `"mapping":"v1"`)
	if name := d.Name(); name != "" {
		parts = append(parts, `"name":`+quoted(name+" (inverse)"))
	}
	if len(v.tables) > 0 {
		names := make([]string, 0, len(v.tables))
		for name := range v.tables {
			names = append(names, name)
		}
		slices.Sort(names)
		var tables []string
		for _, name := range names {
			tables = append(tables, quoted(name)+":"+v.tables[name])
		}
		parts = append(parts, `"tables":{`+strings.Join(tables, ",")+"}")
	}
	if own := d.root.Get("inverse").Get("map"); own != nil {
		for _, key := range own.Keys {
			kid := root.kid(key.Name, "", "")
			*kid = inverse{name: key.Name, leaf: nodeJSON(key.Value)}
		}
	}
	parts = append(parts, `"map":`+root.json())
	out, err := Parse(strings.TrimSuffix(d.file, ".yaml")+".inverse.json", []byte("{"+strings.Join(parts, ",")+"}"))
	return out, v.losses, err
}

// inverse is a part of the input as the inverse map writes it.
type inverse struct {
	name        string
	match, text string // of an item #(match=="text")
	each        string // what it goes through, as a path of the output; "" for no array
	leaf        string // a rule, as JSON
	kids        []*inverse
}

func (n *inverse) kid(name, match, text string) *inverse {
	for _, k := range n.kids {
		if k.name == name && k.match == match && k.text == text {
			return k
		}
	}
	k := &inverse{name: name, match: match, text: text}
	n.kids = append(n.kids, k)
	return k
}

// at gives the part that the steps of a path lead to, nil when a path cannot be written to.
func (n *inverse) at(steps []path.Step) *inverse {
	for _, step := range steps {
		name, plain := step.Name()
		index, number := step.Index()
		match, text, query := step.Match()
		switch {
		case plain:
			n = n.kid(name, "", "")
		case number:
			n = n.kid("#"+itoa(index), "#", "")
		case query:
			n = n.kid("#", match, text)
		default:
			return nil
		}
	}
	return n
}

func (n *inverse) json() string {
	if n.leaf != "" {
		return n.leaf
	}
	var members, items []string
	if n.each != "" {
		members = append(members, `"$each":`+quoted(n.each))
	}
	if n.match != "" && n.match != "#" {
		members = append(members, quoted(n.match)+":"+quoted(n.text))
	}
	for _, k := range n.kids {
		if k.match != "" {
			items = append(items, k.json())
			continue
		}
		name := k.name
		if strings.HasPrefix(name, "$") && name != "$value" {
			name = "$" + name
		}
		members = append(members, quoted(name)+":"+k.json())
	}
	if len(items) > 0 && len(members) == 0 {
		return "[" + strings.Join(items, ",") + "]"
	}
	return "{" + strings.Join(members, ",") + "}"
}

type inverter struct {
	document *Document
	plan     *plan
	tables   map[string]string
	losses   []Loss
}

func (v *inverter) lose(n *doc.Node, rule, reason string) {
	v.losses = append(v.losses, Loss{rule, v.document.file, n.Line, n.Column, reason})
}

// rule inverts a rule: into is the scope's part of the input, in the path of the scope there,
// out the path of the rule's value in the output's scope.
func (v *inverter) rule(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	switch n.Kind {
	case doc.Text:
		switch {
		case strings.HasPrefix(n.Text, "$") && !strings.HasPrefix(n.Text, "$$"):
			v.leaf(n, n.Text, nil, into, in, out, rule)
		case strings.HasPrefix(n.Text, "= not "):
			v.leaf(n, n.Text[6:], func(from string) string { return quoted("= not " + dotted(from)) }, into, in, out, rule)
		case strings.HasPrefix(n.Text, "= "):
			v.lose(n, rule, "an expression")
		}
	case doc.List:
		if len(n.Items) > 1 {
			v.lose(n, rule, "the places in the list shift when one of them is missing")
		}
		for i, item := range n.Items {
			v.rule(item, into, in, append(slices.Clone(out), itoa(i)), rule+"/"+itoa(i))
		}
	case doc.Map:
		v.object(n, into, in, out, rule)
	default: // a constant of the output says nothing of the input
	}
}

func dotted(from string) string { return strings.TrimPrefix(from, "$.") }

func (v *inverter) object(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	for _, key := range n.Keys {
		switch key.Name {
		case "$when":
			v.lose(n, rule, "written only under a condition")
		case "$first", "$switch", "$concat", "$call", "$group", "$reduce", "$expand":
			v.lose(n, rule, key.Name+" has no inverse")
			return
		}
	}
	if w := n.Get("$with"); w != nil {
		steps, ok := v.steps(w.Text, in)
		if !ok {
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
	case n.Get("$pairs") != nil:
		p := n.Get("$pairs")
		for _, key := range n.Keys {
			if !strings.HasPrefix(key.Name, "$") {
				item := "#(" + path.Escape(p.Get("key").Text) + "==" + quoted(key.Name) + ")"
				v.rule(key.Value, into, in, append(slices.Clone(out), item, path.Escape(p.Get("value").Text)), rule+"/"+pointerToken(key.Name))
			}
		}
	default:
		for _, key := range n.Keys {
			name := key.Name
			if strings.HasPrefix(name, "$$") {
				name = name[1:]
			} else if strings.HasPrefix(name, "$") {
				continue
			}
			v.rule(key.Value, into, in, append(slices.Clone(out), path.Escape(name)), rule+"/"+pointerToken(name))
		}
	}
}

// steps gives the path of a reference from the scope's part of the input on.
func (v *inverter) steps(text string, in []path.Step) ([]path.Step, bool) {
	if rest, ok := strings.CutPrefix(text, "$"); ok && rest != "" && rest[0] != '.' {
		name, tail, _ := strings.Cut(rest, ".")
		if name == "root" {
			return nil, false
		}
		let := v.document.root.Get("let").Get(name)
		if let == nil {
			return nil, false
		}
		source := let.Text
		if let.Kind == doc.Map && let.Get("$from") != nil && let.Get("$from").Kind == doc.Text && len(let.Keys) <= 2 && (len(let.Keys) == 1 || let.Get("$required") != nil) {
			source = let.Get("$from").Text
		} else if let.Kind != doc.Text || !strings.HasPrefix(source, "$") {
			return nil, false
		}
		base, ok := v.steps(source, nil)
		if !ok {
			return nil, false
		}
		more, err := path.Parse(tail)
		return append(slices.Clone(base), more...), err == nil
	}
	steps, err := path.Parse(strings.TrimPrefix(strings.TrimPrefix(text, "$"), "."))
	if err != nil || path.Many(steps) {
		return nil, false
	}
	return append(slices.Clone(in), steps...), true
}

// leaf writes what the output has at out to where the text reads it.
func (v *inverter) leaf(n *doc.Node, text string, as func(from string) string, into *inverse, in []path.Step, out []string, rule string) {
	steps, ok := v.steps(text, in)
	if !ok {
		v.lose(n, rule, "reads "+text+", which is no single place of the input")
		return
	}
	target := into.at(steps)
	switch {
	case target == nil || len(target.kids) > 0 && target.leaf == "":
		v.lose(n, rule, "reads "+text+", which cannot be written to")
		return
	case target.leaf != "":
		return // written already: the first place is as good
	}
	from := "$." + strings.Join(out, ".")
	if len(out) == 0 {
		from = "$."
	}
	if len(steps) == 0 {
		target = into.kid("$value", "", "")
	}
	target.leaf = quoted(from)
	if as != nil {
		target.leaf = as(from)
	}
}

// each inverts a $each: the input's array goes through the output's.
func (v *inverter) each(n, source *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	if source.Kind != doc.Text {
		v.lose(n, rule, "$each over something that is no path")
		return
	}
	steps, ok := v.steps(source.Text, in)
	var target *inverse
	if ok {
		target = into.at(steps)
	}
	if target == nil || len(target.kids) > 0 {
		v.lose(n, rule, "$each over something that cannot be written to, or twice over the same")
		return
	}
	for _, name := range []string{"$limit", "$distinct", "$index", "$join"} {
		if n.Get(name) != nil {
			v.lose(n, rule, name+" leaves items out")
		}
	}
	target.each = strings.Join(out, ".")
	if target.each == "" {
		target.each = "."
	}
	if w := n.Get("$where"); w != nil {
		v.where(w, target, rule)
	}
	body := &doc.Node{Kind: doc.Map, Line: n.Line, Column: n.Column}
	for _, key := range n.Keys {
		if !strings.HasPrefix(key.Name, "$") || strings.HasPrefix(key.Name, "$$") {
			body.Keys = append(body.Keys, key)
		}
	}
	if value := n.Get("$value"); value != nil {
		body = value
	}
	v.rule(body, target, nil, nil, rule+"/*")
	if len(target.kids) == 0 {
		target.leaf = "null"
	}
}

// where makes constants of the equalities of a condition; other conditions lose items.
func (v *inverter) where(w *doc.Node, target *inverse, rule string) {
	for part := range strings.SplitSeq(w.Text, " and ") {
		left, right, ok := strings.Cut(part, "==")
		name, text := strings.TrimSpace(left), strings.TrimSpace(right)
		if ok && len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' && !strings.ContainsAny(text[1:len(text)-1], `"\`) {
			if steps, err := path.Parse(name); err == nil {
				if at := target.at(steps); at != nil && len(at.kids) == 0 {
					at.leaf = text
					continue
				}
			}
		}
		v.lose(w, rule, "the items for which "+strings.TrimSpace(part)+" does not hold")
	}
}

// branch inverts {$if: path, $then: constant, $else: constant}.
func (v *inverter) branch(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	yes, no, when := n.Get("$then"), n.Get("$else"), n.Get("$if")
	constant := func(n *doc.Node) bool {
		return n != nil && n.Kind == doc.Text && !strings.HasPrefix(n.Text, "$") && !strings.HasPrefix(n.Text, "= ")
	}
	if !constant(yes) || !constant(no) || yes.Text == no.Text || when.Kind != doc.Text || strings.ContainsAny(when.Text, " =!<>()") {
		v.lose(n, rule, "$if that is not between two constants, by one path")
		return
	}
	v.leaf(n, "$."+when.Text, func(from string) string {
		return quoted("= " + dotted(from) + " == " + quoted(yes.Text))
	}, into, in, out, rule)
}
