package dhis2test

import "net/http"

// systemInfo serves GET /api/system/info: what a client needs of it, the
// version and the server's date and zone (dhis2.md 1.5).
func (s *Server) systemInfo(w http.ResponseWriter, r *http.Request, _ User) {
	writeJSON(w, http.StatusOK, map[string]any{
		"contextPath": "http://" + r.Host, "version": Version, "revision": "dhis2test",
		"serverDate": s.format(s.now()), "serverTimeZoneId": s.opts.Location.String(),
		"calendar": "iso8601", "dateFormat": "yyyy-mm-dd", "systemName": "dhis2test",
	})
}

func (s *Server) ping(w http.ResponseWriter, _ *http.Request, _ User) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = w.Write([]byte("pong"))
}

// me serves GET /api/me.
func (s *Server) me(w http.ResponseWriter, r *http.Request, user User) {
	units := []any{}
	for _, uid := range user.OrgUnits {
		units = append(units, map[string]any{"id": uid})
	}
	doc := map[string]any{
		"id": user.UID, "username": user.Username, "firstName": user.FirstName, "surname": user.Surname,
		"displayName": user.FirstName + " " + user.Surname, "authorities": user.Authorities,
		"organisationUnits": units, "dataViewOrganisationUnits": units, "teiSearchOrganisationUnits": units,
	}
	fields, err := readFields(r.URL.Query(), "*")
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, fields.apply(doc))
}
