package httpx_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/internal/httpx"
)

func TestHeadersWithCredentialsAreRedacted(t *testing.T) {
	t.Parallel()
	secret := []string{
		"Authorization", "authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "auth-token",
		"Auth-Salt", "auth-ts", "auth-username", "X-API-Key", "X-My-Secret", "X-Password", "x-session-token", " Cookie ",
	}
	for _, name := range secret {
		assert.True(t, httpx.RedactHeader(name), name)
	}
	for _, name := range []string{"Content-Type", "Accept", "X-OpenHIM-TransactionID", "X-OpenHIM-ClientID", "ETag", "Location", ""} {
		assert.False(t, httpx.RedactHeader(name), name)
	}
	assert.Contains(t, httpx.SecretHeaders(), "authorization")
}

func TestRedactedHeadersAreACopy(t *testing.T) {
	t.Parallel()
	h := http.Header{"Authorization": {"a", "b"}, "Accept": {"c"}, "X-Mine": {"d"}}
	got := httpx.RedactHeaders(h, nil)
	assert.Equal(t, http.Header{"Authorization": {httpx.Redacted, httpx.Redacted}, "Accept": {"c"}, "X-Mine": {"d"}}, got)
	assert.Equal(t, "a", h.Get("Authorization"), "the original stays")
	mine := httpx.RedactHeaders(h, func(name string) bool { return name == "X-Mine" })
	assert.Equal(t, httpx.Redacted, mine.Get("X-Mine"))
	assert.Nil(t, httpx.RedactHeaders(nil, nil))
}

func TestURLsLoseTheirSecrets(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, redacted, log string }{
		{"https://u:p@h:8080/a%2Fb?x=1&access_token=t#f", "https://h:8080/a%2Fb?x=1&access_token=[redacted]#f", "https://h:8080/a%2Fb"},
		{"http://h/a?name=Ana", "http://h/a?name=Ana", "http://h/a"},
		{"http://h/a?API%5FKEY=k&b", "http://h/a?API%5FKEY=[redacted]&b", "http://h/a"},
		{"http://h", "http://h", "http://h"},
	}
	for _, tt := range tests {
		u, err := url.Parse(tt.in)
		require.NoError(t, err)
		assert.Equal(t, tt.redacted, httpx.RedactURL(u))
		assert.Equal(t, tt.log, httpx.LogURL(u))
	}
	assert.Empty(t, httpx.RedactURL(nil))
	assert.Empty(t, httpx.LogURL(nil))
}

func FuzzRedactQuery(f *testing.F) {
	f.Add("a=1&token=x")
	f.Add("password=&;=")
	f.Add("%zz=1&secret=%zz")
	f.Fuzz(func(t *testing.T, raw string) {
		out := httpx.RedactQuery(raw)
		assert.Equal(t, out, httpx.RedactQuery(out), "redacting twice is redacting once")
	})
}
