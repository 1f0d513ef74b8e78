package openhim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// recording is one file of recorded exchanges of a real core; its form is
// told in fixtures/openhim-core/README.md of the shared folder.
type recording struct {
	Core  string         `json:"core"`
	Cases []recordedCase `json:"cases"`

	name string // openhim-core/8.5.0/api
}

type recordedCase struct {
	ID    string         `json:"id"`
	Title string         `json:"title"`
	Steps []recordedStep `json:"steps"`

	// of envelope.json
	Request     recordedRequest            `json:"request"`
	Mediator    *recordedAnswer            `json:"mediator"`
	Routes      map[string]json.RawMessage `json:"routes"`
	Client      recordedClient             `json:"client"`
	Transaction json.RawMessage            `json:"transaction"`
	Worker      string                     `json:"worker"`
}

type recordedStep struct {
	Setup   bool            `json:"setup"`
	Request recordedRequest `json:"request"`
	Reply   recordedReply   `json:"response"`
}

type recordedRequest struct {
	Method  string          `json:"method"`
	Path    string          `json:"path"`
	Auth    json.RawMessage `json:"auth"`
	Headers json.RawMessage `json:"headers"`
	JSON    json.RawMessage `json:"json"`
	Text    *string         `json:"text"`
}

type recordedReply struct {
	Status      int             `json:"status"`
	ContentType string          `json:"contentType"`
	JSON        json.RawMessage `json:"json"`
	Text        string          `json:"text"`
}

type recordedClient struct {
	Status int    `json:"status"`
	Error  string `json:"error"`
}

type recordedAnswer struct {
	Status    int             `json:"status"`
	Headers   [][2]string     `json:"headers"`
	Body      json.RawMessage `json:"body"`
	Behaviour string          `json:"behaviour"`
	Framing   json.RawMessage `json:"framing"`
	Cut       json.RawMessage `json:"cut"`
	Delay     int             `json:"delayMs"`
	Drip      json.RawMessage `json:"drip"`
	Stall     int             `json:"stallAfterBytes"`
}

// recordings opens a file of every recorded core.
func recordings(t *testing.T, file string) []recording {
	t.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(shared, "fixtures", "openhim-core", "*", file+".json"))
	require.NoError(t, err)
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no recordings below %s: set SHARED_DIR", shared)
		}
		t.Skipf("no recordings below %s: set SHARED_DIR to run this test", shared)
	}
	var out []recording
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		var r recording
		require.NoError(t, json.Unmarshal(b, &r), name)
		r.name = "openhim-core/" + filepath.Base(filepath.Dir(name)) + "/" + file
		out = append(out, r)
	}
	return out
}

// report prints the line that make conformance collects.
func report(name string, passed, total int) {
	_, _ = fmt.Fprintf(os.Stdout, "conformance: %s %d/%d\n", name, passed, total)
}

// bodyText returns a recorded body that is kept as text, and whether it is.
func bodyText(raw json.RawMessage) (string, bool) {
	var body struct {
		Text  *string `json:"text"`
		Parts []struct {
			Text   string `json:"text"`
			Repeat string `json:"repeat"`
			Count  int    `json:"count"`
		} `json:"parts"`
	}
	if json.Unmarshal(raw, &body) != nil {
		return "", false
	}
	if body.Text != nil {
		return *body.Text, true
	}
	var out bytes.Buffer
	for _, p := range body.Parts {
		out.WriteString(p.Text)
		for range min(p.Count, 1000) { // what is at stake with more is how much a core stores
			out.WriteString(p.Repeat)
		}
	}
	return out.String(), len(body.Parts) > 0
}
