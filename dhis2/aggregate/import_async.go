package aggregate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// JobError means that a job of the server ended, or was lost, without a
// summary: what became of its rows is not known, and sending them again is
// safe. A server keeps the summaries of its last jobs in memory, and none of a
// job that died.
type JobError struct {
	// Job is its UID; "" if the server named none.
	Job string
	// Failed says that the server told of an error.
	Failed bool
	// Waited is how long it was waited for, if it did not end.
	Waited time.Duration
}

// Error implements error.
func (e *JobError) Error() string {
	switch {
	case e.Job == "":
		return "aggregate: the server made no job of the import"
	case e.Waited > 0:
		return fmt.Sprintf("aggregate: job %s did not end within %s", e.Job, e.Waited)
	case e.Failed:
		return fmt.Sprintf("aggregate: job %s died without a summary", e.Job)
	default:
		return fmt.Sprintf("aggregate: job %s left no summary", e.Job)
	}
}

const (
	tasksPath     = "system/tasks/DATAVALUE_IMPORT/"
	summariesPath = "system/taskSummaries/DATAVALUE_IMPORT/"
	firstPoll     = 100 * time.Millisecond
	longestPoll   = 5 * time.Second
	longestJob    = time.Hour
)

// awaitJob waits for the job that an answer names, and reads its summary.
func (j *job) awaitJob(ctx context.Context, answer []byte) (*Summary, error) {
	var made struct {
		ID string `json:"id"`
	}
	if m, ok := dhis2.ParseWebMessage(answer); ok && len(m.Response) > 0 {
		_ = json.Unmarshal(m.Response, &made) // without an id there is no job
	}
	if !dhis2.ValidUID(made.ID) {
		return nil, &JobError{}
	}
	failed, err := j.poll(ctx, made.ID)
	if err != nil {
		return nil, err
	}
	res, err := j.client.Do(ctx, dhis2.Request{Path: summariesPath + made.ID})
	var refused *dhis2.Error
	if err != nil && (!errors.As(err, &refused) || refused.Status == 0) {
		return nil, err
	}
	if res != nil {
		if s, err := ParseSummary(res.Body); err == nil {
			return s, nil
		}
	}
	return nil, &JobError{Job: made.ID, Failed: failed}
}

// poll asks for a job until it has ended, less and less often.
func (j *job) poll(ctx context.Context, id string) (failed bool, err error) {
	waited, known := time.Duration(0), false
	for pause := firstPoll; waited < longestJob; pause = min(2*pause, longestPoll) {
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false, ctx.Err()
		case <-timer.C:
		}
		waited += pause
		var told []struct {
			Level     string `json:"level"`
			Completed bool   `json:"completed"`
		}
		if err := j.client.Get(ctx, tasksPath+id, nil, &told); err != nil {
			return false, err
		}
		if known && len(told) == 0 {
			return false, nil // the server was started anew, or keeps no more jobs: it is lost
		}
		known = known || len(told) > 0
		for _, t := range told {
			if t.Completed {
				return t.Level == "ERROR", nil
			}
		}
	}
	return false, &JobError{Job: id, Waited: waited}
}
