package dhis2

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// Auth is who a client is: [Basic], [Token] or [Bearer]. Printed or logged it
// shows its kind only.
type Auth interface {
	// check tells what can be known to be wrong without asking the server.
	check() error
	// header is the value of Authorization.
	header(ctx context.Context) (string, error)
	// renew gets the value that was refused and reports whether another one
	// can be had now.
	renew(ctx context.Context, refused string) bool
	// keepsSession says that the session the server opens is to be kept.
	keepsSession() bool
}

// Basic is a user and a password. DHIS2 hashes the password anew for each
// request, which costs it some 80 ms, so the client keeps the session that the
// server opens for the first request.
//
// A password that the server refuses is not sent again for 5 minutes unless
// [Client.Refresh] is called: DHIS2 locks accounts after a few failures.
func Basic(user, password string) Auth {
	return &basicAuth{hidden: "Basic", user: user, password: password}
}

type basicAuth struct {
	hidden

	user, password string
}

func (a *basicAuth) check() error {
	switch {
	case a.user == "" || a.password == "":
		return errors.New("has no user or no password")
	case strings.Contains(a.user, ":"):
		return errors.New("has a user with a colon, which HTTP cannot send")
	}
	return nil
}

func (a *basicAuth) header(context.Context) (string, error) {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(a.user+":"+a.password)), nil
}

func (a *basicAuth) renew(context.Context, string) bool { return false }

func (a *basicAuth) keepsSession() bool { return true }

// TokenSource gives bearer tokens, of an OpenID Connect provider for example.
// It is asked for every attempt, by several goroutines at once: it should keep
// a token while it is good, and must return when ctx ends. A *oauth2.TokenSource fits with a few words around.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}

// TokenRenewer is a [TokenSource] that can be told that a token was refused
// before it ended: the next Token should be another one. It must do nothing if
// it has another one already, as several requests may tell of the same token.
type TokenRenewer interface {
	TokenSource
	Renew(ctx context.Context, refused string)
}

// TokenSourceFunc is a function as a [TokenSource].
type TokenSourceFunc func(ctx context.Context) (string, error)

// Token implements [TokenSource].
func (f TokenSourceFunc) Token(ctx context.Context) (string, error) { return f(ctx) }

// Bearer sends the tokens of source (RFC 6750). The server must be set up for
// it (oidc.jwt.token.authentication.enabled, or its own authorization server
// from 2.42); one that is not answers with a redirect to its login page. After
// a 401 source is asked once more, and the request repeated with the other
// token, if there is one.
func Bearer(source TokenSource) Auth { return &bearerAuth{hidden: "Bearer", source: source} }

type bearerAuth struct {
	hidden

	source TokenSource
}

func (a *bearerAuth) check() error {
	if a.source == nil {
		return errors.New("is Bearer without a TokenSource")
	}
	return nil
}

func (a *bearerAuth) header(ctx context.Context) (string, error) {
	token, err := a.source.Token(ctx)
	if err != nil {
		return "", fmt.Errorf("token source: %w", err)
	}
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("token source: the token is empty or holds what no header may hold")
	}
	return "Bearer " + token, nil
}

func (a *bearerAuth) renew(ctx context.Context, refused string) bool {
	if r, ok := a.source.(TokenRenewer); ok {
		r.Renew(ctx, strings.TrimPrefix(refused, "Bearer "))
	}
	value, err := a.header(ctx)
	return err == nil && value != refused
}

func (a *bearerAuth) keepsSession() bool { return false }

// hidden prints credentials as their kind.
type hidden string

// Format implements [fmt.Formatter] for every verb.
func (h hidden) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(h)+" [redacted]") }

// LogValue implements [slog.LogValuer].
func (h hidden) LogValue() slog.Value { return slog.StringValue(string(h) + " [redacted]") }

// MarshalText implements [encoding.TextMarshaler].
func (h hidden) MarshalText() ([]byte, error) { return []byte(string(h) + " [redacted]"), nil }

// setCredentials puts what header gives on a request.
func setCredentials(req *http.Request, value string) { req.Header.Set("Authorization", value) }
