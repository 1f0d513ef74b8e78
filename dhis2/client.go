package dhis2

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Client is a client of one DHIS2 server and one user. It is safe for concurrent
// use; two of them know nothing of each other.
//
// A request is repeated, with the same bytes and after a pause, when the network
// or something before the server had a fault (408, 425, 429, 502, 503, 504, HTML
// with a status of 500 or more, no whole answer), when the server failed over it
// (500, at most three times), and when it lost a race in the database (409 in
// 2.42, 500 in 2.41 and 2.43). All that only if doing it twice is like doing it
// once, see [Repeat], and within Config.Timeout. Nothing else is repeated, an
// import report with errors and a 401 least of all.
type Client struct {
	cfg        Config
	base       *url.URL // ends in /api
	http       *http.Client
	connection connection
}

// New returns a client for cfg, after it asked the server for its version and
// clock, unless cfg.Lazy. A field that cannot be used gives a *[ConfigError], a
// server before 2.40 [ErrUnsupported], anything else an *[Error].
func New(ctx context.Context, cfg Config) (*Client, error) {
	cfg, base, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	var transport http.RoundTripper
	if cfg.HTTPClient != nil {
		transport = cfg.HTTPClient.Transport
	}
	if transport == nil {
		transport = ownTransport()
	}
	c := &Client{cfg: cfg, base: base, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if cfg.Lazy {
		return c, nil
	}
	if _, err := c.Server(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// URL returns the server's base, without /api and without a slash at its end.
func (c *Client) URL() string {
	u := *c.base
	u.Path = u.Path[:len(u.Path)-len("/api")]
	return u.String()
}

// Close closes idle connections. The client can be used again afterwards.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do sends a request. A status that is not of success is an *[Error], and the
// Response is returned all the same: the report in a 409 is in its Body. So is
// an HTML page where something else was asked for, whatever its status. Without
// any answer the Response is nil.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	q, err := c.newCall(r)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, q)
}

// Get reads what is at path (see [Request.Path]) into a value, as encoding/json
// does.
func (c *Client) Get(ctx context.Context, path string, query url.Values, into any) error {
	return c.getJSON(ctx, Request{Path: path, Query: query}, into)
}

// getJSON sends a request and reads its answer.
func (c *Client) getJSON(ctx context.Context, r Request, into any) error {
	q, err := c.newCall(r)
	if err != nil {
		return err
	}
	res, err := c.send(ctx, q)
	if err != nil {
		return err
	}
	return q.decode(res, into)
}

// decode reads the body of a success.
func (q *call) decode(res *Response, into any) error {
	if err := json.Unmarshal(res.Body, into); err != nil {
		return q.unreadable(res, err)
	}
	return nil
}

// unreadable is the error of a success whose content is not what is due.
func (q *call) unreadable(res *Response, err error) error {
	if len(res.Body) == 0 {
		err = errors.New("the answer is empty")
	} else {
		err = withoutValues(err)
	}
	return &Error{
		Method: q.Method, Path: q.endpoint, Status: res.Status, Class: ClassInternal, Verdict: VerdictPark,
		Shape: shapeOf(res.Header.Get("Content-Type"), res.Body), Attempts: 1, Err: err,
	}
}

// withoutValues is what is wrong with JSON without what stands in it.
func withoutValues(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return errors.New("the answer has another type of JSON where " + wrong.Type.String() + " is due")
	}
	return errors.New("the answer is not the JSON that is due")
}

// ownTransport is a transport with the settings of Go's standard one and
// connections of its own.
func ownTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}
