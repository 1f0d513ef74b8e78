package fhir_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
)

// serverURL is the base of the servers of these tests, which are in memory.
const serverURL = "http://fhir.test/base"

// sent is a request as it arrived.
type sent struct {
	Method string
	URL    string
	Header http.Header
	Body   string
}

// wire is a transport whose other end is a function. It can be used in a
// synctest bubble, and for every host.
type wire struct {
	answer func(n int, w http.ResponseWriter, r *http.Request)

	mu   sync.Mutex
	sent []sent
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.sent = append(w.sent, sent{Method: r.Method, URL: r.URL.String(), Header: r.Header.Clone(), Body: body})
	n := len(w.sent)
	w.mu.Unlock()
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(strings.NewReader(body))
	rec := &recorder{ResponseRecorder: httptest.NewRecorder()}
	w.answer(n, rec, r)
	if rec.err != nil {
		return nil, rec.err
	}
	res := rec.Result()
	res.Request = r
	if rec.cut != nil {
		res.Body = io.NopCloser(io.MultiReader(res.Body, errReader{rec.cut}))
	}
	return res, nil
}

// requests are those that arrived so far.
func (w *wire) requests() []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]sent(nil), w.sent...)
}

func (w *wire) last() sent {
	all := w.requests()
	return all[len(all)-1]
}

// recorder can fail instead of answering, and in the middle of an answer.
type recorder struct {
	*httptest.ResponseRecorder

	err, cut error
}

func fail(w http.ResponseWriter, err error) { w.(*recorder).err = err }
func cut(w http.ResponseWriter, err error)  { w.(*recorder).cut = err }

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }

// answers is a function that gives the n-th request the n-th answer, and the
// last one to all that follow.
func answers(all ...func(w http.ResponseWriter, r *http.Request)) func(int, http.ResponseWriter, *http.Request) {
	return func(n int, w http.ResponseWriter, r *http.Request) { all[min(n, len(all))-1](w, r) }
}

// says answers with a status, a body and headers.
func says(status int, body string, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json;charset=utf-8")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refuses answers with an OperationOutcome.
func refuses(status int, code, diagnostics string, headers ...string) func(http.ResponseWriter, *http.Request) {
	return says(status, outcomeJSON("error", code, diagnostics), headers...)
}

func outcomeJSON(severity, code, diagnostics string) string {
	return fmt.Sprintf(`{"resourceType":"OperationOutcome","issue":[{"severity":%q,"code":%q,"diagnostics":%q}]}`,
		severity, code, diagnostics)
}

// connect returns a client of a server in memory.
func connect(
	tb testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request), change ...func(*fhir.ClientConfig),
) (*fhir.Client, *wire) {
	tb.Helper()
	w := &wire{answer: answer}
	cfg := fhir.ClientConfig{
		URL: serverURL, HTTPClient: &http.Client{Transport: w}, MinWait: time.Nanosecond,
	}
	for _, c := range change {
		c(&cfg)
	}
	client, err := fhir.NewClient(cfg)
	require.NoError(tb, err)
	return client, w
}

func asResource(tb testing.TB, text string) fhir.Resource {
	tb.Helper()
	r, err := fhir.Parse([]byte(text))
	require.NoError(tb, err)
	return r
}

const annJSON = `{"resourceType":"Patient","id":"7","meta":{"versionId":"2","lastUpdated":"2026-03-01T10:00:00.000Z"},"active":true}`
