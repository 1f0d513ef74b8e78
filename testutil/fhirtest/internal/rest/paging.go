package rest

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/search"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// session is the result of a search, kept for its further pages.
type session struct {
	id       string
	self     string
	kind     string // of the Bundle
	matches  []*store.Version
	query    *search.Query // for includes; nil for none
	made     time.Time
	elements string
	summary  string
	byOffset bool // pages by _offset, nothing is kept
	whole    bool // $everything: one count of all
	once     bool // not for other searches

	mu     sync.Mutex
	loaded int // how many matches HAPI has fetched so far
}

// mostSessions bounds the searches that are kept; the oldest go first.
const mostSessions = 1000

type pages struct {
	mu   sync.Mutex
	list []*session
}

func (p *pages) add(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.list) >= mostSessions {
		p.list = slices.Delete(p.list, 0, len(p.list)-mostSessions+1)
	}
	p.list = append(p.list, s)
}

func (p *pages) find(match func(*session) bool) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range slices.Backward(p.list) {
		if match(s) {
			return s
		}
	}
	return nil
}

func (p *pages) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = nil
}

// cached is a search of the last SearchCache that was the same; Cache-Control turns that
// off.
func (x *exchange) cached(q *search.Query, key string) *session {
	control := x.header.Get("Cache-Control")
	if x.e.config.SearchCache <= 0 || control == "no-cache" || control == "no-store" || q.Summary == "count" || q.Count == 0 || q.Offset >= 0 ||
		x.entry != "" || (x.request != nil && x.request.Method == http.MethodPost) {
		return nil
	}
	return x.e.pages.find(func(s *session) bool {
		return cacheKey(s.self) == key && !s.once && x.now.Sub(s.made) < x.e.config.SearchCache
	})
}

// page is GET [base]?_getpages=…: a further page of a search.
func page(x *exchange) (*answer, *failure) {
	id := x.param("_getpages")
	s := x.e.pages.find(func(s *session) bool { return s.id == id })
	if s == nil {
		return nil, fail(http.StatusGone, "not-found", "the search is not known any more").
			hapi(0, "HAPI-0417: Search ID %q does not exist and may have expired", id)
	}
	offset, err1 := strconv.Atoi(x.param("_getpagesoffset"))
	count, err2 := strconv.Atoi(x.param("_count"))
	if err1 != nil || err2 != nil || offset < 0 || count <= 0 {
		return nil, fail(http.StatusBadRequest, "value", "the page is not one this server named")
	}
	a, f := x.page(s, offset, x.pageSize(count), false)
	if f == nil && x.e.config.HAPI {
		a.header.Set("Content-Location", x.base+"/Bundle/"+s.id)
	}
	return a, f
}

// page makes the Bundle of one page.
func (x *exchange) page(s *session, offset, size int, first bool) (*answer, *failure) {
	b := x.newBundle(s.kind)
	b.Set("id", jsontree.NewString(s.id))
	if meta := b.Get("meta"); meta != nil {
		meta.Set("lastUpdated", jsontree.NewString(x.instant(s.made)))
		if s.summary != "" && s.summary != "false" {
			meta.Set("tag", jsontree.NewArray(subsettedTag()))
		}
	}
	matches := s.matches
	end := min(offset+size, len(matches))
	offset = min(offset, len(matches))
	if x.totalKnown(s, end) {
		b.Set("total", jsontree.NewNumber(itoa(len(matches))))
	}
	links := jsontree.NewArray()
	if first {
		links.Items = append(links.Items, link("self", s.self))
	} else {
		links.Items = append(links.Items, link("self", x.pageURL(s, offset, size)))
	}
	if end < len(matches) {
		links.Items = append(links.Items, link("next", x.pageURL(s, end, size)))
	}
	if offset > 0 {
		links.Items = append(links.Items, link("previous", x.pageURL(s, max(0, offset-size), size)))
	}
	b.Set("link", links)
	entries, f := x.entries(s, matches[offset:end])
	if f != nil {
		return nil, f
	}
	if len(entries.Items) > 0 {
		b.Set("entry", entries)
	}
	a := &answer{status: http.StatusOK, tree: b, header: x.searchHeader(s.made)}
	return a, nil
}

func (x *exchange) entries(s *session, matches []*store.Version) (*jsontree.Node, *failure) {
	current := make([]*store.Version, 0, len(matches))
	for _, v := range matches {
		if now := x.tx.Current(v.Type, v.ID); now != nil && !now.Deleted {
			current = append(current, now)
		}
	}
	entries := jsontree.NewArray()
	add := func(v *store.Version, mode string) *failure {
		tree, f := x.subset(v.Tree)
		if f != nil {
			return f
		}
		entries.Items = append(entries.Items, jsontree.NewObject("fullUrl", x.base+"/"+v.Type+"/"+v.ID, "resource", tree,
			"search", jsontree.NewObject("mode", mode)))
		return nil
	}
	for _, v := range current {
		if f := add(v, "match"); f != nil {
			return nil, f
		}
	}
	if s.query != nil {
		for _, v := range s.query.Included(x.tx, x.base, current) {
			if f := add(v, "include"); f != nil {
				return nil, f
			}
		}
	}
	return entries, nil
}

// prefetch are the steps in which HAPI fetches matches
// (JpaStorageSettings.searchPreFetchThresholds).
func prefetch(needed int) int {
	for _, step := range []int{13, 503, 2003} {
		if needed <= step {
			return step
		}
	}
	const everything = 1 << 30
	return everything
}

// totalKnown tells whether the Bundle says how many there are. The specification's server
// always does, unless told not to; HAPI when it has fetched them all, which for further
// pages it looks at before it fetches more.
func (x *exchange) totalKnown(s *session, end int) bool {
	if !x.e.config.HAPI {
		return s.query == nil || s.query.Total != "none"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.loaded
	s.loaded = max(s.loaded, prefetch(end))
	switch {
	case s.whole, s.query != nil && (s.query.Total == "accurate" || (s.query.Summary != "" && s.query.Summary != "false")):
		return true
	case s.byOffset:
		return end >= len(s.matches)
	case before == 0:
		before = s.loaded
	}
	return len(s.matches) < before
}

func (x *exchange) pageURL(s *session, offset, size int) string {
	if s.byOffset {
		params := slices.DeleteFunc(slices.Clone(s.query.Used), func(p param) bool { return p.Name == "_offset" || p.Name == "_count" })
		params = append(params, param{Name: "_count", Value: itoa(size)}, param{Name: "_offset", Value: itoa(offset)})
		q := *s.query
		q.Used = params
		return x.self(&q)
	}
	params := []param{
		{Name: "_getpages", Value: s.id}, {Name: "_getpagesoffset", Value: itoa(offset)}, {Name: "_count", Value: itoa(size)}, {Name: "_bundletype", Value: s.kind},
	}
	if s.elements != "" {
		params = append(params, param{Name: "_elements", Value: s.elements})
	}
	if s.summary != "" {
		params = append(params, param{Name: "_summary", Value: s.summary})
	}
	return withQuery(x.base, params)
}

// newBundle is a Bundle with an id and a time, as HAPI gives them.
func (x *exchange) newBundle(kind string) *jsontree.Node {
	b := jsontree.NewObject("resourceType", "Bundle", "id", newUUID())
	b.Set("meta", jsontree.NewObject("lastUpdated", x.instant(x.now)))
	b.Set("type", jsontree.NewString(kind))
	return b
}

func link(relation, url string) *jsontree.Node {
	return jsontree.NewObject("relation", relation, "url", url)
}

func (x *exchange) searchHeader(at time.Time) http.Header {
	return http.Header{"Last-Modified": {at.UTC().Format(http.TimeFormat)}}
}
