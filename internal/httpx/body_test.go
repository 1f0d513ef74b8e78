package httpx_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/internal/httpx"
)

func TestReadAllStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		body  string
		limit int64
		want  string
		large bool
	}{
		{"shorter", "abc", 4, "abc", false},
		{"exactly as long", "abcd", 4, "abcd", false},
		{"one byte longer", "abcde", 4, "abcd", true},
		{"much longer", strings.Repeat("x", 1<<20), 4, "xxxx", true},
		{"empty", "", 4, "", false},
		{"no body accepted, none there", "", 0, "", false},
		{"no body accepted, one there", "a", 0, "", true},
		{"negative limit", "a", -1, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{
				strings.NewReader(tt.body),
				iotest.OneByteReader(strings.NewReader(tt.body)),
				iotest.DataErrReader(strings.NewReader(tt.body)),
			} {
				b, err := httpx.ReadAll(r, tt.limit)
				var large *httpx.BodyTooLargeError
				assert.Equal(t, tt.large, errors.As(err, &large))
				if !tt.large {
					require.NoError(t, err)
				}
				assert.Equal(t, tt.want, string(b))
			}
		})
	}
}

func TestReadAllTellsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	_, err := httpx.ReadAll(io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken)), 2)
	require.ErrorIs(t, err, broken)
	_, err = httpx.ReadAll(iotest.ErrReader(broken), 10)
	require.ErrorIs(t, err, broken)
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestDrainReadsABoundAndCloses(t *testing.T) {
	t.Parallel()
	r := bytes.NewReader(make([]byte, 100))
	body := &closing{Reader: r}
	httpx.Drain(body, 60)
	assert.True(t, body.closed)
	assert.Equal(t, 40, r.Len())
}
