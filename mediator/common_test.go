package mediator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

const txID = "507f1f77bcf86cd799439011"

// registration is a registration every core takes.
func registration() openhim.Mediator {
	return openhim.Mediator{URN: "urn:mediator:test", Version: "1.0.0", Name: "Test"}
}

// alone returns a mediator that needs no core.
func alone(tb testing.TB, change ...func(*mediator.Config)) *mediator.Mediator {
	tb.Helper()
	cfg := mediator.Config{Registration: registration(), Unregistered: true}
	for _, c := range change {
		c(&cfg)
	}
	m, err := mediator.New(cfg)
	require.NoError(tb, err)
	return m
}

// logTo returns a logger and what it has written so far.
func logTo() (*slog.Logger, *logBuffer) {
	b := &logBuffer{}
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})), b
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// ask sends a request as the core would, with a transaction ID.
func ask(tb testing.TB, h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	tb.Helper()
	return askPlain(tb, h, method, target, body, append([]string{"X-OpenHIM-TransactionID", txID}, headers...)...)
}

// askPlain sends a request that did not come through a core.
func askPlain(tb testing.TB, h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	tb.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req := httptest.NewRequestWithContext(tb.Context(), method, target, r)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

// envelopeIn reads an answer that must be an envelope the core takes.
func envelopeIn(tb testing.TB, rec *httptest.ResponseRecorder) openhim.Envelope {
	tb.Helper()
	require.Equal(tb, http.StatusOK, rec.Code)
	require.Equal(tb, openhim.ContentType, rec.Header().Get("Content-Type"))
	require.Empty(tb, rec.Header().Get("Content-Encoding"))
	var e openhim.Envelope
	require.NoError(tb, json.Unmarshal(rec.Body.Bytes(), &e), rec.Body.String())
	require.NoError(tb, e.Validate())
	return e
}
