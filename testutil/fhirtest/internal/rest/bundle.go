package rest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// step is one entry of a batch or a transaction.
type step struct {
	at     int
	x      *exchange
	do     handler
	answer *answer
	full   string
}

// bundle is POST [base]: a batch or a transaction.
func bundle(x *exchange) (*answer, *failure) {
	n, f := x.parse("Bundle", "TRANSACTION")
	if f != nil {
		return nil, f
	}
	kind := n.Str("type")
	if kind != "batch" && kind != "transaction" && (kind != "" || !x.e.config.HAPI) {
		return nil, fail(http.StatusBadRequest, "invalid", "a Bundle of this type cannot be processed; use batch or transaction").at("Bundle.type").
			hapi(0, "HAPI-0527: Unable to process transaction where incoming Bundle.type = %s", kind)
	}
	if f := x.checkBundle(n); f != nil {
		return nil, f
	}
	if kind == "batch" {
		return x.batch(n), nil
	}
	return x.transaction(n)
}

// checkBundle looks at the Bundle itself; its resources are looked at one by one.
func (x *exchange) checkBundle(n *jsontree.Node) *failure {
	for i, entry := range n.List("entry") {
		method := entry.Str("request.method")
		at := "Bundle.entry[" + itoa(i) + "].request"
		switch method {
		case "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH":
		case "":
			return fail(http.StatusBadRequest, "required", "the entry has no request.method").at(at+".method").
				hapi(0, "HAPI-0529: Transaction bundle entry has missing or invalid HTTP Verb specified in Bundle.entry(%d).request.method. Found value: \"null\"", i)
		default:
			return fail(http.StatusBadRequest, "code-invalid", "request.method is no HTTP verb").at(at+".method").
				hapi(0, "HAPI-0450: Failed to parse request body as JSON resource. Error was: HAPI-1821: [element=\"method\"] Invalid attribute value %q: Unknown HTTPVerb code '%s'", method, method)
		}
		if entry.Str("request.url") == "" {
			return fail(http.StatusBadRequest, "required", "the entry has no request.url").at(at+".url").
				hapi(0, "HAPI-2006: Unable to perform %s, no URL provided.", method)
		}
	}
	return nil
}

// step makes an exchange of an entry.
func (x *exchange) step(at int, entry *jsontree.Node) (*step, *failure) {
	method, target := entry.Str("request.method"), entry.Str("request.url")
	target = strings.TrimPrefix(strings.TrimPrefix(target, x.base), "/")
	path, query, _ := strings.Cut(target, "?")
	params, f := parseQuery(query)
	if f != nil {
		return nil, f
	}
	inner := &exchange{
		e: x.e, ctx: x.ctx, request: x.request, method: method, params: params, matchURL: query, header: http.Header{}, base: x.base, now: x.now,
		requestID: x.requestID, entry: "Bundle.entry[" + itoa(at) + "]", resource: entry.Get("resource").Clone(),
	}
	for name, member := range map[string]string{
		"If-Match": "ifMatch", "If-None-Match": "ifNoneMatch", "If-None-Exist": "ifNoneExist", "If-Modified-Since": "ifModifiedSince",
	} {
		if v := entry.Str("request." + member); v != "" {
			inner.header.Set(name, v)
		}
	}
	if prefer := x.header.Values("Prefer"); len(prefer) > 0 {
		inner.header["Prefer"] = prefer
	}
	if method == http.MethodHead {
		inner.method = http.MethodGet
	}
	s := &step{at: at, x: inner, full: entry.Str("fullUrl")}
	if s.do, _, f = x.e.route(inner, (&url.URL{Path: path}).EscapedPath()); f != nil {
		if f.code == "not-supported" && method != http.MethodGet {
			f = f.hapi(http.StatusBadRequest, "HAPI-2006: Unable to perform %s, URL provided is invalid: %s", method, target)
		}
		return nil, f
	}
	if inner.typ == "" && inner.operation == "" && method == http.MethodPost {
		return nil, fail(http.StatusBadRequest, "not-supported", "an entry cannot be a Bundle to be processed").at(inner.entry+".request.url").
			hapi(0, "HAPI-2007: Unable to perform %s, URL provided is invalid: %s", method, target)
	}
	switch method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if inner.resource == nil {
			return nil, fail(http.StatusBadRequest, "required", "the entry has no resource").at(inner.entry+".resource").
				hapi(0, "HAPI-0543: Missing required resource in Bundle.entry[%d].resource for operation %s", at, method)
		}
	}
	return s, nil
}

// batch does each entry by itself; one that fails leaves the others alone.
func (x *exchange) batch(n *jsontree.Node) *answer {
	out := x.responseBundle("batch-response")
	list := jsontree.NewArray()
	for i, entry := range n.List("entry") {
		s, f := x.step(i, entry)
		if f == nil {
			need := writing
			if s.x.method == http.MethodGet {
				need = reading
			}
			s.answer, f = x.e.run(s.x, s.do, need)
		}
		if f != nil {
			status := x.statusOf(f)
			list.Items = append(list.Items, jsontree.NewObject("response", jsontree.NewObject(
				"status", statusLine(status), "outcome", x.outcomeOf(f, true))))
			continue
		}
		list.Items = append(list.Items, x.responseEntry(s))
	}
	if len(list.Items) > 0 {
		out.Set("entry", list)
	}
	return x.bundleAnswer(out)
}

// transaction does all entries or none, in the order DELETE, POST, PUT and PATCH, GET
// (R4 http 3.1.0.11.2).
func (x *exchange) transaction(n *jsontree.Node) (*answer, *failure) {
	steps := make([]*step, 0, len(n.List("entry")))
	for i, entry := range n.List("entry") {
		s, f := x.step(i, entry)
		if f != nil {
			return nil, x.inEntry(f, i)
		}
		s.x.atomic = true
		steps = append(steps, s)
	}
	if f := x.checkDuplicates(steps); f != nil {
		return nil, f
	}
	var (
		failed  *failure
		written []*store.Version
	)
	_ = x.e.store.Update(func(tx *store.Tx) error { // the error is failed
		x.tx = tx
		failed = x.runSteps(steps)
		if failed != nil {
			return failed
		}
		written = tx.Written()
		return nil
	})
	x.tx = nil
	if failed != nil {
		return nil, failed
	}
	x.e.notify(x, written)
	x.e.activate(written)
	out := x.responseBundle("transaction-response")
	list := jsontree.NewArray()
	for _, s := range steps {
		list.Items = append(list.Items, x.responseEntry(s))
	}
	if len(list.Items) > 0 {
		out.Set("entry", list)
	}
	return x.bundleAnswer(out), nil
}

func (x *exchange) runSteps(steps []*step) *failure {
	for _, s := range steps {
		s.x.tx = x.tx
	}
	if f := x.resolveFullURLs(steps); f != nil {
		return f
	}
	order := map[string]int{http.MethodDelete: 0, http.MethodPost: 1, http.MethodPut: 2, http.MethodPatch: 2, http.MethodGet: 3}
	sorted := slices.Clone(steps)
	slices.SortStableFunc(sorted, func(a, b *step) int { return cmp.Compare(order[a.x.method], order[b.x.method]) })
	for _, s := range sorted {
		if x.e.config.FailEntry != nil {
			if status := x.e.config.FailEntry(x.request, s.at); status != 0 {
				return fail(status, "exception", "the server failed on purpose").at(s.x.entry)
			}
		}
		if s.x.method == http.MethodGet {
			continue // after the checks: reads see what is kept
		}
		var f *failure
		if s.answer, f = s.do(s.x); f != nil {
			return x.inEntry(f, s.at)
		}
	}
	if f := x.checkWritten(); f != nil {
		return f
	}
	for _, s := range sorted {
		if s.x.method != http.MethodGet {
			continue
		}
		var f *failure
		s.answer, f = s.do(s.x)
		if f != nil && x.e.config.HAPI { // a read that fails is told in its entry
			s.answer = &answer{status: x.statusOf(f), outcome: x.outcomeOf(f, true)}
			f = nil
		}
		if f != nil {
			return x.inEntry(f, s.at)
		}
	}
	return nil
}

// inEntry names the entry that failed, unless the failure names an element already.
func (x *exchange) inEntry(f *failure, at int) *failure {
	if f.expression == "" || !strings.HasPrefix(f.expression, "Bundle.") {
		f.expression = "Bundle.entry[" + itoa(at) + "]"
	}
	for i := range f.more {
		if !strings.HasPrefix(f.more[i].Expression, "Bundle.") {
			f.more[i].Expression = f.expression
		}
	}
	return f
}

func (x *exchange) responseBundle(kind string) *jsontree.Node {
	b := jsontree.NewObject("resourceType", "Bundle", "id", newUUID(), "type", kind)
	if x.e.config.HAPI {
		b.Set("link", jsontree.NewArray(link("self", x.base)))
	}
	return b
}

func (x *exchange) bundleAnswer(b *jsontree.Node) *answer {
	a := &answer{status: http.StatusOK, tree: b, header: http.Header{}}
	if x.e.config.HAPI {
		a.header.Set("Content-Location", x.base+"/Bundle/"+b.Str("id"))
		a.header.Set("Location", x.base+"/Bundle/"+b.Str("id"))
	}
	return a
}

// responseEntry is what an entry came to.
func (x *exchange) responseEntry(s *step) *jsontree.Node {
	a := s.answer
	status := a.status
	response := jsontree.NewObject()
	entry := jsontree.NewObject()
	reads := s.x.method == http.MethodGet || s.x.operation != ""
	if s.x.method == http.MethodDelete {
		status = http.StatusNoContent // in a Bundle HAPI says so too
	}
	if reads || (!x.prefers("return=minimal") && !x.e.config.HAPI) || x.prefers("return=representation") {
		if t := a.tree; t != nil && (reads || t.Str("resourceType") != "OperationOutcome") {
			entry.Set("resource", t)
		}
	}
	response.Set("status", jsontree.NewString(statusLine(status)))
	if v := a.version; v != nil && (!reads || !x.e.config.HAPI) {
		response.Set("location", jsontree.NewString(ref(v)))
		tag := etag(v.Number)
		if x.e.config.HAPI {
			tag = itoa(v.Number)
		}
		response.Set("etag", jsontree.NewString(tag))
		if status == http.StatusCreated || !x.e.config.HAPI {
			response.Set("lastModified", jsontree.NewString(x.instant(v.Updated)))
		}
	}
	if a.outcome != nil && (!reads || status >= http.StatusBadRequest) {
		response.Set("outcome", a.outcome)
	}
	entry.Set("response", response)
	return entry
}

func statusLine(status int) string { return itoa(status) + " " + http.StatusText(status) }
