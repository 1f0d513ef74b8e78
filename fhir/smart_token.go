package fhir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/internal/httpx"
)

// AuthError means that no token could be had: discovery failed, or the token
// endpoint said no.
type AuthError struct {
	// Op is "discover" or "token".
	Op string
	// Host that was asked.
	Host string
	// Status is the HTTP status, 0 if there was no answer.
	Status int
	// Code is the OAuth error, such as "invalid_client": the key or the client
	// is not registered; "invalid_scope": not all of the scope is granted.
	Code string
	// Err is the cause where there was no answer or no good one.
	Err error
}

// Error implements error.
func (e *AuthError) Error() string {
	s := "fhir: smart " + e.Op + " at " + e.Host
	if e.Status != 0 {
		s += fmt.Sprintf(": %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Code != "" {
		s += ": " + e.Code
	}
	if e.Err != nil {
		s += ": " + tellableCause(e.Err)
	}
	return s
}

// Unwrap returns the cause.
func (e *AuthError) Unwrap() error { return e.Err }

// maxTokenBody bounds what a token endpoint and discovery answer with.
const maxTokenBody = 256 << 10

// oauthCode is what error codes of OAuth are made of (RFC 6749, 5.2).
var oauthCode = regexp.MustCompile(`^[a-z_]{1,40}$`)

// discover finds the token endpoint in the server's configuration.
func (s *SMARTAuth) discover(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.cfg.URL+"/.well-known/smart-configuration", nil)
	if err != nil {
		return "", &AuthError{Op: "discover", Err: withoutURL(err)}
	}
	req.Header.Set("Accept", "application/json")
	raw, err := s.ask("discover", req)
	if err != nil {
		return "", err
	}
	fail := func(reason string) error {
		return &AuthError{Op: "discover", Host: req.URL.Host, Err: errors.New(reason)}
	}
	address := text(raw.Get("token_endpoint"))
	if address == "" {
		return "", fail("the configuration names no token_endpoint")
	}
	if err := checkTokenURL(address, s.cfg.URL); err != nil {
		return "", fail("the token_endpoint cannot be used: " + err.Error())
	}
	if algorithms := textsOf(raw.Get("token_endpoint_auth_signing_alg_values_supported")); !signs(algorithms, s.signer.algorithm) {
		return "", fail("the server does not take signatures of " + s.signer.algorithm)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokenURL = address
	return address, nil
}

// exchange sends the signed assertion and reads the token.
func (s *SMARTAuth) exchange(ctx context.Context, address string, form url.Values) (string, time.Duration, error) {
	// An assertion is for one use: it is sent again only when it did not arrive.
	ctx = httpx.WithRetry(ctx, httpx.RetryRefused)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, &AuthError{Op: "token", Err: withoutURL(err)}
	}
	req.Header.Set("Content-Type", mediaForm)
	req.Header.Set("Accept", "application/json")
	raw, err := s.ask("token", req)
	if err != nil {
		return "", 0, err
	}
	token := text(raw.Get("access_token"))
	kind := text(raw.Get("token_type"))
	if token == "" || kind != "" && !strings.EqualFold(kind, "bearer") {
		return "", 0, &AuthError{Op: "token", Host: req.URL.Host, Err: errors.New("the answer holds no bearer token")}
	}
	// SMART asks for five minutes or less; a server that does not say is
	// taken at that.
	lifetime := 5 * time.Minute
	if n := raw.Get("expires_in"); n.Exists() && n.Int() > 0 {
		lifetime = time.Duration(min(n.Int(), 1<<31)) * time.Second
	}
	return token, lifetime, nil
}

// ask makes a call and reads the JSON it is answered with.
func (s *SMARTAuth) ask(op string, req *http.Request) (gjson.Result, error) {
	fail := &AuthError{Op: op, Host: req.URL.Host}
	res, err := s.client.Do(req) //nolint:bodyclose // Drain closes it
	if err != nil {
		fail.Err = withoutURL(err)
		return gjson.Result{}, fail
	}
	defer httpx.Drain(res.Body, maxTokenBody)
	body, err := httpx.ReadAll(res.Body, maxTokenBody)
	if err != nil && !errors.Is(err, io.EOF) {
		fail.Err = err
		return gjson.Result{}, fail
	}
	valid := json.Valid(body)
	raw := gjson.Result{}
	if valid {
		raw = gjson.ParseBytes(body)
	}
	if res.StatusCode != http.StatusOK {
		fail.Status, fail.Code = res.StatusCode, oauthCode.FindString(text(raw.Get("error")))
		return gjson.Result{}, fail
	}
	if !valid || !raw.IsObject() {
		fail.Err = errors.New("the answer is no JSON object")
		return gjson.Result{}, fail
	}
	return raw, nil
}
