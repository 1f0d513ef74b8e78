package patch

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// FHIRPath applies the operations of a Parameters resource in order. Of FHIRPath it knows
// members, [0], where(member = 'text'), first() and last().
func FHIRPath(document, parameters *jsontree.Node) error {
	done := 0
	for _, p := range parameters.List("parameter") {
		if p.Str("name") != "operation" {
			continue
		}
		op := operation{}
		for _, part := range p.List("part") {
			op.read(part)
		}
		if err := op.apply(document); err != nil {
			return fmt.Errorf("operation %d: %w", done, err)
		}
		done++
	}
	if done == 0 {
		return errors.New("there is no operation")
	}
	return nil
}

type operation struct {
	kind, path, name           string
	value                      *jsontree.Node
	index, source, destination int
}

func (o *operation) read(part *jsontree.Node) {
	number := func() int {
		n := part.Get("valueInteger")
		if n == nil {
			return -1
		}
		i, err := strconv.Atoi(n.Text)
		if err != nil {
			return -1
		}
		return i
	}
	switch part.Str("name") {
	case "type":
		o.kind = part.Str("valueCode")
	case "path":
		o.path = part.Str("valueString")
	case "name":
		o.name = part.Str("valueString")
	case "index":
		o.index = number()
	case "source":
		o.source = number()
	case "destination":
		o.destination = number()
	case "value":
		o.value = valueOf(part)
	}
}

// valueOf is value[x], or an object made of parts for an element with a content of its own.
func valueOf(part *jsontree.Node) *jsontree.Node {
	for _, m := range part.Members {
		if strings.HasPrefix(m.Name, "value") {
			return m.Value.Clone()
		}
	}
	if part.List("part") == nil {
		return nil
	}
	out := jsontree.NewObject()
	for _, inner := range part.List("part") {
		name, v := inner.Str("name"), valueOf(inner)
		if v == nil {
			continue
		}
		if old := out.Get(name); old != nil {
			if old.Kind != jsontree.Array {
				old = jsontree.NewArray(old)
			}
			old.Items = append(old.Items, v)
			v = old
		}
		out.Set(name, v)
	}
	return out
}

// spot is a place in the tree: a member of parent, and an element when that is a list.
type spot struct {
	parent *jsontree.Node
	name   string
	item   int // -1: no list
	typ    *definitions.Type
}

func (s spot) node() *jsontree.Node {
	n := s.parent.Get(s.name)
	if s.item >= 0 {
		return n.Items[s.item]
	}
	return n
}

func (o *operation) apply(document *jsontree.Node) error {
	if o.path == "" {
		return errors.New("an operation has no path")
	}
	spots, list, err := locate(document, o.path)
	if err != nil {
		return err
	}
	switch o.kind {
	case "add":
		return o.add(document, spots)
	case "insert":
		if o.value == nil || list == nil || o.index < 0 || o.index > len(list.Items) {
			return notApplicable("there is no such place in the list")
		}
		insert(list, o.index, o.value)
		return nil
	case "move":
		if list == nil || o.source < 0 || o.source >= len(list.Items) || o.destination < 0 || o.destination >= len(list.Items) {
			return notApplicable("there is no such place in the list")
		}
		moved := list.Items[o.source]
		list.Items = append(list.Items[:o.source:o.source], list.Items[o.source+1:]...)
		insert(list, o.destination, moved)
		return nil
	case "delete":
		if len(spots) == 0 {
			return nil // R4 fhirpatch.html: nothing to delete is no error
		}
		if len(spots) > 1 {
			return notApplicable("the path selects more than one element")
		}
		spots[0].remove()
		return nil
	case "replace":
		if o.value == nil {
			return errors.New("replace needs a value")
		}
		if len(spots) != 1 {
			return notApplicable("the path selects %d elements", len(spots))
		}
		*spots[0].node() = *o.value
		return nil
	}
	return errors.New("unknown type of operation")
}

func (s spot) remove() {
	if s.item < 0 {
		s.parent.Delete(s.name)
		return
	}
	list := s.parent.Get(s.name)
	list.Items = append(list.Items[:s.item:s.item], list.Items[s.item+1:]...)
	if len(list.Items) == 0 {
		s.parent.Delete(s.name)
	}
}

func (o *operation) add(document *jsontree.Node, spots []spot) error {
	if o.value == nil || o.name == "" {
		return errors.New("add needs a name and a value")
	}
	target, typ := document, definitions.R4().Type(document.Str("resourceType"))
	if strings.Contains(o.path, ".") {
		if len(spots) != 1 {
			return notApplicable("the path selects %d elements", len(spots))
		}
		target, typ = spots[0].node(), spots[0].typ
	}
	if typ == nil {
		return notApplicable("the path leads to no element that has others")
	}
	m, known := typ.Member(o.name)
	if !known {
		return notApplicable("there is no such element")
	}
	if !m.Element.List {
		target.Set(o.name, o.value)
		return nil
	}
	list := target.Get(o.name)
	if list == nil {
		list = jsontree.NewArray()
		target.Set(o.name, list)
	}
	list.Items = append(list.Items, o.value)
	return nil
}

var stepForm = regexp.MustCompile(`^([A-Za-z]+)(?:\(\s*(?:([A-Za-z]+)\s*=\s*'([^']*)'\s*)?\))?(?:\[(\d+)\])?$`)

// locate finds the places a path leads to; list is the array they are elements of, where
// the path ends in one.
func locate(document *jsontree.Node, path string) (spots []spot, list *jsontree.Node, err error) {
	steps := splitPath(path)
	if steps[0] != document.Str("resourceType") && steps[0] != "Resource" && steps[0] != "DomainResource" {
		return nil, nil, errors.New("the path does not begin with the type of the resource")
	}
	type at struct {
		node *jsontree.Node
		typ  *definitions.Type
	}
	nodes := []at{{document, definitions.R4().Type(document.Str("resourceType"))}}
	for _, step := range steps[1:] {
		m := stepForm.FindStringSubmatch(step)
		if m == nil {
			return nil, nil, errors.New("the path has something this server does not know")
		}
		name, call, isCall := m[1], m[2], strings.Contains(step, "(")
		switch {
		case isCall && name == "where" && call != "":
			var kept []spot
			for _, s := range spots {
				if s.node().Str(call) == m[3] {
					kept = append(kept, s)
				}
			}
			spots = kept
		case isCall && name == "first" && len(spots) > 0:
			spots = spots[:1]
		case isCall && name == "last" && len(spots) > 0:
			spots = spots[len(spots)-1:]
		case isCall && (name == "first" || name == "last"):
		case isCall:
			return nil, nil, errors.New("the path has something this server does not know")
		default:
			spots, list = nil, nil
			for _, n := range nodes {
				found := spotsOf(n.node, n.typ, name)
				spots = append(spots, found...)
				if l := n.node.Get(name); l != nil && l.Kind == jsontree.Array {
					list = l
				}
			}
		}
		if m[4] != "" {
			i, err := strconv.Atoi(m[4])
			if err != nil || i >= len(spots) {
				spots = nil
			} else {
				spots = spots[i : i+1]
			}
		}
		nodes = nodes[:0:0]
		for _, s := range spots {
			nodes = append(nodes, at{s.node(), s.typ})
		}
	}
	return spots, list, nil
}

// spotsOf are the values of an element; that of value[x] is found under its name.
func spotsOf(n *jsontree.Node, typ *definitions.Type, name string) []spot {
	if n.Kind != jsontree.Object || typ == nil {
		return nil
	}
	var out []spot
	for _, m := range n.Members {
		member, known := typ.Member(m.Name)
		if !known || (m.Name != name && (!member.Element.Choice || member.Element.Name != name)) {
			continue
		}
		inner := definitions.R4().Type(member.Type.Name)
		if m.Value.Kind != jsontree.Array {
			out = append(out, spot{n, m.Name, -1, inner})
			continue
		}
		for i := range m.Value.Items {
			out = append(out, spot{n, m.Name, i, inner})
		}
	}
	return out
}

// splitPath splits at dots outside of parentheses and quotes.
func splitPath(path string) []string {
	var out []string
	depth, start, quoted := 0, 0, false
	for i := range len(path) {
		switch c := path[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '.' && depth == 0:
			out = append(out, path[start:i])
			start = i + 1
		}
	}
	return append(out, path[start:])
}
