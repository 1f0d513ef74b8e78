package httpx

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Doer sends a request; *http.Client is one. Clients of this module accept a
// Doer so that tests and callers can put their own in its place.
type Doer interface {
	Do(req *http.Request) (*http.Response, error)
}

// Config is how a [Transport] sends and repeats requests. The zero value
// works.
type Config struct {
	// Base sends a single request. Defaults to a clone of
	// http.DefaultTransport with its own connection pool.
	Base http.RoundTripper
	// MaxAttempts bounds how often one request is sent, the first time
	// included; 1 switches retries off. Defaults to 4.
	MaxAttempts int
	// MinWait is the pause before the second attempt; it doubles with each
	// further one. Defaults to 200 ms.
	MinWait time.Duration
	// MaxWait bounds a single pause, also one a server asks for in
	// Retry-After: when the server wants more, its answer is handed over
	// instead. Defaults to 30 s.
	MaxWait time.Duration
	// MaxElapsed bounds all attempts and pauses of one request: no pause is
	// begun that would end after it. It does not interrupt an attempt; the
	// request's context does. Defaults to 2 minutes.
	MaxElapsed time.Duration
	// AttemptTimeout bounds one attempt, from sending to the last byte of the
	// body. Defaults to no bound but the request's context.
	AttemptTimeout time.Duration
	// Logger gets one line at level debug for each repetition: method, host,
	// attempt, pause and status, nothing else. Defaults to silence.
	Logger *slog.Logger
	// Clock gives the time for dates in Retry-After and for MaxElapsed.
	// Defaults to time.Now.
	Clock func() time.Time
	// Jitter gives a number in [0, 1) that spreads the pauses. Defaults to a
	// random one.
	Jitter func() float64
}

// Transport is an http.RoundTripper that repeats requests which may be
// repeated (see [WithRetry]) when the network or the server had a passing
// fault. An answer is handed over with its body unread, whatever its status;
// after the last attempt too. It is safe for concurrent use.
type Transport struct {
	cfg    Config
	client *http.Client
}

// NewTransport returns a transport for cfg.
func NewTransport(cfg Config) *Transport {
	if cfg.Base == nil {
		cfg.Base = cloneDefault()
	}
	if cfg.MaxAttempts <= 0 {
		cfg.MaxAttempts = 4
	}
	if cfg.MinWait <= 0 {
		cfg.MinWait = 200 * time.Millisecond
	}
	if cfg.MaxWait <= 0 {
		cfg.MaxWait = 30 * time.Second
	}
	cfg.MaxWait = max(cfg.MaxWait, cfg.MinWait)
	if cfg.MaxElapsed <= 0 {
		cfg.MaxElapsed = 2 * time.Minute
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Jitter == nil {
		cfg.Jitter = randomJitter
	}
	base := cfg.Base
	if cfg.AttemptTimeout > 0 {
		base = &timeoutTransport{base: base, timeout: cfg.AttemptTimeout}
	}
	return &Transport{cfg: cfg, client: &http.Client{
		Transport: base,
		// Redirects are the business of the http.Client around the Transport.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// cloneDefault returns a transport with the settings of the standard one and
// connections of its own.
func cloneDefault() http.RoundTripper {
	if t, ok := http.DefaultTransport.(*http.Transport); ok { //nolint:forbidigo // only its settings are taken
		return t.Clone()
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
}

// RoundTrip implements [http.RoundTripper]. A body that cannot be rewound
// (no GetBody) is sent once only and never kept in memory.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	rr, repeatable, err := t.prepare(req)
	if err != nil {
		return nil, err
	}
	c := &call{cfg: &t.cfg, req: req, repeatable: repeatable, started: t.cfg.Clock()}
	// One client a request: it is a few words, and its functions then know
	// the request they decide about. It logs nothing itself.
	rc := &retryablehttp.Client{
		HTTPClient:   t.client,
		RetryMax:     t.cfg.MaxAttempts - 1,
		CheckRetry:   c.check,
		Backoff:      c.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	res, err := rc.Do(rr)
	if err != nil {
		return nil, plainError(err)
	}
	return res, nil
}

// prepare turns req into a request whose body can be sent several times.
func (t *Transport) prepare(req *http.Request) (_ *retryablehttp.Request, repeatable bool, err error) {
	clone := req.Clone(req.Context())
	clone.RequestURI = "" // as http.Client wants it
	if req.Body == nil || req.Body == http.NoBody {
		rr, err := retryablehttp.FromRequest(clone)
		return rr, true, err
	}
	if req.GetBody == nil {
		clone.Body = nil
		rr, err := retryablehttp.FromRequest(clone)
		if err == nil {
			clone.Body = req.Body // behind the library's back: neither buffered nor repeated
		}
		return rr, false, err
	}
	_ = req.Body.Close() // each attempt gets a body of its own
	clone.Body = nil
	rr, err := retryablehttp.FromRequest(clone)
	if err != nil {
		return nil, false, err
	}
	body := func() (io.Reader, error) { return req.GetBody() }
	if err := rr.SetBody(retryablehttp.ReaderFunc(body)); err != nil {
		return nil, false, fmt.Errorf("httpx: request body: %w", err)
	}
	rr.ContentLength = req.ContentLength
	rr.GetBody = req.GetBody
	return rr, true, nil
}

// CloseIdleConnections closes the connections of the base that are not in
// use; http.Client.CloseIdleConnections calls it.
func (t *Transport) CloseIdleConnections() { t.client.CloseIdleConnections() }

// plainError takes off the *url.Error of the inner client: the client around
// puts its own on, and an address must not be told twice.
func plainError(err error) error {
	if ue, ok := err.(*url.Error); ok { //nolint:errorlint // only the outermost one is ours
		if errors.Is(ue.Err, http.ErrUseLastResponse) {
			return err
		}
		return ue.Err
	}
	return err
}
