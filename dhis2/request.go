package dhis2

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Repeat says whether a request may be sent again after it may have been
// carried out.
type Repeat int

const (
	// RepeatAuto repeats GET, HEAD, PUT and DELETE, of which twice is like once,
	// and anything else only if it was provably not looked at.
	RepeatAuto Repeat = iota
	// RepeatSafe repeats whatever the method: the same bytes a second time change
	// nothing, for example an import of objects whose UIDs are all derived.
	RepeatSafe
	// RepeatNever sends the request once. Only when the server refused its session
	// is it sent anew, as that proves that nothing was done.
	RepeatNever
)

// Request is any request to the server.
type Request struct {
	// Method is the HTTP method. Defaults to GET.
	Method string
	// Path is below /api, such as "tracker" or "trackedEntityTypes/x". Segments
	// that are not known to be harmless must be escaped (url.PathEscape).
	Path string
	// Query is sent as it is. Defaults to none.
	Query url.Values
	// Header is sent with it; credentials and X-Requested-With cannot be set.
	Header http.Header
	// Body is the content; it must not change during the call. Defaults to none.
	Body []byte
	// ContentType of Body. Defaults to application/json.
	ContentType string
	// Accept defaults to application/json.
	Accept string
	// Timeout bounds the whole call. Defaults to Config.Timeout.
	Timeout time.Duration
	// AttemptTimeout bounds one attempt. Defaults to Config.AttemptTimeout.
	AttemptTimeout time.Duration
	// MaxBody bounds the answer in bytes. Defaults to Config.MaxBody.
	MaxBody int64
	// Repeat says whether it may be sent again. Defaults to RepeatAuto.
	Repeat Repeat
	// Attempts bounds how often it is sent. Defaults to Config.MaxAttempts.
	Attempts int
}

// Response is the server's answer to a request.
type Response struct {
	// Status is the HTTP status.
	Status int
	// Header is the answer's. Cookies are taken off.
	Header http.Header
	// Body is the content, not compressed, nil for none.
	Body []byte
}

// ArgumentError means that a call cannot be made as it was asked for; nothing
// was sent.
type ArgumentError struct {
	// Argument is what is wrong, such as "path".
	Argument string
	// Reason says why. It holds no value.
	Reason string
}

// Error implements error.
func (e *ArgumentError) Error() string { return "dhis2: " + e.Argument + ": " + e.Reason }

// call is one request in the making.
type call struct {
	Request

	url      *url.URL
	endpoint string // Path without ids, for errors and logs
	// credentials says that the session must not be used: this call opens one.
	credentials bool
}

func (c *Client) newCall(r Request) (*call, error) {
	q := &call{Request: r}
	q.Method = strings.ToUpper(r.Method)
	if q.Method == "" {
		q.Method = http.MethodGet
	}
	if !isToken(q.Method) {
		return nil, &ArgumentError{Argument: "method", Reason: "is no HTTP method"}
	}
	q.Path = strings.TrimPrefix(r.Path, "/")
	u, err := c.below(q.Path)
	if err != nil {
		return nil, err
	}
	u.RawQuery = r.Query.Encode()
	q.url, q.endpoint = u, endpointOf(q.Path)
	if int64(len(r.Body)) > c.cfg.MaxRequest {
		return nil, &ArgumentError{
			Argument: "body", Reason: fmt.Sprintf("has %d bytes, more than Config.MaxRequest", len(r.Body)),
		}
	}
	if r.Timeout <= 0 {
		q.Timeout = c.cfg.Timeout
	}
	if r.AttemptTimeout <= 0 {
		q.AttemptTimeout = c.cfg.AttemptTimeout
	}
	if r.MaxBody <= 0 {
		q.MaxBody = c.cfg.MaxBody
	}
	q.MaxBody = min(q.MaxBody, math.MaxInt64-1) // one byte more is asked for
	if r.Attempts <= 0 {
		q.Attempts = c.cfg.MaxAttempts
	}
	return q, nil
}

// below is the URL of a path below /api. One that could leave it is refused.
func (c *Client) below(path string) (*url.URL, error) {
	for segment := range strings.SplitSeq(path, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "" || plain == "." || plain == ".." || strings.ContainsAny(segment, "?#\\ \x7f") ||
			strings.ContainsFunc(plain, func(r rune) bool { return r < ' ' }) {
			return nil, &ArgumentError{Argument: "path", Reason: "is no escaped path below /api, such as tracker/events"}
		}
	}
	u := *c.base
	u.RawPath = c.base.EscapedPath() + "/" + path
	plain, err := url.PathUnescape(u.RawPath)
	if err != nil {
		return nil, &ArgumentError{Argument: "path", Reason: "is not escaped"}
	}
	u.Path = plain
	return &u, nil
}

// mayRepeat reports whether the request may be sent again although it may have
// been carried out.
func (q *call) mayRepeat() bool {
	switch q.Repeat {
	case RepeatSafe:
		return true
	case RepeatNever:
		return false
	case RepeatAuto:
	}
	switch q.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}

// endpointWord is a segment that names something of the API, not an object.
var endpointWord = regexp.MustCompile(`^[a-z]+([A-Z][a-z]+)*(\.[a-z]+)?$`)

// endpointOf is a path in which {id} stands for what may name an object: UIDs and
// keys of patients have no place in errors and logs.
func endpointOf(path string) string {
	segments := strings.Split(path, "/")
	nextInStore := false
	for i, s := range segments {
		inStore := nextInStore // so are a namespace and all that follows
		nextInStore = inStore || strings.HasSuffix(strings.ToLower(s), "datastore")
		looksLikeUID := len(s) == uidLength && ValidUID(s) && strings.ToLower(s) != s
		if inStore || looksLikeUID || !endpointWord.MatchString(s) || len(s) > 40 {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' })
}
