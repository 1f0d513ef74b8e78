package shape

import (
	"math/big"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

type coercer struct {
	table   *definitions.Table
	problem *Problem
}

// Coerce makes a new tree with the elements the type has, in the order of the
// definitions: what is unknown is dropped, a list of one becomes its value and the
// reverse, "true" becomes true, 1E2 becomes 100. Codes that are none of their value set
// and malformed dates cannot be taken: the first one is told.
func Coerce(table *definitions.Table, resource *jsontree.Node) (*jsontree.Node, *Problem) {
	c := &coercer{table: table}
	out := c.resource(resource)
	if c.problem != nil {
		return nil, c.problem
	}
	return out, nil
}

func (c *coercer) resource(n *jsontree.Node) *jsontree.Node {
	name := n.Str("resourceType")
	if !c.table.IsResource(name) {
		return nil
	}
	out := c.object(n, c.table.Type(name))
	if out == nil {
		out = &jsontree.Node{Kind: jsontree.Object}
	}
	out.Insert(0, "resourceType", jsontree.NewString(name))
	return out
}

type placed struct {
	at int
	m  jsontree.Member
}

// object is nil when nothing is left.
func (c *coercer) object(n *jsontree.Node, typ *definitions.Type) *jsontree.Node {
	if n.Kind != jsontree.Object {
		return nil
	}
	var kept []placed
	chosen := map[*definitions.Element]bool{}
	for _, m := range n.Members {
		name, companion := strings.CutPrefix(m.Name, "_")
		member, known := typ.Member(name)
		if !known || c.problem != nil || (!companion && member.Element.Choice && chosen[member.Element]) {
			continue // of a choice the first counts
		}
		if !companion {
			chosen[member.Element] = true
		}
		place := 2 * member.Index
		var v *jsontree.Node
		if companion {
			place++
			v = c.companion(m.Value)
		} else {
			v = c.list(m.Value, member)
		}
		if v != nil {
			kept = append(kept, placed{place, jsontree.Member{Name: m.Name, Value: v}})
		}
	}
	if len(kept) == 0 {
		return nil
	}
	slices.SortStableFunc(kept, func(a, b placed) int { return a.at - b.at })
	out := &jsontree.Node{Kind: jsontree.Object, Members: make([]jsontree.Member, len(kept))}
	for i := range kept {
		out.Members[i] = kept[i].m
	}
	return out
}

func (c *coercer) companion(n *jsontree.Node) *jsontree.Node {
	if n.Kind != jsontree.Array {
		return c.object(n, c.table.Type("Element"))
	}
	out := jsontree.NewArray()
	for _, item := range n.Items {
		v := c.companion(item)
		if v == nil {
			v = &jsontree.Node{}
		}
		out.Items = append(out.Items, v)
	}
	return out
}

func (c *coercer) list(n *jsontree.Node, m definitions.Member) *jsontree.Node {
	items := []*jsontree.Node{n}
	if n.Kind == jsontree.Array {
		items = n.Items
	}
	var out []*jsontree.Node
	for _, item := range items {
		if typ := c.table.Type(m.Type.Name); item.Kind == jsontree.Null && m.Element.List && typ != nil && typ.Kind == definitions.Primitive {
			out = append(out, item)
			continue
		}
		if v := c.value(item, m); v != nil {
			out = append(out, v)
		}
	}
	switch {
	case len(out) == 0:
		return nil
	case m.Element.List:
		return jsontree.NewArray(out...)
	default:
		return out[0]
	}
}

func (c *coercer) value(n *jsontree.Node, m definitions.Member) *jsontree.Node {
	typ := c.table.Type(m.Type.Name)
	switch {
	case typ == nil || typ.Abstract:
		return c.resource(n)
	case typ.Kind != definitions.Primitive:
		return c.object(n, typ)
	case n.Kind == jsontree.Null, n.Kind == jsontree.Object, n.Kind == jsontree.Array, n.Text == "":
		return nil
	}
	text := n.Text
	switch kind := kindOf(m.Type.Name); {
	case m.Element.Codes != nil && !slices.Contains(m.Element.Codes, text):
		c.refuse(n, m, "code-invalid")
		return nil
	case isTemporal(m.Type.Name) && !formatted(m.Type.Name, text):
		c.refuse(n, m, "value")
		return nil
	case kind == jsontree.Bool && text != "true" && text != "false":
		c.refuse(n, m, "value")
		return nil
	case kind == jsontree.Number:
		if _, ok := new(big.Rat).SetString(text); !ok {
			c.refuse(n, m, "value")
			return nil
		}
		return jsontree.NewNumber(plain(text))
	case kind == jsontree.Bool:
		return jsontree.NewBool(text == "true")
	default:
		return jsontree.NewString(text)
	}
}

func (c *coercer) refuse(n *jsontree.Node, m definitions.Member, code string) {
	if c.problem == nil {
		c.problem = &Problem{Code: code, Element: m.Element.Name, Value: n.Text, System: m.Element.System, Offset: n.Offset}
	}
}

// plain writes a number without exponent, keeping its digits.
func plain(text string) string {
	mantissa, exponent, found := strings.Cut(strings.ToLower(text), "e")
	if !found {
		return text
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return text
	}
	_, fraction, _ := strings.Cut(mantissa, ".")
	shift, ok := new(big.Int).SetString(strings.TrimPrefix(exponent, "+"), 10)
	const farthest = 400
	if !ok || !shift.IsInt64() || shift.Int64() > farthest || shift.Int64() < -farthest {
		return text
	}
	return r.FloatString(max(0, len(fraction)-int(shift.Int64())))
}
