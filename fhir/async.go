package fhir

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// ErrJobRunning means that the server has not finished a [Job] yet.
var ErrJobRunning = errors.New("fhir: the job is still running")

// Job is a request that the server works on while nobody waits (R4 async.html).
// It is safe for concurrent use. Its URL is all there is to know: a job can be
// taken up by another process, see [Client.Job].
type Job struct {
	client *Client
	url    string
	done   *Answer // the server answered at once
}

// Start sends a request that the server may work on later (Prefer:
// respond-async): a search, an operation, a transaction. It is repeated only
// when nothing can have come of it. A server that answers at once gives a job
// that is done.
func (c *Client) Start(ctx context.Context, r Request) (*Job, error) {
	q, err := c.newAny(r)
	if err != nil {
		return nil, err
	}
	return c.start(ctx, q)
}

func (c *Client) start(ctx context.Context, q *request) (*Job, error) {
	q.prefer = append(q.prefer, "respond-async")
	q.retry = httpx.RetryRefused
	answer, err := c.send(ctx, q)
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusAccepted {
		return &Job{client: c, done: answer}, nil
	}
	link := answer.Header.Get("Content-Location")
	if link == "" {
		link = answer.Header.Get("Location") // some servers write it there
	}
	if link == "" {
		return nil, answer.broken(errors.New("it has no Content-Location to ask at"))
	}
	u, err := c.follow(link, "")
	if err != nil {
		return nil, answer.broken(fmt.Errorf("its Content-Location: %w", err))
	}
	return &Job{client: c, url: u.String()}, nil
}

// Job is a job that was started before, by its URL. The URL must be on the
// client's own origin or below an alias.
func (c *Client) Job(url string) (*Job, error) {
	u, err := c.follow(url, "")
	if err != nil {
		return nil, err
	}
	return &Job{client: c, url: u.String()}, nil
}

// URL is where the job is asked for. It is empty where the server answered at
// once.
func (j *Job) URL() string { return j.url }

// Progress is how far a job is.
type Progress struct {
	// Text is what the server says (X-Progress), "" for nothing.
	Text string
	// RetryAfter is how long the server asks to wait before asking again; 0 if
	// it does not say.
	RetryAfter time.Duration
}

// Poll asks once how far the job is. The answer is that of the request once
// it is done; until then the error is [ErrJobRunning]. A job that failed is an
// *[OutcomeError], one that the server does not know (any more) [ErrNotFound].
func (j *Job) Poll(ctx context.Context) (*Answer, Progress, error) {
	if j.done != nil {
		return j.done, Progress{}, nil
	}
	q, err := j.client.newAny(Request{Path: j.url})
	if err != nil {
		return nil, Progress{}, err
	}
	// The result of $export is plain JSON.
	q.header.Set("Accept", mediaFHIR+", application/json;q=0.9")
	answer, err := j.client.send(ctx, q)
	if err != nil {
		return nil, Progress{}, err
	}
	if answer.Status != http.StatusAccepted {
		return answer, Progress{}, nil
	}
	p := Progress{Text: answer.Header.Get("X-Progress")}
	p.RetryAfter, _ = httpx.RetryAfter(answer.Header, j.client.cfg.Clock())
	return nil, p, ErrJobRunning
}

// PollOptions bound how often a job is asked for.
type PollOptions struct {
	// MinWait is the pause after the first question, where the server asks for
	// none; it grows by half with each further one. Defaults to 1 s.
	MinWait time.Duration
	// MaxWait bounds a pause, also one the server asks for: HAPI asks for two
	// minutes, whatever the job. Defaults to 30 s.
	MaxWait time.Duration
	// Progress is called with each answer that says that it is not done yet.
	// Defaults to nothing.
	Progress func(Progress)
}

// Wait asks until the job is done, and returns the answer of the request, as
// Poll does; a server that is asked too often (429) is asked less. The context
// bounds how long. The server goes on when it ends:
// cancel the job with [Job.Delete].
func (j *Job) Wait(ctx context.Context, options PollOptions) (*Answer, error) {
	defaultInt(&options.MinWait, time.Second)
	defaultInt(&options.MaxWait, 30*time.Second)
	wait := options.MinWait
	for {
		answer, progress, err := j.Poll(ctx)
		var refused *OutcomeError
		switch {
		case errors.Is(err, ErrThrottled) && errors.As(err, &refused):
			progress = Progress{RetryAfter: refused.RetryAfter} // asked too often: the job goes on
		case !errors.Is(err, ErrJobRunning):
			return answer, err
		case options.Progress != nil:
			options.Progress(progress)
		}
		pause := wait
		if progress.RetryAfter > 0 {
			pause = progress.RetryAfter
		}
		if !sleep(ctx, min(pause, options.MaxWait)) {
			return nil, j.interrupted(ctx)
		}
		wait = min(wait+wait/2, options.MaxWait)
	}
}

// interrupted is the error of a wait that the context ended, or would have.
func (j *Job) interrupted(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == nil {
		cause = context.DeadlineExceeded
	}
	return fmt.Errorf("%w: %w", ErrJobRunning, cause)
}

// Delete cancels the job, or has the server remove its results. A server that
// does not know it any more gives [ErrNotFound].
func (j *Job) Delete(ctx context.Context) error {
	if j.url == "" {
		return nil
	}
	_, err := j.client.Do(ctx, Request{Method: http.MethodDelete, Path: j.url, Idempotent: true})
	return err
}
