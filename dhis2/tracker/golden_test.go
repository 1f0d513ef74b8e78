package tracker_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2/tracker"
)

// golden compares with a file of testdata, and rewrites it with UPDATE_GOLDEN=1. Both forms of a
// payload have one: what goes over the wire is seen in a review.
func golden(t *testing.T, name string, payload tracker.Payload) {
	t.Helper()
	var got bytes.Buffer
	require.NoError(t, json.Indent(&got, payload.AppendJSON(nil), "", "  "))
	got.WriteByte('\n')
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, got.Bytes(), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run make golden")
	assert.Equal(t, string(want), got.String())
}

func TestPayloadGoldenFiles(t *testing.T) {
	t.Parallel()
	nested := build(t, "encounter-77", "encounter-78")
	golden(t, "nested.json", nested)
	golden(t, "flat.json", nested.Flatten())
}
