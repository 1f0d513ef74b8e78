package mapping

import (
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/path"
)

func (v *inverter) each(n, source *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	for _, name := range []string{"$group", "$reduce", "$expand"} {
		if n.Get(name) != nil {
			v.lose(n, rule, name+" has no inverse")
			return
		}
	}
	if v.changedEach(n, rule) {
		return
	}
	if source.Kind == doc.Map && source.Get("single") != nil && source.Get("from") != nil {
		v.lose(n, rule, "one value without an array comes back as an array of it")
		source = source.Get("from")
	}
	if source.Kind != doc.Text || strings.HasPrefix(source.Text, "= ") {
		v.lose(n, rule, "$each over something that is no path")
		return
	}
	steps, ok := v.steps(source.Text, in)
	var target *inverse
	if ok && into.leaf == "" {
		target = into.at(steps)
	}
	if target == nil || target.taken() && len(target.parts) == 0 {
		v.lose(n, rule, "$each over something that cannot be written to, or twice over the same")
		return
	}
	for _, name := range []string{"$limit", "$distinct", "$index", "$join"} {
		if n.Get(name) != nil {
			v.lose(n, rule, name+" leaves items out")
		}
	}
	if n.Get("$index") != nil {
		return // there is no array to go through
	}
	if n.Get("$sort") != nil {
		v.lose(n, rule, "the order of the items")
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
		if _, member := memberName(key.Name); member {
			body.Keys = append(body.Keys, key)
		}
	}
	if value := n.Get("$value"); value != nil {
		body = value
	} else if len(body.Keys) == 0 {
		body = &doc.Node{Kind: doc.Text, Text: "$.", Line: n.Line, Column: n.Column}
	}
	saved := v.under
	if v.under == "" && len(steps) > 0 {
		v.under, _ = steps[0].Name()
	}
	v.rule(body, target, nil, nil, rule+"/*")
	v.under = saved
	if len(target.kids) == 0 {
		target.each, target.leaf = "", "null"
	}
}

func (v *inverter) changedEach(n *doc.Node, rule string) bool {
	known := structure()
	for _, key := range n.Keys {
		_, structural := known[key.Name]
		own := key.Name == "$join" && key.Value.Kind == doc.Map
		if strings.HasPrefix(key.Name, "$") && !strings.HasPrefix(key.Name, "$$") && !structural && key.Name != "$default" && !own {
			v.lose(n, rule, key.Name+" behind $each has no inverse")
			return true
		}
	}
	return false
}

func (v *inverter) where(w *doc.Node, target *inverse, rule string) {
	for part := range strings.SplitSeq(w.Text, " and ") {
		left, right, ok := strings.Cut(part, "==")
		name, text := strings.TrimSpace(left), strings.TrimSpace(right)
		if ok && len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' && !strings.ContainsAny(text[1:len(text)-1], `"\`) {
			if steps, err := path.Parse(name); err == nil && plainPath.MatchString(name) {
				if at := target.at(steps); at != nil && !at.taken() {
					at.leaf = text
					continue
				}
			}
		}
		v.lose(w, rule, "the items for which "+strings.TrimSpace(part)+" does not hold")
	}
}
