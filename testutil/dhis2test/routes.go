package dhis2test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// handler serves a request of a known user. The server is locked meanwhile,
// unless the route says otherwise.
type handler func(w http.ResponseWriter, r *http.Request, user User)

// route is one endpoint.
type route struct {
	// path is what stands below /api; a segment in braces takes any text,
	// which r.PathValue gives.
	path string

	get, post, put, patch, delete handler

	// produces are the media types of the answer, for the Accept header;
	// application/json when empty.
	produces []string

	open     bool // no credentials are asked for
	unlocked bool // the handlers lock the server themselves
}

// routeTable finds a route by the first segment of its path.
type routeTable map[string][]route

func (s *Server) newRoutes() routeTable {
	table := routeTable{}
	for _, r := range slices.Concat(
		s.importRoutes(), s.exportRoutes(), s.systemRoutes(), s.accountRoutes(),
		s.metadataRoutes(), s.aggregateRoutes(), s.datastoreRoutes(), s.registryRoutes(),
	) {
		first, _, _ := strings.Cut(r.path, "/")
		table[first] = append(table[first], r)
	}
	return table
}

// find returns the route of a path below /api and puts the path's values into
// the request.
func (t routeTable) find(r *http.Request, path string) (route, bool) {
	segments := strings.Split(path, "/")
	for _, candidate := range t[segments[0]] {
		if candidate.match(r, segments) {
			return candidate, true
		}
	}
	return route{}, false
}

func (c route) match(r *http.Request, segments []string) bool {
	wanted := strings.Split(c.path, "/")
	if len(wanted) != len(segments) {
		return false
	}
	for i, want := range wanted {
		if !strings.HasPrefix(want, "{") && want != segments[i] {
			return false
		}
	}
	for i, want := range wanted {
		if strings.HasPrefix(want, "{") {
			r.SetPathValue(strings.Trim(want, "{}"), segments[i])
		}
	}
	return true
}

// methods are those the route takes, in the order of an Allow header.
func (c route) methods() []string {
	var out []string
	for _, m := range []struct {
		name string
		h    handler
	}{{"GET,HEAD", c.get}, {"POST", c.post}, {"PUT", c.put}, {"PATCH", c.patch}, {"DELETE", c.delete}} {
		if m.h != nil {
			out = append(out, m.name)
		}
	}
	return append(out, "OPTIONS")
}

func (c route) handler(method string) handler {
	switch method {
	case http.MethodGet, http.MethodHead:
		return c.get
	case http.MethodPost:
		return c.post
	case http.MethodPut:
		return c.put
	case http.MethodPatch:
		return c.patch
	case http.MethodDelete:
		return c.delete
	}
	return nil
}

var versioned = regexp.MustCompile(`^/api/(\d+)(/.*)$`)

// apiPath is the path below /api, without the base path, a version number
// that the server knows and a slash at the end.
func (s *Server) apiPath(path string) (string, bool) {
	path, ok := strings.CutPrefix(path, s.opts.BasePath)
	if !ok {
		return "", false
	}
	if m := versioned.FindStringSubmatch(path); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n < oldestAPIVersion || n > s.version.minor {
			return "", false
		}
		path = "/api" + m[2]
	}
	rest, ok := strings.CutPrefix(path, "/api/")
	return strings.TrimSuffix(rest, "/"), ok
}

// oldestAPIVersion is the lowest number a server takes in /api/NN/ (dhis2.md
// 1.1).
const oldestAPIVersion = 28

// uncovered tells whether a real server has an endpoint that this one does
// not. It answers 501, so that nobody takes silence for an answer.
func (s *Server) uncovered(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	if s.version.before(2, 42) && slices.Contains([]string{"trackedEntityInstances", "enrollments", "events", "relationships"}, first) {
		return true // the old endpoints beside those of legacyRoutes
	}
	return slices.Contains([]string{
		"account", "analytics", "apps", "audits", "configuration", "dashboards", "dataApprovals", "dataElementOperands", "dataEntry", "dataSummary",
		"eventHooks", "eventReports", "expressions", "geoFeatures", "icons", "interpretations", "locales", "lockExceptions", "loginConfig",
		"maps", "me", "messageConversations", "minMaxDataElements", "outlierDetection", "periodTypes", "predictors", "programDataElements",
		"programNotificationTemplates", "programStageWorkingLists", "reports", "resourceTables", "routes", "schemas", "scheduler",
		"sqlViews", "staticContent", "synchronization", "tracks", "trackedEntityInstanceFilters", "userDataStore", "validationRules", "visualizations",
	}, first)
}

// locate finds what serves a request, or answers it: a path that nobody
// serves, a method or a media type that the route does not take.
func (s *Server) locate(w http.ResponseWriter, r *http.Request) (route, bool) {
	path, ok := s.apiPath(r.URL.Path)
	if !ok && s.outsideAPI(w, r) {
		return route{}, false
	}
	found, ok := s.routes.find(r, path)
	if !ok && s.uncovered(path) {
		writeMessage(w, http.StatusNotImplemented, "dhis2test does not cover "+r.URL.Path, "")
		return route{}, false
	}
	if !ok {
		s.writePage(w, r, http.StatusNotFound, "No static resource "+strings.TrimPrefix(r.URL.Path, "/")+".")
		return route{}, false
	}
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", strings.Join(found.methods(), ","))
		w.WriteHeader(http.StatusOK)
	case found.handler(r.Method) == nil:
		text := "Request method '" + r.Method + "' is not supported"
		if s.version.before(2, 42) {
			text = "Request method '" + r.Method + "' not supported"
		}
		writeMessage(w, http.StatusMethodNotAllowed, text, "")
	case !found.accepted(r):
		s.writePage(w, r, http.StatusNotAcceptable, "Acceptable representations: ["+strings.Join(found.media(), ", ")+"].")
	default:
		return found, true
	}
	return route{}, false
}

// outsideAPI answers a path outside of /api as the front end does; a path
// below /api with a number the server does not know is left to the 404.
func (s *Server) outsideAPI(w http.ResponseWriter, r *http.Request) bool {
	path, below := strings.CutPrefix(r.URL.Path, s.opts.BasePath)
	switch {
	case below && strings.HasPrefix(path, "/api/"):
		return false
	case !below || strings.HasSuffix(path, "/"):
		s.writePage(w, r, http.StatusNotFound, "No static resource "+strings.TrimPrefix(r.URL.Path, "/")+".")
	default:
		w.Header().Set("Location", r.URL.Path+"/")
		w.WriteHeader(http.StatusMovedPermanently)
	}
	return true
}

func (c route) media() []string {
	if len(c.produces) == 0 {
		return []string{"application/json"}
	}
	return c.produces
}

// accepted tells whether the Accept header takes one of the route's types.
func (c route) accepted(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if accept == "" {
		return true
	}
	for part := range strings.SplitSeq(accept, ",") {
		media, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		if media == "*/*" || slices.Contains(c.media(), media) {
			return true
		}
		if family, ok := strings.CutSuffix(media, "/*"); ok && slices.ContainsFunc(c.media(), func(m string) bool { return strings.HasPrefix(m, family+"/") }) {
			return true
		}
	}
	return false
}

// base is the server's own address as a request sees it: links and job
// locations are built from the Host header and X-Forwarded-Proto
// (dhis2.md 1.1, "Async answer").
func (s *Server) base(r *http.Request) string {
	scheme := "http"
	if proto := r.Header.Get("X-Forwarded-Proto"); proto == "https" || r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + s.opts.BasePath
}
