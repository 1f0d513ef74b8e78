package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// world is what a command under test sees.
type world struct {
	dir      string
	stdin    string
	env      map[string]string
	terminal bool
	in       io.Reader // instead of stdin
	now      func() time.Time
}

// newWorld has a copy of testdata, so that commands may write.
func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata")))
	return &world{dir: dir, now: func() time.Time { return time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC) }}
}

func (w *world) run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	in := w.in
	if in == nil {
		in = strings.NewReader(w.stdin)
	}
	code = run(ctx, args, system{
		stdin: in, stdout: &out, stderr: &errs, files: disk{w.dir},
		env: func(name string) string { return w.env[name] }, now: w.now, terminal: func(io.Writer) bool { return w.terminal },
	})
	return code, out.String(), errs.String()
}

func (w *world) read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, name))
	require.NoError(t, err)
	return string(raw)
}

func (w *world) write(t *testing.T, name, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(w.dir, name)), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o644))
}
