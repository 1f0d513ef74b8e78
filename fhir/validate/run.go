package validate

import (
	"context"
	"iter"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirpath"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// run is one validation: the text, what was found, and what stopped it.
type run struct {
	v    *Validator
	ctx  context.Context //nolint:containedctx // a run lives as long as one call
	tree *tree.Tree

	found           []found
	errors, dropped int
	objects         int
	work, nesting   int                // of holding values against profiles
	document        *fhirpath.Document // for invariants, made when the first one needs it
	evaluator       *fhirpath.Evaluator
	pathContext     context.Context //nolint:containedctx // as ctx
	stopped         error           // the context's end, or an error of the terminology service
}

// checkEvery is how many objects pass between two looks at the context.
const checkEvery = 256

// over reports whether the run must end.
func (r *run) over() bool {
	r.objects++
	if r.objects%checkEvery == 0 && r.stopped == nil {
		r.stopped = r.ctx.Err()
	}
	return r.stopped != nil
}

// text validates a whole text.
func (r *run) text(profiles []string) {
	r.flaws()
	root := r.tree.Root()
	if r.tree.Kind(root) != tree.Object {
		r.fail(root, fhir.IssueStructure, "the text is %s, not a resource: a resource is a JSON object with a resourceType", r.tree.Kind(root))
		return
	}
	r.resource(root, nil, whole, profiles)
	if r.work > maxWork {
		r.fail(root, fhir.IssueTooLong, "the profiles ask for more than this validator takes upon itself: some were not checked to the end")
	}
}

// flaws reports what is doubtful about the JSON itself.
func (r *run) flaws() {
	for _, flaw := range r.tree.Flaws() {
		switch flaw.Kind {
		case tree.DuplicateName:
			r.report(found{
				severity: fhir.SeverityError, code: fhir.IssueInvalid, at: r.tree.Parent(flaw.Node), offset: flaw.Offset,
				text: "property " + quoted(r.tree.Name(flaw.Node)) + " is there twice: readers would differ on which one counts",
			})
		case tree.ByteOrderMark:
			r.warn(r.tree.Root(), fhir.IssueInvalid, "the text begins with a byte order mark, which JSON forbids senders to write")
		case tree.InvalidUTF8, tree.LoneSurrogate:
			r.report(found{
				severity: fhir.SeverityError, code: fhir.IssueInvalid, at: r.tree.Root(), offset: flaw.Offset,
				text: "the text holds " + flaw.Kind.String() + ": FHIR is written in UTF-8",
			})
		}
	}
}

// items yields the items of a list; nothing for what is none.
func (r *run) items(list node) iter.Seq[node] {
	if r.tree.Kind(list) != tree.Array {
		return func(func(node) bool) {}
	}
	return r.tree.Children(list)
}
