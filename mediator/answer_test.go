package mediator_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

func dial(t *testing.T, addr net.Addr) net.Conn {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), addr.Network(), addr.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// answering returns a mediator whose GET / gives this answer.
func answering(tb testing.TB, resp *mediator.Response, change ...func(*mediator.Config)) *mediator.Mediator {
	tb.Helper()
	m := alone(tb, change...)
	m.Handle("GET /", func(context.Context, *mediator.Request) (*mediator.Response, error) { return resp, nil })
	return m
}

func TestAnAnswerThatIsNoTextGoesWithoutEnvelope(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ contentType, body string }{
		"bytes":                    {"image/png", "\x89PNG\r\n\x1a\n\x00"},
		"latin-1":                  {"text/plain; charset=iso-8859-1", "caf\xe9"},
		"latin-1 that is UTF-8":    {"text/plain; charset=iso-8859-1", "Ã©"},
		"utf-16":                   {"text/plain; charset=utf-16le", "a\x00b\x00"},
		"utf-8 label, other bytes": {"text/plain; charset=utf-8", "caf\xe9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := ask(t, answering(t, mediator.Bytes(203, tt.contentType, []byte(tt.body))), http.MethodGet, "/", "")
			assert.Equal(t, 203, rec.Code)
			assert.Equal(t, tt.contentType, rec.Header().Get("Content-Type"))
			assert.Equal(t, tt.body, rec.Body.String())
		})
	}
	e := envelopeIn(t, ask(t, answering(t, mediator.Bytes(200, "text/plain; charset=iso-8859-1", []byte("plain"))), http.MethodGet, "/", ""))
	assert.Equal(t, "plain", e.Response.Body, "what is the same in both charsets can go into an envelope")
}

func TestAHEADAnswerHasNoEnvelope(t *testing.T) {
	t.Parallel()
	resp := mediator.Text(200, "hello")
	resp.Header.Set("Etag", `"1"`)
	rec := ask(t, answering(t, resp), http.MethodHead, "/", "")
	assert.Equal(t, 200, rec.Code)
	assert.Equal(t, `"1"`, rec.Header().Get("Etag"))
	assert.NotContains(t, rec.Header().Get("Content-Type"), "openhim")
	assert.Empty(t, rec.Body.String())
}

func TestTheInnerContentTypeIsTheRealOne(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ given, body, want string }{
		"given":            {"application/fhir+json; fhirVersion=4.0", "{}", "application/fhir+json; fhirVersion=4.0"},
		"missing":          {"", "<html></html>", "text/html; charset=utf-8"},
		"missing and void": {"", "", "text/plain; charset=utf-8"},
		"no content type":  {"foo", "hello", "application/octet-stream"},
		"not writable":     {"text/plain; x=\"日本\"", "hello", "application/octet-stream"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := &mediator.Response{Header: http.Header{"Content-Type": {tt.given}}, Body: []byte(tt.body)}
			e := envelopeIn(t, ask(t, answering(t, resp), http.MethodGet, "/", ""))
			assert.Equal(t, tt.want, e.Response.Headers.Get("Content-Type"))
		})
	}
}

func TestHeadersACoreCannotHandOnAreLeftOut(t *testing.T) {
	t.Parallel()
	logger, log := logTo()
	resp := &mediator.Response{Body: []byte("x"), Header: http.Header{
		"Content-Type":            {"text/plain"},
		"X-Good":                  {"1", "2"},
		"X Bad":                   {"1"},
		"":                        {"1"},
		"X-Line":                  {"a\r\nX-Evil: 1"},
		"X-Unicode":               {"日本"},
		"X.dots":                  {"1"},
		"$dollar":                 {"1"},
		"__proto__":               {"1"},
		"Content-Length":          {"999999"},
		"Transfer-Encoding":       {"chunked"},
		"Connection":              {"keep-alive"},
		"X-OpenHIM-TransactionID": {"forged"},
		"set-cookie":              {"a=b; Path=/", "c=d", "\x00", "no cookie"},
	}}
	e := envelopeIn(t, ask(t, answering(t, resp, func(c *mediator.Config) { c.Logger = logger }), http.MethodGet, "/", ""))
	assert.Equal(t, openhim.Headers{
		"Content-Type": {"text/plain"}, "X-Good": {"1, 2"}, "Set-Cookie": {"a=b; Path=/", "c=d"},
	}, e.Response.Headers)
	assert.Contains(t, log.String(), "X-Line")
	assert.NotContains(t, log.String(), "X-Evil")
}

func TestSetCookieIsAnArray(t *testing.T) {
	t.Parallel()
	resp := mediator.Text(200, "x")
	resp.Header.Set("Set-Cookie", "a=b")
	rec := ask(t, answering(t, resp), http.MethodGet, "/", "")
	assert.Contains(t, rec.Body.String(), `"Set-Cookie":["a=b"]`)
}

func TestStatusesThatAreNoneAreFailures(t *testing.T) {
	t.Parallel()
	for _, status := range []int{-1, 1, 100, 101, 199, 600, 999, 1000} {
		e := envelopeIn(t, ask(t, answering(t, mediator.Text(status, "x")), http.MethodGet, "/", ""))
		assert.Equal(t, 500, e.Response.Status, status)
		assert.Equal(t, openhim.StatusFailed, e.Status)
	}
	e := envelopeIn(t, ask(t, answering(t, &mediator.Response{}), http.MethodGet, "/", ""))
	assert.Equal(t, 200, e.Response.Status)
	assert.Equal(t, openhim.StatusSuccessful, e.Status)
}

func TestTheStatusCanBeOverridden(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("GET /response", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		req.Transaction.SetStatus(openhim.StatusFailed)
		return &mediator.Response{Status: 404, TransactionStatus: openhim.StatusSuccessful}, nil
	})
	m.Handle("GET /transaction", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		req.Transaction.SetStatus(openhim.StatusCompletedWithErrors)
		return &mediator.Response{}, nil
	})
	m.Handle("GET /unknown", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return &mediator.Response{TransactionStatus: "Banana"}, nil
	})
	assert.Equal(t, openhim.StatusSuccessful, envelopeIn(t, ask(t, m, http.MethodGet, "/response", "")).Status)
	assert.Equal(t, openhim.StatusCompletedWithErrors, envelopeIn(t, ask(t, m, http.MethodGet, "/transaction", "")).Status)
	assert.Equal(t, openhim.StatusSuccessful, envelopeIn(t, ask(t, m, http.MethodGet, "/unknown", "")).Status)
}

func TestCompressionNeverReachesTheCore(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	_, err := io.WriteString(zw, "hello")
	require.NoError(t, err)
	require.NoError(t, zw.Close())
	for name, tt := range map[string]struct {
		encoding, body string
		code           int
		want           string
	}{
		"gzip":         {"gzip", zipped.String(), 200, "hello"},
		"invalid gzip": {"gzip", "hello", 500, "internal error"},
		"cut off":      {"gzip", zipped.String()[:12], 500, "internal error"},
		"unknown":      {"br", "hello", 500, "internal error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := mediator.Text(200, tt.body)
			resp.Header.Set("Content-Encoding", tt.encoding)
			e := envelopeIn(t, ask(t, answering(t, resp), http.MethodGet, "/", "", "Accept-Encoding", "gzip"))
			assert.Equal(t, tt.code, e.Response.Status)
			assert.Contains(t, e.Response.Body, tt.want)
		})
	}
}

func TestHandlersAreNotAskedToCompress(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("GET /", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(200, "accepts "+req.Header.Get("Accept-Encoding")), nil
	})
	assert.Equal(t, "accepts ", envelopeIn(t, ask(t, m, http.MethodGet, "/", "", "Accept-Encoding", "gzip")).Response.Body)
}

func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	small := func(c *mediator.Config) { c.MaxResponseBody = 1000 }
	e := envelopeIn(t, ask(t, answering(t, mediator.Text(200, strings.Repeat("x", 1001)), small), http.MethodGet, "/", ""))
	assert.Equal(t, 500, e.Response.Status, "a handler's own answer is refused")

	m := alone(t, small)
	m.HandleHTTP("GET /", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		for range 100 {
			_, err := io.WriteString(w, strings.Repeat("y", 100))
			assert.NoError(t, err)
		}
	}))
	rec := ask(t, m, http.MethodGet, "/", "")
	assert.Equal(t, "text/csv", rec.Header().Get("Content-Type"), "a mounted handler's goes out as it comes")
	assert.Equal(t, 10000, rec.Body.Len())
}

func TestAnEnvelopeOfAHandlersOwnIsCheckedAndUsed(t *testing.T) {
	t.Parallel()
	own := `{"x-mediator-urn":"urn:other","status":"Completed","response":{"status":404,"headers":{"content-type":"text/plain"},
		"body":"inner","timestamp":"2024-01-02T03:04:05.000Z"},"orchestrations":[{"name":"step","request":{"host":"h",
		"headers":{"authorization":"Basic x"}}}],"properties":{"a.b":"c","n":1}}`
	m := alone(t)
	m.HandleHTTP("GET /own", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json+openhim")
		_, _ = io.WriteString(w, own)
	}))
	m.HandleHTTP("GET /broken", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", `text/plain; x="application/json+openhim"`)
		_, _ = io.WriteString(w, `{"orchestrations":"no"}`)
	}))
	e := envelopeIn(t, ask(t, m, http.MethodGet, "/own", ""))
	assert.Equal(t, "urn:mediator:test", e.URN)
	assert.Equal(t, openhim.StatusCompleted, e.Status)
	assert.Equal(t, 404, e.Response.Status)
	assert.Equal(t, "inner", e.Response.Body)
	require.Len(t, e.Orchestrations, 1)
	assert.False(t, e.Orchestrations[0].Request.Timestamp.IsZero())
	assert.Equal(t, "[redacted]", e.Orchestrations[0].Request.Headers.Get("authorization"))
	assert.Equal(t, openhim.Properties{openhim.SafeKey("a.b"): "c"}, e.Properties)

	e = envelopeIn(t, ask(t, m, http.MethodGet, "/broken", ""))
	assert.Equal(t, 500, e.Response.Status)
}

func TestPropertiesHaveKeysTheDatabaseTakes(t *testing.T) {
	t.Parallel()
	m := alone(t)
	m.Handle("GET /", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		req.Transaction.SetProperty("a.b.c", "1")
		req.Transaction.SetProperty("$x", "2")
		req.Transaction.SetProperty("nul\x00\xff", "\xff")
		return &mediator.Response{}, nil
	})
	e := envelopeIn(t, ask(t, m, http.MethodGet, "/", ""))
	assert.Equal(t, openhim.Properties{"a．b．c": "1", "＄x": "2", "nul \uFFFD": "\uFFFD"}, e.Properties)
}

func TestARedirectACoreCannotFollowIsLeftOut(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]bool{
		"http://dhis2.example.org:8080/api?x=1": true, "https://10.0.0.1/": true, "http://[::1]:80/x": true, "/relative": true,
		"http://": false, "http://a b/": false, "http://x:99999/": false, "http://1.2.3.4.5/": false, "http://x\x00/": false,
		"http://xn--a/": false, "http://[::1%25eth0]/": false, "http://exa%mple/": false, "http://256.256.256.256/": false,
	} {
		resp := &mediator.Response{Status: http.StatusFound, Header: http.Header{"Location": {location}}}
		e := envelopeIn(t, ask(t, answering(t, resp), http.MethodGet, "/", ""))
		assert.Equal(t, want, e.Response.Headers.Get("Location") == location, location)
	}
}
