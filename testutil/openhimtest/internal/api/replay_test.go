package api_test

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/golden"
)

// unmet lists the recorded cases the fake does not meet, by version, with the
// reason. A case here that passes, and one that is not here and fails, both fail
// the test.
func unmet() map[string]map[string]string {
	return map[string]map[string]string{"4.0.5": {}, "8.5.0": {}}
}

type apiCase struct {
	ID    string
	Steps []step
}

type step struct {
	Request    *apiRequest
	Response   json.RawMessage
	Send       *golden.Request
	Mediator   *golden.Answer
	Select     map[string]string
	Save       map[string]string
	StatusOnly bool
}

type apiRequest struct {
	Method, Path string
	Query        map[string]json.RawMessage
	Auth         json.RawMessage
	Headers      map[string]string
	JSON         json.RawMessage
	Text         *string
	Parts        []golden.Part
}

type apiResponse struct {
	Status      int
	ContentType string
	JSON        json.RawMessage
	Text        *string
	SetCookie   []string
	Error       string
}

// TestAPIRecordings replays the recorded calls of the management API of both cores.
func TestAPIRecordings(t *testing.T) {
	t.Parallel()
	for version, known := range unmet() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			rec := golden.Open(t, version, "api")
			golden.Replay(t, rec, known, 0.95, 4, func(c golden.Case) []string { return replay(rec, c) })
		})
	}
}

func replay(rec *golden.Recording, c golden.Case) []string {
	var ac apiCase
	if err := c.Decode(&ac); err != nil {
		return []string{err.Error()}
	}
	w, err := newWorld(rec)
	if err != nil {
		return []string{"world: " + err.Error()}
	}
	defer w.close()
	for i, s := range ac.Steps {
		if diffs := w.play(s); len(diffs) > 0 {
			return append([]string{fmt.Sprintf("step %d:", i+1)}, diffs...)
		}
	}
	return nil
}

func (w *world) play(s step) []string {
	if s.Send != nil {
		id, err := w.send(s.Send, s.Mediator)
		if err != nil {
			return []string{err.Error()}
		}
		w.names.Set("tx", id)
		return nil
	}
	var want apiResponse
	if err := json.Unmarshal(s.Response, &want); err != nil {
		return []string{err.Error()}
	}
	req, err := w.request(s.Request)
	if err != nil {
		return []string{err.Error()}
	}
	res, err := w.api.Client().Do(req)
	if err != nil {
		if want.Error != "" {
			return nil
		}
		return []string{err.Error()}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	switch {
	case want.Error != "":
		return []string{fmt.Sprintf("want the connection to fail with %s, got %d %s", want.Error, res.StatusCode, body)}
	case err != nil:
		return []string{err.Error()}
	}
	return w.compare(s, want, res, body)
}

func (w *world) compare(s step, want apiResponse, res *http.Response, body []byte) []string {
	var diffs []string
	if res.StatusCode != want.Status {
		diffs = append(diffs, fmt.Sprintf("want status %d, got %d: %s", want.Status, res.StatusCode, body))
	}
	if got := res.Header.Get("Content-Type"); got != want.ContentType && len(body) > 0 {
		diffs = append(diffs, fmt.Sprintf("want content type %q, got %q", want.ContentType, got))
	}
	cookies := res.Header.Values("Set-Cookie")
	if len(cookies) != len(want.SetCookie) {
		diffs = append(diffs, fmt.Sprintf("want cookies %q, got %q", want.SetCookie, cookies))
	} else {
		for i := range cookies {
			if diff := w.names.MatchText(want.SetCookie[i], cookies[i]); diff != "" {
				diffs = append(diffs, "cookie: "+diff)
			}
		}
	}
	if s.StatusOnly || len(diffs) > 0 {
		return diffs
	}
	if want.JSON != nil {
		wanted := map[string]string{}
		for path, value := range s.Select {
			wanted[path] = w.names.Expand(value)
		}
		got, err := selected(body, wanted)
		if err != nil {
			return []string{err.Error()}
		}
		for name, path := range s.Save {
			if value, ok := at(got, path); ok {
				w.names.Set(name, value)
			}
		}
		var recorded any
		if err := json.Unmarshal(want.JSON, &recorded); err != nil {
			return []string{err.Error()}
		}
		return w.names.Match(recorded, got)
	}
	text := ""
	if want.Text != nil {
		text = *want.Text
	}
	for name, path := range s.Save {
		if id := objectID.Find(body); path == "id in text" && id != nil {
			w.names.Set(name, string(id))
		}
	}
	if diff := w.names.MatchText(text, string(body)); diff != "" {
		return []string{diff}
	}
	return nil
}

var objectID = regexp.MustCompile(`[0-9a-f]{24}`)

// selected takes the elements of a list that the recording kept, or of
// GET /heartbeat the one mediator.
func selected(body []byte, wanted map[string]string) (any, error) {
	var got any
	if err := json.Unmarshal(body, &got); err != nil {
		return nil, fmt.Errorf("%w in %s", err, body)
	}
	switch value := got.(type) {
	case []any:
		return slices.DeleteFunc(value, func(element any) bool {
			for path, want := range wanted {
				if have, ok := at(element, path); !ok || have != want {
					return true
				}
			}
			return false
		}), nil
	case map[string]any:
		if urn, ok := wanted["mediators"]; ok {
			mediators, _ := value["mediators"].(map[string]any)
			kept := map[string]any{}
			if uptime, has := mediators[urn]; has {
				kept[urn] = uptime
			}
			value["mediators"] = kept
		}
	}
	return got, nil
}

// at is the text at a dotted path.
func at(v any, path string) (string, bool) {
	for part := range strings.SplitSeq(path, ".") {
		switch value := v.(type) {
		case map[string]any:
			v = value[part]
		case []any:
			var i int
			if _, err := fmt.Sscanf(part, "%d", &i); err != nil || i >= len(value) {
				return "", false
			}
			v = value[i]
		default:
			return "", false
		}
	}
	text, ok := v.(string)
	return text, ok
}

func (w *world) expanded(raw json.RawMessage) []byte { return []byte(w.names.Expand(string(raw))) }

func (w *world) request(q *apiRequest) (*http.Request, error) {
	target := w.api.URL + w.names.Expand(q.Path)
	pairs := []string{}
	for _, name := range slices.Sorted(maps.Keys(q.Query)) {
		text := string(w.expanded(q.Query[name]))
		var asText string
		if json.Unmarshal([]byte(text), &asText) == nil {
			text = asText
		}
		pairs = append(pairs, name+"="+url.QueryEscape(text))
	}
	if len(pairs) > 0 {
		target += "?" + strings.Join(pairs, "&")
	}
	var body io.Reader
	switch {
	case q.JSON != nil:
		body = bytes.NewReader(w.expanded(q.JSON))
	case q.Text != nil:
		body = strings.NewReader(w.names.Expand(*q.Text))
	case q.Parts != nil:
		var b strings.Builder
		for _, part := range q.Parts {
			b.WriteString(part.String())
		}
		body = strings.NewReader(b.String())
	}
	req, err := http.NewRequest(q.Method, target, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if err := w.authenticate(req, q.Auth); err != nil {
		return nil, err
	}
	for name, value := range q.Headers {
		req.Header.Set(name, value)
	}
	return req, nil
}

type tokenAuth struct {
	Username, Password, PasswordSalt, TS *string
	OffsetMs                             int
}

func (w *world) authenticate(req *http.Request, auth json.RawMessage) error {
	var name string
	if auth == nil {
		name = "token"
	}
	_ = json.Unmarshal(auth, &name) // an object is read below
	if name == "token" {
		return w.sign(req, tokenAuth{})
	}
	var form struct {
		Basic []string
		Token *tokenAuth
	}
	switch {
	case name == "none":
		return nil
	case name == "basic":
		req.SetBasicAuth(w.email, w.password)
		return nil
	case json.Unmarshal(auth, &form) != nil:
		return fmt.Errorf("unknown auth %s", auth)
	case len(form.Basic) == 2:
		req.SetBasicAuth(form.Basic[0], form.Basic[1])
		return nil
	default:
		return w.sign(req, *form.Token)
	}
}

// sign makes a token as the console does: salt from the core, unless it is given.
func (w *world) sign(req *http.Request, auth tokenAuth) error {
	or := func(given *string, byDefault string) string {
		if given != nil {
			return *given
		}
		return byDefault
	}
	user := or(auth.Username, w.email)
	salt := or(auth.PasswordSalt, "")
	if auth.PasswordSalt == nil {
		res, err := w.api.Client().Get(w.api.URL + "/authenticate/" + user)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		var answer struct{ Salt string }
		_ = json.NewDecoder(res.Body).Decode(&answer) // an unknown user has none
		salt = answer.Salt
	}
	stamp := or(auth.TS, time.Now().Add(time.Duration(auth.OffsetMs)*time.Millisecond).UTC().Format(time.RFC3339Nano))
	req.Header.Set("auth-username", user)
	req.Header.Set("auth-ts", stamp)
	req.Header.Set("auth-salt", "random")
	req.Header.Set("auth-token", sha512Hex(sha512Hex(salt, or(auth.Password, w.password)), "random", stamp))
	return nil
}

func sha512Hex(parts ...string) string {
	sum := sha512.Sum512([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}
