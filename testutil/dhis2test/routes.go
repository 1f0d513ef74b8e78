package dhis2test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// apiVersion is the highest number of /api/NN/ the server knows.
const apiVersion = 42

var versioned = regexp.MustCompile(`^/api/(\d+)(/.*)$`)

// uncovered are endpoints a real server has and this one does not (yet). They
// answer 501, so that nobody takes silence for an answer.
var uncovered = []string{ //nolint:gochecknoglobals // read-only table
	"tracker/enrollments", "tracker/events", "tracker/ownership", "tracker/jobs",
	"metadata", "programs", "programStages", "trackedEntityTypes", "trackedEntityAttributes", "dataElements",
	"optionSets", "options", "organisationUnits", "relationshipTypes", "dataSets", "dataValueSets",
	"completeDataSetRegistrations", "dataStore", "potentialDuplicates", "fileResources", "users", "apiTokens",
	"auth", "systemSettings", "system", "maintenance", "eventHooks", "routes",
}

// route serves a request of a known user.
func (s *Server) route(w http.ResponseWriter, r *http.Request, user User) {
	path, ok := apiPath(r.URL.Path)
	if !ok {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			w.Header().Set("Location", r.URL.Path+"/")
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		s.unmapped(w, r)
		return
	}
	handler, methods := s.find(path)
	switch {
	case handler == nil && slices.ContainsFunc(uncovered, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") }):
		writeMessage(w, http.StatusNotImplemented, "dhis2test does not cover "+r.URL.Path, "")
	case handler == nil:
		s.unmapped(w, r)
	case !strings.Contains(methods, r.Method) && (r.Method != http.MethodHead || !strings.Contains(methods, http.MethodGet)):
		writeMessage(w, http.StatusMethodNotAllowed, "Request method '"+r.Method+"' is not supported", "")
	case !acceptsJSON(r):
		writeHTML(w, http.StatusNotAcceptable, "Acceptable representations: [application/json].")
	default:
		handler(w, r, user)
	}
}

type handler func(w http.ResponseWriter, r *http.Request, user User)

func (s *Server) find(path string) (h handler, methods string) {
	kind, uid, _ := strings.Cut(strings.TrimPrefix(path, "tracker/"), "/")
	switch {
	case path == "tracker":
		return s.importTracker, http.MethodPost
	case path == "system/info":
		return s.systemInfo, http.MethodGet
	case path == "system/ping":
		return s.ping, http.MethodGet
	case path == "me":
		return s.me, http.MethodGet
	case path == "tracker/trackedEntities":
		return s.listEntities, http.MethodGet
	case path == "tracker/relationships":
		return s.listRelationships, http.MethodGet
	case kind == "jobs" && strings.HasPrefix(path, "tracker/jobs/"):
		return s.readJob(uid), http.MethodGet
	case !strings.HasPrefix(path, "tracker/") || uid == "" || strings.Contains(uid, "/"):
		return nil, ""
	case kind == "trackedEntities", kind == "enrollments", kind == "events":
		return s.getObject(kind, uid), http.MethodGet
	}
	return nil, ""
}

// unmapped is Tomcat's page for a path nobody serves.
func (s *Server) unmapped(w http.ResponseWriter, r *http.Request) {
	writeHTML(w, http.StatusNotFound, "No static resource "+strings.TrimPrefix(r.URL.Path, "/")+".")
}

// apiPath is the path below /api, without a version number that the server
// knows and without a slash at the end.
func apiPath(path string) (string, bool) {
	if m := versioned.FindStringSubmatch(path); m != nil {
		if n, err := strconv.Atoi(m[1]); err != nil || n > apiVersion {
			return "", false
		}
		path = "/api" + m[2]
	}
	rest, ok := strings.CutPrefix(path, "/api/")
	return strings.TrimSuffix(rest, "/"), ok
}

func acceptsJSON(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if accept == "" {
		return true
	}
	for part := range strings.SplitSeq(accept, ",") {
		media, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		if media == "*/*" || media == "application/*" || media == "application/json" {
			return true
		}
	}
	return false
}
