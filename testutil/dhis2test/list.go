package dhis2test

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
)

const defaultPageSize, maxPageSize = 50, 50_000

// pager is the paging of a list (dhis2.md 1.3).
type pager struct {
	page, size int
	off, total bool
}

// readPager reads page, pageSize, totalPages and what turns paging off:
// skipPaging in 2.40, paging=false later, both in 2.41.
func (p *exportParams) readPager() pager {
	out := pager{page: 1, size: defaultPageSize}
	page, size := p.number("page"), p.number("pageSize")
	out.total = p.isTrue("totalPages")
	if p.version.atLeast(2, 41) {
		paging := p.flag("paging")
		out.off = paging != nil && !*paging
	}
	if p.version.before(2, 42) && p.isTrue("skipPaging") {
		out.off = true
	}
	if page != nil {
		out.page = *page
	}
	if size != nil {
		out.size = *size
	}
	switch {
	case out.off && (page != nil || size != nil || out.total):
		text := "Paging cannot be disabled with paging=false"
		if p.version.before(2, 42) {
			text = "Paging cannot be skipped with isSkipPaging=true"
		}
		p.fail(invalidParam("%s while also requesting a paginated response with page, pageSize and/or totalPages=true", text))
	case out.page < 1:
		p.fail(invalidParam("page must be greater than or equal to 1 if specified"))
	case out.size < 1:
		p.fail(invalidParam("pageSize must be greater than or equal to 1 if specified"))
	}
	return out
}

// window is the part of n rows that the page shows.
func (p pager) window(n int) (first, last int) {
	if p.off {
		return 0, n
	}
	first = n
	if p.page-1 <= n/p.size {
		first = min((p.page-1)*p.size, n)
	}
	return first, first + min(p.size, n-first)
}

// envelope is what stands beside the list: nothing without paging; page and
// pageSize at the top in 2.40, both there and in pager in 2.41, in pager with
// links later.
func (s *Server) envelope(p pager, r *http.Request, n, last int) map[string]any {
	out := map[string]any{}
	if p.off {
		return out
	}
	doc := map[string]any{"page": p.page, "pageSize": p.size}
	if p.total {
		doc["total"], doc["pageCount"] = n, (n+p.size-1)/p.size
	}
	if s.version.before(2, 42) {
		maps.Copy(out, doc)
	}
	if s.version.before(2, 41) {
		return out
	}
	if s.version.atLeast(2, 42) {
		s.link(doc, p, r, last < n)
	}
	out["pager"] = doc
	return out
}

// link adds prevPage and nextPage to a pager: the request's own address with
// the page at its end.
func (s *Server) link(doc map[string]any, p pager, r *http.Request, more bool) {
	q := rawQueryWithout(r.URL.RawQuery, "page")
	address := func(page int) string {
		return s.base(r) + r.URL.Path + "?" + q + "page=" + strconv.Itoa(page)
	}
	if p.page > 1 {
		doc["prevPage"] = address(p.page - 1)
	}
	if more {
		doc["nextPage"] = address(p.page + 1)
	}
}

// listKey is the name of a list in its answer.
func (s *Server) listKey(name string) string {
	if s.version.before(2, 41) {
		return "instances"
	}
	return name
}

// writeList answers with one page of rows.
func writeList[T any](s *Server, w http.ResponseWriter, r *http.Request, p pager, name string, rows []T, x *exporter, doc func(T) map[string]any) {
	first, last := p.window(len(rows))
	list := make([]any, 0, last-first)
	for _, row := range rows[first:last] {
		list = append(list, doc(row))
	}
	if err := x.ids.missing(); err != nil {
		writeError(w, err)
		return
	}
	charge(w, len(list))
	out := s.envelope(p, r, len(rows), last)
	out[s.listKey(name)] = list
	writeJSON(w, http.StatusOK, out)
}

// rawQueryWithout keeps a query as it was sent, without one parameter, and ends
// it with "&" unless it is empty.
func rawQueryWithout(raw, name string) string {
	var out strings.Builder
	for part := range strings.SplitSeq(raw, "&") {
		if key, _, _ := strings.Cut(part, "="); part != "" && key != name {
			out.WriteString(part + "&")
		}
	}
	return out.String()
}
