package fhir

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
)

// Authorizer puts credentials on a request to the client's own origin. It is
// called for every attempt that this package makes, by several goroutines at
// once.
type Authorizer interface {
	Authorize(ctx context.Context, req *http.Request) error
}

// Renewer is an [Authorizer] that may have other credentials after the server
// answered 401.
type Renewer interface {
	// Renew gets the Authorization header that was refused and reports whether
	// another attempt will have another one.
	Renew(ctx context.Context, refused string) bool
}

// AuthorizerFunc is a function as an [Authorizer].
type AuthorizerFunc func(ctx context.Context, req *http.Request) error

// Authorize implements [Authorizer].
func (f AuthorizerFunc) Authorize(ctx context.Context, req *http.Request) error { return f(ctx, req) }

// BasicAuth is basic authentication.
func BasicAuth(username, password string) Authorizer {
	value := "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
	return AuthorizerFunc(func(_ context.Context, req *http.Request) error {
		req.Header.Set("Authorization", value)
		return nil
	})
}

// BearerAuth sends a token that does not change. See [TokenAuth] for one that
// does.
func BearerAuth(token string) Authorizer {
	return TokenAuth(func(context.Context) (string, error) { return token, nil })
}

// TokenAuth sends the token that source gives, which is asked for every
// request: it should keep it while it is good. An
// oauth2.TokenSource fits with a few words around it.
func TokenAuth(source func(ctx context.Context) (string, error)) Authorizer {
	return AuthorizerFunc(func(ctx context.Context, req *http.Request) error {
		token, err := source(ctx)
		if err != nil {
			return err
		}
		return setBearer(req, token)
	})
}

// setBearer sends a token; one that could end the header is refused.
func setBearer(req *http.Request, token string) error {
	if token == "" || strings.ContainsAny(token, " \t\r\n") {
		return errors.New("the token is empty or holds white space")
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return nil
}
