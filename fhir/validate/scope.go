package validate

import "github.com/openhim/mediator-go/fhir/internal/tree"

// node is a value of the text; the zero node is none.
type node = tree.Node

// scope is the resource that the walk is in: what references are resolved against.
type scope struct {
	resource node   // the innermost resource
	typ      string // its type
	parent   *scope // the scope around it: of a container, of a Bundle; nil for the outermost
	// container is the scope that fragments ("#x") are resolved in: of the resource that contains this one; itself when nothing does.
	container *scope
	// bundle is the Bundle this resource is an entry of, nil when it is none; entry is which.
	bundle *bundle
	entry  int
	// own is the Bundle that this resource is.
	own *bundle

	ids       map[string]node // of elements
	fragments map[string]bool // what "#x" references in a container name
	inside    map[string]node // contained resources by id, once asked for
	// linked are the contained resources that refer to what contains them, by "#".
	linked map[node]bool
}

// refer notes a reference "#x" to something contained, or "#" to the container.
func (s *scope) refer(fragment string) {
	root := s.container
	if fragment != "#" {
		if root.fragments == nil {
			root.fragments = map[string]bool{}
		}
		root.fragments[fragment[1:]] = true
		return
	}
	if root == s {
		return
	}
	if root.linked == nil {
		root.linked = map[node]bool{}
	}
	root.linked[s.resource] = true
}

// containedByID indexes what a container contains; where two have one id, the first counts.
func (r *run) containedByID(root *scope) map[string]node {
	if root.inside == nil {
		root.inside = map[string]node{}
		for c := range r.items(r.tree.Member(root.resource, "contained")) {
			if id := r.str(c, "id"); id != "" {
				if _, taken := root.inside[id]; !taken {
					root.inside[id] = c
				}
			}
		}
	}
	return root.inside
}
