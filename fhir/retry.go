package fhir

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// attempts decides whether a request is sent once more where the transport
// cannot: it sees neither bodies nor credentials.
type attempts struct {
	client  *Client
	request *request
	url     *url.URL
	made    int
	renewed bool
}

// after reports whether to send again, and waits until then.
func (a *attempts) after(ctx context.Context, err error) bool {
	a.made++
	var refused *refusal
	if errors.As(err, &refused) && refused.Status == http.StatusUnauthorized {
		// What was refused is dropped even where this call is not repeated.
		return a.renew(ctx, refused) && a.request.retry != httpx.RetryNever
	}
	if a.made >= a.client.cfg.MaxAttempts {
		return false
	}
	switch {
	case refused != nil:
		if !a.request.repeatsRace(refused) {
			return false
		}
	case !a.isCutShort(ctx, err):
		return false
	}
	return a.pause(ctx)
}

// renew gets other credentials after a 401, which proves that the server did
// not act, once for each call.
func (a *attempts) renew(ctx context.Context, refused *refusal) bool {
	renewer, ok := a.client.cfg.Auth.(Renewer)
	if !ok || a.renewed || a.request.anonymous || !sameOrigin(a.url, a.client.base) {
		return false
	}
	a.renewed = true
	return renewer.Renew(ctx, refused.auth)
}

// isCutShort reports whether an answer broke off whose request may be repeated.
// The transport repeats what has no answer at all, not what has half of one.
func (a *attempts) isCutShort(ctx context.Context, err error) bool {
	var transport *TransportError
	if !errors.As(err, &transport) || ctx.Err() != nil || httpx.NeverSent(err) {
		return false
	}
	var body *bodyError
	if !errors.As(err, &body) || !httpx.TransientError(body.err) {
		return false
	}
	switch a.request.retry {
	case httpx.RetrySafe:
		return true
	case httpx.RetryByMethod:
		return a.request.method == http.MethodGet || a.request.method == http.MethodHead
	default:
		return false
	}
}

// repeatsRace reports whether a refusal is a race and the request to be
// repeated after it.
func (q *request) repeatsRace(refused *refusal) bool {
	switch q.races {
	case racesAll:
		return refused.isRace()
	case racesKnown:
		return refused.isRace() && refused.hasHAPI(hapiRace)
	default:
		return false
	}
}

// races says after which 409 a request is repeated.
type races int

const (
	racesNone  races = iota
	racesKnown       // those that HAPI numbers: the request deletes, too
	racesAll
)

// pause waits before the next attempt. Races are over in milliseconds; half of
// the pause is spread, so that those who met do not meet again.
func (a *attempts) pause(ctx context.Context) bool {
	wait := a.client.cfg.MinWait << min(a.made-1, 6)
	wait = wait/2 + time.Duration(rand.Float64()*float64(wait)) //nolint:gosec // spreads load, protects nothing
	return sleep(ctx, wait)
}

// sleep waits and reports whether it could: not where the context ends before.
func sleep(ctx context.Context, wait time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// isRace reports whether a 409 was caused by another request at the same
// moment: nothing was done, and the same bytes may go well now. It is none
// where If-Match was sent, where the server calls it a duplicate or a rule, nor
// for a delete, which is refused while others refer to the resource.
func (e *OutcomeError) isRace() bool {
	if e.Status != http.StatusConflict || e.versionConflict() {
		return false
	}
	if e.hasHAPI(hapiRace) {
		return true
	}
	permanent := slices.ContainsFunc([]string{IssueDuplicate, IssueBusinessRule, IssueNotSupported}, e.Outcome.HasCode)
	return !permanent && e.Method != http.MethodDelete
}
