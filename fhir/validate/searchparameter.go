package validate

import (
	"slices"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// searchParameter: one derived from another of R4's keeps its type and searches no other resources; a composite one has components.
func (r *run) searchParameter(n node, _ *scope) {
	typ := r.str(n, "type")
	if typ == "composite" && r.tree.Len(r.tree.Member(n, "component")) < 2 {
		r.fail(n, fhir.IssueBusinessRule, "a composite search parameter needs two components or more")
	}
	from, ok := elements.LookupSearchParameter(r.str(n, "derivedFrom"))
	if !ok {
		return
	}
	if typ != "" && typ != from.Type {
		r.fail(n, fhir.IssueBusinessRule, "the type must be that of the search parameter it is derived from: %s", from.Type)
	}
	for base := range r.items(r.tree.Member(n, "base")) {
		if name := r.tree.Text(base); !slices.Contains(from.Bases, name) && !slices.Contains(from.Bases, "Resource") {
			r.fail(n, fhir.IssueBusinessRule, "the search parameter it is derived from does not search %s", quoted(name))
		}
	}
}

// statedSearch: what a CapabilityStatement says of a search parameter of R4's must be so.
func (r *run) statedSearch(n node, _ *scope) {
	known, ok := elements.LookupSearchParameter(r.str(n, "definition"))
	if typ := r.str(n, "type"); ok && typ != "" && typ != known.Type {
		r.fail(n, fhir.IssueInvalid, "type must be that of the search parameter that definition names: %s", known.Type)
	}
}
