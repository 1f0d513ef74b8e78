package rest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// subset is what _summary and _elements leave of a resource, marked SUBSETTED; the
// resource itself when neither is asked for. The given tree is not changed.
func (x *exchange) subset(n *jsontree.Node) (*jsontree.Node, *failure) {
	summary := x.param("_summary")
	var elements []string
	for _, p := range x.params {
		if p.Name == "_elements" {
			elements = append(elements, strings.Split(p.Value, ",")...)
		}
	}
	typ := x.e.table.Type(n.Str("resourceType"))
	switch summary {
	case "", "false", "count":
		if len(elements) == 0 {
			return n, nil
		}
	case "true", "text", "data":
	default:
		if x.e.config.HAPI {
			return n, nil
		}
		return nil, fail(http.StatusBadRequest, "value", "_summary is none of true, text, data, count, false")
	}
	out := jsontree.NewObject()
	for _, m := range n.Members {
		name := strings.TrimPrefix(m.Name, "_")
		member, known := typ.Member(name)
		keep := !known || name == "id" || name == "meta"
		switch {
		case keep:
		case summary == "true":
			keep = member.Element.Summary && name != "text"
		case summary == "text":
			keep = name == "text" || member.Element.Min > 0
		case summary == "data":
			keep = name != "text"
		default:
			wanted := slices.ContainsFunc(elements, func(e string) bool {
				e = strings.TrimPrefix(e, typ.Name+".")
				head, _, _ := strings.Cut(e, ".")
				return head == member.Element.Name || head == name
			})
			// what is required belongs to every subset; HAPI leaves it out
			keep = wanted || (member.Element.Min > 0 && !x.e.config.HAPI)
		}
		if keep {
			out.Members = append(out.Members, jsontree.Member{Name: m.Name, Value: x.summaryOf(m.Value, member, summary)})
		}
	}
	markSubset(out)
	return out, nil
}

// summaryOf leaves out what is no part of a summary inside elements of the resource's own.
func (x *exchange) summaryOf(n *jsontree.Node, m definitions.Member, summary string) *jsontree.Node {
	if summary != "true" || m.Type == nil || !strings.Contains(m.Type.Name, ".") {
		return n
	}
	if n.Kind == jsontree.Array {
		out := jsontree.NewArray()
		for _, item := range n.Items {
			out.Items = append(out.Items, x.summaryOf(item, m, summary))
		}
		return out
	}
	typ := x.e.table.Type(m.Type.Name)
	out := jsontree.NewObject()
	for _, inner := range n.Members {
		if member, known := typ.Member(strings.TrimPrefix(inner.Name, "_")); known && (member.Element.Summary || member.Element.Min > 0) {
			out.Members = append(out.Members, jsontree.Member{Name: inner.Name, Value: x.summaryOf(inner.Value, member, summary)})
		}
	}
	return out
}

func markSubset(n *jsontree.Node) {
	meta := n.Get("meta").Clone()
	if meta == nil {
		meta = jsontree.NewObject()
	}
	tags := jsontree.NewArray(meta.List("tag")...)
	tags.Items = append(tags.Items, subsettedTag())
	meta.Set("tag", tags)
	at := slices.IndexFunc(n.Members, func(m jsontree.Member) bool { return m.Name == "meta" })
	if at < 0 {
		at = 1
	}
	n.Insert(at, "meta", meta)
}

func subsettedTag() *jsontree.Node {
	return jsontree.NewObject("system", "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code", "SUBSETTED", "display", "Resource encoded in summary mode")
}
