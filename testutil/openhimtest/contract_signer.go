package openhimtest

import (
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// signer signs requests to the API with tokens (openhim-core.md section 2).
type signer struct {
	username string
	passhash string
	skew     time.Duration // the core's clock minus ours
}

// signerOf asks the core for a user's salt.
func (c *contract) signerOf(t *testing.T, username, password string) signer {
	t.Helper()
	sent := time.Now()
	answer := c.get(t, "/authenticate/"+url.PathEscape(username), anonymously).is(t, http.StatusOK).json()
	s := signer{username: username, passhash: sha512Hex(answer.Get("salt").String() + password)}
	if ts, err := time.Parse(time.RFC3339Nano, answer.Get("ts").String()); err == nil {
		s.skew = ts.Sub(sent)
	}
	return s
}

// isoTime is how the core writes times.
const isoTime = "2006-01-02T15:04:05.000Z"

// sign signs a request as if it were that time on our clock.
func (s signer) sign(req *http.Request, at time.Time) {
	s.signText(req, at.Add(s.skew).UTC().Format(isoTime), rand.Text())
}

// signText signs a request with a given text for the time, and a given salt.
func (s signer) signText(req *http.Request, ts, salt string) {
	req.Header.Set("Auth-Username", s.username)
	req.Header.Set("Auth-Ts", ts)
	req.Header.Set("Auth-Salt", salt)
	req.Header.Set("Auth-Token", sha512Hex(s.passhash+salt+ts))
}

func sha512Hex(text string) string {
	sum := sha512.Sum512([]byte(text))
	return hex.EncodeToString(sum[:])
}
