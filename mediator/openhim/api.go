package openhim

import (
	"context"
	"net/http"
	"net/url"

	"github.com/openhim/mediator-go/internal/httpx"
)

// API is a client of a core's management API. It is safe for concurrent use;
// two of them know nothing of each other.
type API struct {
	cfg     Config
	base    *url.URL
	client  *http.Client
	auth    *authenticator
	version versionCache
}

// New returns a client for cfg. It does not talk to the core yet. A field
// that cannot be used gives a *[ConfigError].
func New(cfg Config) (*API, error) {
	cfg, base, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if cfg.InsecureSkipVerify {
		cfg.Logger.WarnContext(context.Background(),
			"certificates of the core are not verified: anybody on the way can read the password; pin its certificate instead",
			"host", base.Host, "setting", "InsecureSkipVerify")
	}
	a := &API{cfg: cfg, base: base}
	a.client = &http.Client{
		Transport: httpx.NewTransport(httpx.Config{
			Base:        cfg.transport(),
			MaxAttempts: cfg.MaxAttempts,
			MinWait:     cfg.MinWait,
			MaxElapsed:  cfg.Timeout,
			Logger:      cfg.Logger,
			Clock:       cfg.Clock,
		}),
		// Credentials never follow a redirect; a core sends none.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	a.auth = newAuthenticator(a)
	return a, nil
}

// URL returns the address of the API, without a slash at its end.
func (a *API) URL() string { return a.base.String() }

// Close closes idle connections. The API can be used again afterwards.
func (a *API) Close() { a.client.CloseIdleConnections() }
