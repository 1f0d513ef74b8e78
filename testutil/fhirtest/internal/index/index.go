// Package index takes out of a resource what search parameters compare: tokens, strings,
// dates as spans of time, references, quantities.
package index

import (
	"math/big"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// Value is one value of a parameter. Which fields are set goes by the parameter's type.
type Value struct {
	System, Code string // token; system and code of a quantity
	Unit         string // quantity
	Text         string // string, folded (see [Fold]); text of a token
	Exact        string // string as it is; uri
	Span         Span   // date
	Reference    Reference
	Number       *big.Rat // number, quantity
	// IdentifierType are the codes of an Identifier's type, for :of-type.
	IdentifierType []Value
}

// Values are all values of a parameter in a resource.
func Values(resource *jsontree.Node, p *definitions.SearchParameter) []Value {
	var out []Value
	for i := range p.Paths {
		path := &p.Paths[i]
		nodes := walk([]*jsontree.Node{resource}, path.Steps)
		if path.Exists {
			for _, n := range nodes {
				if n.Kind != jsontree.Bool || n.Text == "true" {
					return []Value{{Code: "true"}}
				}
			}
			if i == len(p.Paths)-1 {
				return []Value{{Code: "false"}}
			}
			continue
		}
		for _, n := range nodes {
			out = appendValue(out, n, p.Type, path)
		}
	}
	return out
}

// walk follows steps, through arrays as if they were not there.
func walk(nodes []*jsontree.Node, steps []definitions.Step) []*jsontree.Node {
	for _, step := range steps {
		var next []*jsontree.Node
		for _, n := range nodes {
			found := n.Get(step.Name)
			switch {
			case found == nil:
			case found.Kind != jsontree.Array:
				next = appendIf(next, found, step)
			default:
				for _, item := range found.Items {
					next = appendIf(next, item, step)
				}
			}
		}
		nodes = next
	}
	return nodes
}

func appendIf(out []*jsontree.Node, n *jsontree.Node, step definitions.Step) []*jsontree.Node {
	if n.Kind == jsontree.Null || (step.Field != "" && n.Str(step.Field) != step.Value) {
		return out
	}
	return append(out, n)
}

func appendValue(out []Value, n *jsontree.Node, kind string, path *definitions.Path) []Value {
	switch kind {
	case "token":
		return appendTokens(out, n, path.Type)
	case "string":
		return appendStrings(out, n, path.Type)
	case "date":
		return appendDates(out, n, path.Type)
	case "reference":
		return appendReference(out, n, path)
	case "quantity":
		return appendQuantity(out, n, path.Type)
	case "number":
		if r, ok := new(big.Rat).SetString(n.Text); ok && n.Kind == jsontree.Number {
			return append(out, Value{Number: r})
		}
	case "uri":
		if n.Kind == jsontree.String {
			return append(out, Value{Exact: n.Text})
		}
	}
	return out
}

func appendTokens(out []Value, n *jsontree.Node, typ string) []Value {
	switch typ {
	case "CodeableConcept":
		for _, coding := range n.List("coding") {
			out = append(out, Value{System: coding.Str("system"), Code: coding.Str("code"), Text: Fold(coding.Str("display"))})
		}
		if text := n.Str("text"); text != "" {
			out = append(out, Value{Text: Fold(text)})
		}
		return out
	case "Coding":
		return append(out, Value{System: n.Str("system"), Code: n.Str("code"), Text: Fold(n.Str("display"))})
	case "Identifier":
		v := Value{System: n.Str("system"), Code: n.Str("value"), Text: Fold(n.Str("type.text"))}
		v.IdentifierType = appendTokens(nil, n.Get("type"), "CodeableConcept")
		return append(out, v)
	case "ContactPoint":
		return append(out, Value{System: n.Str("use"), Code: n.Str("value")})
	}
	if n.Kind == jsontree.String || n.Kind == jsontree.Bool {
		return append(out, Value{Code: n.Text})
	}
	return out
}

func appendStrings(out []Value, n *jsontree.Node, typ string) []Value {
	add := func(texts ...*jsontree.Node) {
		for _, t := range texts {
			if t != nil && t.Kind == jsontree.String && t.Text != "" {
				out = append(out, Value{Text: Fold(t.Text), Exact: t.Text})
			}
		}
	}
	switch typ {
	case "HumanName":
		add(n.Get("family"), n.Get("text"))
		for _, part := range []string{"given", "prefix", "suffix"} {
			add(n.List(part)...)
		}
	case "Address":
		add(n.List("line")...)
		for _, part := range []string{"city", "district", "state", "country", "postalCode", "text"} {
			add(n.Get(part))
		}
	default:
		add(n)
	}
	return out
}

func appendDates(out []Value, n *jsontree.Node, typ string) []Value {
	switch typ {
	case "Period":
		return append(out, Value{Span: period(n)})
	case "Timing":
		for _, event := range n.List("event") {
			out = appendDates(out, event, "dateTime")
		}
		if bounds := n.Get("repeat.boundsPeriod"); bounds != nil {
			out = appendDates(out, bounds, "Period")
		}
		return out
	}
	if span, ok := ParseSpan(n.Text); ok && n.Kind == jsontree.String {
		out = append(out, Value{Span: span})
	}
	return out
}

func period(n *jsontree.Node) Span {
	span := Span{From: time.Time{}, Until: endOfTime()}
	if start, ok := ParseSpan(n.Str("start")); ok {
		span.From = start.From
	}
	if end, ok := ParseSpan(n.Str("end")); ok {
		span.Until = end.Until
	}
	return span
}

func appendReference(out []Value, n *jsontree.Node, path *definitions.Path) []Value {
	switch {
	case n.Kind == jsontree.String: // canonical, uri
		return append(out, Value{Reference: ParseReference(n.Text)})
	case path.Type == "Resource":
		return append(out, Value{Reference: Reference{Type: n.Str("resourceType"), ID: n.Str("id")}})
	}
	ref := ParseReference(n.Str("reference"))
	if ref.Type == "" {
		ref.Type = n.Str("type")
	}
	if path.Target != "" && ref.Type != path.Target {
		return out
	}
	v := Value{Reference: ref}
	if id := n.Get("identifier"); id != nil {
		v.System, v.Code = id.Str("system"), id.Str("value")
	}
	if ref == (Reference{}) && v.Code == "" {
		return out
	}
	return append(out, v)
}

func appendQuantity(out []Value, n *jsontree.Node, typ string) []Value {
	switch typ {
	case "Range":
		for _, end := range []string{"low", "high"} {
			if q := n.Get(end); q != nil {
				out = appendQuantity(out, q, "Quantity")
			}
		}
		return out
	case "SampledData":
		return out
	}
	value := n.Get("value")
	if value == nil || value.Kind != jsontree.Number {
		return out
	}
	r, ok := new(big.Rat).SetString(value.Text)
	if !ok {
		return out
	}
	code := n.Str("code")
	if typ == "Money" {
		code = n.Str("currency")
	}
	return append(out, Value{Number: r, System: n.Str("system"), Code: code, Unit: n.Str("unit")})
}

// Reference is where a reference leads: a type and an id, or something else in URL.
type Reference struct {
	Type, ID string
	URL      string // the text, for absolute URLs, urn: and fragments
}

// ParseReference reads a literal reference. Of Patient/1/_history/2 the version is left
// out; of an absolute URL that ends in Type/id both are told too.
func ParseReference(text string) Reference {
	if text == "" {
		return Reference{}
	}
	parts := strings.Split(text, "/")
	if n := len(parts); n > 3 && parts[n-2] == "_history" {
		parts = parts[:n-2]
	}
	n := len(parts)
	absolute := strings.Contains(text, "://")
	if n >= 2 && definitions.R4().IsResource(parts[n-2]) && (n == 2 || absolute) {
		ref := Reference{Type: parts[n-2], ID: parts[n-1]}
		if absolute {
			ref.URL = strings.Join(parts, "/")
		}
		return ref
	}
	return Reference{URL: text}
}
