package dhis2_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// provider gives tokens planted-1, planted-2 and so on.
func provider(w *wire, expires string) {
	var n atomic.Int32
	w.front = func(r *http.Request) *reply {
		if r.URL.Host != "id.test" {
			return nil
		}
		return response(http.StatusOK, fmt.Sprintf(`{"access_token":"planted-%d","token_type":"bearer"%s}`, n.Add(1), expires))
	}
}

func credentialsOf(t *testing.T, w *wire) *dhis2.ClientCredentials {
	t.Helper()
	source, err := dhis2.NewClientCredentials(dhis2.ClientCredentialsConfig{
		TokenURL: "https://id.test/token", ClientID: "planted id", Secret: "planted/secret", Scopes: []string{"a", "b"},
		HTTPClient: &http.Client{Transport: w},
	})
	require.NoError(t, err)
	return source
}

func TestClientCredentialsGetATokenAndKeepIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		provider(w, `,"expires_in":300`)
		source := credentialsOf(t, w)
		c := newClient(t, w, withAuth(dhis2.Bearer(source)))
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				_, err := c.Do(t.Context(), dhis2.Request{Path: "me"})
				assert.NoError(t, err)
			})
		}
		group.Wait()
		asked := func() (n int) {
			for _, s := range w.calls() {
				if s.Path == "/token" {
					n++
				}
			}
			return n
		}
		require.Equal(t, 1, asked(), "one asks, the others wait")
		first := w.calls()[0]
		assert.Equal(t, "grant_type=client_credentials&scope=a+b", first.Body)
		user, password, ok := (&http.Request{Header: first.Header}).BasicAuth()
		assert.True(t, ok)
		assert.Equal(t, []string{url.QueryEscape("planted id"), url.QueryEscape("planted/secret")}, []string{user, password})
		time.Sleep(269 * time.Second) //nolint:forbidigo // fake time
		token, err := source.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "planted-1", token)
		time.Sleep(2 * time.Second) //nolint:forbidigo // fake time
		token, err = source.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "planted-2", token, "half a minute before its end")
		source.Renew(t.Context(), "planted-1")
		token, err = source.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "planted-2", token, "an older one was meant")
		source.Renew(t.Context(), "planted-2")
		token, err = source.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "planted-3", token)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", source, source, source), "planted")
	})
}

func TestTokensWithoutALifeAreKeptForAWhile(t *testing.T) {
	t.Parallel()
	for expires, life := range map[string]time.Duration{
		"": 270 * time.Second, `,"expires_in":"120"`: 90 * time.Second, `,"expires_in":20`: 10 * time.Second,
		`,"expires_in":-5`: 270 * time.Second, `,"expires_in":{}`: 270 * time.Second, `,"expires_in":1000000000`: 24*time.Hour - 30*time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{}
			provider(w, expires)
			source := credentialsOf(t, w)
			for _, tt := range []struct {
				wait time.Duration
				want string
			}{{0, "planted-1"}, {life - time.Millisecond, "planted-1"}, {time.Millisecond, "planted-2"}} {
				time.Sleep(tt.wait) //nolint:forbidigo // fake time
				token, err := source.Token(t.Context())
				require.NoError(t, err)
				assert.Equal(t, tt.want, token, "%s after %s", expires, tt.wait)
			}
		})
	}
}

func TestProvidersThatGiveNoToken(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer *reply
		says   string
	}{
		"refused":      {response(401, `{"error":"invalid_client","error_description":"planted"}`), "401: invalid_client"},
		"another text": {response(400, `{"error":"planted"}`), "answered 400"},
		"a redirect":   {response(302, "", "Location", "https://planted.test"), "answered 302"},
		"a page":       {response(200, page), "no token"},
		"empty":        {response(200, `{}`), "no token"},
		"another type": {response(200, `{"access_token":"planted","token_type":"mac"}`), "another type"},
	} {
		w := &wire{front: func(*http.Request) *reply { return tt.answer }}
		_, err := newClient(t, &wire{}, withAuth(dhis2.Bearer(credentialsOf(t, w)))).Do(t.Context(), dhis2.Request{Path: "me"})
		require.ErrorIs(t, err, dhis2.ErrUnauthorized, name)
		assert.Contains(t, err.Error(), tt.says)
		assert.NotContains(t, err.Error(), "planted", name)
	}
	for _, cfg := range []dhis2.ClientCredentialsConfig{
		{},
		{TokenURL: "id.test", ClientID: "a", Secret: "b"},
		{TokenURL: "https://u:p@id.test", ClientID: "a", Secret: "b"},
		{TokenURL: "https://id.test", Secret: "b"},
		{TokenURL: "https://id.test", ClientID: "a"},
	} {
		_, err := dhis2.NewClientCredentials(cfg)
		var wrong *dhis2.ConfigError
		require.ErrorAs(t, err, &wrong)
	}
}

func TestAProviderThatIsDownIsNotARefusal(t *testing.T) {
	t.Parallel()
	for name, front := range map[string]func(*http.Request) *reply{
		"busy": func(*http.Request) *reply {
			return response(http.StatusServiceUnavailable, page, "Retry-After", "3600")
		},
		"gone": nil,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{front: front, answer: func(int, *http.Request) *reply { return nil }}
			_, err := newClient(t, &wire{}, withAuth(dhis2.Bearer(credentialsOf(t, w)))).Do(t.Context(), dhis2.Request{Path: "me"})
			require.Error(t, err, name)
			assert.NotErrorIs(t, err, dhis2.ErrUnauthorized, name)
			assert.True(t, dhis2.Retryable(err), name)
		})
	}
}
