package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const output = `{"Action":"output","Package":"m","Test":"TestX","Output":"conformance: x 1/2\n"}` + "\n"

func TestTheDocumentIsWrittenAndThenFoundUpToDate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	input, document := filepath.Join(dir, "json"), filepath.Join(dir, "docs", "conformance.md")
	require.NoError(t, os.WriteFile(input, []byte(output), 0o600))
	var stdout strings.Builder
	check := []string{"-json", input, "-check", "-out", document}

	require.Error(t, run(t.Context(), check, io.Discard, io.Discard), "there is no document yet")
	require.NoError(t, run(t.Context(), []string{"-json", input, "-out", document}, &stdout, io.Discard))
	assert.Equal(t, "conformance: x 1/2\n", stdout.String())
	require.NoError(t, run(t.Context(), check, io.Discard, io.Discard))

	written, err := os.ReadFile(document)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(document, append(written, "edited\n"...), 0o600))
	require.ErrorContains(t, run(t.Context(), check, io.Discard, io.Discard), "not up to date")
}

func TestAFailingPackageIsAnErrorAndWritesNothing(t *testing.T) {
	t.Parallel()
	document := filepath.Join(t.TempDir(), "conformance.md")
	err := run(context.WithoutCancel(t.Context()), []string{"-out", document, "./no/such/package"}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "go test ./no/such/package")
	assert.NoFileExists(t, document)
}
