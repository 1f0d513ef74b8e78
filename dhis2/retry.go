package dhis2

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// maxFailures bounds how often a request is sent that the server fails over: one
// that always fails is poison.
const maxFailures = 3

// attempts decides whether a request is sent once more.
type attempts struct {
	client   *Client
	call     *call
	made     int // attempts, those for another session or token included
	counted  int // attempts that count
	failures int // of the server, 500
	renewals int
}

// after reports whether to send again after e, and waits until then.
func (a *attempts) after(ctx context.Context, t ticket, e *Error) bool {
	if e.Class == ClassAuthentication {
		// That proves that nothing was done. Credentials themselves are never sent
		// again after they were refused.
		return a.renew(ctx, t, e)
	}
	a.counted++
	if ctx.Err() != nil || a.counted >= a.call.Attempts || !a.worth(e) {
		return false
	}
	return a.pause(ctx, e)
}

// renew reports whether there is another session or token to try.
func (a *attempts) renew(ctx context.Context, t ticket, e *Error) bool {
	const enough = 2 // a new session, and if that is no good either, none
	if t.jar == nil && a.client.cfg.Auth.keepsSession() {
		a.client.connection.refuse(a.client.cfg.Clock(), e)
		return false
	}
	if a.renewals >= enough {
		return false
	}
	a.renewals++
	if t.jar != nil {
		a.client.connection.drop(a.client.cfg.Clock(), t, a.renewals == enough)
		a.client.logAgain(ctx, a.call, e, "the session is gone")
		return true
	}
	a.renewals = enough
	if !a.client.cfg.Auth.renew(ctx, t.credentials) {
		return false
	}
	a.client.logAgain(ctx, a.call, e, "there is another token")
	return true
}

// worth reports whether sending the same again can help and do no harm.
func (a *attempts) worth(e *Error) bool {
	if a.call.Repeat == RepeatNever {
		return false
	}
	if e.Status == 0 {
		return transient(e.Err) && (httpx.NeverSent(e.Err) || a.call.mayRepeat())
	}
	if e.Status == http.StatusTooManyRequests || e.Status == http.StatusTooEarly {
		return true // it was not looked at
	}
	if !a.call.mayRepeat() {
		return false
	}
	switch e.Class {
	case ClassTransport, ClassRace:
		return true
	case ClassInternal:
		a.failures++
		return a.failures < maxFailures && !isUnreadable(e)
	default:
		return false
	}
}

// isUnreadable says that it is the answer, not the server, that is at fault.
func isUnreadable(e *Error) bool { return e.Status < 300 }

// pause waits before the next attempt; false if that would be too long, or the
// context ended.
func (a *attempts) pause(ctx context.Context, e *Error) bool {
	cfg := &a.client.cfg
	wait := httpx.Backoff(a.counted, cfg.MinWait, cfg.MaxWait)
	if e.RetryAfter > 0 {
		wait = e.RetryAfter
	}
	if wait > cfg.MaxWait {
		return false // the server wants more patience than we have
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
		return false // what we know is worth more than a timeout
	}
	a.client.logAgain(ctx, a.call, e, "it may pass")
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// withoutTicket is the error of a call that got no credentials to be sent with.
func (c *Client) withoutTicket(ctx context.Context, q *call, err error) error {
	var refused *Error
	if errors.As(err, &refused) {
		return refused
	}
	return q.noAnswer(ctx, err)
}
