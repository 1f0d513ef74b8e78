package mediator_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
)

// benchBody is a small FHIR Patient, about what a mediator gets.
const benchBody = `{"resourceType":"Patient","identifier":[{"system":"urn:nid","value":"1"}],"name":[{"family":"Doe","given":["Jane"]}],` +
	`"gender":"female","birthDate":"1990-01-02","address":[{"city":"Addis Ababa","country":"ET"}]}`

// work is what the handler does: JSON in, one call, JSON out.
func work(ctx context.Context, client *http.Client, url string, body []byte) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(benchBody))
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return nil, err
	}
	return json.Marshal(doc)
}

// BenchmarkRequest is one request over loopback, with one call over loopback
// inside: the same work on net/http alone and in a mediator.
func BenchmarkRequest(b *testing.B) {
	downstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	b.Cleanup(downstream.Close)

	b.Run("net-http", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{}}
		bench(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				body, err = work(r.Context(), client, downstream.URL, body)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body)
		}))
	})
	run := func(b *testing.B, change func(*mediator.Config)) {
		b.Helper()
		m := alone(b, change)
		client := &http.Client{Transport: m.Transport(&http.Transport{})}
		m.Handle("POST /", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
			body, err := work(ctx, client, downstream.URL, req.Body)
			return mediator.Bytes(http.StatusOK, "application/json", body), err
		})
		bench(b, m)
	}
	b.Run("mediator", func(b *testing.B) { run(b, func(*mediator.Config) {}) })
	b.Run("mediator-bodies", func(b *testing.B) { run(b, withPatientData) })
}

func bench(b *testing.B, h http.Handler) {
	b.Helper()
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	client := server.Client()
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL, strings.NewReader(benchBody))
		require.NoError(b, err)
		req.Header.Set("X-OpenHIM-TransactionID", txID)
		resp, err := client.Do(req)
		require.NoError(b, err)
		require.Equal(b, http.StatusOK, resp.StatusCode)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(b, err)
		require.NoError(b, resp.Body.Close())
	}
}
