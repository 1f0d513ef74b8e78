package fhir

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// SMARTConfig is how a backend service gets its tokens (SMART Backend
// Services: client credentials with a signed JWT, private_key_jwt). ClientID,
// Key and one of URL and TokenURL are needed.
type SMARTConfig struct {
	// URL is the FHIR server's base: the token endpoint is found at
	// {URL}/.well-known/smart-configuration.
	URL string
	// TokenURL is the token endpoint. Defaults to the one found. One found for
	// an https server must be https too.
	TokenURL string
	// ClientID is what the server registered the service as.
	ClientID string
	// Key signs: an *rsa.PrivateKey of 2048 bits or more (RS384), an
	// *ecdsa.PrivateKey on P-384 (ES384), or a crypto.Signer of such a key, as
	// those of hardware are.
	Key crypto.Signer
	// KeyID names the key in the JWKS the server knows (kid). Defaults to the
	// key's thumbprint (RFC 7638), which [SMARTAuth.JWKS] has too.
	KeyID string
	// KeyURL is where the JWKS is published (jku). Defaults to none.
	KeyURL string
	// Scope is what is asked for. Defaults to "system/*.read".
	Scope string
	// HTTPClient makes the calls. It should not be one that records them: they
	// hold tokens. Defaults to a client with connections of its own.
	HTTPClient *http.Client
	// Timeout bounds getting a token, discovery included. Defaults to 30 s.
	Timeout time.Duration
	// EarlyRefresh is how long before its end a token is replaced; at most half
	// of its life. Defaults to 1 minute.
	EarlyRefresh time.Duration
	// Clock gives the time. Defaults to time.Now.
	Clock func() time.Time
}

// SMARTAuth gets, keeps and renews the tokens of a backend service. It is an
// [Authorizer] for one or several clients, and safe for concurrent use: one
// call at a time gets a token, the others wait for it.
type SMARTAuth struct {
	cfg    SMARTConfig
	signer jwtSigner
	client *http.Client
	turn   chan struct{} // one refresh at a time; a waiting call can give up

	mu       sync.Mutex // guards what follows
	token    string
	refresh  time.Time // from when on it is replaced
	expires  time.Time
	tokenURL string
}

// NewSMARTAuth returns an authorizer for cfg. It calls nobody yet.
func NewSMARTAuth(cfg SMARTConfig) (*SMARTAuth, error) {
	if cfg.TokenURL == "" || cfg.URL != "" {
		base, err := parseBase("URL", cfg.URL)
		if err != nil {
			return nil, err
		}
		cfg.URL = base.String()
	}
	if cfg.TokenURL != "" {
		if checkTokenURL(cfg.TokenURL, "") != nil {
			return nil, &ConfigError{Field: "TokenURL", Reason: "is no URL of http or https"}
		}
	}
	if cfg.ClientID == "" {
		return nil, &ConfigError{Field: "ClientID", Reason: "is empty"}
	}
	signer, err := newJWTSigner(cfg.Key, cfg.KeyID)
	if err != nil {
		return nil, err
	}
	signer.keyURL = cfg.KeyURL
	if cfg.Scope == "" {
		cfg.Scope = "system/*.read"
	}
	defaultInt(&cfg.Timeout, 30*time.Second)
	defaultInt(&cfg.EarlyRefresh, time.Minute)
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Transport: ownTransport(nil)}
	}
	// The assertion is for one address: redirects are not followed.
	client := &http.Client{
		Transport: httpx.NewTransport(httpx.Config{
			Base: cfg.HTTPClient.Transport, MaxAttempts: 3, MaxElapsed: cfg.Timeout, Clock: cfg.Clock,
			AttemptTimeout: cfg.HTTPClient.Timeout,
		}),
		Jar:           cfg.HTTPClient.Jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &SMARTAuth{cfg: cfg, signer: signer, client: client, turn: make(chan struct{}, 1), tokenURL: cfg.TokenURL}, nil
}

// Authorize implements [Authorizer].
func (s *SMARTAuth) Authorize(ctx context.Context, req *http.Request) error {
	token, err := s.Token(ctx)
	if err != nil {
		return err
	}
	return setBearer(req, token)
}

// Renew implements [Renewer]: a token that was refused is not used again.
func (s *SMARTAuth) Renew(_ context.Context, refused string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if "Bearer "+s.token == refused {
		s.token = ""
	}
	return true
}

// Token returns a token that is good for a while, getting one if need be.
// Where a new one cannot be had while the old one still is good, or another
// call is just getting it, it is the old one.
func (s *SMARTAuth) Token(ctx context.Context) (string, error) {
	token, fresh := s.current()
	if fresh {
		return token, nil
	}
	if token != "" {
		select {
		case s.turn <- struct{}{}:
		default:
			return token, nil // somebody is getting a new one, and this one is still good
		}
	} else {
		select {
		case s.turn <- struct{}{}:
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
	defer func() { <-s.turn }()
	// Somebody may have got one while this call waited for its turn.
	if token, fresh = s.current(); fresh {
		return token, nil
	}
	fetched, err := s.fetch(ctx)
	if err == nil {
		return fetched, nil
	}
	if token, _ = s.current(); token != "" {
		s.postpone()
		return token, nil
	}
	return "", err
}

// refreshPause is how long a token that could not be replaced is used before
// the next attempt.
const refreshPause = 5 * time.Second

func (s *SMARTAuth) postpone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh = s.cfg.Clock().Add(refreshPause)
}

// current returns the token, "" if it has run out, and whether it is good
// enough not to look for another one.
func (s *SMARTAuth) current() (token string, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Clock()
	if s.token == "" || !now.Before(s.expires) {
		return "", false
	}
	return s.token, now.Before(s.refresh)
}

func (s *SMARTAuth) keep(token string, lifetime time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Clock()
	s.token, s.expires = token, now.Add(lifetime)
	s.refresh = s.expires.Add(-min(s.cfg.EarlyRefresh, lifetime/2))
}

// fetch gets a token. It is called by the goroutine whose turn it is.
func (s *SMARTAuth) fetch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.Timeout, &timeoutError{limit: s.cfg.Timeout})
	defer cancel()
	address := s.tokenURL
	if address == "" {
		found, err := s.discover(ctx)
		if err != nil {
			return "", err
		}
		address = found
	}
	assertion, err := s.signer.assertion(s.cfg.ClientID, address, s.cfg.Clock())
	if err != nil {
		return "", fmt.Errorf("fhir: sign for a token: %w", err)
	}
	form := url.Values{
		"grant_type":            {"client_credentials"},
		"scope":                 {s.cfg.Scope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
	token, lifetime, err := s.exchange(ctx, address, form)
	if err != nil {
		return "", err
	}
	s.keep(token, lifetime)
	return token, nil
}

// checkTokenURL refuses what cannot be the address of a token endpoint; below
// an https server it must be https too.
func checkTokenURL(address, server string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.Scheme != "https" && u.Scheme != "http":
		return errors.New("it is no URL of http or https")
	case strings.HasPrefix(server, "https:") && u.Scheme != "https":
		return errors.New("it is not https, but the server is")
	}
	return nil
}

// signs reports whether the server takes signatures of this algorithm; one
// that does not say is taken to.
func signs(algorithms []string, name string) bool {
	return len(algorithms) == 0 || slices.Contains(algorithms, name)
}
