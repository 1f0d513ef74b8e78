package mapping

import (
	"strings"

	"github.com/openhim/mediator-go/mapping/internal/path"
)

// inverse is a part of the input as the inverse map writes it.
type inverse struct {
	name        string
	match, text string // of an item #(match=="text")
	each        string // what it goes through, as a path of the output; "" for no array
	where       string // which of them, as a condition
	leaf        string // a rule, as JSON
	kids        []*inverse
	parts       []*inverse // arrays that follow one another, in the place of each
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

// taken reports whether a part has been written to.
func (n *inverse) taken() bool {
	return n.leaf != "" || n.each != "" || len(n.kids) > 0 || len(n.parts) > 0
}

func (n *inverse) json() string {
	if n.leaf != "" {
		return n.leaf
	}
	if len(n.parts) > 0 {
		parts := make([]string, len(n.parts))
		for i, part := range n.parts {
			parts[i] = part.json()
		}
		return `{"$concat":[` + strings.Join(parts, ",") + "]}"
	}
	var members, items []string
	if n.each != "" {
		members = append(members, `"$each":`+quoted(n.each))
		if n.where != "" {
			members = append(members, `"$where":`+quoted(n.where))
		}
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
