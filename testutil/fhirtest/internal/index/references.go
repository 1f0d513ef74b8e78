package index

import (
	"strconv"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// Link is a literal reference inside a resource.
type Link struct {
	Path string // Observation.subject, without indexes
	Node *jsontree.Node
	Text string
}

// Links are the literal references in a resource, in their order; those of contained
// resources too. Resources inside a Bundle or Parameters are other resources.
func Links(resource *jsontree.Node) []Link {
	return links(nil, resource, resource.Str("resourceType"), "")
}

func links(out []Link, n *jsontree.Node, path, name string) []Link {
	switch n.Kind {
	case jsontree.Array:
		for _, item := range n.Items {
			out = links(out, item, path, name)
		}
	case jsontree.Object:
		if name == "resource" {
			return out
		}
		for _, m := range n.Members {
			if m.Name == "reference" && m.Value.Kind == jsontree.String {
				out = append(out, Link{Path: path, Node: m.Value, Text: m.Value.Text})
				continue
			}
			if m.Value.Kind == jsontree.Array || m.Value.Kind == jsontree.Object {
				out = links(out, m.Value, path+"."+m.Name, m.Name)
			}
		}
	default:
	}
	return out
}

// PlainID tells whether an id is digits only, as HAPI's own are.
func PlainID(id string) bool {
	_, err := strconv.ParseUint(id, 10, 63)
	return err == nil
}
