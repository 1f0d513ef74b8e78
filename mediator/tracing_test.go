package mediator_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/openhim/mediator-go/mediator"
)

// spans is a tracer provider that keeps names and attributes.
type spans struct {
	noop.TracerProvider
	mu   sync.Mutex
	seen []string
}

func (s *spans) Tracer(string, ...trace.TracerOption) trace.Tracer { return tracer{spans: s} }

func (s *spans) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, text)
}

type tracer struct {
	noop.Tracer
	spans *spans
}

func (t tracer) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	cfg := trace.NewSpanStartConfig(opts...)
	t.spans.add("span " + name)
	for _, a := range cfg.Attributes() {
		t.spans.add(string(a.Key) + "=" + a.Value.String())
	}
	s := span{spans: t.spans}
	return trace.ContextWithSpan(ctx, s), s
}

type span struct {
	noop.Span
	spans *spans
}

func (s span) IsRecording() bool   { return true }
func (s span) SetName(name string) { s.spans.add("name " + name) }
func (s span) SetAttributes(list ...attribute.KeyValue) {
	for _, a := range list {
		s.spans.add(string(a.Key) + "=" + a.Value.String())
	}
}

func TestSpansShowTheRealStatusAndNoQuery(t *testing.T) {
	t.Parallel()
	var query string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { query = r.URL.RawQuery }))
	t.Cleanup(server.Close)
	s := &spans{}
	m := alone(t, func(c *mediator.Config) { c.Tracer = s })
	client := &http.Client{Transport: m.Transport(nil)}
	m.Handle("GET /patients", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		assert.Equal(t, "planted", req.URL.Query().Get("name"))
		_, err := fetch(ctx, client, http.MethodGet, server.URL+"/x?name=planted", "")
		return mediator.Text(http.StatusTeapot, "x"), err
	})
	e := envelopeIn(t, ask(t, m, http.MethodGet, "/patients?name=planted", ""))
	assert.Equal(t, http.StatusTeapot, e.Response.Status)
	require.Len(t, e.Orchestrations, 1)
	assert.Equal(t, "name=planted", query)
	assert.Contains(t, s.seen, "http.response.status_code=418")
	assert.Contains(t, s.seen, "http.response.status_code=200")
	for _, text := range s.seen {
		assert.NotContains(t, text, "planted")
	}
}
