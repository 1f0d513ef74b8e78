package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slow gives its text in pieces, with a pause before each.
type slow struct {
	text  string
	pause time.Duration
}

func (s *slow) Read(into []byte) (int, error) {
	if s.text == "" {
		return 0, io.EOF
	}
	<-time.After(s.pause)
	n := copy(into[:min(len(into), 100_000)], s.text)
	s.text = s.text[n:]
	return n, nil
}

func TestALongJSONInputTellsHowMuchIsRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.now = time.Now
		w.in = &slow{text: `{"nin": "` + strings.Repeat("1", 400_000) + `"}`, pause: 6 * time.Second}
		code, stdout, stderr := w.run(t.Context(), "run", "context.yaml", "--progress", "always", "--context", `{"now": "x"}`)
		require.Equal(t, exitOK, code, stderr)
		assert.NotEmpty(t, stdout)
		for line := range strings.Lines(stderr) {
			assert.Regexp(t, `^read 0\.\d MB\n$`, line)
		}
		assert.True(t, strings.HasSuffix(stderr, "read 0.4 MB\n"), stderr)
	})
}

func TestALongMappingOfOneDocumentTellsThatItGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := &progress{w: printer{&out}, now: time.Now, every: 10 * time.Second, whole: true, bytes: 12_300_000}
		stop := p.during("mapping")
		<-time.After(25 * time.Second)
		stop()
		p.done()
		assert.Equal(t, "mapping 12.3 MB, 10s\nmapping 12.3 MB, 20s\n", out.String())

		out.Reset()
		p = &progress{w: printer{&out}, now: time.Now, every: time.Second, whole: true, line: true}
		stop = p.during("mapping")
		<-time.After(1500 * time.Millisecond)
		stop()
		p.done()
		assert.Equal(t, "\r\x1b[Kmapping 0.0 MB, 1s\r\x1b[K", out.String(), "the line is taken away")
	})
	var none *progress
	none.during("nothing is told")()
}
