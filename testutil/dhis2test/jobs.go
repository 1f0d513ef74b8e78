package dhis2test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
)

// keptJobs is how many jobs a server remembers: DHIS2 keeps the reports of 500
// in memory and forgets the oldest (dhis2.md section 0, fact 4).
const keptJobs = 500

// waitingJobs bounds the queue.
const waitingJobs = 10_000

// jobCategory is the type of all jobs here, and the path of their task.
const jobCategory = "TRACKER_IMPORT_JOB"

// jobQueue holds the asynchronous imports of a server: one queue, drained by
// one worker (dhis2.md section 0, fact 3). It is guarded by the server's lock.
type jobQueue struct {
	byUID   map[string]*job
	all     []*job // oldest first
	waiting []*job
	working bool
	idle    *sync.Cond // no job is waiting or running
	ctx     context.Context
	stop    context.CancelFunc
}

func newJobQueue(lock sync.Locker) *jobQueue {
	ctx, stop := context.WithCancel(context.Background())
	return &jobQueue{byUID: map[string]*job{}, idle: sync.NewCond(lock), ctx: ctx, stop: stop}
}

// job is one asynchronous import.
type job struct {
	uid           string
	in            *payload
	params        importParams
	user          User
	notifications []notification // oldest first
	report        *importReport  // nil until it is done, for ever when it died
	dies          bool           // Fault.DeadJob
	status        string         // SCHEDULED, RUNNING, COMPLETED, FAILED
}

// notification is one step of a job.
type notification struct {
	UID       string `json:"uid"`
	ID        string `json:"id"`
	Level     string `json:"level"`
	Category  string `json:"category"`
	Time      string `json:"time"`
	Message   string `json:"message"`
	Completed bool   `json:"completed"`
	DataType  string `json:"dataType,omitempty"`
	Data      any    `json:"data,omitempty"`
}

// WaitJobs waits until no asynchronous import is queued or running.
func (s *Server) WaitJobs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.queue.working {
		s.queue.idle.Wait()
	}
}

// ForgetJobs forgets all asynchronous imports, as a restart of the server or
// the eviction of old reports does: their notifications are [] and their
// reports 404 from then on. What is queued is never imported; what is running
// ends without a trace.
func (s *Server) ForgetJobs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.waiting, s.queue.all = nil, nil
	clear(s.queue.byUID)
}

// enqueue accepts an asynchronous import: HTTP 200, with a location made from
// the Host header which from 2.42 lacks /api (dhis2.md 1.1, "Async answer").
func (s *Server) enqueue(w http.ResponseWriter, r *http.Request, in *payload, params importParams, user User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queue
	if len(q.waiting) >= waitingJobs {
		writeMessage(w, http.StatusConflict, "dhis2test: too many jobs are waiting", "")
		return
	}
	j := &job{uid: s.uids.next(), in: in, params: params, user: user, status: "SCHEDULED", dies: diesAsJob(r)}
	q.byUID[j.uid] = j
	q.all = append(q.all, j)
	q.waiting = append(q.waiting, j)
	q.evict()
	if !q.working {
		q.working = true
		s.work.Go(s.runJobs)
	}
	location := s.jobLocation(r) + j.uid
	response := map[string]any{"id": j.uid, "location": location}
	if s.version.atLeast(2, 42) {
		response["responseType"] = "TrackerJob"
	} else {
		w.Header().Set("Location", location)
	}
	writeJSON(w, http.StatusOK, message{
		HTTPStatus: "OK", HTTPStatusCode: http.StatusOK, Status: "OK", Message: "Tracker job added", Response: response,
	})
}

// evict forgets the oldest jobs that are over.
func (q *jobQueue) evict() {
	for len(q.all) > keptJobs {
		i := slices.IndexFunc(q.all, func(j *job) bool { return j.status == "COMPLETED" || j.status == "FAILED" })
		if i < 0 {
			return
		}
		delete(q.byUID, q.all[i].uid)
		q.all = slices.Delete(q.all, i, i+1)
	}
}

func (s *Server) jobLocation(r *http.Request) string {
	scheme, host := "http", r.Host
	if sent := r.Header.Get("X-Forwarded-Proto"); sent != "" {
		scheme = sent
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
	}
	path := s.opts.BasePath + "/tracker/jobs/"
	if s.version.before(2, 42) {
		path = s.opts.BasePath + "/api/tracker/jobs/"
	}
	return scheme + "://" + host + path
}

// listJob serves GET /api/tracker/jobs/{id} and GET
// /api/system/tasks/TRACKER_IMPORT_JOB/{id}: the newest notification first.
// Any user may read any job; an unknown one is an empty list.
func (s *Server) listJob(w http.ResponseWriter, r *http.Request, _ User) {
	uid := r.PathValue("id")
	if httpErr := jobUID(uid); httpErr != nil {
		writeError(w, httpErr)
		return
	}
	out := []notification{}
	if j := s.queue.byUID[uid]; j != nil {
		out = append(out, j.notifications...)
		slices.Reverse(out)
	}
	writeJSON(w, http.StatusOK, out)
}

func jobUID(uid string) *httpError {
	if isUID(uid) {
		return nil
	}
	return badRequest("UID must be an alphanumeric string of 11 characters starting with a letter, but was: %s", uid)
}

// jobReport serves GET /api/tracker/jobs/{id}/report and GET
// /api/system/taskSummaries/TRACKER_IMPORT_JOB/{id}: HTTP 200 whatever the
// report says, 404 until there is one.
func (s *Server) jobReport(w http.ResponseWriter, r *http.Request, _ User) {
	params := paramReader{q: r.URL.Query()}
	mode := params.choice("reportMode", "ERRORS", "FULL", "ERRORS", "WARNINGS")
	uid := r.PathValue("id")
	httpErr := jobUID(uid)
	if httpErr == nil {
		httpErr = params.err
	}
	if httpErr != nil {
		writeError(w, httpErr)
		return
	}
	j := s.queue.byUID[uid]
	if j == nil || j.report == nil {
		writeMessage(w, http.StatusNotFound, "Summary for job "+uid+" does not exist", "E1005")
		return
	}
	report := *j.report
	if mode == "ERRORS" {
		report.ValidationReport.WarningReports = []warningReport{}
	}
	writeJSON(w, http.StatusOK, report)
}

// listJobConfigurations serves GET /api/jobConfigurations with the imports,
// oldest first.
func (s *Server) listJobConfigurations(w http.ResponseWriter, r *http.Request, _ User) {
	fields := readFields(r.URL.Query(), "id,displayName")
	list := []any{}
	for _, j := range s.queue.all {
		doc := map[string]any{
			"id": j.uid, "displayName": "Tracker import", "name": "Tracker import", "jobType": jobCategory,
			"executedBy": j.user.UID, "jobStatus": j.status, "lastExecutedStatus": "NOT_STARTED",
		}
		if j.status == "COMPLETED" || j.status == "FAILED" {
			doc["jobStatus"], doc["lastExecutedStatus"] = "DISABLED", j.status
		}
		list = append(list, fields.apply(doc))
	}
	writeJSON(w, http.StatusOK, map[string]any{"jobConfigurations": list})
}
