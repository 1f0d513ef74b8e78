package openhim

import (
	"context"
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/openhim/mediator-go/internal/httpx"
)

// tokenAuth signs each request with hex(sha512(sha512(salt+password) + random
// + time)); the core accepts ten seconds between its clock and the time
// (protocols/token.js). The difference of the clocks is learned together with
// the salt.
type tokenAuth struct {
	api *API

	mu       sync.Mutex
	passhash string // hex(sha512(salt + password)); empty before login
	skew     time.Duration
}

func (t *tokenAuth) login(ctx context.Context) error {
	x := exchange{
		op:     "authenticate",
		method: http.MethodGet,
		path:   "/authenticate/" + pathEscape(t.api.cfg.Username),
		retry:  httpx.RetrySafe, anonymous: true,
	}
	var answer struct {
		Salt string `json:"salt"`
		TS   Time   `json:"ts"`
	}
	sent := t.api.cfg.Clock()
	if err := t.api.document(ctx, x, &answer); err != nil {
		return err
	}
	if answer.Salt == "" {
		return &ReplyError{
			Op: x.op, Status: http.StatusOK, ContentType: "application/json",
			Err: errors.New("the core gave no salt"),
		}
	}
	received := t.api.cfg.Clock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passhash = hexSHA512(answer.Salt + t.api.cfg.Password)
	t.skew = 0
	if !answer.TS.IsZero() {
		t.skew = answer.TS.Sub(sent.Add(received.Sub(sent) / 2))
	}
	return nil
}

func (t *tokenAuth) ready() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.passhash != ""
}

func (t *tokenAuth) renewable() bool { return true }

func (t *tokenAuth) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passhash = ""
}

func (t *tokenAuth) learn(http.Header) {}

func (t *tokenAuth) authorizer() func(*http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	passhash, skew, username, clock := t.passhash, t.skew, t.api.cfg.Username, t.api.cfg.Clock
	return func(r *http.Request) {
		salt := rand.Text()
		ts := clock().Add(skew).UTC().Format(timeLayout)
		r.Header.Set("auth-username", username)
		r.Header.Set("auth-ts", ts)
		r.Header.Set("auth-salt", salt)
		r.Header.Set("auth-token", hexSHA512(passhash+salt+ts))
	}
}

func hexSHA512(s string) string {
	sum := sha512.Sum512([]byte(s))
	return hex.EncodeToString(sum[:])
}
