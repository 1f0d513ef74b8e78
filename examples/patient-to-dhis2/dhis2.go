package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openhim/mediator-go/mediator"
)

// dhis2 is the little of the DHIS2 API that is needed. It is safe for
// concurrent use.
type dhis2 struct {
	http          *http.Client
	url           string // without /api
	username      string
	password      string
	token         string // personal access token, instead of the two
	firstPause    time.Duration
	maxAttempts   int
	attemptBudget time.Duration // for one attempt
}

const maxAnswer = 4 << 20

// newDHIS2 records its calls in the transaction of their context.
func newDHIS2(s settings) *dhis2 {
	return &dhis2{
		http: &http.Client{
			Transport: mediator.Transport(nil),
			// A redirect leads to the login page: the credentials are wrong
			// (dhis2.md section 0, fact 11).
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		url: strings.TrimSuffix(s.dhis2URL, "/"), username: s.dhis2Username, password: s.dhis2Password, token: s.dhis2Token,
		firstPause: 250 * time.Millisecond, maxAttempts: 3, attemptBudget: 15 * time.Second,
	}
}

// stored looks up a tracked entity; nil when there is none. It asks the list:
// for an unknown UID that is an empty list, where the single entity would be
// an error.
func (d *dhis2) stored(ctx context.Context, uid string) (*trackedEntity, error) {
	query := url.Values{"trackedEntities": {uid}, "fields": {storedFields}}
	status, body, err := d.call(mediator.Named(ctx, "DHIS2: look up tracked entity"),
		http.MethodGet, "/api/tracker/trackedEntities?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	var list struct {
		TrackedEntities []trackedEntity `json:"trackedEntities"`
	}
	if status != http.StatusOK || json.Unmarshal(body, &list) != nil {
		return nil, unexpected(status, "look-up")
	}
	if len(list.TrackedEntities) == 0 {
		return nil, nil //nolint:nilnil // none is an answer
	}
	return &list.TrackedEntities[0], nil
}

// send imports a payload, synchronously and all or nothing. The report may
// hold errors; an error means there is no report.
func (d *dhis2) send(ctx context.Context, p payload) (importReport, error) {
	body, err := encode(p)
	if err != nil {
		return importReport{}, fmt.Errorf("payload for DHIS2: %w", err)
	}
	status, answer, err := d.call(mediator.Named(ctx, "DHIS2: import"), http.MethodPost,
		"/api/tracker?async=false&importStrategy=CREATE_AND_UPDATE&atomicMode=ALL&idScheme=CODE", body)
	if err != nil {
		return importReport{}, err
	}
	var report importReport
	// A 409 has two shapes, told apart by their keys (fact 2).
	if json.Unmarshal(answer, &report) != nil || report.ValidationReport == nil ||
		(status != http.StatusOK && status != http.StatusConflict) {
		return importReport{}, unexpected(status, "import")
	}
	return report, nil
}

func unexpected(status int, doing string) *mediator.Error {
	switch status {
	case http.StatusFound, http.StatusUnauthorized, http.StatusForbidden:
		return mediator.Errorf(http.StatusBadGateway, "DHIS2 does not accept the mediator's credentials")
	}
	return mediator.Errorf(http.StatusBadGateway, "DHIS2 answered the %s with status %d", doing, status)
}

// call makes a request and repeats it where that helps: no answer, a server in
// trouble, a lost race in its database. Both calls may be repeated, for UIDs
// are derived and the import is CREATE_AND_UPDATE.
func (d *dhis2) call(ctx context.Context, method, path string, body []byte) (status int, answer []byte, err error) {
	pause := d.firstPause
	for attempt := 1; ; attempt++ {
		status, answer, err = d.attempt(ctx, method, path, body)
		if !transient(status, answer, err) {
			return status, answer, nil
		}
		if attempt == d.maxAttempts || ctx.Err() != nil {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause *= 2
	}
	failure := mediator.Errorf(http.StatusBadGateway, "DHIS2 answered with status %d", status)
	if err != nil {
		failure = mediator.Errorf(http.StatusBadGateway, "DHIS2 could not be reached")
		failure.Cause = err
	}
	failure.Retry = true
	return 0, nil, failure
}

func (d *dhis2) attempt(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, d.attemptBudget)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, d.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Requested-With", "XMLHttpRequest") // a 401 is a 401, no redirect
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if d.token != "" {
		req.Header.Set("Authorization", "ApiToken "+d.token)
	} else {
		req.SetBasicAuth(d.username, d.password)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(answer) > maxAnswer {
		err = errors.New("the answer is larger than 4 MiB")
	}
	return resp.StatusCode, answer, err
}

// transient: dhis2.md 2.1. A database race comes as a 409 that is no report;
// its text holds key values and goes nowhere.
func transient(status int, answer []byte, err error) bool {
	if err != nil || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		return true
	}
	return status == http.StatusConflict && (bytes.Contains(answer, []byte("deadlock detected")) ||
		bytes.Contains(answer, []byte("duplicate key value violates unique constraint")))
}
