package openhimtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// reply is an answer of the management API.
type reply struct {
	status int
	header http.Header
	body   string
}

// is ends the test unless the reply has the status, and the text when one is given.
func (r reply) is(t *testing.T, status int, text ...string) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("got status %d %s, want %d", r.status, show(r.body), status)
	}
	for _, want := range text {
		wantEqual(t, "body of the reply", r.body, want)
	}
	return r
}

func (r reply) json() gjson.Result { return gjson.Parse(r.body) }

func (r reply) contentType() string { return r.header.Get("Content-Type") }

// modify changes a request before it is sent.
type modify func(*http.Request)

// anonymously takes away what authenticates a request.
func anonymously(req *http.Request) {
	for _, name := range []string{"Auth-Username", "Auth-Ts", "Auth-Salt", "Auth-Token", "Authorization"} {
		req.Header.Del(name)
	}
}

// withHeader sets a header.
func withHeader(name, value string) modify {
	return func(req *http.Request) { req.Header.Set(name, value) }
}

// call sends a request to the API, signed with a token. A body that is a string goes
// out as it is, nil not at all, anything else as JSON; all of them as application/json.
func (c *contract) call(t *testing.T, method, path string, body any, changes ...modify) reply {
	t.Helper()
	r, err := c.exchange(t.Context(), method, path, body, changes...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (c *contract) get(t *testing.T, path string, changes ...modify) reply {
	t.Helper()
	return c.call(t, http.MethodGet, path, nil, changes...)
}

func (c *contract) post(t *testing.T, path string, body any, changes ...modify) reply {
	t.Helper()
	return c.call(t, http.MethodPost, path, body, changes...)
}

func (c *contract) put(t *testing.T, path string, body any, changes ...modify) reply {
	t.Helper()
	return c.call(t, http.MethodPut, path, body, changes...)
}

// maxReply bounds what is read of an answer.
const maxReply = 64 << 20

func (c *contract) exchange(ctx context.Context, method, path string, body any, changes ...modify) (reply, error) {
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return reply{}, err
		}
		content = bytes.NewReader(raw)
	}
	ctx, cancel := context.WithTimeout(ctx, c.target.Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.target.APIURL+path, content)
	if err != nil {
		return reply{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	c.signer.sign(req, time.Now())
	for _, change := range changes {
		change(req)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	return reply{status: res.StatusCode, header: res.Header, body: string(text)}, errors.Join(err, res.Body.Close())
}

// query gives the query of a list with filters.
func query(filters object, more ...string) string {
	raw, err := json.Marshal(filters)
	if err != nil {
		raw = []byte(err.Error()) // never: the suite's filters are texts
	}
	return "?" + strings.Join(append(more, "filters="+url.QueryEscape(string(raw))), "&")
}

// newContractClient is a client that takes the target's certificate, asks for no
// compression, follows no redirects and has each exchange on a connection of its own.
func newContractClient(t *testing.T, target Target) *http.Client {
	t.Helper()
	settings := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: target.RootCAs}
	if target.InsecureSkipVerify || target.Fingerprint != "" {
		settings.InsecureSkipVerify = true // asked for, or the fingerprint is compared below
	}
	if want := strings.ToLower(strings.ReplaceAll(target.Fingerprint, ":", "")); want != "" {
		settings.VerifyConnection = func(state tls.ConnectionState) error {
			sum := sha256.Sum256(state.PeerCertificates[0].Raw)
			if got := hex.EncodeToString(sum[:]); got != want {
				return fmt.Errorf("the certificate's fingerprint is %s, want %s", got, want)
			}
			return nil
		}
	}
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: settings, DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
