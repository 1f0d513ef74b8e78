package api_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func packed(t *testing.T, w io.WriteCloser, buffer *bytes.Buffer, text string) string {
	t.Helper()
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buffer.String()
}

func TestPackedBodiesAreInflated(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/mediators", mediatorBody)
	const beat = `{"uptime":1}`
	var zipped, wrapped, raw bytes.Buffer
	plain, err := flate.NewWriter(&raw, flate.DefaultCompression)
	require.NoError(t, err)
	for encoding, body := range map[string]string{
		"gzip": packed(t, gzip.NewWriter(&zipped), &zipped, beat), "deflate": packed(t, zlib.NewWriter(&wrapped), &wrapped, beat),
		"DEFLATE": packed(t, plain, &raw, beat), "identity": beat,
	} {
		assert.Equal(t, http.StatusOK, c.do(http.MethodPost, "/mediators/urn:m/heartbeat", body, header("Content-Encoding", encoding)).status, encoding)
	}
	c.do(http.MethodPost, "/mediators/urn:m/heartbeat", beat, header("Content-Encoding", "br")).is(http.StatusUnsupportedMediaType, "unsupported content encoding")
	c.do(http.MethodPost, "/mediators/urn:m/heartbeat", beat, header("Content-Encoding", "gzip")).is(http.StatusBadRequest, "Bad Request")
}

func TestOnlyJSONAndFormsAreRead(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	c.do(http.MethodPost, "/mediators", mediatorBody)
	beat := func(contentType, body string) int {
		return c.do(http.MethodPost, "/mediators/urn:m/heartbeat", body, header("Content-Type", contentType)).status
	}
	assert.Equal(t, http.StatusOK, beat("application/vnd.api+json", `{"uptime":1}`))
	assert.Equal(t, http.StatusOK, beat("application/x-www-form-urlencoded", "uptime=1&a[b]=c&a[b]=d"))
	assert.Equal(t, http.StatusBadRequest, beat("text/plain", `{"uptime":1}`))
	assert.Equal(t, http.StatusBadRequest, beat("", `{"uptime":1}`))
	assert.Equal(t, http.StatusRequestEntityTooLarge, beat("application/x-www-form-urlencoded", "uptime="+strings.Repeat("1", 60<<10)))
	assert.Equal(t, http.StatusBadRequest, beat("application/json", "  \n"))
}

func TestABrowserMayAsk(t *testing.T) {
	t.Parallel()
	c := newCore(t, modern)
	origin := header("Origin", "https://console")
	got := c.do(http.MethodOptions, "/channels", "", nobody, origin, header("Access-Control-Request-Method", "PUT"))
	assert.Equal(t, http.StatusNoContent, got.status)
	assert.Contains(t, got.header.Get("Access-Control-Allow-Methods"), "PUT")
	assert.Equal(t, "https://console", c.do(http.MethodGet, "/about", "", origin).header.Get("Access-Control-Allow-Origin"))
}
