package mediator

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// Transport returns a transport that records every call made in the context of
// a [Transaction] as an orchestration of it: when, where to, with which
// headers and what came back, as far as the mediator's [Recording] allows.
// Bodies stream through it unchanged. Calls in other contexts pass.
//
// A call takes the transaction's ID along in X-OpenHIM-TransactionID. A
// mediator that is called so answers with its own envelope: the caller gets
// the answer inside, and the orchestrations in it join the transaction. An
// envelope of more than 16 MiB is an error.
//
// base makes the calls; nil is a clone of http.DefaultTransport. The transport
// is safe for concurrent use if base is.
func Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = defaultTransport()
	}
	return &transport{base: base}
}

func defaultTransport() http.RoundTripper {
	if t, ok := http.DefaultTransport.(*http.Transport); ok { //nolint:forbidigo // cloned, never changed
		return t.Clone()
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 10 * time.Second}
}

type callNameKey struct{}

// Named names the calls made with this context in the console, whose
// visualizers tell calls apart by name. Names should be few, and hold no
// patient data. By default a call is named by method and host.
func Named(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, callNameKey{}, name)
}

type transport struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	tx := TransactionFrom(ctx)
	if tx == nil {
		return t.base.RoundTrip(req)
	}
	c := tx.begin(describe(ctx, req, tx.recording))
	out := req.Clone(ctx)
	if tx.id != "" {
		out.Header.Set(headerTransactionID, tx.id)
	}
	if c != nil && tx.recording.PatientData && req.Body != nil && req.Body != http.NoBody {
		c.request = &capture{limit: tx.recording.MaxBody}
		out.Body = &tee{ReadCloser: req.Body, to: c.request}
	}
	resp, err := t.base.RoundTrip(out)
	if err != nil {
		tx.change(c, func(c *call) {
			c.failed = true
			c.orchestration.Error = errorOf(err)
		})
		return resp, err
	}
	if strings.Contains(resp.Header.Get("Content-Type"), openhim.ContentType) {
		return tx.unwrap(c, resp)
	}
	tx.answered(c, resp)
	return resp, nil
}

// answered records an answer and watches its body.
func (t *Transaction) answered(c *call, resp *http.Response) {
	if c == nil {
		return
	}
	body := &tee{ReadCloser: resp.Body}
	if t.recording.PatientData {
		body.to = &capture{limit: t.recording.MaxBody}
	}
	t.change(c, func(c *call) {
		c.response = body.to
		c.failed = resp.StatusCode >= http.StatusInternalServerError
		c.orchestration.Response = &openhim.Response{
			Status:    resp.StatusCode,
			Headers:   t.recording.headers(resp.Header),
			Timestamp: openhim.At(time.Now()),
		}
	})
	body.done = func(err error) {
		t.change(c, func(c *call) {
			c.orchestration.Response.Timestamp = openhim.At(time.Now())
			if err != nil {
				c.failed = true
				c.orchestration.Error = errorOf(err)
			}
		})
	}
	if w, ok := resp.Body.(io.Writer); ok { // the connection of a 101 answer
		resp.Body = struct {
			*tee
			io.Writer
		}{body, w}
		return
	}
	resp.Body = body
}

// describe is a request as an orchestration without answer.
func describe(ctx context.Context, req *http.Request, rec *Recording) openhim.Orchestration {
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	name, _ := ctx.Value(callNameKey{}).(string)
	if name == "" {
		name = method + " " + req.URL.Host
	}
	group, _ := ctx.Value(stepKey{}).(string)
	path := req.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	return openhim.Orchestration{
		Name:  name,
		Group: group,
		Request: openhim.Request{
			Host:        req.URL.Hostname(),
			Port:        portOf(req),
			Path:        path,
			Querystring: rec.querystring(req.URL.RawQuery),
			Headers:     rec.headers(req.Header),
			Method:      method,
			Timestamp:   openhim.At(time.Now()),
		},
	}
}

func portOf(req *http.Request) openhim.Port {
	if p := req.URL.Port(); p != "" {
		return openhim.Port(p)
	}
	if req.URL.Scheme == "https" {
		return "443"
	}
	return "80"
}

// headers are HTTP headers as they are recorded: values of redacted ones are
// replaced, and URLs among the values lose their query.
func (r *Recording) headers(h http.Header) openhim.Headers {
	out := make(openhim.Headers, len(h))
	for name, values := range h {
		if len(values) == 0 {
			continue
		}
		key := openhim.SafeKey(name)
		switch {
		case r.redactHeader(name), !r.PatientData && strings.EqualFold(name, "If-None-Exist"):
			out[key] = []string{httpx.Redacted}
		case !r.PatientData && carriesURL(name):
			safe := make([]string, len(values))
			for i, v := range values {
				safe[i] = safeURL(v)
			}
			out[key] = safe
		default:
			out[key] = values
		}
	}
	return out
}

// carriesURL reports whether a header's value is a URL, whose query may name a
// patient.
func carriesURL(name string) bool {
	for _, h := range []string{"Location", "Content-Location", "Referer"} {
		if strings.EqualFold(h, name) {
			return true
		}
	}
	return false
}
