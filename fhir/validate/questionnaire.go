package validate

import (
	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// maxItems bounds how deeply items of questionnaires and responses are walked.
const maxItemDepth = 60

// questionnaire: an item is enabled by answers to questions that are there.
func (r *run) questionnaire(n node, _ *scope) {
	links := map[string]bool{}
	r.eachItem(n, 0, func(item node) {
		if link := r.str(item, "linkId"); link != "" {
			links[link] = true
		}
	})
	r.eachItem(n, 0, func(item node) {
		list := r.tree.Member(item, "enableWhen")
		if r.tree.Kind(list) != tree.Array {
			return
		}
		for when := range r.tree.Children(list) {
			if question := r.str(when, "question"); question != "" && !links[question] {
				r.fail(item, fhir.IssueBusinessRule, "enableWhen.question names a linkId that no item of the questionnaire has")
			}
		}
	})
}

// eachItem visits the items below a node, depth first, those of answers included.
func (r *run) eachItem(n node, depth int, visit func(item node)) {
	list := r.tree.Member(n, "item")
	if r.tree.Kind(list) != tree.Array || depth > maxItemDepth {
		return
	}
	for item := range r.tree.Children(list) {
		if r.tree.Kind(item) == tree.Object {
			visit(item)
			r.eachItem(item, depth+1, visit)
		}
	}
}
