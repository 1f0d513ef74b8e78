package fhirpath

import (
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// Document is a parsed resource, for several expressions on the same data. It never changes
// and is safe for concurrent use.
type Document struct {
	tree *tree.Tree
	root Item
}

// ParseDocument reads a resource from JSON: at most 256 MiB, nested 256 deep. It keeps no reference to data. A resource type that R4
// does not have is read without types.
func ParseDocument(data []byte) (*Document, error) {
	t, err := tree.Parse(data, tree.Limits{})
	if err != nil {
		var fault *tree.Error
		if errors.As(err, &fault) {
			return nil, &fhir.ParseError{Line: fault.Line, Column: fault.Column, Offset: fault.Offset, Problem: fault.Message}
		}
		return nil, fmt.Errorf("fhirpath: %w", err)
	}
	return DocumentOf(t, nil), nil
}

// ParseElement reads a value of a FHIR data type from JSON, as [ParseDocument] reads a resource: typeName is
// "HumanName", "Patient.contact", or empty for a resource.
func ParseElement(data []byte, typeName string) (*Document, error) {
	typ, ok := elements.Lookup(typeName)
	if !ok && typeName != "" {
		return nil, fmt.Errorf("fhirpath: there is no type %q in FHIR R4", typeName)
	}
	d, err := ParseDocument(data)
	if err != nil || typ == nil {
		return d, err
	}
	return DocumentOf(d.tree, typ), nil
}

// ResourceDocument reads a resource.
func ResourceDocument(r fhir.Resource) (*Document, error) {
	return ParseDocument(r.Bytes())
}

// DocumentOf makes a Document of a tree that is parsed already, for packages of this module. typ is
// the type of its root, nil for a resource.
func DocumentOf(t *tree.Tree, typ *elements.Type) *Document {
	d := &Document{tree: t}
	if typ == nil {
		typ = d.typeOfResource(t.Root())
	}
	d.root = Item{kind: kindNode, doc: d, node: t.Root(), typ: typ}
	return d
}

// Root returns the resource.
func (d *Document) Root() Item { return d.root }

// Element returns a node of the document's tree as an item, for packages of this module: its JSON
// value (0 if it has none), the object of "_name" beside it (0 if there is none) and its
// FHIR type, nil if it has none. The type of a resource is read from its resourceType.
func (d *Document) Element(value, sibling tree.Node, typ *elements.Type) Item {
	if typ != nil && typ.Kind == elements.Resource && typ.Abstract {
		typ = d.typeOfResource(value)
	}
	return Item{kind: kindNode, doc: d, node: value, ext: sibling, typ: typ}
}

// Node returns the node of an element's JSON value and that of its "_name" sibling, for
// packages of this module; zeros for other items.
func (i Item) Node() (value, sibling tree.Node) { return i.node, i.ext }

// Document returns the document that an element stands in, nil for a System value.
func (i Item) Document() *Document { return i.doc }

// resourceType returns the resourceType of an object, "" if it has none.
func (d *Document) resourceType(n tree.Node) string {
	if d.tree.Kind(n) != tree.Object {
		return ""
	}
	// It stands first nearly always, and Member finds it there in one step.
	return d.tree.Text(d.tree.Member(n, "resourceType"))
}

// typeOfResource returns the type of a resource, nil when R4 has none of the name.
func (d *Document) typeOfResource(n tree.Node) *elements.Type {
	name := d.resourceType(n)
	if name == "" {
		return nil
	}
	typ, ok := elements.Lookup(name)
	if !ok || typ.Kind != elements.Resource {
		return nil
	}
	return typ
}

// enclosing returns the resource that a node stands in, and the resource that contains that
// one: itself when it is not contained (https://hl7.org/fhir/R4/fhirpath.html#variables).
func (d *Document) enclosing(n tree.Node) (resource, root Item) {
	at := func(n tree.Node) tree.Node {
		for ; n != 0; n = d.tree.Parent(n) {
			if d.tree.Kind(n) == tree.Object && d.tree.Member(n, "resourceType") != 0 {
				return n
			}
		}
		return d.tree.Root()
	}
	item := func(n tree.Node) Item {
		if n == d.tree.Root() {
			return d.root
		}
		return Item{kind: kindNode, doc: d, node: n, typ: d.typeOfResource(n)}
	}
	own := at(n)
	resource, root = item(own), item(own)
	if list := d.tree.Parent(own); list != 0 && d.tree.Name(list) == "contained" {
		root = item(at(d.tree.Parent(list)))
	}
	return resource, root
}

// Tree returns the parsed JSON, for packages of this module.
func (d *Document) Tree() *tree.Tree { return d.tree }
