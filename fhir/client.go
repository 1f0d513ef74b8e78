package fhir

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/openhim/mediator-go/internal/httpx"
)

// Client is a client of one FHIR server (R4's RESTful API). It is safe for
// concurrent use; two of them know nothing of each other.
//
// What servers do differently it tells in one way: see [ErrNotFound],
// [ErrVersionConflict] and the other conditions. A refusal is an
// [*OutcomeError], a server that was not reached a [*TransportError], an answer
// that cannot be one a [*ResponseError].
//
// A request is repeated after a passing fault of network or server (408, 425,
// 429, 502, 503, 504, with Retry-After heeded), with the same bytes, when doing
// it twice is like doing it once: reads, searches, updates without If-Match,
// deletes, creates with [IfNoneExist], and transactions of such entries. All
// else is repeated only when it was never sent or the server said that it did
// not look at it (425, 429). Where servers answer 409 to conditional requests
// and updates that came at the same moment, as HAPI does, the request is
// repeated too, as nothing was done.
type Client struct {
	cfg        ClientConfig
	base       *url.URL
	aliases    []string
	client     *http.Client // one attempt bounded by HTTPClient.Timeout
	stream     *http.Client // not bounded
	capability capabilityCache
}

// NewClient returns a client for cfg. It does not talk to the server yet. A
// field that cannot be used gives a *[ConfigError].
func NewClient(cfg ClientConfig) (*Client, error) {
	cfg, base, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: base, capability: newCapabilityCache()}
	for _, alias := range cfg.Aliases {
		u, err := parseBase("Aliases", alias)
		if err != nil {
			return nil, err
		}
		c.aliases = append(c.aliases, u.String())
	}
	// The longest first: one may lie below another.
	slices.SortFunc(c.aliases, func(a, b string) int { return len(b) - len(a) })
	transport := cfg.HTTPClient.Transport
	if transport == nil {
		transport = ownTransport(nil)
	}
	retrying := httpx.Config{
		Base: transport, MaxAttempts: cfg.MaxAttempts, MinWait: cfg.MinWait,
		MaxElapsed: cfg.Timeout, Logger: cfg.Logger, Clock: cfg.Clock,
	}
	c.stream = c.httpClient(retrying)
	retrying.AttemptTimeout = cfg.HTTPClient.Timeout
	c.client = c.httpClient(retrying)
	return c, nil
}

func (c *Client) httpClient(retrying httpx.Config) *http.Client {
	return &http.Client{
		Transport: httpx.NewTransport(retrying), Jar: c.cfg.HTTPClient.Jar, CheckRedirect: checkRedirect,
	}
}

// maxRedirects bounds the redirects of one request.
const maxRedirects = 5

// checkRedirect lets a GET be redirected within its origin. Elsewhere the
// credentials would have to stay behind, and a changed method or a lost body
// would make another request of it.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || next.Method != first.Method || !sameOrigin(next.URL, first.URL) ||
		first.Method != http.MethodGet && first.Method != http.MethodHead {
		return http.ErrUseLastResponse
	}
	return nil
}

// URL returns the server's base, without a slash at its end.
func (c *Client) URL() string { return c.base.String() }

// Close closes idle connections. The client can be used again afterwards.
func (c *Client) Close() { c.client.CloseIdleConnections() }
