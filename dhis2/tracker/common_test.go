package tracker_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// versions are those of the recordings.
func versions() []string { return []string{"2.41.9.1", "2.42.5.2", "2.43.1"} }

// fixtures is the folder of the DHIS2 fixtures below SHARED_DIR.
func fixtures(tb testing.TB) string {
	tb.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	folder := filepath.Join(shared, "fixtures", "dhis2")
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the fixtures are not there: %v (set SHARED_DIR)", err)
		}
		tb.Skipf("the fixtures are not there: %v (set SHARED_DIR)", err)
	}
	return folder
}

// fixture reads one file of the DHIS2 fixtures.
func fixture(tb testing.TB, path ...string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{fixtures(tb)}, path...)...))
	require.NoError(tb, err)
	return data
}

// exchange is one recorded request with its answer.
type exchange struct {
	Name    string `json:"name"`
	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Auth    string            `json:"auth"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
}

func (e *exchange) imports() bool {
	path, _, _ := strings.Cut(e.Request.Path, "?")
	return e.Request.Method == http.MethodPost && path == "/api/tracker"
}

// text is the body as it was sent: what is no JSON, or odd JSON, is recorded as a text.
func (e *exchange) text() []byte {
	var text string
	if json.Unmarshal(e.Request.Body, &text) == nil {
		return []byte(text)
	}
	return e.Request.Body
}

// recording reads the exchanges recorded on a running server.
func recording(tb testing.TB, version, file string) []exchange {
	tb.Helper()
	var doc struct {
		Exchanges []exchange `json:"exchanges"`
	}
	require.NoError(tb, json.Unmarshal(fixture(tb, "recorded", version, file), &doc))
	require.NotEmpty(tb, doc.Exchanges)
	return doc.Exchanges
}
