package rest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// create is POST [type], with If-None-Exist a conditional create.
func create(x *exchange) (*answer, *failure) {
	n, f := x.creation()
	if f != nil {
		return nil, f
	}
	if n, f = x.accept(n); f != nil {
		return nil, f
	}
	if condition := x.header.Get("If-None-Exist"); condition != "" {
		existing, f := x.one(x.typ, condition, "CREATE", "HAPI-0958")
		switch {
		case f != nil:
			return nil, f
		case existing != nil:
			return x.stored(existing, http.StatusOK, x.storage("SUCCESSFUL_CREATE_WITH_CONDITIONAL_MATCH",
				"Conditional create succeeded: an existing resource matched the conditional URL so no action was taken.",
				"Successfully conditionally created resource %q. Existing resource matched URL %q.", ref(existing), condition)), nil
		}
		v := x.put(x.typ, x.newID(), http.MethodPost, n)
		return x.stored(v, http.StatusCreated, x.createdUnmatched(v, condition)), nil
	}
	id := x.id // given beforehand inside a transaction
	if id == "" {
		id = x.newID()
	}
	v := x.put(x.typ, id, http.MethodPost, n)
	if x.unmatched != "" {
		return x.stored(v, http.StatusCreated, x.createdUnmatched(v, x.unmatched)), nil
	}
	return x.stored(v, http.StatusCreated, x.storage("SUCCESSFUL_CREATE", "Create succeeded.",
		"Successfully created resource %q. Took 1ms.", ref(v))), nil
}

func (x *exchange) createdUnmatched(v *store.Version, condition string) *jsontree.Node {
	return x.storage("SUCCESSFUL_CREATE_NO_CONDITIONAL_MATCH", "Conditional create succeeded: no existing resource matched the conditional URL.",
		"Successfully conditionally created resource %q. No existing resources matched URL %q. Took 1ms.", ref(v), condition)
}

// creation is the resource in the body; any other content becomes a Binary.
func (x *exchange) creation() (*jsontree.Node, *failure) {
	if x.typ == "Binary" && x.resource == nil && !isFHIR(x.header.Get("Content-Type")) && x.header.Get("Content-Type") != "" {
		return jsontree.NewObject("resourceType", "Binary", "contentType", x.header.Get("Content-Type"),
			"data", base64.StdEncoding.EncodeToString(x.body)), nil
	}
	return x.parse(x.typ, "CREATE")
}

func ref(v *store.Version) string { return fmt.Sprintf("%s/%s/_history/%d", v.Type, v.ID, v.Number) }

// storage is what HAPI's flavour says of something done; nil in the other.
func (x *exchange) storage(code, display, format string, args ...any) *jsontree.Node {
	if !x.e.config.HAPI {
		return nil
	}
	return storageOutcome("information", "informational", code, display, fmt.Sprintf(format, args...))
}

// one is the resource a condition selects: none, or one. More are a refusal.
func (x *exchange) one(typ, condition, doing, hapiCode string) (*store.Version, *failure) {
	if _, query, found := strings.Cut(condition, "?"); found {
		condition = query
	}
	found, f := x.matching(typ, condition)
	if f != nil {
		return nil, f
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	if x.entry != "" && doing == "UPDATE" {
		hapiCode = "HAPI-2207"
	}
	match := condition
	if doing != "CREATE" {
		match = typ + "?" + condition
	}
	return nil, fail(http.StatusPreconditionFailed, "multiple-matches", "the condition selects %d resources", len(found)).
		hapi(0, "%s: Failed to %s %s with match URL %q because this search matched %d resources", hapiCode, doing, typ, match, len(found))
}
