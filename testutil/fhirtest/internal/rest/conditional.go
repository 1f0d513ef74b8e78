package rest

import (
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/search"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// matching are the resources a condition (a query) selects. Unknown parameters are never
// ignored here, and a condition must have at least one (R4 http 3.1.0.7.1, 3.1.0.5.1).
func (x *exchange) matching(typ, condition string) ([]*store.Version, *failure) {
	q, f := x.condition(typ, condition)
	if f != nil {
		return nil, f
	}
	return q.Run(x.tx, x.base), nil
}

func (x *exchange) condition(typ, condition string) (*search.Query, *failure) {
	params, f := parseQuery(condition)
	if f != nil {
		return nil, f
	}
	q, err := search.Parse(x.e.table, typ, params, search.Manner{NoContains: x.e.config.HAPI})
	if err != nil {
		return nil, searchFailure(err, typ+"?"+condition)
	}
	if q.Conditions == 0 {
		return nil, fail(http.StatusPreconditionFailed, "invalid", "the condition has no parameter").
			hapi(http.StatusBadRequest, "HAPI-0518: Invalid match URL[%s?%s] - URL has no search parameters", typ, condition)
	}
	return q, nil
}

// conditionalUpdate is PUT [type]?[condition].
func conditionalUpdate(x *exchange) (*answer, *failure) {
	if x.matchURL == "" {
		return nil, fail(http.StatusBadRequest, "invalid", "an update needs an id or a condition").hapi(0,
			"HAPI-0418: Can not update resource, request URL must contain an ID element for update (PUT) operation (it must be of the form [base]/[resource type]/[id])")
	}
	n, f := x.parse(x.typ, "UPDATE")
	if f != nil {
		return nil, f
	}
	existing, f := x.one(x.typ, x.matchURL, "UPDATE", "HAPI-0988")
	if f != nil {
		return nil, f
	}
	if x.id != "" && existing == nil { // given beforehand inside a transaction
		existing = x.tx.Current(x.typ, x.id)
	}
	given := n.Str("id")
	if n, f = x.accept(n); f != nil {
		return nil, f
	}
	url := x.typ + "?" + x.matchURL
	if existing != nil {
		if given != "" && given != existing.ID && !x.e.config.HAPI {
			return nil, fail(http.StatusBadRequest, "invalid", "the condition selects another resource than the id of the body").at(x.typ + ".id")
		}
		if !x.e.config.HAPI { // HAPI does not look at If-Match here
			if f := x.checkIfMatch(existing, "%s"); f != nil {
				return nil, f
			}
		}
		return x.change(existing, n, x.storage("SUCCESSFUL_UPDATE_WITH_CONDITIONAL_MATCH", "Conditional update succeeded: an existing resource matched the conditional URL so this resource was updated.",
			"Successfully conditionally updated resource. Existing resource matched URL %q.", url))
	}
	if x.e.config.HAPI {
		if q, f := x.condition(x.typ, x.matchURL); f == nil && !q.Matches(x.tx, x.base, &store.Version{Type: x.typ, Tree: n}) {
			return nil, fail(http.StatusBadRequest, "invalid", "").hapi(0,
				"HAPI-0929: Failed to process conditional create. The supplied resource %s of type %s did not satisfy the conditional URL.", url, x.typ)
		}
		given = ""
	}
	id := x.id
	if id == "" {
		id = given
	}
	if id == "" {
		id = x.newID()
	} else if current := x.tx.Current(x.typ, id); current != nil && !current.Deleted {
		return nil, fail(http.StatusConflict, "conflict", "%s/%s exists and does not match the condition", x.typ, id)
	}
	v := x.put(x.typ, id, http.MethodPut, n)
	return x.stored(v, http.StatusCreated, x.storage("SUCCESSFUL_UPDATE_NO_CONDITIONAL_MATCH", "Conditional update succeeded: no existing resource matched the conditional URL so a new resource was created.",
		"Successfully conditionally updated resource %q. Created resource because no existing resource matched URL %q. Took 1ms.", ref(v), url)), nil
}

// conditionalDelete is DELETE [type]?[condition].
func conditionalDelete(x *exchange) (*answer, *failure) {
	if x.matchURL == "" {
		return nil, fail(http.StatusPreconditionFailed, "invalid", "a delete needs an id or a condition").
			hapi(http.StatusBadRequest, "HAPI-0967: Can not perform delete, no ID provided")
	}
	existing, f := x.one(x.typ, x.matchURL, "DELETE", "HAPI-0962")
	switch {
	case f != nil:
		return nil, f
	case existing == nil && !x.e.config.HAPI:
		return &answer{status: http.StatusNoContent}, nil // R4 http 3.1.0.7.1: as an ordinary delete
	case existing == nil:
		done := storageOutcome("warning", "not-found", "SUCCESSFUL_DELETE_NOT_FOUND", "Delete succeeded: No existing resource was found so no action was taken.",
			"Unable to find resource matching URL \""+x.typ+"?"+x.matchURL+"\". Nothing has been deleted.")
		return &answer{status: http.StatusOK, tree: done, outcome: done}, nil
	}
	a, f := x.erase(existing)
	if f == nil && x.e.config.HAPI {
		a.header, a.version = nil, nil
	}
	return a, f
}

// resolveConditional puts the resource a conditional reference selects in its place. The
// specification has these in transactions only, HAPI everywhere.
func (x *exchange) resolveConditional(n *jsontree.Node) *failure {
	if x.entry == "" && !x.e.config.HAPI {
		return nil
	}
	for _, link := range index.Links(n) {
		typ, query, found := strings.Cut(link.Text, "?")
		if !found || !x.e.table.IsResource(typ) {
			continue
		}
		matches, f := x.matching(typ, query)
		switch {
		case f != nil:
			return f
		case len(matches) == 0:
			return fail(http.StatusPreconditionFailed, "not-found", "a conditional reference selects nothing").at(x.place(link.Path)).
				hapi(http.StatusNotFound, "HAPI-1091: Invalid match URL %q - No resources match this search", link.Text)
		case len(matches) > 1:
			return fail(http.StatusPreconditionFailed, "multiple-matches", "a conditional reference selects %d resources", len(matches)).at(x.place(link.Path)).
				hapi(0, "HAPI-1092: Invalid match URL %q - Multiple resources match this search", link.Text)
		}
		link.Node.Text = typ + "/" + matches[0].ID
	}
	return nil
}

// place is a path as an expression for the whole body.
func (x *exchange) place(path string) string {
	if x.entry == "" {
		return path
	}
	_, rest, _ := strings.Cut(path, ".")
	return x.entry + ".resource." + rest
}
