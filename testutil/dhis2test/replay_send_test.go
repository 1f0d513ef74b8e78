package dhis2test_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reply is what our server answered.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// host is where requests of the replay go; {base} stands for it.
const host = "dhis2.test"

// send sends an exchange's request, with what the recorded server made up
// replaced by what ours did.
func (r *replay) send(t *testing.T, e exchange) reply {
	t.Helper()
	return r.sendIn(t.Context(), t, e)
}

func (r *replay) sendIn(ctx context.Context, t *testing.T, e exchange) reply {
	t.Helper()
	path := r.clock.rewrite(r.translate(e.Request.Path))
	content := []byte(r.translate(string(requestBody(t, e))))
	r.last = string(content)
	r.asked += e.Request.Path + r.last
	if e.Request.Headers["Content-Encoding"] == "gzip" {
		content = zipped(t, content)
	}
	req := httptest.NewRequestWithContext(ctx, e.Request.Method, "http://"+host+path, bytes.NewReader(content))
	for key, value := range e.Request.Headers {
		req.Header.Set(key, value)
	}
	if named := otherHost(e); named != "" {
		req.Host = named
	}
	r.signIn(t, req, e.Request.Auth) //nolint:contextcheck // tokens are made by requests of their own
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, req)
	body, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	header := w.Result().Header
	if header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(body))
		require.NoError(t, err)
		body, err = io.ReadAll(z)
		require.NoError(t, err)
	}
	return reply{status: w.Code, header: header, body: body}
}

// signIn gives a request the credentials that the recording names in words.
func (r *replay) signIn(t *testing.T, req *http.Request, auth string) {
	t.Helper()
	kind, who, _ := strings.Cut(auth, " ")
	switch kind {
	case "":
	case "basic":
		switch who {
		case "garbage":
			req.Header.Set("Authorization", "Basic garbage")
		case "wrong":
			req.SetBasicAuth("admin", "wrong")
		case "fac2wrong":
			req.SetBasicAuth("ohmfac2", "wrong")
		default:
			req.SetBasicAuth(who, r.passwords[who])
		}
	case "scheme", "bearer":
		req.Header.Set("Authorization", strings.Replace(auth, "scheme", "Foo", 1))
	case "pat":
		r.signInByToken(t, req, who)
	default:
		t.Fatalf("the recording signs in by %q, which the replay does not know", auth)
	}
}

// signInByToken makes the tokens the recording redacted, good and bad. One
// that the recording had made, or makes outside of what was kept, is made once.
func (r *replay) signInByToken(t *testing.T, req *http.Request, kind string) {
	t.Helper()
	scheme := "ApiToken"
	var key string
	switch kind {
	case "GET only":
		key = r.token(t, kind, `{"attributes":[{"type":"MethodAllowedList","allowedMethods":["GET"]}]}`)
	case "valid expiring":
		key = r.token(t, kind, `{"attributes":[],"expire":4102444800000}`)
	case "bad crc":
		key = r.token(t, "valid", `{"attributes":[]}`)
		key = key[:len(key)-6] + "000000"
	case "too short":
		key = "d2p_short"
	case "unknown":
		code := strings.Repeat("A", 44)
		key = "d2p_" + code + base62Text(crc32.ChecksumIEEE(append([]byte(code), 0, 0, 0, 0)))
	case "as bearer":
		scheme, key = "Bearer", r.token(t, "valid", `{"attributes":[]}`)
	case "lower-case scheme":
		scheme, key = "apitoken", r.token(t, "valid", `{"attributes":[]}`)
	default:
		key = r.token(t, "valid", `{"attributes":[]}`)
	}
	req.Header.Set("Authorization", scheme+" "+key)
}

// token is the key of a kind of token; it is made the first time.
func (r *replay) token(t *testing.T, kind, body string) string {
	t.Helper()
	if key := r.learned[tokenName(body)]; key != "" {
		return key
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+host+"/api/apiTokens", strings.NewReader(body))
	req.SetBasicAuth("admin", "district")
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, req)
	var made struct{ Response struct{ Key string } }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &made), kind)
	r.learned[tokenName(body)] = made.Response.Key
	return made.Response.Key
}

// tokenName tells the kinds of tokens apart by what was asked for.
func tokenName(body string) string {
	switch {
	case strings.Contains(body, "MethodAllowedList"):
		return "token GET only"
	case strings.Contains(body, "expire"):
		return "token expiring"
	default:
		return "token valid"
	}
}

func base62Text(n uint32) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var out [6]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = digits[n%62]
		n /= 62
	}
	return string(out[:])
}

var userName = regexp.MustCompile(`"username":\s*"([^"]+)"`)

// passwords are those of the seed and of the users the recording makes.
func passwords(exchanges []exchange) map[string]string {
	out := map[string]string{"admin": "district", "ohm": "Ohm-Test-1!", "ohmfac2": "Ohm-Test-1!"}
	for _, e := range exchanges {
		var body struct {
			Users []struct{ Username, Password string }
		}
		if json.Unmarshal(e.Request.Body, &body) != nil || !userName.Match(e.Request.Body) {
			continue
		}
		for _, u := range body.Users {
			if u.Password != "" {
				out[u.Username] = u.Password
			}
		}
	}
	return out
}

// requestBody: a JSON string stands for the raw text.
func requestBody(t *testing.T, e exchange) []byte {
	t.Helper()
	content := []byte(e.Request.Body)
	var raw string
	switch {
	case len(content) == 0, string(content) == "null" && e.Request.Method == http.MethodGet:
		return nil
	case json.Unmarshal(content, &raw) == nil:
		return []byte(raw)
	}
	return content
}

func zipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write(content)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return packed.Bytes()
}

// translate puts what our server made up where the recording has what its
// server made up: UIDs of jobs, of objects sent without one, of tokens.
func (r *replay) translate(text string) string {
	text = strings.ReplaceAll(text, "{base}", "http://"+host)
	text = strings.ReplaceAll(text, "https://127.0.0.1/", "https://"+host+"/") // its base, as X-Forwarded-Proto makes it
	text = strings.ReplaceAll(text, url.QueryEscape("{base}"), url.QueryEscape("http://"+host))
	if len(r.learned) == 0 {
		return text
	}
	return uidWord.ReplaceAllStringFunc(text, func(word string) string {
		if ours := r.learned[word]; ours != "" {
			return ours
		}
		return word
	})
}

// learn walks the recorded and our answer side by side and notes where they
// hold different UIDs that no request had named.
func (r *replay) learn(recorded, ours any) {
	switch recorded := recorded.(type) {
	case map[string]any:
		ours, ok := ours.(map[string]any)
		if !ok {
			return
		}
		for key, v := range recorded {
			r.learn(v, ours[key])
		}
	case []any:
		ours, ok := ours.([]any)
		if !ok || len(ours) != len(recorded) {
			return
		}
		for i := range recorded {
			r.learn(recorded[i], ours[i])
		}
	case string:
		ours, ok := ours.(string)
		switch {
		case !ok || recorded == ours:
		case strings.HasPrefix(recorded, "d2p_<redacted"):
			r.learned[tokenName(r.last)] = ours
		case uidWord.FindString(recorded) == recorded && uidWord.FindString(ours) == ours &&
			r.learned[recorded] == "" && !strings.Contains(r.asked, recorded) && !strings.Contains(r.asked, ours):
			r.learned[recorded] = ours
		}
	}
}
