package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rows writes a line list of so many bytes, and looks at the heap on the way.
type rows struct {
	left    int
	row     int
	begun   bool // the header is written
	buffer  bytes.Buffer
	highest uint64
}

func (r *rows) Read(into []byte) (int, error) {
	if !r.begun {
		r.begun = true
		r.buffer.WriteString("site;date;name\n")
	}
	for r.buffer.Len() < len(into) && r.left > 0 {
		before := r.buffer.Len()
		fmt.Fprintf(&r.buffer, "KIS;%02d/03/2026;Andr\xe9 number %08d of the line list, who has a rather long name\n", 1+r.row%28, r.row)
		r.left -= r.buffer.Len() - before
		if r.row++; r.row%100_000 == 0 {
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			r.highest = max(r.highest, stats.HeapAlloc)
		}
	}
	return r.buffer.Read(into)
}

// documents counts the lines that are written.
type documents struct{ lines, bytes int }

func (d *documents) Write(p []byte) (int, error) {
	d.lines += bytes.Count(p, []byte("\n"))
	d.bytes += len(p)
	return len(p), nil
}

func TestMemoryDoesNotGrowWithTheLengthOfAStream(t *testing.T) { //nolint:paralleltest // it measures the heap
	size := 100 << 20
	switch {
	case testing.Short():
		size = 2 << 20
	case raceDetector:
		size = 10 << 20
	}
	in := &rows{left: size}
	out := &documents{}
	var errs bytes.Buffer
	code := run(t.Context(), []string{"run", "linelist.yaml"}, system{
		stdin: in, stdout: out, stderr: &errs, files: disk{"testdata"},
		env: func(string) string { return "" }, now: time.Now, terminal: func(io.Writer) bool { return false },
	})
	require.Equal(t, exitOK, code, errs.String())
	assert.Equal(t, (in.row+1)/2, out.lines, "two rows a document")
	assert.Greater(t, out.bytes, size)
	assert.Less(t, in.highest, uint64(64<<20), "bytes of heap")
}

func TestProgressIsToldOnStandardError(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name, flag string
		terminal   bool
		wants      string
	}{
		{"on a terminal the line is written over", "auto", true, "\r\x1b[K256 records, 0.0 MB, 256 records/s"},
		{"elsewhere nothing", "auto", false, ""},
		{"or a line now and then", "always", false, "records/s\n"},
		{"never", "never", true, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			now := at.Add(-time.Second)
			w.now = func() time.Time { now = now.Add(11 * time.Second); return now }
			if tc.terminal {
				w.now = func() time.Time { now = now.Add(time.Second); return now }
			}
			w.terminal = tc.terminal
			w.in = &rows{left: 100_000}
			code, _, stderr := w.run(t.Context(), "run", "linelist.yaml", "--progress", tc.flag, "--color", "never")
			require.Equal(t, exitOK, code, stderr)
			if tc.wants == "" {
				assert.Empty(t, stderr)
				return
			}
			assert.Contains(t, stderr, tc.wants)
			if tc.terminal {
				assert.True(t, strings.HasSuffix(stderr, "\r\x1b[K"), "the line is taken away: %q", stderr)
			}
		})
	}
}

func TestAnInterruptedStreamEndsWithCode3AndLeavesNoFile(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := newWorld(t)
	w.in = io.MultiReader(&rows{left: 1 << 20}, cancelling(cancel), &rows{left: 1 << 30, begun: true})
	code, _, stderr := w.run(ctx, "run", "linelist.yaml", "--out", "new/out.ndjson")
	assert.Equal(t, exitUsage, code, "the folder is not there: %s", stderr)
	code, _, stderr = w.run(ctx, "run", "linelist.yaml", "--out", "out.ndjson")
	assert.Equal(t, exitInternal, code)
	assert.Equal(t, "mapping: interrupted\n", stderr)
	assert.NoFileExists(t, w.dir+"/out.ndjson")
}

// cancelling reads nothing, and cancels.
type cancelling context.CancelFunc

func (c cancelling) Read([]byte) (int, error) {
	c()
	return 0, io.EOF
}
