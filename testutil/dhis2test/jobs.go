package dhis2test

import (
	"net/http"
	"strings"
)

// job is an asynchronous import. The fake runs it before it answers, so that
// the first poll finds it done; queueing is not copied.
type job struct {
	report importReport
	at     string
}

// writeJob stores a finished job and answers as DHIS2 accepts one: HTTP 200,
// and a location without /api, made from the Host header (dhis2.md 1.1,
// "Async answer").
func (s *Server) writeJob(w http.ResponseWriter, r *http.Request, report importReport) {
	uid := s.uids.next()
	s.jobs[uid] = job{report: report, at: s.format(s.now())}
	writeJSON(w, http.StatusOK, message{
		HTTPStatus: "OK", HTTPStatusCode: http.StatusOK, Status: "OK", Message: "Tracker job added",
		Response: map[string]any{
			"responseType": "TrackerJob", "id": uid, "location": "http://" + r.Host + "/tracker/jobs/" + uid,
		},
	})
}

// readJob serves GET /api/tracker/jobs/{id} and its report.
func (s *Server) readJob(path string) handler {
	return func(w http.ResponseWriter, _ *http.Request, _ User) {
		uid, rest, _ := strings.Cut(path, "/")
		done, known := s.jobs[uid]
		switch {
		case rest == "report" && known:
			writeJSON(w, http.StatusOK, done.report)
		case rest == "report":
			writeMessage(w, http.StatusNotFound, "Summary for job "+uid+" does not exist", "")
		case rest != "":
			writeHTML(w, http.StatusNotFound, "No static resource.")
		case !known:
			writeJSON(w, http.StatusOK, []any{})
		default:
			level := "INFO"
			if done.report.Status == "ERROR" {
				level = "ERROR"
			}
			writeJSON(w, http.StatusOK, []any{map[string]any{
				"uid": uid, "id": uid, "level": level, "category": "TRACKER_IMPORT_JOB", "time": done.at,
				"message": "Import complete with status " + done.report.Status, "completed": true,
			}})
		}
	}
}
