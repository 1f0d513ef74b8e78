package dhis2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// ClientCredentialsConfig is how a service gets tokens from an OpenID Connect or
// OAuth 2 provider in its own name (RFC 6749, 4.4). TokenURL, ClientID and Secret
// are needed.
type ClientCredentialsConfig struct {
	// TokenURL is the provider's token endpoint.
	TokenURL string
	// ClientID and Secret are the service's, sent as basic authentication.
	ClientID, Secret string
	// Scopes that are asked for. Defaults to none.
	Scopes []string
	// HTTPClient sends the requests: its Transport is used. Defaults to a client
	// with connections of its own.
	HTTPClient *http.Client
	// Timeout bounds one request for a token with its repetitions. Defaults to 30
	// seconds.
	Timeout time.Duration
	// Clock decides when a token ends. Defaults to time.Now.
	Clock func() time.Time
}

// ClientCredentials is a [TokenRenewer] for [Bearer]. It keeps a token until
// shortly before its end, and asks for one at a time. It is safe for concurrent
// use. Printed it shows no secret.
type ClientCredentials struct {
	hidden

	cfg    ClientCredentialsConfig
	client *http.Client
	turn   chan struct{} // who asks

	mu    sync.Mutex
	token string
	until time.Time
}

// NewClientCredentials returns a source of tokens. It asks for none yet. A field
// that cannot be used gives a *[ConfigError].
func NewClientCredentials(cfg ClientCredentialsConfig) (*ClientCredentials, error) {
	u, err := url.Parse(cfg.TokenURL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil:
		return nil, &ConfigError{Field: "TokenURL", Reason: "must begin with http:// or https:// and name a host, without a user"}
	case cfg.ClientID == "":
		return nil, &ConfigError{Field: "ClientID", Reason: "is empty"}
	case cfg.Secret == "":
		return nil, &ConfigError{Field: "Secret", Reason: "is empty"}
	}
	defaultTo(&cfg.Timeout, 30*time.Second)
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	var base http.RoundTripper = ownTransport()
	if cfg.HTTPClient != nil && cfg.HTTPClient.Transport != nil {
		base = cfg.HTTPClient.Transport
	}
	return &ClientCredentials{
		hidden: "OAuth client credentials", cfg: cfg, turn: make(chan struct{}, 1),
		client: &http.Client{
			Transport:     httpx.NewTransport(httpx.Config{Base: base, MaxElapsed: cfg.Timeout, Clock: cfg.Clock}),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Token implements [TokenSource].
func (s *ClientCredentials) Token(ctx context.Context) (string, error) {
	if token := s.kept(); token != "" {
		return token, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", ended(ctx)
	}
	if token := s.kept(); token != "" {
		return token, nil // somebody else got one meanwhile
	}
	return s.ask(ctx)
}

// Renew implements [TokenRenewer].
func (s *ClientCredentials) Renew(_ context.Context, refused string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == refused {
		s.token = ""
	}
}

func (s *ClientCredentials) kept() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg.Clock().Before(s.until) {
		return s.token
	}
	return ""
}

// What a provider may leave out, and how long before its end a token is not used
// any more.
const (
	defaultTokenLife = 5 * time.Minute
	tokenMargin      = 30 * time.Second
	maxTokenAnswer   = 1 << 20
)

func (s *ClientCredentials) ask(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.Timeout, &timeoutError{limit: s.cfg.Timeout})
	defer cancel()
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(s.cfg.Scopes) > 0 {
		form.Set("scope", strings.Join(s.cfg.Scopes, " "))
	}
	// A token that nobody gets to see does no harm.
	ctx = httpx.WithRetry(ctx, httpx.RetrySafe)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", errors.New("the request cannot be made")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	// RFC 6749, 2.3.1: both are form-encoded first.
	req.SetBasicAuth(url.QueryEscape(s.cfg.ClientID), url.QueryEscape(s.cfg.Secret))
	asked := s.cfg.Clock()
	res, err := s.client.Do(req) //nolint:bodyclose // Drain closes it
	if err != nil {
		return "", fmt.Errorf("the provider does not answer: %w", withoutURL(err))
	}
	defer httpx.Drain(res.Body, 64<<10)
	body, err := io.ReadAll(io.LimitReader(res.Body, maxTokenAnswer))
	if err != nil {
		return "", fmt.Errorf("the provider's answer broke off: %w", err)
	}
	return s.keep(asked, res.StatusCode, body)
}

func (s *ClientCredentials) keep(asked time.Time, status int, body []byte) (string, error) {
	var answer struct {
		AccessToken string          `json:"access_token"`
		TokenType   string          `json:"token_type"`
		ExpiresIn   json.RawMessage `json:"expires_in"` // a number; of some a string
		Error       string          `json:"error"`
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case status != http.StatusOK && tellableOAuth[answer.Error]:
		return "", &providerError{status: status, code: ": " + answer.Error}
	case status != http.StatusOK:
		return "", &providerError{status: status}
	case err != nil || answer.AccessToken == "":
		return "", errors.New("the provider's answer holds no token")
	case answer.TokenType != "" && !strings.EqualFold(answer.TokenType, "Bearer"):
		return "", errors.New("the provider gave a token of another type than Bearer")
	}
	life := defaultTokenLife
	if seconds, err := time.ParseDuration(strings.Trim(string(answer.ExpiresIn), `"`) + "s"); err == nil && seconds > 0 {
		life = min(seconds, 24*time.Hour)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// One that lives shortly is used for half of its life.
	s.token, s.until = answer.AccessToken, asked.Add(max(life-tokenMargin, life/2))
	return s.token, nil
}

// providerError is a provider's refusal.
type providerError struct {
	status int
	code   string
}

func (e *providerError) Error() string {
	return fmt.Sprintf("the provider answered %d%s", e.status, e.code)
}

// tellableOAuth are the errors of RFC 6749, 5.2.
//
//nolint:gochecknoglobals // a read-only table
var tellableOAuth = map[string]bool{
	"invalid_request": true, "invalid_client": true, "invalid_grant": true,
	"unauthorized_client": true, "unsupported_grant_type": true, "invalid_scope": true,
}

var _ TokenRenewer = (*ClientCredentials)(nil)
