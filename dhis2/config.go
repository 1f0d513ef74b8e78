package dhis2

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config is how a [Client] reaches its server. URL and Auth are needed, all
// else has a default.
type Config struct {
	// URL is the server's base, such as "https://dhis2.example.org/dhis"; /api is
	// appended. It must be http or https, without user, query or fragment.
	URL string
	// Auth is who the client is: [Basic], [Token] or [Bearer].
	Auth Auth
	// HTTPClient sends each attempt of a request: only its Transport is used.
	// With mediator.Transport in it every call is recorded as an orchestration.
	// Its Jar is not used, as a session belongs to one user; its CheckRedirect
	// is not, as no redirect is followed. Defaults to a transport with
	// connections of its own.
	HTTPClient *http.Client
	// Timeout bounds one call with all its attempts and pauses. Defaults to 2
	// minutes.
	Timeout time.Duration
	// AttemptTimeout bounds one attempt, from sending to the last byte of the
	// answer. Defaults to 1 minute, where many proxies cut, too.
	AttemptTimeout time.Duration
	// MaxAttempts bounds how often one request is sent; 1 switches repetitions
	// off. Defaults to 4.
	MaxAttempts int
	// MinWait is the pause before the second attempt; it doubles with each
	// further one, half of it spread at random. Defaults to 200 ms.
	MinWait time.Duration
	// MaxWait bounds a single pause, also one that the server asks for in
	// Retry-After: if it wants more, its answer is the result. Defaults to 30 s.
	MaxWait time.Duration
	// MaxBody bounds the body of an answer in bytes, after decompression.
	// Defaults to 64 MiB.
	MaxBody int64
	// MaxRequest bounds the body of a request in bytes. Defaults to 64 MiB.
	MaxRequest int64
	// Location is the time zone of the server. Defaults to the one it names in
	// system/info.
	Location *time.Location
	// Lazy makes [New] not talk to the server: whatever first needs its version
	// or a session asks for it. Defaults to asking in New.
	Lazy bool
	// Logger gets a line at level debug for each repetition and each new session,
	// with nothing of a patient. Defaults to silence.
	Logger *slog.Logger
	// Clock gives the time for Retry-After and for the skew of the server's
	// clock. Defaults to time.Now.
	Clock func() time.Time
}

// ConfigError names the field of a configuration that cannot be used.
type ConfigError struct {
	// Field of the configuration, such as "URL".
	Field string
	// Reason says what is wrong and what to do. It holds no credentials.
	Reason string
}

// Error implements error.
func (e *ConfigError) Error() string { return "dhis2: config: " + e.Field + " " + e.Reason }

func (cfg Config) withDefaults() (Config, *url.URL, error) {
	base, err := parseBase(cfg.URL)
	if err != nil {
		return cfg, nil, err
	}
	if cfg.Auth == nil {
		return cfg, nil, &ConfigError{Field: "Auth", Reason: "is missing; set it to Basic, Token or Bearer"}
	}
	if err := cfg.Auth.check(); err != nil {
		return cfg, nil, &ConfigError{Field: "Auth", Reason: err.Error()}
	}
	defaultTo(&cfg.Timeout, 2*time.Minute)
	defaultTo(&cfg.AttemptTimeout, time.Minute)
	defaultTo(&cfg.MaxAttempts, 4)
	defaultTo(&cfg.MinWait, 200*time.Millisecond)
	defaultTo(&cfg.MaxWait, 30*time.Second)
	cfg.MaxWait = max(cfg.MaxWait, cfg.MinWait)
	defaultTo(&cfg.MaxBody, 64<<20)
	defaultTo(&cfg.MaxRequest, 64<<20)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	return cfg, base, nil
}

func defaultTo[T ~int | ~int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// parseBase reads the server's base; the result ends in /api.
func parseBase(text string) (*url.URL, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &ConfigError{Field: "URL", Reason: "is empty; set it to the server's base, such as https://dhis2.example.org/dhis"}
	}
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil:
		return nil, &ConfigError{Field: "URL", Reason: "is not a URL"}
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, &ConfigError{Field: "URL", Reason: "must begin with http:// or https:// and name a host"}
	case u.User != nil:
		return nil, &ConfigError{Field: "URL", Reason: "must not hold a user or password; set Auth to Basic"}
	case u.RawQuery != "" || u.Fragment != "":
		return nil, &ConfigError{Field: "URL", Reason: "must not have a query or a fragment"}
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api") + "/api"
	u.RawPath = ""
	return u, nil
}
