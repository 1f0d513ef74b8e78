package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// bundleRules are what the specification says about entries in words (https://hl7.org/fhir/R4/bundle.html); bdl-1 to bdl-12 are invariants.
func (r *run) bundleRules(n node, sc *scope) {
	b := sc.own
	for i := range b.entries {
		r.entryURL(b, &b.entries[i])
	}
	switch b.typ {
	case "searchset":
		r.searchRules(n, b)
	case "document":
		r.reachable(b)
	case "message":
		if len(b.entries) > 0 && b.entries[0].resource != 0 && b.entries[0].typ != "MessageHeader" {
			r.fail(b.entries[0].resource, fhir.IssueInvalid, "the first resource of a message must be a MessageHeader")
		}
	}
}

// entryURL: a fullUrl is absolute, fits the resource's type and id when it is RESTful, and is there where results are.
func (r *run) entryURL(b *bundle, e *bundleEntry) {
	if e.fullURL == "" {
		switch b.typ {
		case "transaction", "batch", "transaction-response", "batch-response", "":
		default:
			if e.resource != 0 {
				r.missing(e.node, "fullUrl", "entries of a Bundle of type %s need a fullUrl", quoted(b.typ))
			}
		}
		return
	}
	if !isAbsolute(e.fullURL) {
		r.fail(e.node, fhir.IssueInvalid, "fullUrl must be absolute: a URL with its server, or urn:uuid:")
		return
	}
	if _, restful := baseOf(e.fullURL); e.typ == "" || !restful {
		return
	}
	switch {
	case e.id == "" && b.typ != "transaction" && b.typ != "batch":
		r.fail(e.node, fhir.IssueInvalid, "the resource needs the id that its fullUrl ends with")
	case e.id != "" && !strings.HasSuffix(e.fullURL, "/"+e.typ+"/"+e.id):
		r.fail(e.node, fhir.IssueInvalid, "fullUrl must end with the resource's type and id: .../%s/...", e.typ)
	}
}

// searchRules: results have ids, outcomes are OperationOutcomes, matches are of the type searched, links are there once.
func (r *run) searchRules(n node, b *bundle) {
	searched := r.searchLinks(n)
	for i := range b.entries {
		e := &b.entries[i]
		mode := r.str(r.tree.Member(e.node, "search"), "mode")
		switch {
		case e.typ == "":
		case mode == "match" || mode == "":
			if e.typ == "OperationOutcome" && mode == "" {
				continue
			}
			if searched != "" && e.typ != searched {
				r.fail(e.resource, fhir.IssueInvalid, "the search was for %s: a result of another type is an include or an outcome", quoted(searched))
			}
			if e.id == "" {
				r.missing(e.resource, "id", "results of a search have ids")
			}
		case mode == "include":
			if e.id == "" {
				r.missing(e.resource, "id", "results of a search have ids")
			}
		case e.typ != "OperationOutcome":
			r.fail(e.resource, fhir.IssueInvalid, "an entry with search mode %s must be an OperationOutcome", quoted(mode))
		}
	}
}

// searchLinks checks that relations occur once and returns the type that the self link searched, if it names one.
func (r *run) searchLinks(n node) (searched string) {
	seen := map[string]bool{}
	list := r.tree.Member(n, "link")
	if r.tree.Kind(list) != tree.Array {
		return ""
	}
	for link := range r.tree.Children(list) {
		relation := r.str(link, "relation")
		switch relation {
		case "self", "first", "last", "next", "previous", "prev":
			if seen[relation] {
				r.fail(link, fhir.IssueInvalid, "a search result has one link %s at most", quoted(relation))
			}
			seen[relation] = true
		}
		if relation == "self" && searched == "" {
			path, _, _ := strings.Cut(r.str(link, "url"), "?")
			last := path[strings.LastIndexByte(path, '/')+1:]
			if typ, ok := elements.Lookup(last); ok && typ.Kind == elements.Resource && !typ.Abstract {
				searched = last
			}
		}
	}
	return searched
}

// reachable: every entry of a document is linked with its Composition, by references in either direction.
func (r *run) reachable(b *bundle) {
	if len(b.entries) == 0 || b.entries[0].typ != "Composition" {
		return
	}
	links := make([][]int, len(b.entries))
	for i := range b.entries {
		for _, to := range b.entries[i].linksTo {
			links[i] = append(links[i], to)
			links[to] = append(links[to], i)
		}
	}
	reached := make([]bool, len(b.entries))
	reached[0] = true
	for open := []int{0}; len(open) > 0; {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for _, to := range links[at] {
			if !reached[to] {
				reached[to] = true
				open = append(open, to)
			}
		}
	}
	for i := range b.entries {
		if !reached[i] && b.entries[i].resource != 0 {
			r.fail(b.entries[i].node, fhir.IssueInvalid, "nothing links this entry with the document's Composition: refer to it, or leave it out")
		}
	}
}
