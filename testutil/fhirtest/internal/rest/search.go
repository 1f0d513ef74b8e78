package rest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/search"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// searchType is GET [type]?… and POST [type]/_search.
func searchType(x *exchange) (*answer, *failure) {
	q, f := x.query(x.typ, x.params)
	if f != nil {
		return nil, f
	}
	key := x.self(q)
	if s := x.cached(q, cacheKey(key)); s != nil {
		a, f := x.page(s, 0, x.pageSize(q.Count), true)
		if f == nil {
			a.header.Set("X-Cache", "HIT from "+x.base)
		}
		return a, f
	}
	return x.results(q, q.Run(x.tx, x.base), key)
}

// cacheKey is the part of an address that tells searches apart.
func cacheKey(self string) string {
	self = strings.Replace(self, "/_search", "", 1)
	for _, pair := range []string{"_pretty=true&", "_format=json&", "?_pretty=true", "?_format=json"} {
		self = strings.ReplaceAll(self, pair, "")
	}
	return self
}

// query understands parameters as the flavour does: HAPI refuses unknown ones whatever
// Prefer says; else they are ignored unless Prefer: handling=strict.
func (x *exchange) query(typ string, params []param) (*search.Query, *failure) {
	manner := search.Manner{Lenient: !x.e.config.HAPI && !x.prefers("handling=strict"), Forgiving: x.e.config.HAPI, NoContains: x.e.config.HAPI}
	q, err := search.Parse(x.e.table, typ, params, manner)
	if err != nil {
		f := searchFailure(err, "")
		if x.e.config.HAPI {
			f.hapiText += x.validParameters(typ, err)
		}
		return nil, f
	}
	return q, nil
}

// validParameters is what HAPI adds when it does not know a parameter.
func (x *exchange) validParameters(typ string, err error) string {
	e, ok := err.(*search.Error) //nolint:errorlint // Parse gives it as it is
	if !ok || (e.Problem != search.UnknownParameter && e.Problem != search.BadInclude && e.Problem != search.BadSort) {
		return ""
	}
	var names []string
	for _, p := range x.e.table.Parameters(typ) {
		if e.Problem != search.BadInclude || p.Type == "reference" {
			names = append(names, p.Code)
		}
	}
	if e.Problem != search.BadInclude {
		names = append(names, "_id", "_lastUpdated", "_profile", "_security", "_source", "_tag")
	}
	slices.Sort(names)
	return "Valid search parameters for this search are: [" + strings.Join(names, ", ") + "]"
}

// self is the address of a search as the server understood it: HAPI sorts parameters.
func (x *exchange) self(q *search.Query) string {
	path := join(x.base, x.typ, x.id, x.inner)
	if x.request != nil && x.entry == "" && strings.HasSuffix(x.request.URL.Path, "/_search") {
		if x.e.config.HAPI && x.request.Method == http.MethodPost {
			return path + "/_search"
		}
		if x.e.config.HAPI {
			path += "/_search"
		}
	}
	used := slices.Clone(q.Used)
	if x.e.config.HAPI {
		slices.SortStableFunc(used, func(a, b param) int { return cmp.Compare(a.Name, b.Name) })
	}
	return withQuery(path, used)
}

// join makes a path of the parts that are not empty.
func join(base string, parts ...string) string {
	path := []string{base}
	for _, part := range parts {
		if part != "" {
			path = append(path, part)
		}
	}
	return strings.Join(path, "/")
}

func withQuery(path string, params []param) string {
	if len(params) == 0 {
		return path
	}
	pairs := make([]string, len(params))
	for i, p := range params {
		pairs[i] = escape(p.Name) + "=" + escape(p.Value)
	}
	return path + "?" + strings.Join(pairs, "&")
}

// escape leaves * as it is, as HAPI does.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "%2A", "*")
}

// results answers with the first page of matches.
func (x *exchange) results(q *search.Query, matches []*store.Version, self string) (*answer, *failure) {
	if f := x.knownSummary(q.Summary); f != nil {
		return nil, f
	}
	if q.Summary == "count" || q.Count == 0 {
		b := x.newBundle("searchset")
		if x.e.config.HAPI {
			b.Get("meta").Set("tag", jsontree.NewArray(subsettedTag()))
		} else {
			b.Set("link", jsontree.NewArray(link("self", self)))
		}
		b.Set("total", jsontree.NewNumber(itoa(len(matches))))
		return &answer{status: http.StatusOK, tree: b, header: x.searchHeader(x.now)}, nil
	}
	s := &session{
		id: newUUID(), self: self, matches: matches, query: q, made: x.now, kind: "searchset",
		elements: strings.Join(q.Elements, ","), summary: q.Summary,
	}
	size := x.pageSize(q.Count)
	if q.Offset >= 0 {
		s.byOffset = true
	} else {
		x.e.pages.add(s)
	}
	return x.page(s, max(q.Offset, 0), size, true)
}

func (x *exchange) knownSummary(summary string) *failure {
	switch summary {
	case "", "true", "false", "text", "data", "count":
		return nil
	}
	if x.e.config.HAPI {
		return nil
	}
	return fail(http.StatusBadRequest, "value", "_summary is none of true, text, data, count, false")
}

func (x *exchange) pageSize(count int) int {
	if count < 0 {
		count = x.e.config.PageSize
	}
	return min(count, x.e.config.MaxPageSize)
}

// searchSystem is GET [base]?_type=…, POST [base]/_search.
func searchSystem(x *exchange) (*answer, *failure) {
	var types []string
	rest := slices.DeleteFunc(slices.Clone(x.params), func(p param) bool {
		if p.Name != "_type" {
			return false
		}
		types = append(types, strings.Split(p.Value, ",")...)
		return true
	})
	if len(types) == 0 {
		types = x.tx.Types()
	}
	var (
		matches []*store.Version
		q       *search.Query
	)
	for _, typ := range types {
		if !x.e.table.IsResource(typ) {
			return nil, fail(http.StatusBadRequest, "value", "_type names no resource type: %s", typ)
		}
		one, f := x.query(typ, rest)
		if f != nil {
			return nil, f
		}
		q = one
		matches = append(matches, one.Run(x.tx, x.base)...)
	}
	if q == nil {
		q = &search.Query{Count: -1, Offset: -1}
	}
	return x.results(q, matches, withQuery(x.base, x.params))
}

// searchCompartment is GET Patient/[id]/[type]. Only the patient compartment is known.
func searchCompartment(x *exchange) (*answer, *failure) {
	if x.typ != "Patient" {
		return nil, fail(http.StatusNotFound, "not-supported", "only the compartments of patients are supported")
	}
	types := []string{x.inner}
	if x.inner == "*" {
		types = x.e.table.Resources()
	}
	q, f := x.query(types[0], x.params)
	if f != nil {
		return nil, f
	}
	var matches []*store.Version
	for _, typ := range types {
		if q, f = x.query(typ, x.params); f != nil {
			return nil, f
		}
		for _, v := range q.Run(x.tx, x.base) {
			if x.inCompartment(v, x.id) {
				matches = append(matches, v)
			}
		}
	}
	return x.results(q, matches, x.self(q))
}

// inCompartment tells whether a resource is in a patient's compartment.
func (x *exchange) inCompartment(v *store.Version, patient string) bool {
	for _, code := range x.e.table.Compartment(v.Type) {
		p := x.e.table.Parameter(v.Type, code)
		if p == nil {
			continue
		}
		for _, value := range v.Values(p) {
			if r := value.Reference; r.Type == "Patient" && r.ID == patient && (r.URL == "" || strings.HasPrefix(r.URL, x.base+"/")) {
				return true
			}
		}
	}
	return false
}
