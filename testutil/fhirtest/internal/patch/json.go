// Package patch applies JSON Patch (RFC 6902) and FHIRPath Patch (R4 fhirpatch.html) to a
// tree. A patch that fails may leave the tree half changed: work on a copy.
package patch

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// ErrNotApplicable is a patch that is well formed but does not fit the resource.
var ErrNotApplicable = errors.New("the patch does not fit the resource")

func notApplicable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotApplicable, fmt.Sprintf(format, args...))
}

// JSON applies the operations of a JSON Patch in order.
func JSON(document, operations *jsontree.Node) error {
	if operations.Kind != jsontree.Array {
		return errors.New("a JSON patch is an array of operations")
	}
	for i, op := range operations.Items {
		if err := apply(document, op); err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
	}
	return nil
}

func apply(document, op *jsontree.Node) error {
	path, err := pointer(op.Get("path"))
	if err != nil {
		return err
	}
	value := op.Get("value")
	switch name := op.Str("op"); name {
	case "add", "replace", "test":
		if value == nil {
			return fmt.Errorf("%s needs a value", name)
		}
		switch name {
		case "add":
			return add(document, path, value.Clone())
		case "replace":
			return replace(document, path, value.Clone())
		}
		found, err := find(document, path)
		if err != nil {
			return err
		}
		if !jsontree.Equal(found, value) {
			return notApplicable("the value tested is another one")
		}
		return nil
	case "remove":
		return remove(document, path)
	case "move", "copy":
		from, err := pointer(op.Get("from"))
		if err != nil {
			return err
		}
		found, err := find(document, from)
		if err != nil {
			return err
		}
		found = found.Clone()
		if name == "move" {
			if err := remove(document, from); err != nil {
				return err
			}
		}
		return add(document, path, found)
	default:
		return errors.New("unknown operation")
	}
}

// pointer reads a JSON Pointer (RFC 6901).
func pointer(n *jsontree.Node) ([]string, error) {
	if n == nil || n.Kind != jsontree.String || (n.Text != "" && n.Text[0] != '/') {
		return nil, errors.New("an operation has no path, or one that is no JSON pointer")
	}
	if n.Text == "" {
		return nil, nil
	}
	parts := strings.Split(n.Text[1:], "/")
	for i := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(parts[i])
	}
	return parts, nil
}

func find(n *jsontree.Node, path []string) (*jsontree.Node, error) {
	for _, part := range path {
		switch n.Kind {
		case jsontree.Object:
			n = member(n, part)
		case jsontree.Array:
			i, err := position(part, len(n.Items)-1)
			if err != nil {
				return nil, err
			}
			n = n.Items[i]
		default:
			n = nil
		}
		if n == nil {
			return nil, notApplicable("there is nothing at the path")
		}
	}
	return n, nil
}

func member(n *jsontree.Node, name string) *jsontree.Node {
	for _, m := range n.Members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

func position(part string, last int) (int, error) {
	i, err := strconv.Atoi(part)
	if err != nil || i < 0 || i > last || (len(part) > 1 && part[0] == '0') {
		return 0, notApplicable("there is nothing at the path")
	}
	return i, nil
}

func add(document *jsontree.Node, path []string, value *jsontree.Node) error {
	if len(path) == 0 {
		*document = *value
		return nil
	}
	parent, err := find(document, path[:len(path)-1])
	if err != nil {
		return err
	}
	name := path[len(path)-1]
	switch parent.Kind {
	case jsontree.Object:
		parent.Set(name, value)
		return nil
	case jsontree.Array:
		at := len(parent.Items)
		if name != "-" {
			if at, err = position(name, len(parent.Items)); err != nil {
				return err
			}
		}
		insert(parent, at, value)
		return nil
	default:
		return notApplicable("there is nothing at the path")
	}
}

func insert(list *jsontree.Node, at int, value *jsontree.Node) {
	list.Items = append(list.Items, nil)
	copy(list.Items[at+1:], list.Items[at:])
	list.Items[at] = value
}

func replace(document *jsontree.Node, path []string, value *jsontree.Node) error {
	found, err := find(document, path)
	if err != nil {
		return err
	}
	*found = *value
	return nil
}

func remove(document *jsontree.Node, path []string) error {
	if len(path) == 0 {
		return notApplicable("the whole document cannot be removed")
	}
	if _, err := find(document, path); err != nil {
		return err
	}
	parent, err := find(document, path[:len(path)-1])
	if err != nil {
		return err
	}
	name := path[len(path)-1]
	if parent.Kind == jsontree.Object {
		parent.Delete(name)
		return nil
	}
	i, err := position(name, len(parent.Items)-1)
	if err != nil {
		return err
	}
	parent.Items = append(parent.Items[:i:i], parent.Items[i+1:]...)
	return nil
}
