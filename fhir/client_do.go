package fhir

import (
	"context"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Request is any request to the server, for what the other methods of
// [Client] do not cover.
type Request struct {
	// Method is the HTTP method. Defaults to GET.
	Method string
	// Path is below the client's URL, such as "Patient/1/$meta"; or a link of
	// the server's, which is followed on the client's own origin only.
	Path string
	// Query is added to the path's.
	Query Query
	// Header is sent with it; Accept defaults to application/fhir+json.
	Header http.Header
	// Body is the content. Defaults to none.
	Body []byte
	// ContentType of Body. Defaults to application/fhir+json.
	ContentType string
	// Idempotent says that doing it twice is like doing it once, so that it is
	// repeated after faults that leave open whether the server acted. Defaults
	// to whether the method is GET or HEAD.
	Idempotent bool
}

// Do sends any request. A status of 400 and more, and a redirect that is not
// followed, is an *[OutcomeError]; the body of any other answer may be anything,
// see [Answer.Resource].
func (c *Client) Do(ctx context.Context, r Request) (*Answer, error) {
	q, err := c.newAny(r)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, q)
}

func (c *Client) newAny(r Request) (*request, error) {
	method := strings.ToUpper(r.Method)
	if method == "" {
		method = http.MethodGet
	}
	u, err := c.follow(r.Path, "")
	if err != nil {
		return nil, err
	}
	q := c.newRequest(method)
	q.raw, u.RawQuery = u.RawQuery, ""
	q.url, q.query, q.retry = u, r.Query, httpx.RetryRefused
	if method == http.MethodGet || method == http.MethodHead {
		q.retry = httpx.RetryByMethod
	}
	if r.Idempotent {
		q.retry = httpx.RetrySafe
	}
	if r.Header != nil {
		q.header = r.Header.Clone()
	}
	if r.Body != nil {
		q.content(r.Body, mediaFHIR)
		if r.ContentType != "" {
			q.media = r.ContentType
		}
	}
	return q, nil
}
