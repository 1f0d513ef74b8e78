// Package shape compares resources with the definitions of their types: [Check] tells
// all that is wrong, as the specification asks; [Coerce] makes of a resource what HAPI's
// lenient parser makes of it.
package shape

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// Problem is one thing that is wrong with a resource.
type Problem struct {
	Code       string // an issue code: structure, value, code-invalid, required
	Text       string // without the value
	Expression string // Patient.name[0].family
	Offset     int
	// Element and Value are what HAPI's parser says: the last name and the text.
	Element, Value string
	System         string // the value set, for code-invalid
	Unknown        bool   // the element is none of its type
}

// most bounds the problems told of one resource.
const most = 50

type checker struct {
	table    *definitions.Table
	problems []Problem
}

// Check lists what is wrong with a resource, in the order of the text; nil when nothing
// is. The resource must have a resourceType that is known.
func Check(table *definitions.Table, resource *jsontree.Node) []Problem {
	c := &checker{table: table}
	name := resource.Str("resourceType")
	c.object(resource, table.Type(name), name)
	return c.problems
}

func (c *checker) add(n *jsontree.Node, path, code, format string, args ...any) {
	if len(c.problems) < most {
		c.problems = append(c.problems, Problem{Code: code, Text: fmt.Sprintf(format, args...), Expression: path, Offset: n.Offset})
	}
}

func (c *checker) object(n *jsontree.Node, typ *definitions.Type, path string) {
	if n.Kind != jsontree.Object {
		c.add(n, path, "structure", "%s must be an object", path)
		return
	}
	if len(n.Members) == 0 {
		c.add(n, path, "structure", "%s is empty", path)
	}
	seen := map[*definitions.Element]bool{}
	for _, m := range n.Members {
		if m.Name == "resourceType" && typ.Kind == definitions.Resource {
			continue
		}
		name, companion := strings.CutPrefix(m.Name, "_")
		member, known := typ.Member(name)
		if !known || (companion && !c.primitive(member)) {
			c.add(m.Value, path+"."+m.Name, "structure", "%s has no element %s", typ.Name, m.Name)
			c.problems[len(c.problems)-1].Unknown = true
			continue
		}
		if !companion && member.Element.Choice && seen[member.Element] {
			c.add(m.Value, path+"."+m.Name, "structure", "%s has more than one %s[x]", path, member.Element.Name)
		}
		seen[member.Element] = true
		c.member(m.Value, member, path+"."+name, companion)
	}
	for _, e := range typ.Elements {
		if e.Min > 0 && !seen[e] {
			name := e.Name
			if e.Choice {
				name += "[x]"
			}
			c.add(n, path, "required", "%s.%s: the element is required", path, name)
		}
	}
}

func (c *checker) primitive(m definitions.Member) bool {
	t := c.table.Type(m.Type.Name)
	return t != nil && t.Kind == definitions.Primitive
}

func (c *checker) member(n *jsontree.Node, m definitions.Member, path string, companion bool) {
	if !m.Element.List {
		if n.Kind == jsontree.Array {
			c.add(n, path, "structure", "%s is no list", path)
			return
		}
		c.value(n, m, path, companion)
		return
	}
	if n.Kind != jsontree.Array {
		c.add(n, path, "structure", "%s must be a list", path)
		return
	}
	if len(n.Items) == 0 {
		c.add(n, path, "structure", "%s is an empty list", path)
	}
	for i, item := range n.Items {
		if item.Kind == jsontree.Null && c.primitive(m) {
			continue // its companion has an extension
		}
		c.value(item, m, fmt.Sprintf("%s[%d]", path, i), companion)
	}
}

func (c *checker) value(n *jsontree.Node, m definitions.Member, path string, companion bool) {
	typ := c.table.Type(m.Type.Name)
	switch {
	case companion:
		c.object(n, c.table.Type("Element"), path)
	case typ == nil || typ.Abstract: // a resource inside
		c.contained(n, path)
	case typ.Kind != definitions.Primitive:
		c.object(n, typ, path)
	case m.Type.Name == "xhtml":
		if n.Kind != jsontree.String {
			c.add(n, path, "structure", "%s must be a text", path)
		}
	case n.Kind != kindOf(m.Type.Name):
		c.add(n, path, "structure", "%s must be written as a JSON %s", path, kindName(kindOf(m.Type.Name)))
	case !formatted(m.Type.Name, n.Text):
		c.add(n, path, "value", "%s is no valid %s", path, m.Type.Name)
	case m.Element.Codes != nil && !slices.Contains(m.Element.Codes, n.Text):
		c.add(n, path, "code-invalid", "%s is no code of %s", path, m.Element.System)
	}
}

func (c *checker) contained(n *jsontree.Node, path string) {
	name := n.Str("resourceType")
	if !c.table.IsResource(name) {
		c.add(n, path, "structure", "%s is no resource of a known type", path)
		return
	}
	c.object(n, c.table.Type(name), path)
}

func kindName(k jsontree.Kind) string {
	switch k {
	case jsontree.Bool:
		return "boolean"
	case jsontree.Number:
		return "number"
	default:
		return "string"
	}
}
