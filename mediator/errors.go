package mediator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Error is a failure with the HTTP status the caller shall get. Handlers
// return one to say what the caller may know; any other error is answered with
// a 500 and no more than "internal error", and is logged.
type Error struct {
	// Status is the HTTP status of the answer, 400 to 599. Anything else is
	// taken as 500.
	Status int
	// Message goes to the caller and to the core's console. It must hold
	// neither patient data nor credentials.
	Message string
	// Retry asks the core to repeat the request later, where its channel has
	// auto-retry enabled. Set it only where a repetition can help and does no
	// harm.
	Retry bool
	// Cause is logged and not sent anywhere. May be nil.
	Cause error
}

// Errorf returns an [Error] with this status. The message goes to the caller:
// it must hold neither patient data nor credentials. An error among the
// arguments that is formatted with %w is its cause, and its text is part of
// the message.
func Errorf(status int, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Status: status, Message: err.Error(), Cause: errors.Unwrap(err)}
}

// Error implements error.
func (e *Error) Error() string {
	if e.Cause == nil || strings.Contains(e.Message, e.Cause.Error()) {
		return fmt.Sprintf("%d: %s", e.Status, e.Message)
	}
	return fmt.Sprintf("%d: %s: %v", e.Status, e.Message, e.Cause)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// asError makes the answerable error of any error a handler returned.
func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Status < 400 || e.Status > 599 {
			c := *e
			c.Status = http.StatusInternalServerError
			return &c
		}
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Status: http.StatusGatewayTimeout, Message: "the request took too long", Retry: true, Cause: err}
	}
	if unreachable(err) {
		return &Error{Status: http.StatusBadGateway, Message: "a system that is needed could not be reached", Retry: true, Cause: err}
	}
	return &Error{Status: http.StatusInternalServerError, Message: "internal error", Cause: err}
}

// unreachable reports whether err is that of a network call which got no answer.
func unreachable(err error) bool {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return !errors.Is(err, context.Canceled)
	}
	_, ok := errors.AsType[net.Error](err)
	return ok
}

// safeText is err's text without what the query strings of URLs in it hold.
func safeText(err error) string {
	text := err.Error()
	for e := err; e != nil; {
		ue, ok := errors.AsType[*url.Error](e)
		if !ok {
			break
		}
		text = strings.ReplaceAll(text, ue.URL, safeURL(ue.URL))
		e = ue.Err
	}
	return text
}

// safeURL is a URL without user and query.
func safeURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable URL)"
	}
	u.User = nil
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	u.Fragment = ""
	return u.String()
}
