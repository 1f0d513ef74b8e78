package dhis2_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

const (
	testUser     = "planted-user"
	testPassword = "planted-password"
	infoBody     = `{"version":"2.42.5.2","revision":"abc","calendar":"iso8601","systemId":"e439d618",` +
		`"serverDate":"2026-11-23T08:19:16.839","serverTimeZoneId":"Africa/Nairobi","contextPath":"http://localhost"}`
)

// sent is one request as it left.
type sent struct {
	Method, Path, Body string
	Header             http.Header
	Query              string
}

// wire is a server without a network: it answers what a test says and keeps what
// it was asked. A nil answer is a lost connection.
type wire struct {
	mu      sync.Mutex
	sent    []sent
	session int
	info    string // of system/info, infoBody if empty
	// answer answers whatever is not system/info; n counts them from 1.
	answer func(n int, r *http.Request) *reply
	// front sees every request first, and answers it if it returns something.
	front func(r *http.Request) *reply
	n     int
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	w.mu.Lock()
	w.sent = append(w.sent, sent{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Body: string(body), Header: r.Header.Clone(),
	})
	w.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	res := w.respond(r)
	if res == nil {
		return nil, io.ErrUnexpectedEOF
	}
	return res.made(r), nil
}

func (w *wire) respond(r *http.Request) *reply {
	if w.front != nil {
		if res := w.front(r); res != nil {
			return res
		}
	}
	if strings.HasSuffix(r.URL.Path, "/api/system/info") {
		body := w.info
		if body == "" {
			body = infoBody
		}
		w.mu.Lock()
		w.session++
		id := w.session
		w.mu.Unlock()
		return response(http.StatusOK, body, "Set-Cookie", fmt.Sprintf("JSESSIONID=planted%d; Path=/; HttpOnly", id))
	}
	w.mu.Lock()
	w.n++
	n := w.n
	w.mu.Unlock()
	if w.answer == nil {
		return response(http.StatusOK, `{}`)
	}
	return w.answer(n, r)
}

// calls lists what was sent but for system/info.
func (w *wire) calls() []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []sent
	for _, s := range w.sent {
		if !strings.HasSuffix(s.Path, "/system/info") {
			out = append(out, s)
		}
	}
	return out
}

// probes counts the questions for system/info.
func (w *wire) probes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sent) - w.countOthers()
}

func (w *wire) countOthers() int {
	n := 0
	for _, s := range w.sent {
		if !strings.HasSuffix(s.Path, "/system/info") {
			n++
		}
	}
	return n
}

// reply is an answer in the making.
type reply struct {
	status int
	header http.Header
	body   io.Reader // its length is known if it is a *strings.Reader
}

// made is the reply as it comes from a transport.
func (a *reply) made(r *http.Request) *http.Response {
	res := &http.Response{
		StatusCode: a.status, ProtoMajor: 1, ProtoMinor: 1, Header: a.header,
		ContentLength: -1, Body: io.NopCloser(a.body), Request: r,
	}
	if text, ok := a.body.(*strings.Reader); ok {
		res.ContentLength = text.Size()
	}
	return res
}

func response(status int, body string, header ...string) *reply {
	h := http.Header{"Content-Type": {"application/json;charset=UTF-8"}}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Set-Cookie" {
			h.Add(header[i], header[i+1])
			continue
		}
		h.Set(header[i], header[i+1])
	}
	return &reply{status: status, header: h, body: strings.NewReader(body)}
}

// always gives every request the same answer.
func always(status int, body string, header ...string) func(int, *http.Request) *reply {
	return func(int, *http.Request) *reply { return response(status, body, header...) }
}

// newClient is a client on a wire, with a password.
func newClient(tb testing.TB, w *wire, change ...func(*dhis2.Config)) *dhis2.Client {
	tb.Helper()
	cfg := dhis2.Config{
		URL: "https://dhis2.test/dhis", Auth: dhis2.Basic(testUser, testPassword),
		HTTPClient: &http.Client{Transport: w}, Lazy: true,
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := dhis2.New(context.Background(), cfg)
	require.NoError(tb, err)
	return c
}

func withAuth(a dhis2.Auth) func(*dhis2.Config) { return func(cfg *dhis2.Config) { cfg.Auth = a } }

func withLog(into *bytes.Buffer) func(*dhis2.Config) {
	return func(cfg *dhis2.Config) {
		cfg.Logger = slog.New(slog.NewTextHandler(into, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
}

// fixture is a file of the shared DHIS2 fixtures; without them the test is
// skipped, and fails in CI.
func fixture(tb testing.TB, path ...string) string {
	tb.Helper()
	root := os.Getenv("SHARED_DIR")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	file := filepath.Join(append([]string{root, "fixtures", "dhis2"}, path...)...)
	if _, err := os.Stat(file); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("no %s: set SHARED_DIR", file)
		}
		tb.Skipf("no %s: set SHARED_DIR to run this test", file)
	}
	return file
}

// panicJar is a cookie jar that must not be used.
type panicJar struct{}

func (panicJar) SetCookies(*url.URL, []*http.Cookie) { panic("a session belongs to one user") }

func (panicJar) Cookies(*url.URL) []*http.Cookie { panic("a session belongs to one user") }
