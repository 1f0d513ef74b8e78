package openhim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// StatusError is an answer of the core that is not a success: the core was
// reached and said no. See also [TransportError] and [ReplyError].
type StatusError struct {
	// Op says what was asked, for example "register mediator".
	Op string
	// Status is the HTTP status code of the answer.
	Status int
	// Message is the core's text, cut to 1 KiB. Its wording is not stable
	// between versions.
	Message string
}

// Error implements error.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("openhim: %s: the core answered %d %s", e.Op, e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// TransportError means that no answer of the core was received: it is down,
// not reachable, too slow, its certificate is not trusted, or the context
// ended. Whether the core acted on the request is not known.
type TransportError struct {
	// Op says what was asked.
	Op string
	// URL of the API.
	URL string
	// Err is the cause, for example a *net.OpError, a *[FingerprintError] or
	// context.Canceled.
	Err error

	hint string
}

// Error implements error.
func (e *TransportError) Error() string {
	s := fmt.Sprintf("openhim: %s: no answer from %s: %v", e.Op, e.URL, e.Err)
	if e.hint != "" {
		s += " (" + e.hint + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// ReplyError means that the core called it a success, but its answer is not
// what is due: a text where a document belongs, a broken document, or one
// that is too large. With basic authentication a core answers an address it
// does not know with 200 and a text (openhim-core.md, Q1).
type ReplyError struct {
	// Op says what was asked.
	Op string
	// Status is the HTTP status code, 2xx.
	Status int
	// ContentType of the answer.
	ContentType string
	// Err says what is wrong. It holds nothing of the body.
	Err error
}

// Error implements error.
func (e *ReplyError) Error() string {
	return fmt.Sprintf("openhim: %s: the core answered %d with %q: %v", e.Op, e.Status, e.ContentType, e.Err)
}

// Unwrap returns the cause.
func (e *ReplyError) Unwrap() error { return e.Err }

// VersionError means that this core is too old for what was asked.
type VersionError struct {
	// Op says what was asked.
	Op string
	// Since is the first version that can do it.
	Since Version
	// Core is the version of this one.
	Core Version
}

// Error implements error.
func (e *VersionError) Error() string {
	return fmt.Sprintf("openhim: %s: this core is %s, it needs %s or later", e.Op, e.Core, e.Since)
}

// ReachedCore reports whether the core was reached: err is nil, or the core's
// own answer. False means that the network, TLS or the context stood between,
// or that nothing was sent.
func ReachedCore(err error) bool {
	if err == nil {
		return true
	}
	var (
		status  *StatusError
		reply   *ReplyError
		kept    *NotKeptError
		version *VersionError
	)
	return errors.As(err, &status) || errors.As(err, &reply) || errors.As(err, &kept) || errors.As(err, &version)
}

// IsNotFound reports whether the core said 404: it does not know the URN, the
// ID or the call.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsUnauthorized reports whether the core said 401: the user or the password
// is wrong, or none of the ways of authentication is switched on.
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsForbidden reports whether the core said 403: the user lacks a permission.
func IsForbidden(err error) bool { return hasStatus(err, http.StatusForbidden) }

func hasStatus(err error, status int) bool {
	var e *StatusError
	return errors.As(err, &e) && e.Status == status
}

// Retryable reports whether the same call may succeed later: the core was not
// reached, did not keep an update yet, or answered 408, 425, 429 or a 5xx
// other than 501 and 505. Cores answer 500 for what will never work too, a
// malformed ID for example, so bound the attempts. A canceled context, an
// untrusted certificate, a 4xx and an invalid document are not retryable.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var kept *NotKeptError
	if errors.As(err, &kept) {
		return true
	}
	var status *StatusError
	if errors.As(err, &status) {
		switch status.Status {
		case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
			return false
		case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
			return true
		default:
			return status.Status >= http.StatusInternalServerError
		}
	}
	var transport *TransportError
	if !errors.As(err, &transport) {
		return false
	}
	return errors.Is(err, context.DeadlineExceeded) || httpx.TransientError(transport.Err)
}

// timeoutError is the end of Config.Timeout.
type timeoutError struct{ limit time.Duration }

func (e *timeoutError) Error() string { return "nothing complete came within " + e.limit.String() }

func (e *timeoutError) Timeout() bool { return true }

func (e *timeoutError) Unwrap() error { return context.DeadlineExceeded }

// hintFor says what to do about the usual faults of a first connection.
func hintFor(scheme string, err error) string {
	var (
		pin      *FingerprintError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		hostname x509.HostnameError
	)
	switch {
	case errors.As(err, &pin):
		return ""
	case errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0:
		return "to trust exactly this certificate set Fingerprint to " +
			CertificateFingerprint(verify.UnverifiedCertificates[0].Raw) + " after comparing it with the core's"
	case errors.As(err, &hostname) && hostname.Certificate != nil:
		return "to trust exactly this certificate set Fingerprint to " +
			CertificateFingerprint(hostname.Certificate.Raw) + " after comparing it with the core's"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "the address says https, but plain http is spoken there"
	case scheme == "http" && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		return "the address says http; a core serves its API over https unless told otherwise"
	default:
		return ""
	}
}
