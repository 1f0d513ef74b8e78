package dhis2_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
)

// fixtureFile opens a file of the DHIS2 fixtures, below SHARED_DIR or beside the project. The test
// is skipped without them, and fails in CI.
func fixtureFile(tb testing.TB, name string) *os.File {
	tb.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	file, err := os.Open(filepath.Join(shared, "fixtures", "dhis2", filepath.FromSlash(name)))
	if err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the fixtures are not there: %v (set SHARED_DIR)", err)
		}
		tb.Skipf("the fixtures are not there: %v (set SHARED_DIR)", err)
	}
	tb.Cleanup(func() { _ = file.Close() })
	return file
}

// seed is the snapshot of the metadata that the fake is seeded with.
func seed(tb testing.TB) *dhis2.Snapshot {
	tb.Helper()
	file, err := os.Open(filepath.Join("..", "testutil", "dhis2test", "seed", "metadata.json"))
	require.NoError(tb, err)
	defer func() { _ = file.Close() }()
	s, err := dhis2.ParseMetadata(file)
	require.NoError(tb, err)
	return s
}

func parse(tb testing.TB, parts ...string) *dhis2.Snapshot {
	tb.Helper()
	s, err := tryParse(parts...)
	require.NoError(tb, err)
	return s
}

func tryParse(parts ...string) (*dhis2.Snapshot, error) {
	readers := make([]io.Reader, len(parts))
	for i, part := range parts {
		readers[i] = strings.NewReader(part)
	}
	return dhis2.ParseMetadata(readers...)
}

func fixtures(tb testing.TB, names ...string) *dhis2.Snapshot {
	tb.Helper()
	readers := make([]io.Reader, len(names))
	for i, name := range names {
		readers[i] = fixtureFile(tb, name)
	}
	s, err := dhis2.ParseMetadata(readers...)
	require.NoError(tb, err)
	return s
}
