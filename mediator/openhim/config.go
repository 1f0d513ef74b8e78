package openhim

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Auth is a way to show the core's API who is calling (openhim-core.md
// section 2).
type Auth string

// The ways of authentication. There is no bearer or JWT authentication on the
// API in any version; those are for the router's clients.
const (
	// AuthAuto finds out: token first, because it works on every version and
	// never sends the password, then a session, then basic. What worked is
	// remembered.
	AuthAuto Auth = ""
	// AuthToken signs every request with a salted hash of the password. Every
	// version knows it; deprecated since 7.2, but on.
	AuthToken Auth = "token"
	// AuthBasic sends the password with every request. Since 5.1, on by
	// default since 7.1; each request costs the core about 0.1 s of CPU.
	AuthBasic Auth = "basic"
	// AuthSession logs in once and keeps the cookie. Since 7.2, over https
	// only.
	AuthSession Auth = "session"
)

// Config is what an [API] needs to know.
type Config struct {
	// URL of the core's management API, http or https, without user and
	// password; a path is kept as a prefix for a reverse proxy. Defaults to
	// https://localhost:8080.
	URL string
	// Username is the user's e-mail address. Defaults to none, for which
	// only the few public calls work.
	Username string
	// Password of the user. Defaults to none.
	Password string
	// Auth is how to authenticate. Defaults to AuthAuto.
	Auth Auth

	// RootCAs verify the core's certificate. Note that the certificate a core
	// makes for itself names no host and can be trusted by Fingerprint only.
	// Defaults to the system's.
	RootCAs *x509.CertPool
	// ClientCertificates are shown to a proxy in front of the core that asks
	// for them. Defaults to none.
	ClientCertificates []tls.Certificate
	// Fingerprint is the SHA-256 of the core's certificate in hexadecimal,
	// with or without colons. With it exactly this certificate is trusted,
	// whatever it names, whoever signed it and however old it is. Print it
	// with: openssl x509 -noout -fingerprint -sha256 -in cert.pem.
	// Defaults to none.
	Fingerprint string
	// InsecureSkipVerify accepts any certificate, so that anybody on the way
	// can read the password; New logs a warning. Defaults to false.
	InsecureSkipVerify bool

	// Transport sends the requests; with it the four TLS fields must be
	// empty. Defaults to a transport of the API's own with those settings.
	Transport http.RoundTripper
	// Timeout bounds one exchange with the core, its repetitions included.
	// A call of several exchanges takes it for each. Defaults to 10 s.
	Timeout time.Duration
	// MaxAttempts bounds how often a request that may be repeated is sent; 1
	// switches repetition off. Defaults to 3.
	MaxAttempts int
	// MinWait is the pause before a repetition; it doubles. Defaults to
	// 200 ms.
	MinWait time.Duration

	// Logger gets warnings, and each repeated request at level debug. Never a
	// body, a password or a token. Defaults to silence.
	Logger *slog.Logger
	// Clock gives the time. Defaults to time.Now.
	Clock func() time.Time
}

// ConfigError names the field of a [Config] that cannot be used.
type ConfigError struct {
	// Field of the Config.
	Field string
	// Reason says what is wrong with it and what to do. It never holds the
	// value of a secret.
	Reason string
}

// Error implements error.
func (e *ConfigError) Error() string { return "openhim: config: " + e.Field + ": " + e.Reason }

// withDefaults checks cfg and fills in what is not set.
func (cfg Config) withDefaults() (Config, *url.URL, error) {
	base, err := cfg.baseURL()
	if err != nil {
		return cfg, nil, err
	}
	if err := cfg.checkAuth(); err != nil {
		return cfg, nil, err
	}
	if err := cfg.checkTLS(); err != nil {
		return cfg, nil, err
	}
	switch {
	case cfg.Timeout < 0:
		return cfg, nil, &ConfigError{Field: "Timeout", Reason: "is negative"}
	case cfg.MaxAttempts < 0:
		return cfg, nil, &ConfigError{Field: "MaxAttempts", Reason: "is negative"}
	case cfg.MinWait < 0:
		return cfg, nil, &ConfigError{Field: "MinWait", Reason: "is negative"}
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.MaxAttempts == 0 {
		cfg.MaxAttempts = 3
	}
	if cfg.MinWait == 0 {
		cfg.MinWait = 200 * time.Millisecond
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	return cfg, base, nil
}

func (cfg Config) baseURL() (*url.URL, error) {
	raw := cfg.URL
	if raw == "" {
		raw = "https://localhost:8080"
	}
	bad := func(reason string) error { return &ConfigError{Field: "URL", Reason: reason} }
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's error repeats the address, which may hold a password.
		return nil, bad("is not an address; write it like https://openhim.example.org:8080")
	}
	switch {
	case u.User != nil:
		return nil, bad("holds a user or a password; put them into Username and Password, addresses end up in logs")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, bad(fmt.Sprintf("begins with %q; it must begin with https:// or http://", u.Scheme))
	case u.Hostname() == "":
		return nil, bad("names no host; write it like https://openhim.example.org:8080")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, bad("has a query or a fragment; only scheme, host, port and a path belong there")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

func (cfg Config) checkAuth() error {
	switch cfg.Auth {
	case AuthAuto, AuthToken, AuthBasic, AuthSession:
	default:
		return &ConfigError{
			Field:  "Auth",
			Reason: fmt.Sprintf("%q is none of token, basic, session; leave it empty to find out", cfg.Auth),
		}
	}
	switch {
	case cfg.Username == "" && cfg.Password != "":
		return &ConfigError{Field: "Username", Reason: "is empty although there is a password"}
	case cfg.Username != "" && cfg.Password == "":
		return &ConfigError{Field: "Password", Reason: "is empty although there is a user"}
	case cfg.Username == "" && cfg.Auth != AuthAuto:
		return &ConfigError{Field: "Username", Reason: fmt.Sprintf("is empty; authentication by %s needs it", cfg.Auth)}
	case !legalHeaderValue(cfg.Username):
		return &ConfigError{Field: "Username", Reason: "holds characters that no header can carry"}
	case strings.Contains(cfg.Username, ":") && cfg.Auth == AuthBasic:
		return &ConfigError{Field: "Username", Reason: "holds a colon, which basic authentication cannot send"}
	}
	return nil
}
