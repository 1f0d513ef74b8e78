package fhir

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ClientConfig is how a [Client] reaches its server. URL is needed, all else
// has a default.
type ClientConfig struct {
	// URL is the server's base, such as "https://fhir.example.org/r4". It must
	// be http or https, without user, query or fragment.
	URL string
	// Aliases are other bases by which the server calls itself in links and
	// references, as one behind a proxy does: "http://hapi:8080/fhir". What
	// begins with one is sought below URL instead. The base that a server
	// tells in a page's self link is found without it. Defaults to none.
	Aliases []string
	// HTTPClient sends each attempt of a request: its Transport and Jar are
	// used, its Timeout bounds one attempt, its CheckRedirect is not used.
	// Redirects are followed for GET and on the same origin only. With
	// mediator.Transport in it every call is recorded as an orchestration.
	// Defaults to a client with connections of its own.
	HTTPClient *http.Client
	// TLS is for the default HTTPClient: a client certificate (mutual TLS) and
	// the CAs to trust. Together with HTTPClient it is refused: set it on that
	// client's transport. Defaults to what Go trusts.
	TLS *tls.Config
	// Auth puts credentials on the requests to the server, see [BasicAuth],
	// [BearerAuth], [TokenAuth] and [NewSMARTAuth]. They never go to another
	// origin than URL's. Defaults to none.
	Auth Authorizer
	// Header is sent with every request. Defaults to nothing more.
	Header http.Header
	// MaxAttempts bounds how often one request is sent, 1 switches repetitions
	// off. An answer that broke off, and a race, are tried as often by
	// themselves. What may be repeated, and when, is told at [Client]. After a 401 it
	// is sent once more all the same if Auth has other credentials then.
	// Defaults to 4.
	MaxAttempts int
	// MinWait is the pause before the second attempt; it doubles with each
	// further one. Defaults to 200 ms.
	MinWait time.Duration
	// Timeout bounds one call with all its attempts; streams of bulk data have
	// no bound but their context. Defaults to 2 minutes.
	Timeout time.Duration
	// MaxBody bounds the body of an answer in bytes, after decompression, and a
	// line of a bulk file. Defaults to 64 MiB.
	MaxBody int64
	// MaxRequest bounds the body of a request in bytes. Defaults to 64 MiB.
	MaxRequest int64
	// MaxPages bounds the pages of one search or history. Defaults to 10,000.
	MaxPages int
	// CapabilityTTL is how long the server's CapabilityStatement is kept.
	// Defaults to 1 hour.
	CapabilityTTL time.Duration
	// Logger gets a line at level debug for each repetition, without anything
	// of a patient. Defaults to silence.
	Logger *slog.Logger
	// Clock gives the time for Retry-After and caches. Defaults to time.Now.
	Clock func() time.Time
}

// ConfigError names the field of a configuration that cannot be used.
type ConfigError struct {
	// Field of the configuration, such as "URL".
	Field string
	// Reason says what is wrong and what to do.
	Reason string
}

// Error implements error.
func (e *ConfigError) Error() string { return "fhir: config: " + e.Field + " " + e.Reason }

func (cfg ClientConfig) withDefaults() (ClientConfig, *url.URL, error) {
	base, err := parseBase("URL", cfg.URL)
	if err != nil {
		return cfg, nil, err
	}
	if cfg.HTTPClient != nil && cfg.TLS != nil {
		return cfg, nil, &ConfigError{Field: "TLS", Reason: "is for the default client only; set it on HTTPClient's transport"}
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Transport: ownTransport(cfg.TLS)}
	}
	cfg.Header = cfg.Header.Clone()
	defaultInt(&cfg.MaxAttempts, 4)
	defaultInt(&cfg.MinWait, 200*time.Millisecond)
	defaultInt(&cfg.Timeout, 2*time.Minute)
	defaultInt(&cfg.MaxBody, 64<<20)
	defaultInt(&cfg.MaxRequest, 64<<20)
	defaultInt(&cfg.MaxPages, 10_000)
	defaultInt(&cfg.CapabilityTTL, time.Hour)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	return cfg, base, nil
}

func defaultInt[T ~int | ~int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// parseBase reads the base URL of a server; the result has no slash at its end.
func parseBase(field, text string) (*url.URL, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &ConfigError{Field: field, Reason: "is empty; set it to the server's base, such as https://fhir.example.org/r4"}
	}
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil:
		return nil, &ConfigError{Field: field, Reason: "is not a URL"}
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, &ConfigError{Field: field, Reason: "must begin with http:// or https:// and name a host"}
	case u.User != nil:
		return nil, &ConfigError{Field: field, Reason: "must not hold a user or password; set Auth to BasicAuth"}
	case u.RawQuery != "" || u.Fragment != "":
		return nil, &ConfigError{Field: field, Reason: "must not have a query or a fragment"}
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// ownTransport is a transport with the settings of Go's standard one and
// connections of its own.
func ownTransport(cfg *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialContext,
		TLSClientConfig:       cfg.Clone(),
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

func dialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return d.DialContext(ctx, network, address)
}
