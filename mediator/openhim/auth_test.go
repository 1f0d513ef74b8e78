package openhim_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// session makes c offer local sessions; it returns the number of the last one.
func (c *core) session() *int {
	n := new(int)
	c.on("POST /authenticate/local", func(w http.ResponseWriter, _ *http.Request) {
		*n++
		http.SetCookie(w, &http.Cookie{Name: "koa.sess", Value: "s" + strconv.Itoa(*n), Secure: true, HttpOnly: true})
		http.SetCookie(w, &http.Cookie{Name: "koa.sess.sig", Value: "g" + strconv.Itoa(*n), Secure: true, HttpOnly: true})
		document(w, map[string]any{"result": "ok"})
	})
	c.authorize = func(r *http.Request) bool {
		sess, err1 := r.Cookie("koa.sess")
		sig, err2 := r.Cookie("koa.sess.sig")
		return err1 == nil && err2 == nil && sess.Value == "s"+strconv.Itoa(*n) && sig.Value == "g"+strconv.Itoa(*n)
	}
	return n
}

func with(a openhim.Auth) func(*openhim.Config) {
	return func(cfg *openhim.Config) { cfg.Auth = a }
}

func TestTokenIsSaltedOnceAndSignedEachTime(t *testing.T) {
	t.Parallel()
	c := newCore("4.0.5")
	api := c.api(t, with(openhim.AuthToken))
	for range 3 {
		_, err := api.About(t.Context())
		require.NoError(t, err)
	}
	assert.Len(t, c.seen("GET /authenticate/"), 1)
	assert.Len(t, c.seen("GET /about"), 3)
	tokens := map[string]bool{}
	for _, h := range c.auth {
		assert.Empty(t, h.Get("Authorization"))
		tokens[h.Get("auth-token")] = true
	}
	assert.Len(t, tokens, 4, "one anonymous, three different signatures")
}

func TestTokenFollowsTheClockOfTheCore(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		c := newCore("8.5.0")
		c.ahead = ahead
		require.NoError(t, c.api(t, with(openhim.AuthToken)).Authenticate(t.Context()))
		assert.Len(t, c.seen("GET /authenticate/"), 1)
	}
}

func TestTokenIsRenewedOnceWhenSaltOrClockChange(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	api := c.api(t, with(openhim.AuthToken))
	_, err := api.About(t.Context())
	require.NoError(t, err)
	c.ahead, c.salt = time.Hour, "other"
	_, err = api.About(t.Context())
	require.NoError(t, err)
	assert.Len(t, c.seen("GET /authenticate/"), 2)
	assert.Len(t, c.seen("GET /about"), 3, "the refused call is sent once more")
}

func TestRefusalIsNotRepeatedInALoop(t *testing.T) {
	t.Parallel()
	tests := []struct {
		auth         openhim.Auth
		logins       string
		first, later int // requests of a call
	}{
		{openhim.AuthToken, "GET /authenticate/", 2, 2},
		{openhim.AuthSession, "POST /authenticate/local", 2, 2},
		{openhim.AuthBasic, "none", 1, 1},
	}
	for _, tt := range tests {
		t.Run(string(tt.auth), func(t *testing.T) {
			t.Parallel()
			c := newCore("8.5.0")
			c.session()
			c.authorize = func(*http.Request) bool { return false }
			api := c.api(t, with(tt.auth))
			_, err := api.About(t.Context())
			var refused *openhim.AuthError
			require.ErrorAs(t, err, &refused)
			assert.Len(t, refused.Tried, 1)
			assert.Equal(t, tt.auth, refused.Tried[0].Auth)
			assert.True(t, openhim.IsUnauthorized(err))
			assert.True(t, openhim.ReachedCore(err))
			assert.NotContains(t, err.Error(), password)
			assert.Len(t, c.calls, tt.first)
			_, err = api.About(t.Context())
			require.Error(t, err)
			assert.Len(t, c.calls, tt.first+tt.later)
		})
	}
}

func TestAutomaticChoice(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		setup func(c *core)
		calls []string // of the first call
		later int      // requests of the second
	}{
		{"token: every version has it, and the password stays here", func(c *core) {
			c.session()
			c.authorize = nil
		}, []string{"GET /authenticate/" + user, "GET /about"}, 1},
		{"session: the user has no token", func(c *core) {
			c.session()
			c.on("GET /authenticate/"+user, func(w http.ResponseWriter, _ *http.Request) { text(w, 404, "Could not find user") })
		}, []string{"GET /authenticate/" + user, "POST /authenticate/local", "GET /about"}, 1},
		{
			"session: tokens are switched off", func(c *core) { c.session() },
			[]string{"GET /authenticate/" + user, "GET /about", "POST /authenticate/local", "GET /about"},
			1,
		},
		{"basic: nothing else works", func(c *core) {
			c.authorize = basic
			c.on("POST /authenticate/local", func(w http.ResponseWriter, _ *http.Request) { text(w, 401, "Unauthorized") })
		}, []string{"GET /authenticate/" + user, "GET /about", "POST /authenticate/local", "GET /about"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCore("8.5.0")
			tt.setup(c)
			api := c.api(t, nil)
			_, err := api.About(t.Context())
			require.NoError(t, err)
			assert.Equal(t, tt.calls, c.calls)
			before := len(c.calls)
			_, err = api.About(t.Context())
			require.NoError(t, err)
			assert.Len(t, c.calls, before+tt.later, "what worked is remembered")
		})
	}
}

func TestAutomaticChoiceExplainsWhatItTried(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.authorize = func(*http.Request) bool { return false }
	c.on("GET /authenticate/"+user, func(w http.ResponseWriter, _ *http.Request) { text(w, 404, "Could not find user") })
	c.on("POST /authenticate/local", func(w http.ResponseWriter, _ *http.Request) { text(w, 401, "Unauthorized") })
	err := c.api(t, nil).Authenticate(t.Context())
	assert.EqualError(t, err, "openhim: read about: the core answered 401 Unauthorized: Unauthorized; "+
		"tried token: the core knows no such user, or no token for it (404); session: refused with 401; basic: refused with 401; "+
		"check user and password, and api.authenticationTypes of the core")
	assert.Len(t, c.calls, 3)
}

func TestAutomaticChoiceChangesWhenTheCoreDoes(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	api := c.api(t, nil)
	_, err := api.About(t.Context())
	require.NoError(t, err)
	c.session() // tokens are switched off
	_, err = api.About(t.Context())
	require.NoError(t, err)
	before := len(c.calls)
	_, err = api.About(t.Context())
	require.NoError(t, err)
	assert.Len(t, c.calls, before+1)
}

func TestSessionsAreNotTriedOverPlainHTTP(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.authorize = func(*http.Request) bool { return false }
	err := c.api(t, func(cfg *openhim.Config) { cfg.URL = "http://core.test" }).Authenticate(t.Context())
	require.Error(t, err)
	assert.Empty(t, c.seen("POST /authenticate/local"), "its cookie is for https only")
}

func TestSessionIsKeptAndRenewedOnce(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	n := c.session()
	c.on("GET /rolling", nil)
	api := c.api(t, with(openhim.AuthSession))
	for range 2 {
		_, err := api.About(t.Context())
		require.NoError(t, err)
	}
	assert.Len(t, c.seen("POST /authenticate/local"), 1)
	*n = 7 // the core has forgotten the session
	_, err := api.About(t.Context())
	require.NoError(t, err)
	assert.Len(t, c.seen("POST /authenticate/local"), 2)
	// The core prolongs the session with an answer.
	c.on("GET /about", func(w http.ResponseWriter, _ *http.Request) {
		*n = 20
		http.SetCookie(w, &http.Cookie{Name: "koa.sess", Value: "s20"})
		http.SetCookie(w, &http.Cookie{Name: "koa.sess.sig", Value: "g20"})
		document(w, map[string]any{"currentCoreVersion": "8.5.0"})
	})
	for range 2 {
		_, err = api.About(t.Context())
		require.NoError(t, err)
	}
	assert.Len(t, c.seen("POST /authenticate/local"), 2)
}

func TestUnreachableCoreIsNoRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := roundTripper(func(*http.Request) (*http.Response, error) { return nil, http.ErrServerClosed })
		err := newCore("8.5.0").api(t, func(cfg *openhim.Config) { cfg.Transport = down }).Authenticate(t.Context())
		var transport *openhim.TransportError
		require.ErrorAs(t, err, &transport)
		assert.False(t, openhim.IsUnauthorized(err))
	})
}

func TestManyCallsLogInOnce(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	api := c.api(t, nil)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := api.About(t.Context())
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Len(t, c.seen("GET /authenticate/"), 1)
	assert.Len(t, c.seen("GET /about"), 20)
}

func TestWithoutAUserOnlyPublicCallsWork(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("GET /heartbeat", func(w http.ResponseWriter, _ *http.Request) {
		document(w, map[string]any{"master": 5, "mediators": map[string]any{"urn:a": 1.5, "urn:b": nil}, "now": 1})
	})
	api := c.api(t, func(cfg *openhim.Config) { cfg.Username, cfg.Password = "", "" })
	beats, err := api.Heartbeats(t.Context())
	require.NoError(t, err)
	require.Len(t, beats, 2)
	assert.Equal(t, 1500*time.Millisecond, *beats["urn:a"])
	assert.Nil(t, beats["urn:b"])
	_, err = api.About(t.Context())
	assert.True(t, openhim.IsUnauthorized(err))
	var bad *openhim.ConfigError
	require.ErrorAs(t, api.Authenticate(t.Context()), &bad)
}
