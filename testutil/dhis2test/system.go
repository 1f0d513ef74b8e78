package dhis2test

import (
	"net/http"
	"strconv"
	"strings"
)

// systemID is the server's identity; two servers of one test that must differ
// have different zones or versions.
func (s *Server) systemID() string {
	return "d0000000-0000-4000-8000-0000000000" + strconv.Itoa(s.version.minor)
}

// systemInfo serves GET /api/system/info: the version, the server's date and
// zone (dhis2.md 1.5), and of the rest what is the same on every machine.
func (s *Server) systemInfo(w http.ResponseWriter, r *http.Request, user User) {
	doc := map[string]any{
		"contextPath": s.base(r), "version": s.version.text, "revision": "unknown", "systemId": s.systemID(),
		"serverDate": s.format(s.now()), "serverTimeZoneId": s.opts.Location.String(),
		"serverTimeZoneDisplayName": s.opts.Location.String(),
		"calendar":                  "iso8601", "dateFormat": "yyyy-mm-dd", "systemName": "DHIS 2",
		"sessionTimeout": int(s.opts.SessionTimeout.Seconds()), "readOnlyMode": "off", "nodeId": "", "encryption": true,
		"emailConfigured": false, "redisEnabled": false, "readReplicaCount": 0, "fileStoreProvider": "filesystem",
		"environmentVariable": "DHIS2_HOME", "systemMetadataVersion": "", "isMetadataVersionEnabled": false, "clusterHostname": "",
		"capability": map[string]any{"analyticsTotalCounts": false},
	}
	if !user.Has("ALL") {
		for _, private := range []string{"environmentVariable", "fileStoreProvider", "readReplicaCount", "redisEnabled"} {
			delete(doc, private)
		}
	}
	writeJSON(w, http.StatusOK, doc)
}

func (s *Server) ping(w http.ResponseWriter, _ *http.Request, _ User) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = w.Write([]byte("pong"))
}

// maxCodes is how many UIDs one request gets (dhis2.md 1.5).
const maxCodes = 10_000

// generateCodes serves GET /api/system/id and /uid?limit=.
func (s *Server) generateCodes(w http.ResponseWriter, r *http.Request, _ User) {
	limit := 1
	if given := r.URL.Query().Get("limit"); given != "" {
		n, err := strconv.ParseInt(given, 10, 32)
		if err != nil {
			writeError(w, badRequest("Value '%s' is not valid for parameter limit. It should be of type integer", given))
			return
		}
		limit = int(n)
	}
	codes := make([]string, 0, max(0, min(limit, maxCodes)))
	for range min(limit, maxCodes) {
		codes = append(codes, s.uids.next())
	}
	writeJSON(w, http.StatusOK, map[string]any{"codes": codes})
}

// maintain serves POST /api/maintenance, which has nothing to clear here.
func (s *Server) maintain(w http.ResponseWriter, _ *http.Request, _ User) {
	if s.version.atLeast(2, 43) {
		writeOK(w, "")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// defaultSettings are the system settings a new server has.
func defaultSettings() map[string]any {
	return map[string]any{
		"keyLockMultipleFailedLogins": false, "KeyTrackedEntityMaxLimit": float64(maxPageSize),
		"keyCalendar": "iso8601", "applicationTitle": "DHIS 2",
	}
}

// readSetting serves GET /api/systemSettings/{key}.
func (s *Server) readSetting(w http.ResponseWriter, r *http.Request, _ User) {
	key := r.PathValue("key")
	value, known := s.settings[key]
	if !known {
		writeError(w, &httpError{status: http.StatusNotFound, message: "Setting does not exist: " + key})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{key: value})
}

func (s *Server) readSettings(w http.ResponseWriter, _ *http.Request, _ User) {
	writeJSON(w, http.StatusOK, s.settings)
}

// writeSetting serves POST /api/systemSettings/{key}?value=, the value in the
// query or as the body.
func (s *Server) writeSetting(w http.ResponseWriter, r *http.Request, user User) {
	key, value := r.PathValue("key"), r.URL.Query().Get("value")
	if !user.Has("F_SYSTEM_SETTING") {
		writeError(w, &httpError{status: http.StatusForbidden, message: "Access is denied"})
		return
	}
	var decoded any = value
	if value == "true" || value == "false" {
		decoded = value == "true"
	} else if n, err := strconv.ParseFloat(value, 64); err == nil {
		decoded = n
	}
	if len(s.settings) < maxSettings || s.settings[key] != nil {
		s.settings[key] = decoded
	}
	writeOK(w, "System setting '"+key+"' set to value '"+value+"'.")
}

const maxSettings = 1000

// me serves GET /api/me.
func (s *Server) me(w http.ResponseWriter, r *http.Request, user User) {
	authorities := make([]any, len(user.Authorities))
	for i, a := range user.Authorities {
		authorities[i] = a
	}
	v := s.viewer(r, user)
	doc := v.full("users", s.catalogue.get("users", user.UID))
	doc["authorities"] = authorities
	doc["programs"], doc["dataSets"] = v.mine("programs"), v.mine("dataSets")
	writeJSON(w, http.StatusOK, v.pick("users", doc, parseMetaFields(fieldsParam(r.URL.Query(), "*"))))
}

// mine are the ids of a type's objects that the user may capture data for.
func (v viewer) mine(plural string) []any {
	out := []any{}
	for _, o := range v.catalogue.all(plural) {
		access, _ := v.access(plural, o)["data"].(map[string]any)
		if access["write"] == true && v.canRead(o) {
			out = append(out, o["id"])
		}
	}
	return out
}

// hasAuthority serves GET /api/me/authorization/{authority}.
func (s *Server) hasAuthority(w http.ResponseWriter, r *http.Request, user User) {
	writeJSON(w, http.StatusOK, user.Has(r.PathValue("authority")))
}

// generateValues serves GET /api/trackedEntityAttributes/{id}/generate and
// generateAndReserve: values of a generated attribute after its pattern, in
// which a run of # is a number that is never given twice.
func (s *Server) generateValues(w http.ResponseWriter, r *http.Request, attribute object) {
	pattern := text(attribute["pattern"])
	if attribute["generated"] != true || pattern == "" {
		writeError(w, badRequest("Attribute does not contain pattern."))
		return
	}
	count := 1
	if r.PathValue("property") == "generateAndReserve" {
		count = min(positive(r.URL.Query().Get("numberToReserve"), 1), maxCodes)
	}
	list := make([]any, 0, count)
	for range count {
		list = append(list, map[string]any{
			"ownerObject": "TRACKEDENTITYATTRIBUTE", "ownerUid": attribute["id"], "key": pattern,
			"value": s.generateValue(text(attribute["id"]), pattern), "created": s.format(s.now()),
			"expiryDate": s.format(s.now().AddDate(0, 0, 60)),
		})
	}
	if r.PathValue("property") == "generateAndReserve" {
		writeJSON(w, http.StatusOK, list)
		return
	}
	writeJSON(w, http.StatusOK, list[0])
}

func (s *Server) generateValue(attribute, pattern string) string {
	if s.reserved == nil {
		s.reserved = map[string]int{}
	}
	s.reserved[attribute]++
	inner := pattern
	if _, after, ok := strings.Cut(pattern, "("); ok {
		inner = strings.TrimSuffix(after, ")")
	}
	digits := max(strings.Count(inner, "#"), 1)
	number := strconv.Itoa(s.reserved[attribute])
	number = strings.Repeat("0", max(0, digits-len(number))) + number
	prefix, err := strconv.Unquote(strings.SplitN(pattern, "+", 2)[0])
	if err != nil {
		prefix = ""
	}
	return strings.TrimSpace(prefix) + number
}
