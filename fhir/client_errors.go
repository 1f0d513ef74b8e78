package fhir

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// ErrNotModified means that the resource is still the version named in
// [IfNoneMatch], or was not changed since [IfModifiedSince] (304).
var ErrNotModified = errors.New("fhir: not modified")

// TransportError means that no complete answer was received: the server is
// down, not reachable, too slow, its certificate is not trusted, no credentials
// could be had, or the context ended. Whether the server acted is not known. Its
// text holds nothing that the server sent.
type TransportError struct {
	// Method and URL of the request; the URL as a template, see [OutcomeError].
	Method, URL string
	// Err is the cause, for example a *net.OpError or context.Canceled.
	Err error
}

// Error implements error.
func (e *TransportError) Error() string {
	return "fhir: " + e.Method + " " + e.URL + ": no answer: " + tellableCause(e.Err)
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// ResponseError means that the server called it a success, but the answer is
// not what is due: an HTML page where a resource belongs, broken JSON, another
// resource than was asked for, or one that is too large. The server may have
// acted.
type ResponseError struct {
	// Method and URL of the request; the URL as a template, see [OutcomeError].
	Method, URL string
	// Status is the HTTP status.
	Status int
	// ContentType of the answer.
	ContentType string
	// Err says what is wrong. It holds nothing of the body.
	Err error
}

// Error implements error.
func (e *ResponseError) Error() string {
	return fmt.Sprintf("fhir: %s %s: the server answered %d with %q: %v",
		e.Method, e.URL, e.Status, safeMediaType(e.ContentType), e.Err)
}

// Unwrap returns the cause.
func (e *ResponseError) Unwrap() error { return e.Err }

// ArgumentError means that a call cannot be made as it was asked for; nothing
// was sent.
type ArgumentError struct {
	// Argument is what is wrong, such as "id" or a search parameter's name.
	Argument string
	// Reason says why. It holds no value.
	Reason string
}

// Error implements error.
func (e *ArgumentError) Error() string { return "fhir: " + e.Argument + ": " + e.Reason }

// ReachedServer reports whether the server answered: err is nil, or the
// server's own answer. False means that the network, TLS or the context stood
// between, or that nothing was sent.
func ReachedServer(err error) bool {
	if err == nil || errors.Is(err, ErrNotModified) {
		return true
	}
	var (
		outcome  *OutcomeError
		response *ResponseError
	)
	return errors.As(err, &outcome) || errors.As(err, &response)
}

// Retryable reports whether the same call may succeed later: the server was
// not reached, or answered 408, 425, 429, 502, 503, 504, or 409 for concurrent
// changes. Whether it may be repeated is another question, see [Client]. A
// canceled context, an untrusted certificate, a version conflict and any other
// refusal are not retryable.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var outcome *OutcomeError
	if errors.As(err, &outcome) {
		return httpx.TransientStatus(outcome.Status) || outcome.isRace()
	}
	var transport *TransportError
	if !errors.As(err, &transport) {
		return false
	}
	var auth *AuthError
	if errors.As(err, &auth) && auth.Status != 0 {
		return httpx.TransientStatus(auth.Status)
	}
	return errors.Is(err, context.DeadlineExceeded) || httpx.TransientError(transport.Err)
}

// timeoutError is the end of ClientConfig.Timeout.
type timeoutError struct{ limit time.Duration }

func (e *timeoutError) Error() string { return "nothing complete came within " + e.limit.String() }

func (e *timeoutError) Timeout() bool { return true }

func (e *timeoutError) Unwrap() error { return context.DeadlineExceeded }

// withoutURL takes the *url.Error off, whose text holds the address: queries
// and ids name patients.
func withoutURL(err error) error {
	var ue *url.Error
	for errors.As(err, &ue) {
		err = ue.Err
	}
	return err
}

// quotedText is what net/http quotes: lines and headers of the other side.
var quotedText = regexp.MustCompile(`"(\\.|[^"\\])*"`)

// tellableCause is the text of what went wrong on the way, without what the
// server sent: net/http repeats addresses and lines that it cannot read.
func tellableCause(err error) string {
	if err == nil {
		return "nothing is known of why"
	}
	text, _, malformed := strings.Cut(err.Error(), "malformed ")
	if malformed {
		text += "malformed answer"
	}
	return quotedText.ReplaceAllString(text, `"…"`)
}

// issueOf is the code of an issue for a status that came without an outcome.
func issueOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return IssueLogin
	case http.StatusForbidden:
		return IssueForbidden
	case http.StatusNotFound:
		return IssueNotFound
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType, http.StatusNotImplemented:
		return IssueNotSupported
	case http.StatusConflict, http.StatusPreconditionFailed:
		return IssueConflict
	case http.StatusGone:
		return IssueDeleted
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong:
		return IssueTooLong
	case http.StatusTooManyRequests:
		return IssueThrottled
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return IssueTimeout
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return IssueTransient
	default:
		if status >= http.StatusInternalServerError {
			return IssueException
		}
		return IssueProcessing
	}
}
