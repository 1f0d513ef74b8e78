package rest

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// history is GET [type]/[id]/_history, [type]/_history and _history, newest first, with
// _since, _at, _count and _offset.
func history(x *exchange) (*answer, *failure) {
	if x.method != http.MethodGet && !x.e.config.HAPI {
		return nil, notAllowed("GET")
	}
	if x.id != "" && x.tx.Current(x.typ, x.id) == nil {
		return nil, notKnown(x.typ, x.id)
	}
	versions := x.tx.History(x.typ, x.id)
	count, offset := x.e.config.PageSize, 0
	for _, p := range x.params {
		var err error
		switch p.Name {
		case "_count":
			var n int
			if n, err = strconv.Atoi(p.Value); err == nil {
				count = n
			} else if x.e.config.HAPI {
				err = nil // it is ignored
			}
		case "_offset":
			offset, err = strconv.Atoi(p.Value)
		case "_since":
			since, ok := index.ParseSpan(p.Value)
			if !ok {
				return nil, fail(http.StatusBadRequest, "value", "_since is no instant").hapi(0, "HAPI-1882: Invalid date/time/quantity format: %q", p.Value)
			}
			versions = filter(versions, func(v *store.Version) bool { return !v.Updated.Before(since.From) })
		case "_at":
			at, ok := index.ParseSpan(p.Value)
			if !ok {
				return nil, fail(http.StatusBadRequest, "value", "_at is no dateTime").hapi(0, "HAPI-1940: Invalid date/time/quantity format: %q", p.Value)
			}
			versions = currentAt(versions, at)
		}
		if err != nil || count < 0 || offset < 0 {
			return nil, fail(http.StatusBadRequest, "value", "%s is no number", p.Name).hapi(0, "HAPI-0375: Invalid %s value: %s", p.Name, p.Value)
		}
	}
	narrowed := false
	for _, p := range x.params {
		narrowed = narrowed || p.Name == "_since" || p.Name == "_at"
	}
	if !narrowed {
		versions = versions[:min(len(versions), x.e.counts.of(x, len(versions)))]
	}
	return x.historyPage(versions, min(count, x.e.config.MaxPageSize), offset), nil
}

// counts are the lengths of histories, which HAPI counts once a minute only
// (JpaStorageSettings.historyCountMode): what has come since then pushes out what is
// oldest.
type counts struct {
	mu    sync.Mutex
	known map[string]counted
}

type counted struct {
	count int
	at    time.Time
}

// mostCounts bounds what is remembered.
const mostCounts = 1000

// of is the length a history is said to have.
func (c *counts) of(x *exchange, count int) int {
	const minute = time.Minute
	if !x.e.config.HAPI || x.e.config.SearchCache <= 0 {
		return count
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := x.typ + "/" + x.id
	if found, ok := c.known[key]; ok && x.now.Sub(found.at) < minute {
		return found.count
	}
	if c.known == nil || len(c.known) >= mostCounts {
		c.known = map[string]counted{}
	}
	c.known[key] = counted{count, x.now}
	return count
}

func (c *counts) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = nil
}

func filter(versions []*store.Version, keep func(*store.Version) bool) []*store.Version {
	var out []*store.Version
	for _, v := range versions {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}

// currentAt are the versions that were current at some time of the span.
func currentAt(versions []*store.Version, at index.Span) []*store.Version {
	next := map[string]*store.Version{} // the version after it
	return filter(versions, func(v *store.Version) bool {
		key := v.Type + "/" + v.ID
		after := next[key]
		next[key] = v
		return v.Updated.Before(at.Until) && (after == nil || after.Updated.After(at.From))
	})
}

func (x *exchange) historyPage(versions []*store.Version, count, offset int) *answer {
	b := x.newBundle("history")
	if len(versions) > 0 || !x.e.config.HAPI {
		b.Set("total", jsontree.NewNumber(itoa(len(versions))))
	}
	path := join(x.base, x.typ, x.id, "_history")
	links := jsontree.NewArray(link("self", withQuery(path, x.params)))
	at := func(offset int) string {
		var kept []param
		for _, p := range x.params {
			if p.Name != "_offset" && p.Name != "_count" {
				kept = append(kept, p)
			}
		}
		return withQuery(path, append(kept, param{Name: "_count", Value: itoa(count)}, param{Name: "_offset", Value: itoa(offset)}))
	}
	if count > 0 && offset+count < len(versions) {
		links.Items = append(links.Items, link("next", at(offset+count)))
	}
	if offset > 0 {
		links.Items = append(links.Items, link("previous", at(max(0, offset-count))))
	}
	b.Set("link", links)
	entries := jsontree.NewArray()
	from := min(offset, len(versions))
	for _, v := range versions[from:min(from+count, len(versions))] {
		entries.Items = append(entries.Items, x.historyEntry(v))
	}
	if len(entries.Items) > 0 {
		b.Set("entry", entries)
	}
	a := &answer{status: http.StatusOK, tree: b, header: x.searchHeader(x.now)}
	if x.e.config.HAPI {
		a.header.Set("Content-Location", x.base+"/Bundle/"+b.Str("id"))
	}
	return a
}

func (x *exchange) historyEntry(v *store.Version) *jsontree.Node {
	method, status, url := v.Method, "200 OK", v.Type+"/"+v.ID
	switch {
	case v.Deleted && !x.e.config.HAPI:
		status = "204 No Content"
	case v.Number == 1:
		status = "201 Created"
		if x.e.config.HAPI {
			method = http.MethodPost // also where a PUT made it
		} else if method == http.MethodPost {
			url = v.Type
		}
	}
	if x.e.config.HAPI {
		url = ref(v)
	}
	response := jsontree.NewObject("status", status, "etag", etag(v.Number))
	if !x.e.config.HAPI {
		response.Set("lastModified", jsontree.NewString(x.instant(v.Updated)))
	}
	return jsontree.NewObject("fullUrl", x.base+"/"+v.Type+"/"+v.ID, "resource", v.Tree,
		"request", jsontree.NewObject("method", method, "url", url), "response", response)
}
