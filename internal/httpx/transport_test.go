package httpx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/internal/httpx"
)

// roundTripper answers the n-th attempt.
type roundTripper func(attempt int, r *http.Request) (*http.Response, error)

type scripted struct {
	answer   roundTripper
	attempts int
	bodies   []string
	at       []time.Time
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	s.attempts++
	s.at = append(s.at, time.Now())
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		s.bodies = append(s.bodies, string(b))
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return s.answer(s.attempts, r)
}

func status(code int, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: code, ProtoMajor: 1, ProtoMinor: 1, Header: h,
		Body: io.NopCloser(strings.NewReader("body of " + http.StatusText(code))),
	}
}

func always(code int, header ...string) roundTripper {
	return func(int, *http.Request) (*http.Response, error) { return status(code, header...), nil }
}

func request(t *testing.T, ctx context.Context, method, body string) *http.Request { //nolint:revive // t first, as everywhere
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://user:planted@server.test/path?q=planted", r)
	require.NoError(t, err)
	return req
}

func noJitter() float64 { return 0.999999 }

func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	fails := func(err error) roundTripper {
		return func(int, *http.Request) (*http.Response, error) { return nil, err }
	}
	tests := []struct {
		name     string
		method   string
		retry    httpx.Retry
		answer   roundTripper
		attempts int
	}{
		{"a GET after 503", "GET", httpx.RetryByMethod, always(503), 4},
		{"a GET after 429", "GET", httpx.RetryByMethod, always(429), 4},
		{"a GET not after 500, which may be meant", "GET", httpx.RetryByMethod, always(500), 1},
		{"a GET not after 404", "GET", httpx.RetryByMethod, always(404), 1},
		{"a GET after a reset", "GET", httpx.RetryByMethod, fails(reset), 4},
		{"a GET after EOF", "GET", httpx.RetryByMethod, fails(io.ErrUnexpectedEOF), 4},
		{"a HEAD after 502", "HEAD", httpx.RetryByMethod, always(502), 4},
		{"a POST not after 503", "POST", httpx.RetryByMethod, always(503), 1},
		{"a POST not after a reset: it may have arrived", "POST", httpx.RetryByMethod, fails(reset), 1},
		{"a POST after a refused connection: it never left", "POST", httpx.RetryByMethod, fails(refused), 4},
		{"a POST after a name that does not resolve", "POST", httpx.RetryByMethod, fails(&net.DNSError{}), 4},
		{"a PUT not by itself", "PUT", httpx.RetryByMethod, always(503), 1},
		{"a PUT marked safe", "PUT", httpx.RetrySafe, always(503), 4},
		{"a POST marked safe, after a reset", "POST", httpx.RetrySafe, fails(reset), 4},
		{"a GET marked unsafe not", "GET", httpx.RetryUnsent, always(503), 1},
		{"a POST marked refused after 429: it was not looked at", "POST", httpx.RetryRefused, always(429), 4},
		{"a POST marked refused after 425", "POST", httpx.RetryRefused, always(425), 4},
		{"a POST marked refused not after 503: it may have been done", "POST", httpx.RetryRefused, always(503), 1},
		{"a POST marked refused not after a reset", "POST", httpx.RetryRefused, fails(reset), 1},
		{"a POST marked refused after a refused connection", "POST", httpx.RetryRefused, fails(refused), 4},
		{"nothing marked never", "GET", httpx.RetryNever, fails(refused), 1},
		{"nothing after a canceled context", "GET", httpx.RetryByMethod, fails(context.Canceled), 1},
		{"nothing after a fault of the request itself", "GET", httpx.RetryByMethod, fails(errors.New("bad header")), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				base := &scripted{answer: tt.answer}
				client := &http.Client{Transport: httpx.NewTransport(httpx.Config{Base: base})}
				ctx := httpx.WithRetry(t.Context(), tt.retry)
				res, err := client.Do(request(t, ctx, tt.method, "content"))
				if err == nil {
					defer func() { _ = res.Body.Close() }()
				}
				assert.Equal(t, tt.attempts, base.attempts)
				for _, b := range base.bodies {
					assert.Equal(t, "content", b, "each attempt sends the whole body")
				}
			})
		})
	}
}

func TestLastAnswerIsHandedOverUnread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := &http.Client{Transport: httpx.NewTransport(httpx.Config{Base: &scripted{answer: always(503)}})}
		res, err := client.Do(request(t, t.Context(), http.MethodGet, ""))
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		assert.Equal(t, 503, res.StatusCode)
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		assert.Equal(t, "body of Service Unavailable", string(b))
	})
}

func TestPausesDoubleUpToTheBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		base := &scripted{answer: always(503)}
		client := &http.Client{Transport: httpx.NewTransport(httpx.Config{
			Base: base, MaxAttempts: 5, MinWait: time.Second, MaxWait: 3 * time.Second, Jitter: noJitter,
		})}
		res, err := client.Do(request(t, t.Context(), http.MethodGet, ""))
		require.NoError(t, err)
		_ = res.Body.Close()
		require.Len(t, base.at, 5)
		for i, want := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second} {
			assert.InDelta(t, want, base.at[i+1].Sub(base.at[i]), float64(10*time.Millisecond))
		}
	})
}

func TestJitterSpreadsHalfOfThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		base := &scripted{answer: always(503)}
		client := &http.Client{Transport: httpx.NewTransport(httpx.Config{
			Base: base, MaxAttempts: 2, MinWait: time.Second, Jitter: func() float64 { return 0 },
		})}
		res, err := client.Do(request(t, t.Context(), http.MethodGet, ""))
		require.NoError(t, err)
		_ = res.Body.Close()
		assert.Equal(t, 500*time.Millisecond, base.at[1].Sub(base.at[0]))
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		value    func() string
		wait     time.Duration
		attempts int
	}{
		{"seconds", func() string { return "7" }, 7 * time.Second, 2},
		{"a date", func() string { return time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat) }, 9 * time.Second, 2},
		{"a date that is past", func() string { return time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat) }, 0, 2},
		{"longer than MaxWait: the answer is handed over", func() string { return "3600" }, 0, 1},
		{"rubbish: the usual pause", func() string { return "soon" }, 200 * time.Millisecond, 2},
		{"negative: the usual pause", func() string { return "-5" }, 200 * time.Millisecond, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				base := &scripted{answer: always(503, "Retry-After", tt.value())}
				client := &http.Client{Transport: httpx.NewTransport(httpx.Config{
					Base: base, MaxAttempts: 2, Jitter: noJitter,
				})}
				res, err := client.Do(request(t, t.Context(), http.MethodGet, ""))
				require.NoError(t, err)
				_ = res.Body.Close()
				require.Equal(t, tt.attempts, base.attempts)
				if tt.attempts == 2 {
					assert.InDelta(t, tt.wait, base.at[1].Sub(base.at[0]), float64(time.Second))
				}
			})
		})
	}
}

func TestContextEndsAWaitAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		client := &http.Client{Transport: httpx.NewTransport(httpx.Config{
			Base: &scripted{answer: always(503, "Retry-After", "20")},
		})}
		go func() {
			time.Sleep(time.Second) //nolint:forbidigo // fake time
			cancel()
		}()
		started := time.Now()
		_, err := client.Do(request(t, ctx, http.MethodGet, "")) //nolint:bodyclose // there is none
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, time.Second, time.Since(started))
	})
}

func TestNoPauseBeginsThatOutlastsTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		base := &scripted{answer: always(503, "Retry-After", "10")}
		client := &http.Client{Transport: httpx.NewTransport(httpx.Config{Base: base})}
		started := time.Now()
		res, err := client.Do(request(t, ctx, http.MethodGet, ""))
		require.NoError(t, err, "the answer is worth more than a timeout")
		_ = res.Body.Close()
		assert.Equal(t, 1, base.attempts)
		assert.Zero(t, time.Since(started))
	})
}

func TestMaxElapsedEndsTheAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		base := &scripted{answer: always(503, "Retry-After", "10")}
		client := &http.Client{Transport: httpx.NewTransport(httpx.Config{
			Base: base, MaxAttempts: 100, MaxElapsed: 35 * time.Second,
		})}
		res, err := client.Do(request(t, t.Context(), http.MethodGet, ""))
		require.NoError(t, err)
		_ = res.Body.Close()
		assert.Equal(t, 4, base.attempts)
	})
}

func TestStreamedBodyIsSentOnceOnly(t *testing.T) {
	t.Parallel()
	base := &scripted{answer: always(503)}
	client := &http.Client{Transport: httpx.NewTransport(httpx.Config{Base: base, MinWait: time.Nanosecond})}
	req := request(t, httpx.WithRetry(t.Context(), httpx.RetrySafe), http.MethodPut, "")
	req.Body = io.NopCloser(strings.NewReader("a stream"))
	res, err := client.Do(req)
	require.NoError(t, err)
	_ = res.Body.Close()
	assert.Equal(t, []string{"a stream"}, base.bodies)
}

func TestRequestArrivesUnchangedOverARealConnection(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		assert.Equal(t, int64(7), r.ContentLength)
		assert.Equal(t, "content", string(b))
		assert.Equal(t, "kept", r.Header.Get("X-Header"))
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer server.Close()
	transport := httpx.NewTransport(httpx.Config{MinWait: time.Nanosecond})
	client := &http.Client{Transport: transport}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(httpx.WithRetry(t.Context(), httpx.RetrySafe),
		http.MethodPut, server.URL, bytes.NewReader([]byte("content")))
	require.NoError(t, err)
	req.Header.Set("X-Header", "kept")
	res, err := client.Do(req)
	require.NoError(t, err)
	_ = res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)
	assert.Equal(t, int32(2), calls.Load())
}

func TestUntrustedCertificateIsNotRetried(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	var log bytes.Buffer
	client := &http.Client{Transport: httpx.NewTransport(httpx.Config{
		MinWait: time.Nanosecond,
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	_, err = client.Do(req) //nolint:bodyclose // there is none
	require.Error(t, err)
	assert.False(t, httpx.TransientError(err))
	assert.Empty(t, log.String(), "nothing was repeated")
}

func TestAttemptTimeoutEndsAnAttemptNotTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		base := &scripted{answer: func(n int, r *http.Request) (*http.Response, error) {
			if n == 1 {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return status(200), nil
		}}
		client := &http.Client{Transport: httpx.NewTransport(httpx.Config{Base: base, AttemptTimeout: 3 * time.Second})}
		res, err := client.Do(request(t, t.Context(), http.MethodGet, ""))
		require.NoError(t, err)
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		_ = res.Body.Close()
		assert.Equal(t, "body of OK", string(b))
		assert.Equal(t, 2, base.attempts)
	})
}

func TestAttemptTimeoutIsNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		base := &scripted{answer: func(_ int, r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		client := &http.Client{Transport: httpx.NewTransport(httpx.Config{
			Base: base, AttemptTimeout: time.Second, MaxAttempts: 1,
		})}
		_, err := client.Do(request(t, t.Context(), http.MethodGet, "")) //nolint:bodyclose // there is none
		var timeout *httpx.AttemptTimeoutError
		require.ErrorAs(t, err, &timeout)
		assert.Equal(t, time.Second, timeout.Limit)
	})
}

func TestLogTellsNoSecrets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		client := &http.Client{Transport: httpx.NewTransport(httpx.Config{
			Base:   &scripted{answer: always(503)},
			Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})}
		req := request(t, httpx.WithRetry(t.Context(), httpx.RetrySafe), http.MethodPost, "planted")
		req.Header.Set("Authorization", "planted")
		res, err := client.Do(req)
		require.NoError(t, err)
		_ = res.Body.Close()
		assert.Contains(t, log.String(), "server.test")
		assert.Equal(t, 3, strings.Count(log.String(), "request is repeated"))
		assert.NotContains(t, log.String(), "planted")
	})
}

func TestStreamsAndIdleConnectionsThatEndedAreTransient(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"http: server closed idle connection", "http2: server sent GOAWAY and closed the connection",
		"stream error: stream ID 3; REFUSED_STREAM", "connection error: PROTOCOL_ERROR",
	} {
		assert.True(t, httpx.TransientError(fmt.Errorf("Post: %w", errors.New(text))), text)
	}
	assert.False(t, httpx.TransientError(errors.New("upstream error in a mapping")))
}
