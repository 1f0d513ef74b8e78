package dhis2

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// send makes the call: sends the request, again where that is due, and reads the
// answer whole.
func (c *Client) send(ctx context.Context, q *call) (*Response, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, q.Timeout, &timeoutError{limit: q.Timeout})
	defer cancel()
	again := attempts{client: c, call: q}
	for {
		t, err := c.ticket(ctx, q)
		if err != nil {
			return nil, c.withoutTicket(ctx, q, err)
		}
		again.made++
		res, err := c.once(ctx, q, t)
		if err == nil {
			c.connection.accept(c.cfg.Clock(), c.base, t, res, true)
			res.Header.Del("Set-Cookie")
			return res, nil
		}
		var refused *Error
		if !errors.As(err, &refused) {
			return nil, err
		}
		refused.Attempts = again.made
		if res != nil && refused.Class != ClassAuthentication {
			own := refused.Class != ClassTransport && refused.Class != ClassInternal
			c.connection.accept(c.cfg.Clock(), c.base, t, res, own)
		}
		if !again.after(ctx, t, refused) {
			if res != nil {
				res.Header.Del("Set-Cookie")
			}
			return res, refused
		}
	}
}

// once sends the request one time.
func (c *Client) once(ctx context.Context, q *call, t ticket) (*Response, error) {
	attempt, cancel := context.WithTimeoutCause(ctx, q.AttemptTimeout, &httpx.AttemptTimeoutError{Limit: q.AttemptTimeout})
	defer cancel()
	req, err := q.build(attempt, c, t)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req) //nolint:bodyclose // Drain closes it
	if err != nil {
		return nil, q.noAnswer(attempt, err)
	}
	defer httpx.Drain(res.Body, 64<<10)
	body, err := readBody(res, q.MaxBody)
	answer := &Response{Status: res.StatusCode, Header: res.Header, Body: body}
	var large *httpx.BodyTooLargeError
	switch {
	case res.StatusCode == http.StatusConflict && err != nil && !errors.As(err, &large):
		return nil, q.noAnswer(attempt, &bodyError{err: err}) // it would have said which conflict
	case res.StatusCode < 200 || res.StatusCode > 299:
		if err != nil {
			answer.Body = nil // the status says enough
		}
		return answer, c.refusal(q, answer)
	case errors.As(err, &large):
		return nil, &Error{
			Method: q.Method, Path: q.endpoint, Status: res.StatusCode, Class: ClassRequest, Verdict: VerdictPark,
			Err: errors.New("the answer is longer than MaxBody: raise it, or ask for smaller pages"),
		}
	case err != nil:
		return nil, q.noAnswer(attempt, &bodyError{err: err})
	case q.isPage(answer):
		return answer, c.refusal(q, answer)
	}
	return answer, nil
}

// build makes an HTTP request of the call, always with the same bytes.
func (q *call) build(ctx context.Context, c *Client, t ticket) (*http.Request, error) {
	var body io.Reader
	if q.Body != nil {
		body = bytes.NewReader(q.Body)
	}
	req, err := http.NewRequestWithContext(ctx, q.Method, q.url.String(), body)
	if err != nil {
		return nil, &ArgumentError{Argument: "request", Reason: "cannot be made into one of HTTP"}
	}
	for name, values := range q.Header {
		req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	for _, ours := range []string{"Authorization", "Cookie"} {
		req.Header.Del(ours)
	}
	req.Header.Set("Accept", orElse(q.Accept, "application/json"))
	if q.Body != nil {
		req.Header.Set("Content-Type", orElse(q.ContentType, "application/json"))
	}
	// With it the server answers 401 where it would redirect to its login page.
	req.Header.Set("X-Requested-With", "XMLHttpRequest")
	t.put(req, c.base)
	return req, nil
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// isPage reports whether an answer of success is a page for people, of a proxy
// or of a login, where data were asked for.
func (q *call) isPage(res *Response) bool {
	return !strings.Contains(q.Accept, "html") && len(res.Body) > 0 &&
		shapeOf(res.Header.Get("Content-Type"), res.Body[:min(len(res.Body), 64)]) == ShapeHTML
}

// noAnswer is the error of a request that got no whole answer.
func (q *call) noAnswer(ctx context.Context, err error) *Error {
	err = withoutURL(err)
	if ctx.Err() != nil {
		err = ended(ctx)
	}
	e := &Error{Method: q.Method, Path: q.endpoint, Class: ClassTransport, Verdict: VerdictRetry, Err: err}
	if !transient(err) {
		e.Verdict = VerdictOperator // a certificate that is not trusted, for example
	}
	return e
}

// transient reports whether what stopped an attempt may pass by itself.
func transient(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		httpx.TransientError(err)
}

// refusal is the error of an answer that says no.
func (c *Client) refusal(q *call, res *Response) *Error {
	e := &Error{Method: q.Method, Path: q.endpoint, Status: res.Status}
	if wait, ok := httpx.RetryAfter(res.Header, c.cfg.Clock()); ok {
		e.RetryAfter = wait
	} else if digitsText.MatchString(res.Header.Get("Retry-After")) {
		e.RetryAfter = math.MaxInt64 // more seconds than can be counted
	}
	e.read(res)
	return e
}

var digitsText = regexp.MustCompile(`^\s*[0-9]+\s*$`)

// readBody reads and decompresses a body within bounds.
func readBody(res *http.Response, limit int64) ([]byte, error) {
	var body io.Reader = res.Body
	hasNone := res.ContentLength == 0 || res.Request != nil && res.Request.Method == http.MethodHead
	if !res.Uncompressed && !hasNone && strings.EqualFold(res.Header.Get("Content-Encoding"), "gzip") {
		unzipped, err := gzip.NewReader(res.Body)
		if err != nil {
			return nil, err
		}
		body = unzipped
	}
	// What Content-Length promises is believed up to a bound.
	var b bytes.Buffer
	b.Grow(int(min(max(res.ContentLength, 0), limit, 1<<20)) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(body, limit+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > limit {
		return nil, &httpx.BodyTooLargeError{Limit: limit}
	}
	if b.Len() == 0 {
		return nil, nil
	}
	return b.Bytes(), nil
}

func (c *Client) logAgain(ctx context.Context, q *call, e *Error, why string) {
	c.cfg.Logger.LogAttrs(ctx, slog.LevelDebug, "dhis2 request is repeated",
		slog.String("method", q.Method), slog.String("path", q.endpoint), slog.Int("attempt", e.Attempts),
		slog.Int("status", e.Status), slog.String("class", string(e.Class)), slog.String("why", why))
}
