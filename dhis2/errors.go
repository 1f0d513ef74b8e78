package dhis2

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

// Conditions of an [*Error], for errors.Is.
var (
	// ErrNotFound means: DHIS2 says that there is no such object or key (404). A 404
	// that is not DHIS2's, of an endpoint that the version does not have, of a
	// gateway, or of a container in which DHIS2 is not running yet, says nothing of
	// objects, and is none.
	ErrNotFound = errors.New("dhis2: not found")
	// ErrExists means: it is there already, and was to be new (409).
	ErrExists = errors.New("dhis2: already exists")
	// ErrUnauthorized means: the credentials are missing, wrong or ended.
	ErrUnauthorized = errors.New("dhis2: not authorized")
	// ErrForbidden means: the user may not (403).
	ErrForbidden = errors.New("dhis2: forbidden")
)

// Shape is what the body of a refusal is. A 409 has several.
type Shape string

// Shapes of answers.
const (
	ShapeNone          Shape = ""              // no body, or no answer at all
	ShapeWebMessage    Shape = "WebMessage"    // {"httpStatusCode":…}
	ShapeImportReport  Shape = "ImportReport"  // of the tracker: {"validationReport":…, "stats":…}
	ShapeImportSummary Shape = "ImportSummary" // of aggregate data, in a WebMessage or by itself
	ShapeHTML          Shape = "HTML"          // of Tomcat or of a proxy
	ShapeRedirect      Shape = "Redirect"      // a status of 300 to 399
	ShapeOther         Shape = "Other"         // anything else
)

// Error is a request that the server refused, or that got no whole answer. Its
// text holds codes, names of the API and what is known to be free of values,
// and nothing else of what the server said.
type Error struct {
	// Method and Path of the request: below /api, with {id} for what may name an
	// object, such as "tracker/trackedEntities/{id}".
	Method, Path string
	// Status is the HTTP status; 0 if there was no whole answer.
	Status int
	// Class is what kind of thing went wrong: for an import report that of its
	// gravest error.
	Class Class
	// Verdict is what to do next.
	Verdict Verdict
	// Shape of the answer.
	Shape Shape
	// Codes are those in the answer, sorted, each once: the tracker's (see
	// [ClassOf]) in an import report, those of conflicts in an import summary, the
	// errorCode of a WebMessage, where E1005 is "not found" whatever the tracker
	// means by it.
	Codes []string
	// UIDs of the objects with errors in an import report, each once, at most
	// 1,000.
	UIDs []string
	// RetryAfter is how long the server asks to wait; 0 if it does not say.
	RetryAfter time.Duration
	// Attempts is how often the request was sent.
	Attempts int
	// Message is what the server said, if it is a text known to be free of
	// values; what it means, where the text is not but known; else "".
	Message string
	// Err is the cause where there was no answer or it cannot be read.
	Err error
}

// maxTold bounds how many codes the text of an error tells.
const maxTold = 8

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dhis2: %s %s: ", e.Method, e.Path)
	if e.Status == 0 {
		b.WriteString("no answer")
	} else {
		b.WriteString(strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))))
	}
	if e.Shape != ShapeNone && e.Shape != ShapeWebMessage && e.Shape != ShapeRedirect {
		b.WriteString(", " + string(e.Shape))
	}
	if len(e.Codes) > 0 {
		b.WriteString(", " + strings.Join(e.Codes[:min(len(e.Codes), maxTold)], " "))
		if more := len(e.Codes) - maxTold; more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
	}
	if e.Class != ClassUnknown {
		b.WriteString(" (" + string(e.Class) + ")")
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + tellableCause(e.Err))
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the condition this refusal stands for.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound && e.Shape == ShapeWebMessage
	case ErrExists:
		return e.Status == http.StatusConflict && e.Class == ClassAlreadyExists
	case ErrUnauthorized:
		return e.Class == ClassAuthentication
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	default:
		return false
	}
}

// Retryable reports whether the same request may succeed later, by itself: the
// server was not reached or too busy, failed over it, or it lost a race.
// Whether it may be sent again is another question, see [Repeat]. An ended
// context of the caller is not retryable.
func Retryable(err error) bool {
	var e *Error
	if err == nil || errors.Is(err, context.Canceled) || !errors.As(err, &e) {
		return false
	}
	return e.Verdict == VerdictRetry || e.Verdict == VerdictBisect
}

// ReachedServer reports whether the server, or something before it, answered:
// err is nil or has a status.
func ReachedServer(err error) bool {
	var e *Error
	return err == nil || errors.As(err, &e) && e.Status != 0
}

// timeoutError is the end of a call's Timeout.
type timeoutError struct{ limit time.Duration }

func (e *timeoutError) Error() string { return "nothing complete came within " + e.limit.String() }

func (e *timeoutError) Timeout() bool { return true }

func (e *timeoutError) Unwrap() error { return context.DeadlineExceeded }

// ended is why a context ended: what its cause says, and always that it was
// canceled or that its time was over, which a cause of the caller's does not say.
func ended(ctx context.Context) error {
	cause, err := context.Cause(ctx), ctx.Err()
	var slow *httpx.AttemptTimeoutError // of this attempt; the call goes on
	if errors.Is(cause, err) || errors.As(cause, &slow) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// bodyError means that an answer began but did not end.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "the answer broke off: " + e.err.Error() }

func (e *bodyError) Unwrap() error { return e.err }

// withoutURL takes the *url.Error off, whose text holds the address: queries and
// ids name patients.
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
	text, _, malformed := strings.Cut(err.Error(), "malformed ")
	if malformed {
		text += "malformed answer"
	}
	return quotedText.ReplaceAllString(text, `"…"`)
}
