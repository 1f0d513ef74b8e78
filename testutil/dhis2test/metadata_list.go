package dhis2test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// listMetadata serves GET /api/{plural}: filtered, ordered, paged
// (dhis2.md 1.5).
func (s *Server) listMetadata(plural string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		q := r.URL.Query()
		if lacksTreeParam(w, r, plural) {
			return
		}
		v := s.viewer(r, user)
		found, err := v.selected(plural, q)
		if err != nil {
			writeError(w, err)
			return
		}
		sortObjects(found, q.Get("order"))
		doc := map[string]any{}
		if q.Get("paging") != "false" {
			var pager map[string]any
			found, pager = metadataPage(found, q, s.base(r)+strings.TrimPrefix(r.URL.Path, s.opts.BasePath), r.URL.RawQuery)
			doc["pager"] = pager
		}
		fields := parseMetaFields(fieldsParam(q, "id,displayName"))
		list := make([]any, 0, len(found))
		for _, o := range found {
			list = append(list, v.pick(plural, o, fields))
		}
		doc[plural] = list
		charge(w, len(list))
		writeJSON(w, http.StatusOK, doc)
	}
}

// lacksTreeParam answers a request for organisation units by their place in the
// tree. DHIS2 has parameters for it, this package has not (filter by path or
// level instead), and ignoring one would return everything.
func lacksTreeParam(w http.ResponseWriter, r *http.Request, plural string) bool {
	if plural != "organisationUnits" {
		return false
	}
	q := r.URL.Query()
	for _, name := range []string{
		"level", "maxLevel", "userOnly", "userDataViewOnly", "userDataViewFallback", "userHierarchy", "withinUserHierarchy",
		"withinUserSearchHierarchy", "includeChildren", "includeDescendants", "includeAncestors",
	} {
		if q.Get(name) != "" {
			writeMessage(w, http.StatusNotImplemented, "dhis2test does not cover the parameter "+name+" of "+r.URL.Path, "")
			return true
		}
	}
	return false
}

func fieldsParam(q url.Values, fallback string) string {
	if text := strings.Join(q["fields"], ","); text != "" {
		return text
	}
	return fallback
}

// metadataPage cuts one page out: a page past the end is clamped to the last
// one's number, without its rows [R programs-page99].
func metadataPage(found []object, q url.Values, path, rawQuery string) ([]object, map[string]any) {
	page, size := positive(q.Get("page"), 1), positive(q.Get("pageSize"), defaultPageSize)
	pages := (len(found) + size - 1) / size
	first := min((page-1)*size, len(found))
	last := min(first+size, len(found))
	if page > max(pages, 1) {
		page = max(pages, 1)
	}
	pager := map[string]any{"page": page, "pageSize": size, "total": len(found), "pageCount": pages}
	link := func(page int) string {
		var parts []string
		if page > 1 {
			parts = append(parts, "page="+strconv.Itoa(page))
		}
		if size != defaultPageSize {
			parts = append(parts, "pageSize="+strconv.Itoa(size))
		}
		for part := range strings.SplitSeq(rawQuery, "&") {
			key, value, _ := strings.Cut(part, "=")
			if key == "page" || key == "pageSize" || key == "" {
				continue
			}
			if plain, err := url.QueryUnescape(value); err == nil {
				value = url.QueryEscape(plain)
			}
			parts = append(parts, key+"="+value)
		}
		return path + "?" + strings.Join(parts, "&")
	}
	if page < pages {
		pager["nextPage"] = link(page + 1)
	}
	if page > 1 {
		pager["prevPage"] = link(page - 1)
	}
	return found[first:last], pager
}

func positive(text string, fallback int) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return fallback
	}
	return int(n)
}

// readable is an object the user may see, or a 404 as DHIS2 writes it: what
// may not be read is not there.
func (s *Server) readable(r *http.Request, user User, plural string) (object, *httpError) {
	kind, _ := s.catalogue.kind(plural)
	uid := r.PathValue("id")
	o := s.catalogue.get(plural, uid)
	if o == nil || !s.viewer(r, user).canRead(o) {
		return nil, notFound(kind.class, uid)
	}
	return o, nil
}

// getMetadata serves GET /api/{plural}/{id}.
func (s *Server) getMetadata(plural string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		if lacksTreeParam(w, r, plural) {
			return
		}
		o, err := s.readable(r, user, plural)
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, s.viewer(r, user).show(plural, o, parseMetaFields(fieldsParam(r.URL.Query(), "*"))))
	}
}

// getProperty serves GET /api/{plural}/{id}/{property}.
func (s *Server) getProperty(plural string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		if lacksTreeParam(w, r, plural) {
			return
		}
		o, err := s.readable(r, user, plural)
		if err != nil {
			writeError(w, err)
			return
		}
		if property := r.PathValue("property"); plural == "trackedEntityAttributes" && strings.HasPrefix(property, "generate") {
			s.generateValues(w, r, o)
			return
		}
		fields := &metaFields{items: []metaField{{name: r.PathValue("property")}}}
		if given := fieldsParam(r.URL.Query(), ""); given != "" {
			fields.items[0].sub = parseMetaFields(given)
		}
		writeJSON(w, http.StatusOK, s.viewer(r, user).show(plural, o, fields))
	}
}

// exportMetadata serves GET /api/metadata: all types, or those named as
// programs=true or programs:fields=id.
func (s *Server) exportMetadata(w http.ResponseWriter, r *http.Request, user User) {
	q, v := r.URL.Query(), s.viewer(r, user)
	chosen := map[string]bool{}
	for key := range q {
		plural, _, _ := strings.Cut(key, ":")
		if _, ok := s.catalogue.kind(plural); ok && q.Get(key) != "false" {
			chosen[plural] = true
		}
	}
	doc := map[string]any{"system": map[string]any{
		"id": s.systemID(), "rev": "unknown", "version": s.version.text,
		"date": s.now().In(s.opts.Location).Format("2006-01-02T15:04:05.000-0700"),
	}}
	for _, kind := range s.catalogue.kinds {
		if len(chosen) > 0 && !chosen[kind.plural] {
			continue
		}
		own := url.Values{"filter": append(q["filter"], q[kind.plural+":filter"]...)}
		found, err := v.selected(kind.plural, own)
		if err != nil {
			writeError(w, err)
			return
		}
		fields := parseMetaFields(fieldsParam(url.Values{"fields": q[kind.plural+":fields"]}, fieldsParam(q, ":owner")))
		list := make([]any, 0, len(found))
		for _, o := range found {
			shown := v.pick(kind.plural, o, fields)
			if q.Get("skipSharing") == "true" {
				delete(shown, "sharing")
			}
			list = append(list, shown)
		}
		if len(list) > 0 {
			doc[kind.plural] = list
		}
	}
	writeJSON(w, http.StatusOK, doc)
}
