package mapping

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/doc"
	"github.com/openhim/mediator-go/mapping/internal/path"
)

func (v *inverter) concat(n *doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	items := n.Get("$concat").Items
	each := 0
	for _, item := range items {
		if item.Get("$each") != nil {
			each++
		}
	}
	if each == 0 {
		v.joined(n, items, into, in, out, rule)
		return
	}
	if v.changed(n, "$concat", rule) {
		return
	}
	key, ok := tag(items)
	if each < len(items) || !ok {
		v.lose(n, rule, "the items of a $concat of arrays that no constant tells apart")
		return
	}
	for i, item := range items {
		value := quoted(item.Get(key).Text)
		if item.Get("$each").Kind != doc.Text {
			v.lose(item, rule+"#"+itoa(i), "$each over something that is no path")
			continue
		}
		steps, ok := v.steps(item.Get("$each").Text, in)
		target := (*inverse)(nil)
		if ok && len(steps) > 0 {
			target = into.at(steps)
		}
		if target == nil {
			v.lose(item, rule+"#"+itoa(i), "$each over something that cannot be written to")
			continue
		}
		part := &inverse{where: key + " == " + value}
		if target.taken() { // two of the parts read the same array
			if len(target.parts) == 0 {
				whole := *target
				*target = inverse{name: target.name, match: target.match, text: target.text, parts: []*inverse{&whole}}
			}
			v.lose(item, rule+"#"+itoa(i), "the order of the items")
			holder, saved := &inverse{}, v.under
			if v.under == "" {
				v.under, _ = steps[0].Name()
			}
			v.each(item, &doc.Node{Kind: doc.Text, Text: "x"}, holder, nil, out, rule+"#"+itoa(i))
			v.under = saved
			part = holder.kid("x", "", "")
			part.where = key + " == " + value
			target.parts = append(target.parts, part)
			continue
		}
		v.each(item, item.Get("$each"), into, in, out, rule+"#"+itoa(i))
		target.where = part.where
	}
}

func tag(items []*doc.Node) (string, bool) {
	for _, key := range items[0].Keys {
		if !plainPath.MatchString(key.Name) {
			continue
		}
		seen := map[string]bool{}
		for _, item := range items {
			if value := item.Get(key.Name); value != nil && value.Kind == doc.Text && !strings.HasPrefix(value.Text, "$") && !strings.HasPrefix(value.Text, "= ") {
				seen[value.Text] = true
			}
		}
		if len(seen) == len(items) {
			return key.Name, true
		}
	}
	return "", false
}

func (v *inverter) joined(n *doc.Node, items []*doc.Node, into *inverse, in []path.Step, out []string, rule string) {
	glue := n.Get("$join")
	if glue == nil {
		if !v.changed(n, "$concat", rule) {
			v.lose(n, rule, "the places in the list shift when one of them is missing or is a list")
			for i, item := range items {
				v.rule(item, into, in, append(slices.Clone(out), itoa(i)), rule+"#"+itoa(i))
			}
		}
		return
	}
	last := n.Keys[len(n.Keys)-1].Name
	if glue.Text == "" || last != "$join" {
		v.lose(n, rule, "$join without anything between, or with an operator behind it")
		return
	}
	v.lose(n, rule, "a text with "+quoted(glue.Text)+" in it, or a missing one, shifts the others")
	for i, item := range items {
		if item.Kind != doc.Text || !strings.HasPrefix(item.Text, "$") || strings.HasPrefix(item.Text, "$$") {
			if item.Kind == doc.Text && !strings.HasPrefix(item.Text, "= ") {
				continue // a constant
			}
			v.lose(item, rule+"#"+itoa(i), "a part of a joined text that is no path")
			continue
		}
		v.leaf(item, item.Text, func(from string) string {
			return `{"$from":` + quoted(from) + `,"$split":` + quoted(glue.Text) + `,"$get":` + quoted(itoa(i)) + "}"
		}, into, in, out, rule+"#"+itoa(i))
	}
}
