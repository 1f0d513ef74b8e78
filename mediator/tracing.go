package mediator

import (
	"context"
	"net/http"
	"net/url"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traceServer makes spans of the requests h serves, named by their pattern.
// The span sees the answer as it is before it goes into an envelope.
func traceServer(tp trace.TracerProvider, h http.Handler) http.Handler {
	if tp == nil {
		return h
	}
	traced := otelhttp.NewHandler(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, restoreURL(r))
		}),
		"openhim mediator", tracingOptions(tp)...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { traced.ServeHTTP(w, hideQuery(r)) })
}

// traceClient makes spans of the calls base makes.
func traceClient(tp trace.TracerProvider, base http.RoundTripper) http.RoundTripper {
	if tp == nil {
		return base
	}
	traced := otelhttp.NewTransport(roundTripFunc(func(r *http.Request) (*http.Response, error) {
		return base.RoundTrip(restoreURL(r))
	}), tracingOptions(tp)...)
	return roundTripFunc(func(r *http.Request) (*http.Response, error) { return traced.RoundTrip(hideQuery(r)) })
}

func tracingOptions(tp trace.TracerProvider) []otelhttp.Option {
	return []otelhttp.Option{
		otelhttp.WithTracerProvider(tp),
		otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(propagation.TraceContext{}),
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type urlKey struct{}

// hideQuery takes the query, which may name a patient, away from what the
// instrumentation sees of a request; restoreURL gives it back.
func hideQuery(r *http.Request) *http.Request {
	u := *r.URL
	u.RawQuery, u.User = "", nil
	out := r.WithContext(context.WithValue(r.Context(), urlKey{}, r.URL))
	out.URL = &u
	return out
}

func restoreURL(r *http.Request) *http.Request {
	u, ok := r.Context().Value(urlKey{}).(*url.URL)
	if !ok {
		return r
	}
	out := r.WithContext(r.Context())
	out.URL = u
	return out
}
