package rest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/search"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// exchange is one request, or one entry of a Bundle, being answered.
type exchange struct {
	e         *Engine
	ctx       context.Context //nolint:containedctx // of the request, for its validator
	tx        *store.Tx
	request   *http.Request
	method    string
	typ, id   string
	version   string
	inner     string // the type of a compartment's search, or *
	operation string // $everything
	params    []search.Param
	unmatched string // the condition of a create that was found to select nothing
	matchURL  string // what was written after the type, for conditional operations
	header    http.Header
	body      []byte
	resource  *jsontree.Node // already parsed, of an entry
	base      string
	now       time.Time
	requestID string
	entry     string // Bundle.entry[2] for entries, else empty
	atomic    bool   // inside a transaction
}

// handler answers an exchange. It must not keep it.
type handler func(x *exchange) (*answer, *failure)

// access is what a handler needs of the store.
type access int

const (
	alone   access = iota // nothing, or what it opens itself
	reading               // View
	writing               // Update
)

// route finds what answers a request for the path below the base.
func (e *Engine) route(x *exchange, path string) (handler, access, *failure) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i, s := range segments {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return nil, alone, fail(http.StatusBadRequest, "invalid", "the path is not escaped as it should be")
		}
		segments[i] = plain
	}
	head := segments[0]
	switch {
	case head == "":
		return e.routeRoot(x)
	case head == "metadata":
		if x.method != http.MethodGet {
			return nil, alone, notAllowed("GET").hapi(0, "HAPI-0388: /metadata request must use HTTP GET or HTTP HEAD")
		}
		return capability, alone, nil
	case head == "_history" && len(segments) == 1:
		return history, reading, nil
	case head == "_search" && len(segments) == 1 && x.method == http.MethodPost:
		return e.routeSystemSearch(x)
	case strings.HasPrefix(head, "$") && len(segments) == 1:
		x.operation = head
		return e.routeOperation(x)
	case !e.table.IsResource(head):
		return nil, alone, unknownType(head)
	}
	x.typ = head
	return e.routeType(x, segments[1:])
}

func (e *Engine) routeRoot(x *exchange) (handler, access, *failure) {
	switch {
	case x.method == http.MethodPost:
		return bundle, alone, nil
	case x.method == http.MethodOptions:
		return capability, alone, nil
	case x.method == http.MethodGet && x.param("_getpages") != "":
		return page, reading, nil
	}
	return e.routeSystemSearch(x)
}

func (e *Engine) routeSystemSearch(x *exchange) (handler, access, *failure) {
	if e.config.HAPI {
		return nil, alone, fail(http.StatusBadRequest, "not-supported", "").
			hapi(0, "HAPI-0287: This is the base URL of FHIR server. Unable to handle this request, as it does not contain a resource type or operation name.")
	}
	if x.method != http.MethodGet && x.method != http.MethodPost {
		return nil, alone, notAllowed("GET, POST")
	}
	return searchSystem, reading, nil
}

func (e *Engine) routeType(x *exchange, rest []string) (handler, access, *failure) {
	switch {
	case len(rest) == 0:
		switch x.method {
		case http.MethodGet:
			return searchType, reading, nil
		case http.MethodPost:
			return create, writing, nil
		case http.MethodPut:
			return conditionalUpdate, writing, nil
		case http.MethodPatch:
			return conditionalPatch, writing, nil
		case http.MethodDelete:
			return conditionalDelete, writing, nil
		}
		if e.config.HAPI {
			return nil, alone, e.unsupported(x, x.typ)
		}
		return nil, alone, notAllowed("GET, POST, PUT, PATCH, DELETE")
	case len(rest) == 1 && rest[0] == "_search":
		if x.method != http.MethodPost && (!e.config.HAPI || x.method != http.MethodGet) {
			return nil, alone, notAllowed("POST")
		}
		return searchType, reading, nil
	case len(rest) == 1 && rest[0] == "_history":
		return history, reading, nil
	case len(rest) == 1 && strings.HasPrefix(rest[0], "$"):
		x.operation = rest[0]
		return e.routeOperation(x)
	}
	x.id = rest[0]
	return e.routeInstance(x, rest[1:])
}

func (e *Engine) routeInstance(x *exchange, rest []string) (handler, access, *failure) {
	const version = 2
	switch {
	case len(rest) == 0:
		switch x.method {
		case http.MethodGet:
			return read, reading, nil
		case http.MethodPut:
			return update, writing, nil
		case http.MethodPatch:
			return patchInstance, writing, nil
		case http.MethodDelete:
			return remove, writing, nil
		case http.MethodPost:
			return nil, alone, notAllowed("GET, PUT, PATCH, DELETE").hapi(http.StatusBadRequest,
				"HAPI-0365: Can not create resource with ID %q, ID must not be supplied on a create (POST) operation (use an HTTP PUT / update operation if you wish to supply an ID)", x.id)
		}
		return nil, alone, notAllowed("GET, PUT, PATCH, DELETE")
	case rest[0] == "_history" && len(rest) == 1:
		return history, reading, nil
	case rest[0] == "_history" && len(rest) == version && x.method == http.MethodGet:
		x.version = rest[1]
		return vread, reading, nil
	case len(rest) == 1 && strings.HasPrefix(rest[0], "$"):
		x.operation = rest[0]
		return e.routeOperation(x)
	case len(rest) == 1 && x.method == http.MethodGet && (rest[0] == "*" || e.table.IsResource(rest[0])) && !e.config.HAPI:
		x.inner = rest[0]
		return searchCompartment, reading, nil
	}
	return nil, alone, e.unsupported(x, strings.Join(append([]string{x.typ, x.id}, rest...), "/"))
}

// unsupported is the answer to what no handler is for.
func (e *Engine) unsupported(x *exchange, what string) *failure {
	names := make([]string, 0, len(x.params))
	for _, p := range x.params {
		names = append(names, p.Name)
	}
	f := fail(http.StatusNotFound, "not-supported", "%s %s is not supported", x.method, what)
	f.hapiCode = "not-supported"
	return f.hapi(http.StatusBadRequest, "Invalid request: The FHIR endpoint on this server does not know how to handle %s operation[%s] with parameters [[%s]]",
		x.method, what, strings.Join(names, ", "))
}

func notAllowed(allow string) *failure {
	f := fail(http.StatusMethodNotAllowed, "not-supported", "the method is not allowed here; allowed are %s", allow)
	f.header = http.Header{"Allow": {allow}}
	return f
}

func (x *exchange) param(name string) string {
	for _, p := range x.params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// parseQuery reads a query in its order.
func parseQuery(raw string) ([]search.Param, *failure) {
	var out []search.Param
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		plainName, err1 := url.QueryUnescape(name)
		plainValue, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, fail(http.StatusBadRequest, "invalid", "the query is not escaped as it should be")
		}
		out = append(out, search.Param{Name: plainName, Value: plainValue})
	}
	return out, nil
}

func cut(text, at string) (before, after string, found bool) { return strings.Cut(text, at) }
