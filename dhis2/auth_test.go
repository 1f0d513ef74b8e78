package dhis2_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// Their checksums were computed by another program, from the rule in dhis2.md
// 1.4; the last is the example in DHIS2's documentation.
var goodTokens = []string{
	"d2p_planted0planted0planted0planted0planted0plan2uMaDV",
	"d2p_" + strings.Repeat("A", 44) + "3I5QGJ",
	"d2pat_5xVA12xyUbWNedQxy4ohH77WlxRGVvZZ1151814092",
}

func flip(c byte) string {
	if c == 'a' {
		return "b"
	}
	return "a"
}

func TestGoodTokensAreSent(t *testing.T) {
	t.Parallel()
	for _, key := range goodTokens {
		w := &wire{}
		c := newClient(t, w, withAuth(dhis2.Token(" "+key+"\n")))
		_, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
		require.NoError(t, err)
		require.Len(t, w.sent, 1, "a token needs no session")
		assert.Equal(t, "ApiToken "+key, w.sent[0].Header.Get("Authorization"))
	}
}

func TestBadTokensAreNotSent(t *testing.T) {
	t.Parallel()
	good, first := goodTokens[0], goodTokens[2]
	w := &wire{}
	for name, key := range map[string]string{
		"a character changed":      good[:10] + flip(good[10]) + good[11:],
		"the checksum changed":     good[:len(good)-1] + flip(good[len(good)-1]),
		"cut":                      good[:len(good)-1],
		"one more":                 good + "a",
		"no prefix":                good[4:],
		"not base 62":              good[:10] + "-" + good[11:],
		"empty":                    "",
		"first generation: cut":    first[:len(first)-10],
		"first generation: wrong":  first[:10] + flip(first[10]) + first[11:],
		"first generation: text":   first[:len(first)-1] + "x",
		"first generation: prefix": "d2pat_",
	} {
		_, err := dhis2.New(t.Context(), dhis2.Config{
			URL: "https://dhis2.test", Auth: dhis2.Token(key), HTTPClient: &http.Client{Transport: w},
		})
		var wrong *dhis2.ConfigError
		require.ErrorAs(t, err, &wrong, name)
		assert.Equal(t, "Auth", wrong.Field)
		if len(key) > 8 {
			assert.NotContains(t, err.Error(), key[6:12], name)
		}
	}
	assert.Empty(t, w.sent)
}

func TestCredentialsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, auth := range map[string]dhis2.Auth{
		"none": nil, "no user": dhis2.Basic("", "p"), "no password": dhis2.Basic("u", ""),
		"a colon": dhis2.Basic("u:v", "p"), "no source": dhis2.Bearer(nil),
	} {
		_, err := dhis2.New(t.Context(), dhis2.Config{URL: "https://dhis2.test", Auth: auth, Lazy: true})
		var wrong *dhis2.ConfigError
		require.ErrorAs(t, err, &wrong, name)
		assert.Equal(t, "Auth", wrong.Field, name)
	}
}

// tokens is a source that makes another token after each renewal.
type tokens struct {
	mu      sync.Mutex
	current int
	renewed []string
}

func (s *tokens) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("planted-%d", s.current), nil
}

func (s *tokens) Renew(_ context.Context, refused string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewed = append(s.renewed, refused)
	if refused == fmt.Sprintf("planted-%d", s.current) {
		s.current++
	}
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	source := &tokens{}
	w := &wire{answer: func(_ int, r *http.Request) *reply {
		if r.Header.Get("Authorization") == "Bearer planted-1" {
			return response(http.StatusOK, `{"username":"u"}`)
		}
		return response(http.StatusUnauthorized, unauthorized)
	}}
	c := newClient(t, w, withAuth(dhis2.Bearer(source)))
	_, err := c.Do(t.Context(), dhis2.Request{Method: http.MethodPost, Path: "tracker", Body: []byte("{}"), Repeat: dhis2.RepeatNever})
	require.NoError(t, err, "a 401 proves that nothing was done")
	assert.Len(t, w.sent, 2)
	assert.Equal(t, []string{"planted-0"}, source.renewed)

	w.answer = always(http.StatusUnauthorized, unauthorized)
	_, err = c.Do(t.Context(), dhis2.Request{Path: "me"})
	require.ErrorIs(t, err, dhis2.ErrUnauthorized)
	assert.Len(t, w.sent, 4, "once, not for ever")
}

func TestAFixedTokenIsNotSentAgain(t *testing.T) {
	t.Parallel()
	for _, auth := range []dhis2.Auth{
		dhis2.Bearer(dhis2.TokenSourceFunc(func(context.Context) (string, error) { return "planted", nil })),
		dhis2.Token(goodTokens[0]),
	} {
		w := &wire{answer: always(http.StatusUnauthorized, unauthorized)}
		_, err := newClient(t, w, withAuth(auth)).Do(t.Context(), dhis2.Request{Path: "me"})
		require.ErrorIs(t, err, dhis2.ErrUnauthorized)
		assert.Len(t, w.sent, 1)
	}
}

func TestATokenSourceThatFailsSendsNothing(t *testing.T) {
	t.Parallel()
	down := errors.New("the provider is down")
	for name, source := range map[string]dhis2.TokenSourceFunc{
		"an error":     func(context.Context) (string, error) { return "", down },
		"empty":        func(context.Context) (string, error) { return "", nil },
		"a line break": func(context.Context) (string, error) { return "planted\r\nX: y", nil },
	} {
		w := &wire{}
		_, err := newClient(t, w, withAuth(dhis2.Bearer(source))).Do(t.Context(), dhis2.Request{Path: "me"})
		require.ErrorIs(t, err, dhis2.ErrUnauthorized, name)
		assert.NotContains(t, err.Error(), "planted")
		assert.Equal(t, name == "an error", errors.Is(err, down))
		assert.Empty(t, w.sent, name)
	}
}

func TestCredentialsShowNothingOfThemselves(t *testing.T) {
	t.Parallel()
	for _, auth := range []dhis2.Auth{
		dhis2.Basic(testUser, testPassword), dhis2.Token(goodTokens[0]),
		dhis2.Bearer(dhis2.TokenSourceFunc(func(context.Context) (string, error) { return "planted", nil })),
	} {
		cfg := dhis2.Config{URL: "https://dhis2.test", Auth: auth}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "auth", auth, "config", cfg)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "auth", auth, "config", cfg)
		j, err := json.Marshal(map[string]any{"auth": auth})
		require.NoError(t, err)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, verb+verb+verb, auth, cfg, &cfg)
		}
		all := log.String() + string(j)
		assert.NotContains(t, all, "planted")
		assert.Contains(t, all, "[redacted]")
	}
}

const unauthorized = `{"httpStatus":"Unauthorized","httpStatusCode":401,"status":"ERROR","message":"Unauthorized"}`
