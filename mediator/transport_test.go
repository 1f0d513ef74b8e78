package mediator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// calling runs fn as the handler of one request and returns its envelope.
func calling(t *testing.T, fn func(context.Context, *http.Client) error, change ...func(*mediator.Config)) openhim.Envelope {
	t.Helper()
	m := alone(t, change...)
	client := &http.Client{Transport: m.Transport(nil)}
	m.Handle("GET /", func(ctx context.Context, _ *mediator.Request) (*mediator.Response, error) {
		return nil, fn(ctx, client)
	})
	return envelopeIn(t, ask(t, m, http.MethodGet, "/", ""))
}

func withPatientData(c *mediator.Config) { c.Recording.PatientData = true }

// fetch makes a call and reads its answer.
func fetch(ctx context.Context, client *http.Client, method, url, body string, headers ...string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return strconv.Itoa(resp.StatusCode) + " " + string(text), err
}

func TestTransportRecordsACall(t *testing.T) {
	t.Parallel()
	var seen http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		w.Header().Set("X-Answer", "yes")
		w.Header().Set("Set-Cookie", "session=planted")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.Copy(w, r.Body)
	}))
	t.Cleanup(server.Close)
	host, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")

	call := func(ctx context.Context, client *http.Client) error {
		text, err := fetch(mediator.Named(ctx, "create patient"), client, http.MethodPost,
			server.URL+"/api/Patient%20x?async=false&identifier=planted&token=planted", "ሰላም",
			"Authorization", "Basic planted", "X-Mine", "1")
		assert.Equal(t, "201 ሰላም", text)
		return err
	}
	e := calling(t, call)
	require.Len(t, e.Orchestrations, 1)
	o := e.Orchestrations[0]
	assert.Equal(t, "create patient", o.Name)
	assert.Equal(t, host, o.Request.Host)
	assert.Equal(t, openhim.Port(port), o.Request.Port)
	assert.Equal(t, "/api/Patient%20x", o.Request.Path)
	assert.Equal(t, "async=false&identifier=[redacted]&token=[redacted]", o.Request.Querystring)
	assert.Equal(t, http.MethodPost, o.Request.Method)
	assert.Equal(t, "1", o.Request.Headers.Get("X-Mine"))
	assert.Equal(t, "[redacted]", o.Request.Headers.Get("Authorization"))
	assert.False(t, o.Request.Timestamp.IsZero())
	assert.Equal(t, http.StatusCreated, o.Response.Status)
	assert.Equal(t, "yes", o.Response.Headers.Get("X-Answer"))
	assert.Equal(t, "[redacted]", o.Response.Headers.Get("Set-Cookie"))
	assert.False(t, o.Response.Timestamp.Before(o.Request.Timestamp.Time))
	assert.Empty(t, o.Request.Body, "no body is recorded unless it was asked for")
	assert.Empty(t, o.Response.Body)
	assert.Equal(t, txID, seen.Get("X-OpenHIM-TransactionID"))

	e = calling(t, call, withPatientData)
	o = e.Orchestrations[0]
	assert.Equal(t, "ሰላም", o.Request.Body)
	assert.Equal(t, "ሰላም", o.Response.Body)
	assert.Equal(t, "async=false&identifier=planted&token=[redacted]", o.Request.Querystring)
}

func TestTransportRecordsWhyACallFailed(t *testing.T) {
	t.Parallel()
	broken := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") })
	m := alone(t)
	client := &http.Client{Transport: mediator.Transport(broken)}
	m.Handle("GET /", func(ctx context.Context, _ *mediator.Request) (*mediator.Response, error) {
		_, err := fetch(ctx, client, http.MethodGet, "http://dhis2.example/x?name=planted", "")
		assert.Error(t, err)
		return mediator.Text(200, "all the same"), nil
	})
	m.Handle("GET /gives-up", func(ctx context.Context, _ *mediator.Request) (*mediator.Response, error) {
		_, err := fetch(ctx, client, http.MethodGet, "http://dhis2.example/x?name=planted", "")
		return nil, err
	})
	e := envelopeIn(t, ask(t, m, http.MethodGet, "/", ""))
	require.Len(t, e.Orchestrations, 1)
	assert.Equal(t, "connection refused", e.Orchestrations[0].Error.Message)
	assert.Nil(t, e.Orchestrations[0].Response)
	assert.Equal(t, openhim.StatusCompletedWithErrors, e.Status)
	assert.Nil(t, e.Error)

	rec := ask(t, m, http.MethodGet, "/gives-up", "")
	e = envelopeIn(t, rec)
	assert.Equal(t, http.StatusBadGateway, e.Response.Status)
	assert.NotNil(t, e.Error, "a system that is down is worth a retry")
	assert.NotContains(t, rec.Body.String(), "planted")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAFailureThatWasRepeatedWithSuccessIsNone(t *testing.T) {
	t.Parallel()
	codes := []int{503, 200}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/optional" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(codes[0])
		codes = codes[1:]
	}))
	t.Cleanup(server.Close)
	twice := func(ctx context.Context, client *http.Client) error {
		for range 2 {
			if _, err := fetch(ctx, client, http.MethodGet, server.URL+"/x", ""); err != nil {
				return err
			}
		}
		return nil
	}
	e := calling(t, twice)
	assert.Len(t, e.Orchestrations, 2)
	assert.Equal(t, openhim.StatusSuccessful, e.Status)
	e = calling(t, func(ctx context.Context, client *http.Client) error {
		_, err := fetch(ctx, client, http.MethodGet, server.URL+"/optional", "")
		return err
	})
	assert.Equal(t, openhim.StatusCompletedWithErrors, e.Status)
}

func TestRecordedBodiesAreBounded(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	t.Cleanup(server.Close)
	e := calling(t, func(ctx context.Context, client *http.Client) error {
		for range 3 {
			text, err := fetch(ctx, client, http.MethodPost, server.URL, strings.Repeat("é", 100))
			assert.Len(t, text, 204, "the caller gets all of it")
			if err != nil {
				return err
			}
		}
		return nil
	}, withPatientData, func(c *mediator.Config) { c.Recording.MaxBody = 51; c.Recording.MaxBodies = 175 })
	cut := strings.Repeat("é", 25) + "\n[truncated ...]"
	assert.Equal(t, cut, e.Orchestrations[0].Request.Body)
	assert.Equal(t, cut, e.Orchestrations[0].Response.Body)
	assert.Equal(t, cut, e.Orchestrations[1].Request.Body)
	assert.Equal(t, strings.Repeat("é", 12)+"\n[truncated ...]", e.Orchestrations[1].Response.Body)
	assert.NotContains(t, e.Orchestrations[2].Request.Body, "é")

	e = calling(t, func(ctx context.Context, client *http.Client) error {
		_, err := fetch(ctx, client, http.MethodPost, server.URL, "\xff\x00")
		return err
	}, withPatientData)
	assert.Equal(t, "[2 bytes that are no text]", e.Orchestrations[0].Request.Body)
}

func TestTooManyCallsAreCountedNotRecorded(t *testing.T) {
	t.Parallel()
	m := alone(t, func(c *mediator.Config) { c.Recording.MaxOrchestrations = 2 })
	m.Handle("GET /", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		for range 5 {
			if err := req.Transaction.Orchestrate(ctx, "step", func(context.Context) error { return nil }); err != nil {
				return nil, err
			}
		}
		return &mediator.Response{}, nil
	})
	e := envelopeIn(t, ask(t, m, http.MethodGet, "/", ""))
	require.Len(t, e.Orchestrations, 3)
	assert.Equal(t, "3 more calls of this transaction not recorded", e.Orchestrations[2].Error.Message)
}

func TestADownstreamMediatorsEnvelopeIsOpened(t *testing.T) {
	t.Parallel()
	down := alone(t, withPatientData)
	down.Handle("POST /down", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		err := req.Transaction.Orchestrate(ctx, "inner step", func(context.Context) error { return nil })
		resp := mediator.Bytes(http.StatusAccepted, "application/xml", []byte("<ok/>"))
		resp.Header.Set("X-Down", "1")
		return resp, err
	})
	server := httptest.NewServer(down)
	t.Cleanup(server.Close)
	e := calling(t, func(ctx context.Context, client *http.Client) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/down", strings.NewReader("x"))
		require.NoError(t, err)
		resp, err := client.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, http.StatusAccepted, resp.StatusCode)
		assert.Equal(t, "application/xml", resp.Header.Get("Content-Type"))
		assert.Equal(t, "1", resp.Header.Get("X-Down"))
		assert.Equal(t, "<ok/>", string(body))
		return nil
	})
	require.Len(t, e.Orchestrations, 2)
	assert.Equal(t, http.StatusAccepted, e.Orchestrations[0].Response.Status)
	assert.Equal(t, "inner step", e.Orchestrations[1].Name)
}

func TestAHostileDownstreamEnvelopeIsAnError(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no JSON":         `{"response":`,
		"no status":       `{"response":{}}`,
		"a bad status":    `{"response":{"status":99}}`,
		"a wrong type":    `{"response":{"status":200},"orchestrations":"x"}`,
		"null":            `null`,
		"null inside":     `{"response":null}`,
		"a body of bytes": `{"response":{"status":200,"body":{"a":1}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", openhim.ContentType)
				_, _ = io.WriteString(w, body)
			}))
			t.Cleanup(server.Close)
			e := calling(t, func(ctx context.Context, client *http.Client) error {
				_, err := fetch(ctx, client, http.MethodGet, server.URL, "")
				assert.ErrorContains(t, err, "envelope of")
				return nil
			})
			require.Len(t, e.Orchestrations, 1)
			assert.NotNil(t, e.Orchestrations[0].Error)
			assert.Equal(t, openhim.StatusCompletedWithErrors, e.Status)
		})
	}
}

func TestTransportWithoutATransactionPasses(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get("X-OpenHIM-TransactionID"))
	}))
	t.Cleanup(server.Close)
	text, err := fetch(t.Context(), &http.Client{Transport: mediator.Transport(nil)}, http.MethodGet, server.URL, "")
	require.NoError(t, err)
	assert.Equal(t, "200 ", text)
}

func TestStepsGroupTheCallsInThem(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	e := calling(t, func(ctx context.Context, client *http.Client) error {
		tx := mediator.TransactionFrom(ctx)
		err := tx.Orchestrate(ctx, "look up", func(ctx context.Context) error {
			_, err := fetch(ctx, client, http.MethodGet, server.URL, "")
			return err
		})
		require.NoError(t, err)
		return tx.Orchestrate(ctx, "map", func(context.Context) error {
			return &mediator.Error{Status: 422, Message: "gender is unknown", Cause: errors.New("Jane Doe")}
		})
	})
	require.Len(t, e.Orchestrations, 3)
	assert.Equal(t, "look up", e.Orchestrations[0].Name)
	assert.Equal(t, "look up", e.Orchestrations[1].Group)
	assert.Equal(t, 404, e.Orchestrations[1].Response.Status)
	assert.Equal(t, "gender is unknown", e.Orchestrations[2].Error.Message)
	assert.Equal(t, 422, e.Response.Status)
}
