package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// extension checks an Extension: its url, a value or extensions but not both (ext-1), and its definition, where that is known.
func (r *run) extension(n node, sc *scope) {
	t := r.tree
	url := r.str(n, "url")
	hasValue := false
	for c, end := t.First(n), t.End(n); c < end; c = t.Next(c) {
		if name := strings.TrimPrefix(t.Name(c), "_"); strings.HasPrefix(name, "value") && r.v.shapes.of("Extension").members[name] != nil {
			hasValue = true
		}
	}
	extensions := t.Kind(t.Member(n, "extension")) == tree.Array && t.Len(t.Member(n, "extension")) > 0
	if hasValue == extensions {
		r.fail(n, fhir.IssueInvariant, "ext-1: an extension has either a value or extensions")
	}
	if url == "" {
		return
	}
	if r.nested(n) {
		return // part of the one around it, whose definition knows it
	}
	if !isAbsolute(url) {
		r.fail(n, fhir.IssueInvalid, "url of an extension must be absolute: it names the definition")
		return
	}
	r.knownExtension(n, url, sc)
}

// nested reports whether an extension stands in another one.
func (r *run) nested(n node) bool {
	list := r.tree.Parent(n)
	around := r.tree.Parent(list)
	return r.tree.Name(list) == "extension" && r.tree.Member(around, "url") != 0 && isExtensionList(r.tree.Name(r.tree.Parent(around)))
}

func isExtensionList(name string) bool { return name == "extension" || name == "modifierExtension" }
