package fhir

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Media types of FHIR and of what goes with it.
const (
	mediaFHIR   = "application/fhir+json"
	mediaForm   = "application/x-www-form-urlencoded"
	mediaNDJSON = "application/fhir+ndjson"
)

// request is one call in the making.
type request struct {
	method string
	url    *url.URL // without query
	query  Query
	raw    string // a query as it is, of a link
	header http.Header
	prefer []string
	body   []byte // nil for none
	media  string // of the body

	retry       httpx.Retry
	once        bool  // whatever retry and races say
	races       races // repeat after a 409 that concurrent requests cause
	ifMatch     bool
	conditional bool
	operation   bool
	anonymous   bool // without credentials
	post        bool // a search is sent as POST
	form        bool // the query is in the body
	compartment []string
	strict      bool
	captured    *Answer // filled in, if there is one
	err         error   // what an option found wrong
}

// newRequest returns a request to the path below the base; segments are
// escaped.
func (c *Client) newRequest(method string, segments ...string) *request {
	u := *c.base
	var raw strings.Builder
	raw.WriteString(c.base.EscapedPath())
	for _, s := range segments {
		if s != "" {
			raw.WriteString("/" + url.PathEscape(s))
		}
	}
	u.RawPath = raw.String()
	u.Path, _ = url.PathUnescape(u.RawPath)
	q := &request{method: method, url: &u, header: http.Header{}}
	switch method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPut, http.MethodDelete:
		q.retry = httpx.RetrySafe
	default:
		q.retry = httpx.RetryRefused
	}
	return q
}

// content is what a request carries.
func (q *request) content(body []byte, media string) *request {
	q.body, q.media = body, media
	return q
}

// fail keeps the first error.
func (q *request) fail(err error) {
	if q.err == nil {
		q.err = err
	}
}

// version asks for a version by a header. One that would name any or several is
// refused.
func (q *request) version(argument, header, version string) {
	tag := ParseETag(version)
	switch {
	case tag == "":
		q.fail(&ArgumentError{Argument: argument, Reason: "has no version; it would hold for any"})
	case strings.ContainsFunc(tag, func(c rune) bool { return c < ' ' || c == '"' || c == 0x7f }):
		q.fail(&ArgumentError{Argument: argument, Reason: "is no version"})
	default:
		q.header.Set(header, FormatETag(tag))
	}
}

// path is what of the URL stands below the base.
func (q *request) path(c *Client) string { return strings.TrimPrefix(q.url.Path, c.base.Path) }

// finish makes the URL with its query and the headers that options asked for.
func (q *request) finish(c *Client) (*url.URL, error) {
	if q.err != nil {
		return nil, q.err
	}
	if q.once {
		q.retry, q.races = httpx.RetryNever, racesNone
	}
	encoded, err := q.query.Encode()
	if err != nil {
		return nil, err
	}
	if int64(len(q.body)) > c.cfg.MaxRequest {
		return nil, &ArgumentError{
			Argument: "body", Reason: fmt.Sprintf("has %d bytes, more than ClientConfig.MaxRequest", len(q.body)),
		}
	}
	if len(q.prefer) > 0 {
		q.header.Set("Prefer", strings.Join(q.prefer, ", "))
	}
	u := *q.url
	u.RawQuery = q.raw
	if encoded != "" && !q.form {
		u.RawQuery = strings.TrimPrefix(q.raw+"&"+encoded, "&")
	}
	return &u, nil
}

// build makes one HTTP request of it, with credentials. A request can be built
// several times, always with the same bytes.
func (q *request) build(ctx context.Context, c *Client, u *url.URL) (*http.Request, error) {
	var body io.Reader
	if q.body != nil {
		body = bytes.NewReader(q.body) // gives each attempt a body of its own
	}
	req, err := http.NewRequestWithContext(httpx.WithRetry(ctx, q.retry), q.method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("fhir: make the request: %w", withoutURL(err))
	}
	trusted := !q.anonymous && sameOrigin(u, c.base)
	req.Header.Set("Accept", mediaFHIR)
	if trusted {
		for name, values := range c.cfg.Header {
			req.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	for name, values := range q.header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if q.body != nil {
		req.Header.Set("Content-Type", q.media)
	}
	if c.cfg.Auth != nil && trusted {
		if err := c.cfg.Auth.Authorize(ctx, req); err != nil {
			return nil, fmt.Errorf("fhir: credentials: %w", err)
		}
	}
	return req, nil
}

// checkType refuses what cannot be a type's name.
func checkType(name string) error {
	if !isTypeName(name) {
		return &ArgumentError{Argument: "type", Reason: "is no name of a resource type, such as Patient"}
	}
	return nil
}

// checkID refuses what would lead to another address. It takes more than R4's
// ids: up to 128 characters, and _ and ~ too, as servers have them.
func checkID(argument, id string) error {
	switch {
	case id == "":
		return &ArgumentError{Argument: argument, Reason: "is empty"}
	case len(id) > 128:
		return &ArgumentError{Argument: argument, Reason: "is longer than any server takes"}
	case strings.Trim(id, ".") == "":
		return &ArgumentError{Argument: argument, Reason: "is made of dots only"}
	}
	for i := range len(id) {
		c := id[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("-._~", rune(c)) {
			return &ArgumentError{Argument: argument, Reason: "holds a character that no id may have"}
		}
	}
	return nil
}

// tellableID is a request's id as it may stand in an error.
var tellableID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
