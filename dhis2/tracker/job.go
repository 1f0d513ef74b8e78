package tracker

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// postJob sends a shipment as a job and waits for its report. The server runs jobs one after the
// other (2.41 and later), so bytes that are sent again come after those whose answer was lost.
func (w *worker) postJob(s *shipment, query url.Values) (*Report, error) {
	query.Set("async", "true")
	res, err := w.do(dhis2.Request{
		Method: http.MethodPost, Path: "tracker", Query: query, Body: s.body, Repeat: dhis2.RepeatNever,
	})
	if err != nil {
		return nil, err
	}
	var accepted struct {
		Response struct {
			ID string `json:"id"` // its location has the wrong path, and the host of a proxy
		} `json:"response"`
	}
	if json.Unmarshal(res.Body, &accepted) != nil || !dhis2.ValidUID(accepted.Response.ID) {
		return nil, jobError(dhis2.ClassTransport, dhis2.VerdictRetry, "the server names no job")
	}
	return w.await(accepted.Response.ID)
}

// await looks at a job until it is completed, and reads its report. Reports and notifications
// live in the server's memory, at most 500 jobs of each, and are gone after a restart; a job that
// dies leaves no report at all (dhis2.md 0, fact 4).
func (w *worker) await(id string) (*Report, error) {
	cfg := &w.run.cfg
	deadline := time.Now().Add(cfg.JobTimeout)
	grace := time.Now().Add(max(cfg.AttemptTimeout, 10*cfg.PollMax)) // for a job that waits behind others
	seen := false
	for wait := cfg.PollMin; ; wait = min(wait*3/2, cfg.PollMax) {
		if !w.pause(wait) {
			return nil, errStopped
		}
		state, err := w.lookAt(id)
		if err != nil && !dhis2.Retryable(err) {
			return nil, err
		}
		seen = seen || state.known
		switch {
		case err != nil: // the next look may tell
		case state.completed, !state.known && (seen || time.Now().After(grace)):
			return w.jobReport(id, state)
		}
		if time.Now().After(deadline) {
			return nil, jobError(dhis2.ClassTransport, dhis2.VerdictRetry, "the job was not completed in time")
		}
	}
}

// jobState is what a job's notifications tell.
type jobState struct{ known, completed, failed bool }

func (w *worker) lookAt(id string) (jobState, error) {
	res, err := w.do(dhis2.Request{Path: "tracker/jobs/" + id, Repeat: dhis2.RepeatNever})
	if err != nil {
		return jobState{}, err
	}
	var notes []struct {
		Level     string `json:"level"`
		Completed bool   `json:"completed"`
	}
	if json.Unmarshal(res.Body, &notes) != nil {
		return jobState{}, jobError(dhis2.ClassTransport, dhis2.VerdictRetry, "the notifications of the job cannot be read")
	}
	state := jobState{known: len(notes) > 0}
	for _, n := range notes {
		state.completed = state.completed || n.Completed
		state.failed = state.failed || n.Completed && n.Level == "ERROR"
	}
	return state, nil
}

// reportLooks is how often a report is asked for that is not there.
const reportLooks = 3

// jobReport reads the report of a job that is completed, or that the server forgot.
func (w *worker) jobReport(id string, state jobState) (*Report, error) {
	query := url.Values{}
	if mode := w.run.cfg.Params.Report; mode != "" {
		query.Set("reportMode", string(mode))
	}
	for tries := 1; ; tries++ {
		res, err := w.do(dhis2.Request{Path: "tracker/jobs/" + id + "/report", Query: query, Repeat: dhis2.RepeatNever})
		switch {
		case errors.Is(err, dhis2.ErrNotFound) && tries < reportLooks: // it is completed a moment before its report is kept
		case errors.Is(err, dhis2.ErrNotFound) && state.failed:
			return nil, jobError(dhis2.ClassInternal, dhis2.VerdictBisect, "the job died without a report")
		case errors.Is(err, dhis2.ErrNotFound):
			return nil, jobError(dhis2.ClassTransport, dhis2.VerdictRetry, "the server forgot the job")
		case err == nil || !dhis2.Retryable(err) || tries >= w.run.cfg.Attempts:
			return readReport(res, err)
		}
		if !w.pause(w.run.cfg.PollMin * time.Duration(tries)) {
			return nil, errStopped
		}
	}
}

func jobError(class dhis2.Class, verdict dhis2.Verdict, message string) *dhis2.Error {
	return &dhis2.Error{Method: http.MethodPost, Path: "tracker", Class: class, Verdict: verdict, Message: message}
}
