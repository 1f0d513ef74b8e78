package fhir

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Answer is a server's answer to a call, see [WithAnswer] and [Client.Do].
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Header is the answer's.
	Header http.Header
	// Body is the answer's content, not compressed, nil for none. It must not
	// be changed.
	Body []byte
	// VersionID is the version the ETag names, else the one of Location. Some
	// servers send neither: meta.versionId of the resource says it then.
	VersionID string
	// LastModified is when the version was stored, in seconds; the zero time
	// if the server does not say.
	LastModified time.Time
	// Location is where a created or changed resource is, the zero Location if
	// the server does not say.
	Location Location

	client  *Client
	request *request
	url     *url.URL
}

func newAnswer(c *Client, q *request, u *url.URL, res *http.Response, body []byte) *Answer {
	a := &Answer{Status: res.StatusCode, Header: res.Header, client: c, request: q, url: u}
	if len(body) > 0 {
		a.Body = body
	}
	a.VersionID = ParseETag(res.Header.Get("ETag"))
	a.LastModified, _ = http.ParseTime(res.Header.Get("Last-Modified"))
	a.Location = ParseLocation(res.Header.Get("Location"))
	if a.Location.IsZero() {
		// HAPI sends it with updates. For a read R4 gives it another meaning.
		if q.method != http.MethodGet {
			a.Location = ParseLocation(res.Header.Get("Content-Location"))
		}
	}
	if a.VersionID == "" {
		a.VersionID = a.Location.Version
	}
	return a
}

// Resource reads the body as a resource. It is the zero Resource if there is
// no body. A body that is no resource, in JSON or XML, is a
// *[ResponseError].
func (a *Answer) Resource() (Resource, error) {
	if len(a.Body) == 0 {
		return Resource{}, nil
	}
	read := Parse
	media, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	switch {
	case err != nil || maybeJSON(media):
	case isXML(media):
		read = ParseXML
	default:
		return Resource{}, a.broken(errors.New("the content is neither JSON nor XML"))
	}
	r, err := read(a.Body)
	if err != nil {
		return Resource{}, a.broken(err)
	}
	return r, nil
}

// maybeJSON reports whether content of this type may be JSON: servers send
// resources as application/json and text/json too, some as text/plain.
func maybeJSON(media string) bool {
	return media == "" || strings.Contains(media, "json") || media == "text/plain" || media == "application/octet-stream"
}

// isXML reports whether content of this type is a resource in XML, which some
// servers answer with whatever they are asked for.
func isXML(media string) bool {
	return media == "application/fhir+xml" || media == "application/xml" || media == "text/xml"
}

// need reads the body as a resource of this type, "" for any.
func (a *Answer) need(typ string) (Resource, error) {
	r, err := a.Resource()
	switch {
	case err != nil:
		return Resource{}, err
	case r.IsZero():
		return Resource{}, a.broken(errors.New("there is no content"))
	case typ != "" && r.Type() != typ:
		return Resource{}, a.broken(fmt.Errorf("it is a resource %s, not %s", safeType(r.Type()), typ))
	}
	return r, nil
}

// outcome is the body if it is an OperationOutcome.
func (a *Answer) outcome() (OperationOutcome, bool) {
	var o OperationOutcome
	body := a.Body
	if media, _, err := mime.ParseMediaType(a.Header.Get("Content-Type")); err == nil && isXML(media) {
		r, err := ParseXML(body)
		if err != nil {
			return o, false
		}
		body = r.Bytes()
	}
	if len(body) == 0 || o.UnmarshalJSON(body) != nil {
		return OperationOutcome{}, false
	}
	return o, true
}

// broken is the error of an answer that cannot be one.
func (a *Answer) broken(err error) error {
	return &ResponseError{
		Method: a.request.method, URL: a.client.template(a.url), Status: a.Status,
		ContentType: a.Header.Get("Content-Type"), Err: err,
	}
}

// refusal is the error of an answer that says no.
func (a *Answer) refusal() *OutcomeError {
	e := &OutcomeError{
		Status: a.Status, Method: a.request.method, URL: a.client.template(a.url),
		IfMatch: a.request.ifMatch, Conditional: a.request.conditional, Operation: a.request.operation,
		RequestID: tellableID.FindString(a.Header.Get("X-Request-Id")),
	}
	if wait, ok := httpx.RetryAfter(a.Header, a.client.cfg.Clock()); ok {
		e.RetryAfter = wait
	}
	if o, ok := a.outcome(); ok && len(o.Issues) > 0 {
		e.Outcome = o
		return e
	}
	if len(a.Body) > 0 {
		e.ContentType = a.Header.Get("Content-Type")
		if e.ContentType == "" {
			e.ContentType = http.DetectContentType(a.Body)
		}
	}
	e.Outcome.Issues = []Issue{{Severity: SeverityError, Code: issueOf(a.Status)}}
	return e
}
