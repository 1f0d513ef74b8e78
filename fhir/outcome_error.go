package fhir

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Conditions of a server's refusal. An [*OutcomeError] is one or several of
// them (errors.Is), whatever status a certain server uses for it.
var (
	// ErrNotFound: there is no such resource (404, or 410 where the server
	// remembers deleted ones: that is [ErrGone] too). Servers answer 404 for
	// types and operations they do not know, too.
	ErrNotFound = errors.New("fhir: not found")
	// ErrGone: the resource was deleted (410). Not every server remembers:
	// Medplum answers 404, so test for [ErrNotFound] unless it matters.
	ErrGone = errors.New("fhir: gone")
	// ErrVersionConflict: somebody else changed the resource since the version
	// named in If-Match (412 by the specification, 409 by HAPI). Read it again
	// and redo the change.
	ErrVersionConflict = errors.New("fhir: version conflict")
	// ErrMultipleMatches: the condition of a conditional interaction selected
	// more than one resource (412).
	ErrMultipleMatches = errors.New("fhir: the condition matches more than one resource")
	// ErrPrecondition: a condition of the request does not hold: any 412, and a
	// version conflict whatever its status.
	ErrPrecondition = errors.New("fhir: precondition failed")
	// ErrConflict: the server cannot do this in its present state (409):
	// concurrent changes, or a resource that others refer to is to be deleted.
	// A version conflict is none.
	ErrConflict = errors.New("fhir: conflict")
	// ErrUnauthorized: credentials are missing or not taken (401).
	ErrUnauthorized = errors.New("fhir: unauthorized")
	// ErrForbidden: these credentials do not suffice (403).
	ErrForbidden = errors.New("fhir: forbidden")
	// ErrInvalid: the server refused the content of the request (400 or 422).
	ErrInvalid = errors.New("fhir: refused as invalid")
	// ErrThrottled: too many requests (429).
	ErrThrottled = errors.New("fhir: too many requests")
	// ErrUnavailable: the server or a gateway before it cannot answer now
	// (502, 503, 504).
	ErrUnavailable = errors.New("fhir: unavailable")
	// ErrNotSupported: the server does not do this interaction (405, 501, or
	// an issue "not-supported").
	ErrNotSupported = errors.New("fhir: not supported by the server")
)

// OutcomeError is a refusal: the server was reached and said no. Its issues
// may name patients; the text of Error does not: it holds the method, the URL
// as a template, the status, and of each issue severity, code and element.
//
// Test conditions with errors.Is and [ErrNotFound], [ErrVersionConflict] and
// so on; statuses differ from server to server.
type OutcomeError struct {
	// Status is the HTTP status, or the one of an entry of a Bundle.
	Status int
	// Method of the request.
	Method string
	// URL of the request without anything that may name a patient, such as
	// "https://fhir.example.org/r4/Patient/{id}".
	URL string
	// Outcome is what the server said. Where it sent none, as gateways do, it
	// has one issue with the status in its code and no text of the answer.
	Outcome OperationOutcome
	// ContentType of the answer where it was not an OperationOutcome: an HTML
	// page of a gateway, for example. Empty otherwise.
	ContentType string
	// IfMatch says that the request named a version it expects.
	IfMatch bool
	// Conditional says that the request selected its resource by a search.
	Conditional bool
	// Operation says that the request was for an operation, such as $validate.
	Operation bool
	// RetryAfter is how long the server asks to wait; 0 if it does not say.
	RetryAfter time.Duration
	// RequestID is the answer's X-Request-Id, by which the server's people find
	// the request in their logs. Empty if there is none.
	RequestID string
}

// hapiMessage is the number HAPI gives each of its messages.
var hapiMessage = regexp.MustCompile(`\bHAPI-\d{4}\b`)

// maxToldIssues bounds how many issues the text of an error tells.
const maxToldIssues = 5

// Error implements error. It holds no text of the server: see Outcome for it.
func (e *OutcomeError) Error() string {
	var b strings.Builder
	b.WriteString("fhir: ")
	if e.Method != "" || e.URL != "" {
		b.WriteString(strings.TrimSpace(e.Method + " " + e.URL))
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%d %s", e.Status, http.StatusText(e.Status))
	if e.ContentType != "" {
		fmt.Fprintf(&b, ", no OperationOutcome but %q", safeMediaType(e.ContentType))
		return b.String()
	}
	told := 0
	for _, i := range e.issues() {
		if told == maxToldIssues {
			fmt.Fprintf(&b, " and %d more", len(e.issues())-told)
			break
		}
		if told == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(i.safe())
		told++
	}
	return b.String()
}

// issues returns the errors among the issues, or all where none is one.
func (e *OutcomeError) issues() []Issue {
	var out []Issue
	for _, i := range e.Outcome.Issues {
		if i.IsError() {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return e.Outcome.Issues
	}
	return out
}

// Is reports whether target is the condition this refusal stands for.
func (e *OutcomeError) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound || e.Status == http.StatusGone
	case ErrGone:
		return e.Status == http.StatusGone
	case ErrVersionConflict:
		return e.versionConflict()
	case ErrMultipleMatches:
		return e.multipleMatches()
	case ErrPrecondition:
		return e.Status == http.StatusPreconditionFailed || e.versionConflict()
	case ErrConflict:
		return e.Status == http.StatusConflict && !e.versionConflict()
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrInvalid:
		return e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity
	case ErrThrottled:
		return e.Status == http.StatusTooManyRequests
	case ErrUnavailable:
		return slices.Contains([]int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, e.Status)
	case ErrNotSupported:
		return e.notSupported()
	default:
		return false
	}
}

// notSupported: 405 and 501; the issue's code, with which HAPI answers 400 to
// an operation it does not know; and 404 to an operation on no certain
// resource, which leaves nothing else that could not be found.
func (e *OutcomeError) notSupported() bool {
	return e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented ||
		e.Outcome.HasCode(IssueNotSupported) ||
		e.Operation && e.Status == http.StatusNotFound && !strings.Contains(e.URL, "{id}")
}

// versionConflict: a 409 or 412 to a request with If-Match, but for the one
// that says that a condition matched several. HAPI numbers its messages for
// both: an outcome of a transaction, whose entries had If-Match, is told so.
func (e *OutcomeError) versionConflict() bool {
	switch e.Status {
	case http.StatusConflict:
		return e.IfMatch || e.hasHAPI(hapiStale)
	case http.StatusPreconditionFailed:
		return (e.IfMatch && !e.saysMultiple()) || e.hasHAPI(hapiStale)
	default:
		return false
	}
}

func (e *OutcomeError) multipleMatches() bool {
	return e.Status == http.StatusPreconditionFailed && (e.saysMultiple() || e.Conditional && !e.versionConflict())
}

func (e *OutcomeError) saysMultiple() bool {
	return e.Outcome.HasCode(IssueMultipleMatches) || e.hasHAPI(hapiMultiple)
}

func (e *OutcomeError) hasHAPI(codes string) bool {
	for _, i := range e.Outcome.Issues {
		for _, code := range hapiMessage.FindAllString(i.Diagnostics, -1) {
			if strings.Contains(codes, code) {
				return true
			}
		}
	}
	return false
}

// Numbers of HAPI's messages (8.8), whose issues all have code "processing".
const (
	hapiStale    = "HAPI-0974 HAPI-0989"           // If-Match does not hold, of a patch, of an update
	hapiMultiple = "HAPI-0958 HAPI-0962 HAPI-0988" // conditional create, delete, update
	// Requests at once: 0550 is around all of them (and around a stale If-Match,
	// too), 0823 and 0826 are about one version made twice, even by a delete.
	hapiRace = "HAPI-0550 HAPI-0823 HAPI-0825 HAPI-0826 HAPI-2745"
)

// safe is the issue without anything a patient may be known by.
func (i Issue) safe() string {
	s := i.Severity
	if s == "" {
		s = SeverityError
	}
	s += " " + safeCode(i.Code)
	if code := hapiMessage.FindString(i.Diagnostics); code != "" {
		s += " (" + code + ")"
	}
	if len(i.Expression) > 0 {
		s += " at " + safeExpression(i.Expression[0])
	}
	if i.Line > 0 {
		s += fmt.Sprintf(" (line %d, column %d)", i.Line, i.Column)
	}
	return s
}

// safeCode is a code if it can be one: servers have put texts there.
func safeCode(code string) string {
	if !tellableCode.MatchString(code) {
		return "with a code that is none"
	}
	return code
}

var (
	tellableCode = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	// tellablePath is a FHIRPath of names and indexes: nothing else is told.
	tellablePath      = regexp.MustCompile(`^[A-Za-z]+(\[\d+\])?(\.[A-Za-z][A-Za-z0-9]*(\[(x|\d+)\])?)*`)
	tellableType      = regexp.MustCompile(`^[A-Za-z-]{1,64}$`)
	tellableMediaType = regexp.MustCompile(`^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+`)
)

// safeExpression is the part of a FHIRPath before the first thing that may
// hold a value: a function's argument, or the comments validators put in.
func safeExpression(path string) string {
	return tellablePath.FindString(path)
}

// safeType is what a server calls a type, if it can be one.
func safeType(name string) string {
	if !tellableType.MatchString(name) {
		return "of a type that is none"
	}
	return "of type " + name
}

func safeMediaType(contentType string) string { return tellableMediaType.FindString(contentType) }
