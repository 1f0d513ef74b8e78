package validate_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// sharedDir is where the corpora are: SHARED_DIR, or beside the project.
func sharedDir(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("SHARED_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "conformance", "fhir-validation")); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the corpora are not at %s: set SHARED_DIR", dir)
		}
		tb.Skipf("the corpora are not at %s: set SHARED_DIR to run this", dir)
	}
	return dir
}

func readJSON(tb testing.TB, path string, into any) {
	tb.Helper()
	data, err := os.ReadFile(path)
	require.NoError(tb, err)
	require.NoError(tb, json.Unmarshal(data, into))
}

type expectedError struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	At       string `json:"at"`
	ID       string `json:"id"`
	Message  string `json:"message"`
}

type mutation struct {
	ID          string          `json:"id"`
	Kind        string          `json:"kind"`
	Example     string          `json:"example"`
	Ops         []patchOp       `json:"ops"`
	Text        *string         `json:"text"`
	Base64      string          `json:"base64"`
	Valid       bool            `json:"valid"`
	Errors      []expectedError `json:"errors"`
	Terminology bool            `json:"terminology"`
	Contested   string          `json:"contested"`
}

type patchOp struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
}

// resource builds the case's text.
func (m *mutation) resource(examples string) ([]byte, error) {
	switch {
	case m.Text != nil:
		return []byte(*m.Text), nil
	case m.Base64 != "":
		return base64.StdEncoding.DecodeString(m.Base64)
	}
	data, err := os.ReadFile(filepath.Join(examples, m.Example))
	if err != nil {
		return nil, err
	}
	doc, err := decodeNumbers(data)
	if err != nil {
		return nil, err
	}
	for _, op := range m.Ops {
		var value any
		if op.Value != nil {
			if value, err = decodeNumbers(op.Value); err != nil {
				return nil, err
			}
		}
		if doc, err = patch(doc, strings.Split(op.Path, "/")[1:], op.Op, value); err != nil {
			return nil, fmt.Errorf("%s %s: %w", op.Op, op.Path, err)
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err = enc.Encode(doc)
	return out.Bytes(), err
}

func decodeNumbers(data []byte) (any, error) {
	var doc any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	err := dec.Decode(&doc)
	return doc, err
}

// patch applies one operation of RFC 6902: add, replace or remove.
func patch(doc any, path []string, op string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	key := strings.NewReplacer("~1", "/", "~0", "~").Replace(path[0])
	last := len(path) == 1
	switch at := doc.(type) {
	case map[string]any:
		if !last {
			inner, err := patch(at[key], path[1:], op, value)
			at[key] = inner
			return at, err
		}
		if op == "remove" {
			delete(at, key)
		} else {
			at[key] = value
		}
		return at, nil
	case []any:
		if key == "-" {
			return append(at, value), nil
		}
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i > len(at) || i == len(at) && (!last || op != "add") {
			return nil, fmt.Errorf("no item %q", key)
		}
		switch {
		case !last:
			at[i], err = patch(at[i], path[1:], op, value)
			return at, err
		case op == "add":
			return slices.Insert(at, i, value), nil
		case op == "remove":
			return slices.Delete(at, i, i+1), nil
		default:
			at[i] = value
			return at, nil
		}
	default:
		return nil, fmt.Errorf("%q leads nowhere", key)
	}
}

// inParallel calls do for 0 to n-1 on two goroutines.
func inParallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	for worker := range 2 {
		wg.Go(func() {
			for i := worker; i < n; i += 2 {
				do(i)
			}
		})
	}
	wg.Wait()
}
