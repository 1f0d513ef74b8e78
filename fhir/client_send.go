package fhir

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// send makes the call: sends the request, again where that is due, and reads
// the answer whole. An answer of 400 or more is an *OutcomeError; anything else
// is handed over.
func (c *Client) send(ctx context.Context, q *request) (*Answer, error) {
	u, err := q.finish(c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Timeout, &timeoutError{limit: c.cfg.Timeout})
	defer cancel()
	again := attempts{client: c, request: q, url: u}
	for {
		answer, err := c.once(ctx, q, u)
		if err == nil {
			if q.captured != nil {
				*q.captured = *answer
			}
			return answer, nil
		}
		if q.captured != nil {
			*q.captured = Answer{}
		}
		if !again.after(ctx, err) {
			return nil, plainRefusal(err)
		}
	}
}

// once sends the request one time, as far as this layer is concerned: the
// transport repeats what it may.
func (c *Client) once(ctx context.Context, q *request, u *url.URL) (*Answer, error) {
	req, err := q.build(ctx, c, u)
	if err != nil {
		return nil, c.noAnswer(ctx, q, u, err)
	}
	res, err := c.client.Do(req) //nolint:bodyclose // Drain closes it
	if err != nil {
		return nil, c.noAnswer(ctx, q, u, err)
	}
	defer httpx.Drain(res.Body, 64<<10)
	body, err := readBody(res, c.cfg.MaxBody)
	answer := newAnswer(c, q, u, res, body)
	var large *httpx.BodyTooLargeError
	switch {
	case res.StatusCode >= http.StatusMultipleChoices && res.StatusCode != http.StatusNotModified:
		if err != nil {
			answer.Body = nil // the status says enough
		}
		return nil, &refusal{OutcomeError: answer.refusal(), auth: req.Header.Get("Authorization")}
	case errors.As(err, &large):
		return nil, answer.broken(err)
	case err != nil:
		return nil, c.noAnswer(ctx, q, u, &bodyError{err: err})
	}
	return answer, nil
}

// readBody reads and decompresses a body within bounds.
func readBody(res *http.Response, limit int64) ([]byte, error) {
	body, err := plainBody(res)
	if err != nil {
		return nil, err
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
	return b.Bytes(), nil
}

// plainBody is the body without a compression that the transport left on.
func plainBody(res *http.Response) (io.Reader, error) {
	hasNone := res.ContentLength == 0 || res.Request != nil && res.Request.Method == http.MethodHead
	if res.Uncompressed || hasNone || !strings.EqualFold(res.Header.Get("Content-Encoding"), "gzip") {
		return res.Body, nil
	}
	return gzip.NewReader(res.Body)
}

// noAnswer is the error of a request that got no whole answer.
func (c *Client) noAnswer(ctx context.Context, q *request, u *url.URL, err error) error {
	err = withoutURL(err)
	if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
		err = cause
	}
	return &TransportError{Method: q.method, URL: c.template(u), Err: err}
}

// refusal is an *OutcomeError with what the next attempt has to know.
type refusal struct {
	*OutcomeError

	auth string // what was refused
}

// plainRefusal is err as callers get it.
func plainRefusal(err error) error {
	var r *refusal
	if errors.As(err, &r) {
		return r.OutcomeError
	}
	return err
}

// bodyError means that an answer began but did not end.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "the answer broke off: " + e.err.Error() }

func (e *bodyError) Unwrap() error { return e.err }
