package validate

import (
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// locate writes the FHIRPath of a node: Observation.component[1].value.ofType(Quantity).unit. Names that no type knows stay as they are.
func (r *run) locate(n node) string {
	t := r.tree
	var chain []node
	for at := n; at != 0 && at != t.Root(); at = t.Parent(at) {
		chain = append(chain, at)
	}
	var path strings.Builder
	sh := r.shapeOf(t.Root())
	path.WriteString(pathName(r.typeName(t.Root())))
	for i := len(chain) - 1; i >= 0; i-- {
		at := chain[i]
		name := t.Name(at)
		if name == "" { // an item: its index belongs to the list before it
			path.WriteString("[" + strconv.Itoa(t.Index(at)) + "]")
			if sh == nil && t.Kind(at) == tree.Object {
				sh = r.shapeOf(at)
			}
			continue
		}
		sh = r.step(&path, sh, at, name)
	}
	return path.String()
}

// step writes one member's name and returns the shape of what it holds; nil when the node itself tells: a resource, or nothing known.
func (r *run) step(path *strings.Builder, sh *shape, at node, name string) *shape {
	path.WriteByte('.')
	var m *member
	if sh != nil {
		m = sh.members[name]
		if bare, underscored := strings.CutPrefix(name, "_"); m == nil && underscored {
			m, name = sh.members[bare], bare
		}
	}
	if m == nil || m.el == nil {
		path.WriteString(pathName(name))
		return nil
	}
	path.WriteString(pathName(m.el.Name))
	if m.el.Choice {
		path.WriteString(".ofType(" + m.code + ")")
	}
	switch {
	case m.prim != nil:
		return r.v.shapes.of("Element")
	case m.resource:
		if r.tree.Kind(at) == tree.Object {
			return r.shapeOf(at)
		}
		return nil
	default:
		return m.shape
	}
}

// shapeOf returns the shape that an object's resourceType names.
func (r *run) shapeOf(n node) *shape { return r.v.shapes.of(r.typeName(n)) }

func (r *run) typeName(n node) string {
	typ := r.tree.Member(n, "resourceType")
	if r.tree.Kind(typ) != tree.String {
		return ""
	}
	return r.tree.Text(typ)
}

// pathName quotes a name that FHIRPath does not take as it is.
func pathName(name string) string {
	for i := range len(name) {
		c := name[i]
		if letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'; !letter && (i == 0 || c < '0' || c > '9') {
			return "`" + strings.Trim(quoted(name), `"`) + "`"
		}
	}
	return name
}
