package objectmapper_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"
)

// corpusDir is the corpus of the peer, or skips (fails in CI) when it is not there.
func corpusDir(tb testing.TB) string {
	tb.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "conformance", "mapping-mediator")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the corpus is missing: %v; set SHARED_DIR", err)
		}
		tb.Skipf("the corpus is missing: %v; set SHARED_DIR", err)
	}
	return dir
}

// deviation is one entry of testdata/apart.json: what is right where the peer is wrong.
type deviation struct {
	Want   json.RawMessage `json:"want"`
	Body   json.RawMessage `json:"body"`
	Error  bool            `json:"error"`
	Same   bool            `json:"same"` // the recording happens to be right
	Reason string          `json:"reason"`
}

func deviations(tb testing.TB) map[string]deviation {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "apart.json"))
	require.NoError(tb, err)
	var out map[string]deviation
	require.NoError(tb, json.Unmarshal(text, &out))
	return out
}

// outcome is what running one case gave.
type outcome struct {
	out       []byte // nil for undefined
	err       error
	unordered bool
}

// replay runs every case of one file and prints the file's line. Cases apart count as passed when they give what testdata/apart.json says.
func replay(t *testing.T, file string, run func(t *testing.T, c gjson.Result) outcome) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(corpusDir(t), file+".json"))
	require.NoError(t, err)
	apart := deviations(t)
	passed, total := 0, 0
	var notes []string
	for _, c := range gjson.GetBytes(text, "cases").Array() {
		id := c.Get("id").Str
		total++
		ok := t.Run(id, func(t *testing.T) {
			got := run(t, c)
			known, isApart := apart[id]
			switch {
			case isApart && known.Error:
				require.Error(t, got.err)
			case isApart:
				require.NoError(t, got.err)
				requireSame(t, string(known.Want), string(got.out), false)
				recorded := c.Get("output").Raw
				require.Equal(t, known.Same, canonical(t, recorded, false) == canonical(t, string(got.out), false) && !c.Get("error").Exists(),
					"the entry in testdata/apart.json is out of date")
			case c.Get("defect").Exists():
				// A defect that testdata/apart.json does not know: what is right is not written down, only that the peer is not. It must
				// end in an error or in JSON.
				if got.err == nil && got.out != nil {
					require.True(t, json.Valid(got.out))
				}
				notes = append(notes, fmt.Sprintf("conformance-apart: mapping-mediator/%s %s: %s", file, id, c.Get("defect").Str))
			default:
				requireRecorded(t, c, got)
			}
			if isApart {
				notes = append(notes, fmt.Sprintf("conformance-apart: mapping-mediator/%s %s: %s", file, id, known.Reason))
			}
		})
		if ok {
			passed++
		}
	}
	for _, note := range notes {
		fmt.Println(note)
	}
	fmt.Printf("conformance: mapping-mediator/%s %d/%d\n", file, passed, total)
}

func requireRecorded(t *testing.T, c gjson.Result, got outcome) {
	t.Helper()
	switch {
	case c.Get("error").Exists():
		require.Error(t, got.err, "recorded: %s", c.Get("error"))
		return
	case c.Get("outputUndefined").Bool():
		require.NoError(t, got.err)
		require.Nil(t, got.out, "recorded: undefined")
		return
	}
	require.NoError(t, got.err)
	want := "null"
	if v := c.Get("output"); v.Exists() {
		want = v.Raw
	}
	requireSame(t, want, string(got.out), got.unordered)
}

// requireSame compares JSON: numbers by value, members in order unless unordered.
func requireSame(t *testing.T, want, got string, unordered bool) {
	t.Helper()
	w, g := canonical(t, want, unordered), canonical(t, got, unordered)
	require.Equal(t, w, g, "want %s\ngot  %s", want, got)
}

func canonical(t *testing.T, text string, unordered bool) string {
	t.Helper()
	if text == "" {
		text = "null"
	}
	require.True(t, json.Valid([]byte(text)), "no JSON: %s", text)
	if unordered {
		var v any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		require.NoError(t, d.Decode(&v))
		sorted, err := json.Marshal(v)
		require.NoError(t, err)
		text = string(sorted)
	}
	var b bytes.Buffer
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for d.More() || true {
		token, err := d.Token()
		if err != nil {
			return b.String()
		}
		if n, ok := token.(json.Number); ok {
			r, ok := new(big.Rat).SetString(n.String())
			require.True(t, ok)
			token = "number " + r.String()
		}
		fmt.Fprintf(&b, "%T %v\n", token, token)
	}
	return b.String()
}
