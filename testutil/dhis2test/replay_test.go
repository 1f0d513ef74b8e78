package dhis2test_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// exchange is one recorded request and what a running DHIS2 answered.
type exchange struct {
	Name    string `json:"name"`
	Fact    string `json:"fact"`
	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Auth    string            `json:"auth"`
		Body    json.RawMessage   `json:"body"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
}

// The recordings that hold the import and the reads the server covers. The
// others (export, async, permissions, metadata, aggregate, concurrency) are
// the later issue's.
func TestServerAnswersAsRecorded(t *testing.T) {
	t.Parallel()
	for _, file := range []struct {
		name  string
		floor float64 // share of the exchanges that must be met
	}{
		{"tracker-import", 0.98},
		{"deletes", 0.90},
	} {
		t.Run(file.name, func(t *testing.T) {
			t.Parallel()
			replay(t, filepath.Join("dhis2", "recorded", dhis2test.Version, file.name), file.floor)
		})
	}
}

func replay(t *testing.T, name string, floor float64) {
	t.Helper()
	exchanges := readExchanges(t, name)
	now := time.Date(2026, 11, 23, 5, 12, 0, 0, time.UTC)
	server, err := dhis2test.Handler(dhis2test.Options{Now: func() time.Time {
		now = now.Add(time.Millisecond) // called with the server locked
		return now
	}})
	require.NoError(t, err)

	known := knownWords(exchanges)
	passed := 0
	var uncovered []string
	for _, e := range exchanges {
		t.Run(e.Name, func(t *testing.T) {
			status, body := send(t, server, e)
			if status == http.StatusNotImplemented {
				uncovered = append(uncovered, e.Name)
				t.Skipf("not covered: %s %s", e.Request.Method, e.Request.Path)
			}
			want := normalise(e.Response.Body, known)
			got := normalise(body, known)
			if assert.Equal(t, e.Response.Status, status, "HTTP status; %s", e.Fact) &&
				assert.Equal(t, want, got, e.Fact) {
				passed++
			}
		})
	}
	for _, id := range uncovered {
		fmt.Printf("conformance-unmet: %s %s: not covered, answered 501\n", filepath.ToSlash(name), id)
	}
	fmt.Printf("conformance: %s %d/%d\n", filepath.ToSlash(name), passed, len(exchanges))
	assert.GreaterOrEqual(t, float64(passed), floor*float64(len(exchanges)), "share of the recorded exchanges that are met")
}

// readExchanges takes the recordings from SHARED_DIR, or from beside the
// project.
func readExchanges(t *testing.T, name string) []exchange {
	t.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	raw, err := os.ReadFile(filepath.Join(shared, "fixtures", name+".json"))
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skipf("no recordings: set SHARED_DIR to the folder that holds fixtures/%s.json", name)
	}
	require.NoError(t, err)
	var file struct {
		Exchanges []exchange `json:"exchanges"`
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Exchanges)
	return file.Exchanges
}

func send(t *testing.T, server http.Handler, e exchange) (status int, body []byte) {
	t.Helper()
	content := requestBody(t, e)
	r := httptest.NewRequestWithContext(t.Context(), e.Request.Method, e.Request.Path, bytes.NewReader(content))
	for key, value := range e.Request.Headers {
		r.Header.Set(key, value)
	}
	switch who, _ := strings.CutPrefix(e.Request.Auth, "basic "); who {
	case "admin":
		r.SetBasicAuth("admin", "district")
	case "ohm", "ohmfac2":
		r.SetBasicAuth(who, "Ohm-Test-1!")
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	return w.Code, body
}

// requestBody: a JSON string stands for the raw text.
func requestBody(t *testing.T, e exchange) []byte {
	t.Helper()
	content := []byte(e.Request.Body)
	var raw string
	if json.Unmarshal(content, &raw) == nil {
		content = []byte(raw)
	}
	if e.Request.Headers["Content-Encoding"] == "gzip" {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, err := z.Write(content)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		content = packed.Bytes()
	}
	return content
}

var (
	uidWord      = regexp.MustCompile(`\b[a-zA-Z][a-zA-Z0-9]{10}\b`)
	recordedDay  = regexp.MustCompile(`^2026-11-23T\d\d:\d\d:\d\d\.\d{3}$`)
	javaIdentity = regexp.MustCompile(`\[Ljava\.lang\.String;@[0-9a-f]+`)
)

// knownWords are the UIDs that requests and metadata name; every other UID
// was made by a server.
func knownWords(exchanges []exchange) map[string]bool {
	known := map[string]bool{}
	add := func(text string) {
		for _, uid := range uidWord.FindAllString(text, -1) {
			known[uid] = true
		}
	}
	add(string(dhis2test.SeedMetadata()))
	for _, u := range dhis2test.DefaultUsers() {
		add(u.UID)
	}
	add("HllvX50cXC0 xYerKDKCefk")
	for _, e := range exchanges {
		add(e.Request.Path + " " + string(e.Request.Body))
	}
	return known
}

// normalise makes two bodies comparable: order of lists, times of the run,
// generated UIDs, args of errors (Java toStrings, dhis2.md 1.1) and the
// wording of Java's JSON parser aside. Of an HTML page only the kind counts.
func normalise(body []byte, known map[string]bool) any {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return "HTML"
	}
	return normaliseValue(v, known)
}

func normaliseValue(v any, known map[string]bool) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "args")
		for key, item := range v {
			v[key] = normaliseValue(item, known)
		}
		return v
	case []any:
		for i, item := range v {
			v[i] = normaliseValue(item, known)
		}
		slices.SortFunc(v, func(a, b any) int { return strings.Compare(encode(a), encode(b)) })
		return v
	case string:
		switch {
		case strings.HasPrefix(v, "<!doctype html>"):
			return "HTML"
		case recordedDay.MatchString(v):
			return "TIME"
		case strings.HasPrefix(v, "Required request body is missing"):
			return "Required request body is missing"
		case strings.HasPrefix(v, "JSON parse error: ") && !strings.Contains(v, "problem: UID") &&
			!strings.Contains(v, "Invalid date") && !strings.Contains(v, "Enum class"):
			return "JSON parse error"
		}
		v = javaIdentity.ReplaceAllString(v, "[Ljava.lang.String;")
		return uidWord.ReplaceAllStringFunc(v, func(word string) string {
			if known[word] {
				return word
			}
			return "GENERATED"
		})
	default:
		return v
	}
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // it was JSON a moment ago
	}
	return string(text)
}
