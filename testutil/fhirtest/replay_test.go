package fhirtest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/fhirtest"
)

// What the recordings have and the fake does not, with the reason. A replay that meets one
// of them fails the test, so that the table is never out of date.
func unmetRecordings() map[string]string {
	const (
		http304 = "HAPI names a Content-Type in a 304; Go's HTTP server takes it out, as RFC 9110 15.4.5 advises"
		rules   = "the texts, columns and best practice rules are those of HAPI's own validator"
	)
	return map[string]string{
		"read_if_none_match": http304, "read_if_none_match_strong": http304, "read_if_modified_since": http304,
		"validate_good": rules, "validate_bad": rules, "validate_unknown_field": rules, "validate_parameters": rules,
		"validate_profile_unknown": rules, "validate_instance": rules,
	}
}

// recording is a session with a running HAPI FHIR server, in its order.
type recording struct {
	Base      string
	Exchanges []recorded
	Hooks     []json.RawMessage
}

type recorded struct {
	Name    string
	Request struct {
		Method, Path string
		Headers      map[string]string
		Body         json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
		Cut     int
	}
}

func loadRecording(t *testing.T) *recording {
	t.Helper()
	dir := os.Getenv("SHARED_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(dir, "live", "hapi-fhir", "recorded.json"))
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skip("the recordings are not here: set SHARED_DIR to the folder shared")
	}
	require.NoError(t, err)
	var r recording
	require.NoError(t, json.Unmarshal(text, &r))
	require.NotEmpty(t, r.Exchanges)
	return &r
}

// The exchanges are replayed in their order on one server, as they were recorded, with the
// requests between them that were not kept.
//
//nolint:paralleltest // in the order of the recording
func TestHAPIRecordings(t *testing.T) {
	t.Parallel()
	rec := loadRecording(t)
	now := time.Now().UTC()
	s := fhirtest.New(t, fhirtest.Options{Flavour: fhirtest.HAPI, Clock: func() time.Time { return now }})
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/fail") {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer hook.Close()
	w := &replay{t: t, server: s, rec: rec, names: newNames(rec.Base, s.URL), hook: hook.URL}
	unmet := unmetRecordings()
	passed := 0
	for i := range rec.Exchanges {
		e := &rec.Exchanges[i]
		w.between(e)
		now = now.Add(10 * time.Millisecond)
		diffs := w.run(e)
		reason, listed := unmet[e.Name]
		t.Run(e.Name, func(t *testing.T) {
			if listed {
				if len(diffs) == 0 {
					t.Errorf("it is met now: take it out of the table")
				}
				t.Skipf("not met: %s", reason)
			}
			for _, d := range diffs {
				t.Error(d)
			}
		})
		if len(diffs) == 0 {
			passed++
		}
		delete(unmet, e.Name)
	}
	for name := range unmet {
		t.Errorf("the table names %s, which is not recorded", name)
	}
	fmt.Printf("conformance: hapi-fhir/recorded %d/%d\n", passed, len(rec.Exchanges))
}

type replay struct {
	t      *testing.T
	server *fhirtest.Server
	rec    *recording
	names  *names
	hook   string
	seen   map[string]bool
	mu     sync.Mutex // names, in races
}

// between sends what the recorder sent without keeping it (record.py: keep=False): the
// resources that later exchanges find. They go by what the exchange after them shows.
func (w *replay) between(e *recorded) {
	if w.seen == nil {
		w.seen = map[string]bool{}
	}
	patient := func(mrn, family, birth string) {
		body := fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":%q}],"name":[{"family":%q,"given":["Ann"]}],"gender":"female","birthDate":%q}`, mrn, family, birth)
		r := send(w.t, w.server, http.MethodPost, "/Patient", body)
		require.Equal(w.t, http.StatusCreated, r.status)
	}
	if w.seen[e.Name] {
		return
	}
	w.seen[e.Name] = true
	switch e.Name {
	case "cond_create_many":
		for range 2 {
			patient("DUP", "Doe", "1980-02-29")
		}
	case "search_token":
		for i := range 23 {
			patient(fmt.Sprintf("S%02d", i), fmt.Sprintf("Page%02d", i), fmt.Sprintf("19%d-06-15", 50+i))
		}
	case "search_cache_2_same_query":
		patient("F1", "Fresh", "1980-02-29")
	}
}

// run sends an exchange and lists what differs.
func (w *replay) run(e *recorded) []string {
	if strings.HasPrefix(e.Name, "race_") {
		return w.race(e)
	}
	req := w.request(e)
	client := w.server.Client()
	defer client.CloseIdleConnections()
	transport := w.server.Transport()
	transport.DisableCompression = true
	client.Transport = transport
	defer transport.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return []string{err.Error()}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return []string{err.Error()}
	}
	return w.differences(e, res, body)
}

// race sends what the recorder sent ten times at once; kept is the first conflict of them.
func (w *replay) race(e *recorded) []string {
	const runners = 10
	w.server.Race(runners)
	results := make(chan []string, runners)
	for range runners {
		go func() { results <- w.raced(e) }()
	}
	var conflicts, won int
	var worst []string
	for range runners {
		switch diffs := <-results; {
		case diffs == nil:
			conflicts++
		case len(diffs) == 1 && strings.HasPrefix(diffs[0], "status: got 20"):
			won++
		default:
			worst = diffs
		}
	}
	if worst == nil && (won != 1 || conflicts != runners-1) {
		worst = []string{fmt.Sprintf("%d done, %d conflicts", won, conflicts)}
	}
	return worst
}

func (w *replay) raced(e *recorded) []string {
	client := w.server.Client()
	defer client.CloseIdleConnections()
	res, err := client.Do(w.request(e))
	if err != nil {
		return []string{err.Error()}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return []string{err.Error()}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.differences(e, res, body)
}

func (w *replay) differences(e *recorded, res *http.Response, body []byte) []string {
	var diffs []string
	if res.StatusCode != e.Response.Status {
		return []string{fmt.Sprintf("status: got %d, want %d: %.300s", res.StatusCode, e.Response.Status, body)}
	}
	diffs = append(diffs, w.headers(e, res.Header)...)
	if res.Header.Get("Content-Encoding") == "gzip" {
		return diffs // of the recorded one only the length is known
	}
	return append(diffs, w.body(e, body)...)
}

func (w *replay) request(e *recorded) *http.Request {
	path := w.names.toActual(e.Request.Path)
	if !strings.HasPrefix(path, "http") {
		path = w.server.URL + path
	}
	path = strings.ReplaceAll(path, " ", "%20")
	var body []byte
	var text string
	switch {
	case len(e.Request.Body) == 0 || string(e.Request.Body) == "null":
	case json.Unmarshal(e.Request.Body, &text) == nil:
		body = []byte(w.names.toActual(text))
	default:
		body = []byte(w.hooked(w.names.toActual(string(e.Request.Body))))
	}
	if e.Request.Headers["Content-Encoding"] == "gzip" { // recorded as its length only
		body = zipped(`{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"A7"}],"name":[{"family":"Poe","given":["Ann"]}],"gender":"female","birthDate":"1980-02-29"}`)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), e.Request.Method, path, bytes.NewReader(body))
	require.NoError(w.t, err)
	for name, value := range e.Request.Headers {
		req.Header.Set(name, w.names.toActual(value))
	}
	return req
}

// hooked leads the endpoints of subscriptions to our own.
func (w *replay) hooked(body string) string {
	var found struct{ Channel struct{ Endpoint string } }
	if json.Unmarshal([]byte(body), &found) != nil || found.Channel.Endpoint == "" {
		return body
	}
	u, err := url.Parse(found.Channel.Endpoint)
	if err != nil {
		return body
	}
	w.names.same(u.Scheme+"://"+u.Host, w.hook)
	return strings.ReplaceAll(body, u.Scheme+"://"+u.Host, w.hook)
}

func zipped(text string) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return out.Bytes()
}
