package openhim_test

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

const (
	user     = "root@openhim.org"
	password = "planted-password"
)

// core is an http.RoundTripper that answers as a core does, without a
// network, so that it also serves in a bubble of fake time. Answers not given
// by route are 404 "Not Found" in plain text.
type core struct {
	mu     sync.Mutex
	routes map[string]http.HandlerFunc
	calls  []string
	bodies []string
	auth   []http.Header

	// authorize says whether credentials are accepted; nil accepts tokens.
	authorize func(r *http.Request) bool
	ahead     time.Duration // of the core's clock
	salt      string
}

func newCore(version string) *core {
	c := &core{routes: map[string]http.HandlerFunc{}, salt: "salt"}
	c.on("GET /authenticate/"+user, func(w http.ResponseWriter, _ *http.Request) {
		document(w, map[string]any{"salt": c.salt, "ts": time.Now().Add(c.ahead).UTC().Format(time.RFC3339Nano)})
	})
	c.on("GET /about", func(w http.ResponseWriter, _ *http.Request) {
		document(w, map[string]any{"currentCoreVersion": version, "serverTimezone": "UTC"})
	})
	return c
}

// on answers a route, written as "METHOD /path" with the path as it is on the
// wire and without the query.
func (c *core) on(route string, h http.HandlerFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.routes[route] = h
}

// seen returns the calls whose text begins with prefix.
func (c *core) seen(prefix string) (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, call := range c.calls {
		if strings.HasPrefix(call, prefix) {
			out = append(out, call)
		}
	}
	return out
}

// body returns the last body sent to a route.
func (c *core) body(route string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, call := range slices.Backward(c.calls) {
		if call == route {
			return c.bodies[i]
		}
	}
	return ""
}

func (c *core) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w.Result(), nil
}

func (c *core) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route := r.Method + " " + r.URL.EscapedPath()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	c.mu.Lock()
	c.calls = append(c.calls, route)
	c.bodies = append(c.bodies, string(body))
	c.auth = append(c.auth, r.Header.Clone())
	handler, authorize := c.routes[route], c.authorize
	c.mu.Unlock()
	if authorize == nil {
		authorize = c.token
	}
	public := strings.HasPrefix(r.URL.Path, "/authenticate/") || r.URL.Path == "/heartbeat"
	switch {
	case !public && !authorize(r):
		text(w, 401, "Unauthorized")
	case handler == nil:
		text(w, 404, "Not Found")
	default:
		handler(w, r)
	}
}

// token checks the headers of token authentication (protocols/token.js).
func (c *core) token(r *http.Request) bool {
	ts, err := time.Parse(time.RFC3339Nano, r.Header.Get("auth-ts"))
	if err != nil || time.Now().Add(c.ahead).Sub(ts).Abs() > 10*time.Second {
		return false
	}
	passhash := sum(c.salt + password)
	return r.Header.Get("auth-username") == user &&
		r.Header.Get("auth-token") == sum(passhash+r.Header.Get("auth-salt")+r.Header.Get("auth-ts"))
}

func basic(r *http.Request) bool {
	u, p, ok := r.BasicAuth()
	return ok && u == user && p == password
}

func sum(s string) string {
	b := sha512.Sum512([]byte(s))
	return hex.EncodeToString(b[:])
}

func document(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func text(w http.ResponseWriter, status int, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, s)
}

// api returns a client of c. change may be nil.
func (c *core) api(t *testing.T, change func(*openhim.Config)) *openhim.API {
	t.Helper()
	cfg := openhim.Config{
		URL: "https://core.test:8080", Username: user, Password: password, Transport: c,
		MinWait: time.Millisecond,
	}
	if change != nil {
		change(&cfg)
	}
	api, err := openhim.New(cfg)
	require.NoError(t, err)
	t.Cleanup(api.Close)
	return api
}

// mediators makes c keep mediators as a core does.
func (c *core) mediators(store map[string]openhim.Mediator) {
	var mu sync.Mutex
	c.on("POST /mediators", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var m openhim.Mediator
		_ = json.NewDecoder(r.Body).Decode(&m)
		if old, ok := store[m.URN]; !ok || older(old.Version, m.Version) {
			store[m.URN] = m
			c.serveMediator(&mu, store, m.URN)
		}
		text(w, 201, "Created")
	})
	for _, urn := range slices.Collect(maps.Keys(store)) {
		c.serveMediator(&mu, store, urn)
	}
}

func older(a, b string) bool { return a < b } // enough for the versions in these tests

func (c *core) serveMediator(mu *sync.Mutex, store map[string]openhim.Mediator, urn string) {
	c.on("GET /mediators/"+urn, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		document(w, store[urn])
	})
}

func id(n int) string { return fmt.Sprintf("%024x", n) }
