package openhim_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

func TestNewNamesTheBadField(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, field string
		cfg         openhim.Config
	}{
		{"password in the address", "URL", openhim.Config{URL: "https://u:planted@h:8080"}},
		{"user in the address", "URL", openhim.Config{URL: "https://u@h:8080"}},
		{"no scheme", "URL", openhim.Config{URL: "h:8080"}},
		{"another scheme", "URL", openhim.Config{URL: "ftp://h"}},
		{"no host", "URL", openhim.Config{URL: "https://:8080"}},
		{"a query", "URL", openhim.Config{URL: "https://h?x=planted"}},
		{"no address at all", "URL", openhim.Config{URL: "https://planted%zz"}},
		{"another authentication", "Auth", openhim.Config{Auth: "jwt", Username: "u", Password: "planted"}},
		{"authentication without a user", "Username", openhim.Config{Auth: openhim.AuthToken}},
		{"password without a user", "Username", openhim.Config{Password: "planted"}},
		{"user without a password", "Password", openhim.Config{Username: "u"}},
		{"user with a line end", "Username", openhim.Config{Username: "a\nb", Password: "planted"}},
		{"user with a colon", "Username", openhim.Config{Username: "a:b", Password: "planted", Auth: openhim.AuthBasic}},
		{"no fingerprint", "Fingerprint", openhim.Config{Fingerprint: "xyz"}},
		{"a SHA-1 fingerprint", "Fingerprint", openhim.Config{Fingerprint: strings.Repeat("AA:", 19) + "AA"}},
		{"a pin for http", "Fingerprint", openhim.Config{URL: "http://h", Fingerprint: strings.Repeat("AA", 32)}},
		{"pinned and insecure", "InsecureSkipVerify", openhim.Config{Fingerprint: strings.Repeat("AA", 32), InsecureSkipVerify: true}},
		{"pinned and roots", "RootCAs", openhim.Config{Fingerprint: strings.Repeat("AA", 32), RootCAs: x509.NewCertPool()}},
		{"transport and TLS", "InsecureSkipVerify", openhim.Config{Transport: newCore("8.5.0"), InsecureSkipVerify: true}},
		{"negative timeout", "Timeout", openhim.Config{Timeout: -1}},
		{"negative attempts", "MaxAttempts", openhim.Config{MaxAttempts: -1}},
		{"negative pause", "MinWait", openhim.Config{MinWait: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := openhim.New(tt.cfg)
			var bad *openhim.ConfigError
			require.ErrorAs(t, err, &bad)
			assert.Equal(t, tt.field, bad.Field)
			assert.NotEmpty(t, bad.Reason)
			assert.NotContains(t, err.Error(), "planted")
		})
	}
}

func TestNewTakesTheZeroConfig(t *testing.T) {
	t.Parallel()
	api, err := openhim.New(openhim.Config{})
	require.NoError(t, err)
	defer api.Close()
	assert.Equal(t, "https://localhost:8080", api.URL())
	prefixed, err := openhim.New(openhim.Config{URL: "http://proxy/openhim/"})
	require.NoError(t, err)
	assert.Equal(t, "http://proxy/openhim", prefixed.URL())
}

func TestAboutTellsTheVersion(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	api := c.api(t, nil)
	about, err := api.About(t.Context())
	require.NoError(t, err)
	assert.Equal(t, openhim.About{Version: "8.5.0", Timezone: "UTC"}, about)
	assert.True(t, about.Version.AtLeast(openhim.VersionAsync))
	assert.False(t, openhim.Version("").AtLeast("1.0.0"))
	version, err := api.Version(t.Context())
	require.NoError(t, err)
	assert.Equal(t, openhim.Version("8.5.0"), version)
	assert.Len(t, c.seen("GET /about"), 1, "the version is remembered")
}

func TestPathPrefixAndEscapesReachTheWire(t *testing.T) {
	t.Parallel()
	paths := make(chan string, 9)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { paths <- r.RequestURI }))
	defer server.Close()
	api, err := openhim.New(openhim.Config{URL: server.URL + "/pre%2Ffix"})
	require.NoError(t, err)
	defer api.Close()
	for urn, want := range map[string]string{
		"urn:a/b": "/pre%2Ffix/mediators/urn:a%2Fb", "a b+ü?#": "/pre%2Ffix/mediators/a%20b+%C3%BC%3F%23",
		"..": "/pre%2Ffix/mediators/%2E%2E", "50%": "/pre%2Ffix/mediators/50%25",
	} {
		require.NoError(t, api.DeleteMediator(t.Context(), urn))
		assert.Equal(t, want, <-paths)
	}
	for _, urn := range []string{"", "a%41", "a%u0041", "\xff"} {
		assert.Equal(t, []string{"urn"}, fields(t, api.DeleteMediator(t.Context(), urn)), "%q", urn)
	}
	assert.Empty(t, paths, "nothing was sent")
}

func TestTextWhereADocumentIsDueIsAnError(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.authorize = basic
	c.on("GET /mediators", func(w http.ResponseWriter, _ *http.Request) {
		text(w, 200, "User Authenticated Successfully planted")
	})
	_, err := c.api(t, func(cfg *openhim.Config) { cfg.Auth = openhim.AuthBasic }).Mediators(t.Context())
	var reply *openhim.ReplyError
	require.ErrorAs(t, err, &reply)
	assert.Equal(t, 200, reply.Status)
	assert.NotContains(t, err.Error(), "planted", "a body is not shown")
	assert.True(t, openhim.ReachedCore(err))
	assert.False(t, openhim.Retryable(err))
}

func TestBrokenDocumentsTellThePlaceNotTheValue(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`[{"name":5,"urn":"planted"}]`:       "name",
		`[{"config":{"p":"planted"}`:         "no valid JSON",
		`{"planted":1}`:                      "object",
		`[{"endpoints":{"name":"planted"}}]`: "endpoints",
	} {
		c := newCore("8.5.0")
		c.on("GET /mediators", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		})
		_, err := c.api(t, nil).Mediators(t.Context())
		var reply *openhim.ReplyError
		require.ErrorAs(t, err, &reply)
		assert.Contains(t, err.Error(), want)
		assert.NotContains(t, err.Error(), "planted")
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("GET /channels/"+id(1), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bytes.Repeat([]byte(" "), 1<<20+1))
	})
	c.on("GET /channels/"+id(2), func(w http.ResponseWriter, _ *http.Request) { text(w, 500, strings.Repeat("x", 1<<20)) })
	api := c.api(t, nil)
	_, err := api.Channel(t.Context(), id(1))
	assert.ErrorContains(t, err, "longer than 1048576 bytes")
	_, err = api.Channel(t.Context(), id(2))
	var status *openhim.StatusError
	require.ErrorAs(t, err, &status)
	assert.Len(t, status.Message, 1024)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	c := newCore("8.5.0")
	c.on("GET /mediators", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://evil.test/", http.StatusFound)
	})
	_, err := c.api(t, nil).Mediators(t.Context())
	var status *openhim.StatusError
	require.ErrorAs(t, err, &status)
	assert.Equal(t, 302, status.Status)
}

func TestErrorsTellTheCoresAnswerFromNoAnswer(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	tests := []struct {
		name                                                  string
		err                                                   error
		status                                                int
		reached, retryable, notFound, unauthorized, forbidden bool
	}{
		{name: "404", status: 404, reached: true, notFound: true},
		{name: "401", status: 401, reached: true, unauthorized: true},
		{name: "403", status: 403, reached: true, forbidden: true},
		{name: "400", status: 400, reached: true},
		{name: "413", status: 413, reached: true},
		{name: "429", status: 429, reached: true, retryable: true},
		{name: "500", status: 500, reached: true, retryable: true},
		{name: "501", status: 501, reached: true},
		{name: "503", status: 503, reached: true, retryable: true},
		{name: "refused", err: refused, retryable: true},
		{name: "canceled", err: context.Canceled},
		{name: "too slow", err: context.DeadlineExceeded, retryable: true},
		{name: "untrusted", err: &openhim.FingerprintError{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCore("8.5.0")
			c.on("GET /mediators", func(w http.ResponseWriter, _ *http.Request) { text(w, tt.status, "no "+password) })
			transport := roundTripper(func(r *http.Request) (*http.Response, error) {
				if tt.err != nil {
					return nil, tt.err
				}
				return c.RoundTrip(r)
			})
			_, err := c.api(t, func(cfg *openhim.Config) { cfg.Transport = transport }).Mediators(t.Context())
			require.Error(t, err)
			assert.Equal(t, tt.reached, openhim.ReachedCore(err), "reached: %v", err)
			assert.Equal(t, tt.retryable, openhim.Retryable(err), "retryable: %v", err)
			assert.Equal(t, tt.notFound, openhim.IsNotFound(err))
			assert.Equal(t, tt.unauthorized, openhim.IsUnauthorized(err))
			assert.Equal(t, tt.forbidden, openhim.IsForbidden(err))
			assert.NotContains(t, err.Error(), password)
		})
	}
	assert.True(t, openhim.ReachedCore(nil))
	assert.False(t, openhim.Retryable(nil))
}

type roundTripper func(r *http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSlowCoreEndsAfterTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		api := newCore("8.5.0").api(t, func(cfg *openhim.Config) { cfg.Transport = hang })
		started := time.Now()
		_, err := api.Heartbeat(t.Context(), "urn", openhim.Heartbeat{})
		require.ErrorContains(t, err, "nothing complete came within 10s")
		assert.Equal(t, 10*time.Second, time.Since(started))
		assert.True(t, openhim.Retryable(err))
		assert.False(t, openhim.ReachedCore(err))
	})
}

func TestInsecureSwitchWarnsOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	_, err := openhim.New(openhim.Config{InsecureSkipVerify: true, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(log.String(), "level=WARN"))
	assert.Contains(t, log.String(), "certificates of the core are not verified")
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := newCore("8.5.0")
	n := 0
	c.on("GET /mediators", func(w http.ResponseWriter, _ *http.Request) {
		if n++; n < 3 {
			text(w, 503, "planted")
			return
		}
		document(w, []openhim.Mediator{{Config: map[string]any{"p": "planted"}}})
	})
	api := c.api(t, func(cfg *openhim.Config) {
		cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	_, err := api.Mediators(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(log.String(), "request is repeated"))
	assert.NotContains(t, log.String(), "planted")
	assert.NotContains(t, log.String(), user)
}

func TestErrorsOfTheDatabaseTellNoValues(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		`Could not update: CastError: Cast to embedded failed for value "{ name: 'n', body: 'planted at path x' }" (type Object) at path "orchestrations" because of "CastError"`: `Could not update: CastError: Cast to embedded failed for value [redacted] at path "orchestrations" because of "CastError"`,
		`Cast to Number failed for value "planted and cut`: `Cast to Number failed for value [redacted]`,
		"two\n lines": "two lines",
	} {
		c := newCore("8.5.0")
		c.on("GET /channels", func(w http.ResponseWriter, _ *http.Request) { text(w, 500, message) })
		_, err := c.api(t, nil).Channels(t.Context())
		var status *openhim.StatusError
		require.ErrorAs(t, err, &status)
		assert.Equal(t, want, status.Message)
	}
}
