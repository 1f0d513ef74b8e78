package openhim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Bounds of what is read from a core.
const (
	maxList    = 64 << 20 // a list or a transaction with its bodies
	maxBody    = 1 << 20  // any other document
	maxMessage = 1 << 10  // an error text
)

// exchange is one request to the core and what is expected of its answer.
type exchange struct {
	op     string // for errors: "register mediator"
	method string
	path   string // escaped, begins with a slash
	query  url.Values
	body   any // sent as JSON; nil sends none
	accept string

	retry     httpx.Retry
	anonymous bool  // no credentials
	limit     int64 // of the answer's body; 0 means maxBody
}

// reply is an answer with a 2xx status.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// isJSON reports whether the core says that the body is a JSON document.
// Texts like OK or "User Authenticated Successfully" come as text/plain
// (openhim-core.md Q1, Q2).
func (r *reply) isJSON() bool {
	t, _, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	return err == nil && t == "application/json"
}

// do sends x with credentials; a 401 renews them and repeats x once for each
// way of authentication there is, never in a loop.
func (a *API) do(ctx context.Context, x exchange) (*reply, error) {
	if x.anonymous || a.cfg.Username == "" {
		return a.send(ctx, x, nil)
	}
	return a.auth.do(ctx, x)
}

// document sends x and decodes the JSON document that must come back.
func (a *API) document(ctx context.Context, x exchange, into any) error {
	r, err := a.do(ctx, x)
	if err != nil {
		return err
	}
	return a.decode(x, r, into)
}

func (a *API) decode(x exchange, r *reply, into any) error {
	if !r.isJSON() {
		return &ReplyError{
			Op: x.op, Status: r.status, ContentType: r.header.Get("Content-Type"),
			Err: fmt.Errorf("a JSON document is due; does this core know %s %s, and is %s its API (not its router)?",
				x.method, x.path, a.base.Host),
		}
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		return &ReplyError{Op: x.op, Status: r.status, ContentType: r.header.Get("Content-Type"), Err: withoutValue(err)}
	}
	return nil
}

// send is one exchange, repeated where x allows it. An answer outside 2xx is
// a *StatusError, none at all a *TransportError.
func (a *API) send(ctx context.Context, x exchange, authorize func(*http.Request)) (*reply, error) {
	callCtx, cancel := context.WithTimeout(httpx.WithRetry(ctx, x.retry), a.cfg.Timeout)
	defer cancel()
	req, err := a.request(callCtx, x)
	if err != nil {
		return nil, err
	}
	if authorize != nil {
		authorize(req)
	}
	fail := func(err error) error {
		if callCtx.Err() != nil && ctx.Err() == nil {
			err = &timeoutError{limit: a.cfg.Timeout}
		}
		return &TransportError{Op: x.op, URL: httpx.LogURL(a.base), Err: err, hint: hintFor(a.base.Scheme, err)}
	}
	res, err := a.client.Do(req) //nolint:bodyclose // Drain closes it
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, fail(err)
	}
	defer httpx.Drain(res.Body, 64<<10)
	if res.StatusCode < 200 || res.StatusCode > 299 {
		message, _ := httpx.ReadAll(res.Body, maxMessage)
		return nil, &StatusError{Op: x.op, Status: res.StatusCode, Message: a.cleanMessage(message)}
	}
	limit := x.limit
	if limit == 0 {
		limit = maxBody
	}
	body, err := httpx.ReadAll(res.Body, limit)
	var tooLarge *httpx.BodyTooLargeError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &ReplyError{Op: x.op, Status: res.StatusCode, ContentType: res.Header.Get("Content-Type"), Err: err}
	case err != nil:
		return nil, fail(fmt.Errorf("the answer broke off: %w", err))
	}
	return &reply{status: res.StatusCode, header: res.Header, body: body}, nil
}

func (a *API) request(ctx context.Context, x exchange) (*http.Request, error) {
	var body io.Reader
	if x.body != nil {
		b, err := json.Marshal(x.body)
		if err != nil {
			return nil, fmt.Errorf("openhim: %s: the request cannot be written as JSON: %w", x.op, err)
		}
		body = bytes.NewReader(b)
	}
	target := *a.base
	target.RawPath = target.EscapedPath() + x.path
	path, err := url.PathUnescape(target.RawPath)
	if err != nil {
		return nil, fmt.Errorf("openhim: %s: path: %w", x.op, err)
	}
	target.Path = path
	target.RawQuery = x.query.Encode()
	req, err := http.NewRequestWithContext(ctx, x.method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("openhim: %s: %w", x.op, err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json, text/plain;q=0.5")
	if x.accept != "" {
		req.Header.Set("Accept", x.accept)
	}
	return req, nil
}

// castValue is where the core's database layer tells the value that it could
// not cast, up to the last " at path "; it may be a whole orchestration with
// its bodies.
const castValue = "for value "

// cleanMessage is the core's text without line ends, without the values of
// documents, and without the password, should it ever be told back.
func (a *API) cleanMessage(b []byte) string {
	s := strings.ToValidUTF8(strings.Join(strings.Fields(string(b)), " "), "\uFFFD")
	if from := strings.Index(s, castValue); from >= 0 {
		to := strings.LastIndex(s, " at path ")
		rest := ""
		if to > from {
			rest = s[to:]
		}
		s = s[:from] + castValue + httpx.Redacted + rest
	}
	if a.cfg.Password != "" {
		s = strings.ReplaceAll(s, a.cfg.Password, httpx.Redacted)
	}
	return s
}

// withoutValue makes a JSON error tell the place, not the value: documents
// hold passwords and patient data.
func withoutValue(err error) error {
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		kind, _, _ := strings.Cut(t.Value, " ")
		return fmt.Errorf("the document's %q is a %s, which does not fit", t.Field, kind)
	}
	var s *json.SyntaxError
	if errors.As(err, &s) {
		return fmt.Errorf("the document is no valid JSON near byte %d", s.Offset)
	}
	return err
}

// pathEscape escapes one segment of a path. Dots are escaped when they stand
// alone, as they would mean a folder.
func pathEscape(s string) string {
	switch s {
	case ".":
		return "%2E"
	case "..":
		return "%2E%2E"
	}
	return url.PathEscape(s)
}
