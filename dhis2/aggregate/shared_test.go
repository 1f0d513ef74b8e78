package aggregate_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// shared is a file or folder of the shared facts: below SHARED_DIR, or ../shared
// beside the project. A test is skipped without it, and fails when CI=true.
func shared(t *testing.T, path string) string {
	t.Helper()
	root := os.Getenv("SHARED_DIR")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	full := filepath.Join(root, filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: set SHARED_DIR to the folder of the shared facts", full)
		}
		t.Skipf("%s is missing: set SHARED_DIR to the folder of the shared facts", full)
	}
	return full
}

func readShared(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(shared(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func bytesReader(b []byte) io.Reader { return bytes.NewReader(b) }
