package dhis2test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// contract is one run against a server, in the hands of one fact.
type contract struct {
	*testing.T

	target  Target
	version version
	months  *int    // given out, see period
	stuck   *string // the job that did not end, see finished
}

// of is the run in the hands of another subtest.
func (c *contract) of(t *testing.T) *contract {
	t.Helper()
	return &contract{T: t, target: c.target, version: c.version, months: c.months, stuck: c.stuck}
}

// uid is the UID of something of this fact and run: the same name is the same
// UID.
func (c *contract) uid(name string) string {
	return deriveUID(c.target.Run + "|" + c.Name() + "|" + name)
}

// deriveUID makes a UID of a text.
func deriveUID(text string) string {
	sum := sha256.Sum256([]byte(text))
	n := new(big.Int).SetBytes(sum[:16])
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	out := make([]byte, 11)
	rest := new(big.Int)
	n.DivMod(n, big.NewInt(int64(len(letters))), rest)
	out[0] = letters[rest.Int64()]
	for i := 1; i < len(out); i++ {
		n.DivMod(n, big.NewInt(int64(len(base62))), rest)
		out[i] = base62[rest.Int64()]
	}
	return string(out)
}

// unique is a text of this fact and run.
func (c *contract) unique(name string) string { return "ct-" + c.uid(name) }

// by picks what holds for the server's version.
func by[T any](c *contract, v40, v41, v42, v43 T) T {
	switch {
	case c.version.atLeast(2, 43):
		return v43
	case c.version.atLeast(2, 42):
		return v42
	case c.version.atLeast(2, 41):
		return v41
	default:
		return v40
	}
}

// call is a request of a fact. Credentials are the target's unless anonymous.
type call struct {
	method, path string // the path below /api, or from the root when it begins with "/"
	body         string
	headers      map[string]string
	anonymous    bool
}

// response is what came back.
type response struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
	call   call
}

func (c *contract) get(path string) response {
	c.Helper()
	return c.do(call{method: "GET", path: path})
}

func (c *contract) post(path, body string) response {
	c.Helper()
	return c.do(call{method: "POST", path: path, body: body})
}

func (c *contract) put(path, body string) response {
	c.Helper()
	return c.do(call{method: "PUT", path: path, body: body})
}

func (c *contract) delete(path string) response {
	c.Helper()
	return c.do(call{method: "DELETE", path: path})
}

func (c *contract) do(q call) response {
	c.Helper()
	address := c.target.URL + "/api/" + q.path
	if strings.HasPrefix(q.path, "/") {
		address = c.target.URL + q.path
	}
	req, err := http.NewRequestWithContext(c.Context(), q.method, address, strings.NewReader(q.body))
	if err != nil {
		c.Fatalf("%s %s: %v", q.method, q.path, err)
	}
	req.Header.Set("Accept", "application/json")
	if q.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if !q.anonymous {
		req.Header.Set("X-Requested-With", "XMLHttpRequest")
		req.SetBasicAuth(c.target.Username, c.target.Password)
	}
	for name, value := range q.headers {
		req.Header.Del(name)
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := c.target.Client.Do(req)
	if err != nil {
		c.Fatalf("%s %s: %v", q.method, q.path, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		c.Fatalf("%s %s: %v", q.method, q.path, err)
	}
	return response{c.T, res.StatusCode, res.Header, body, q}
}

// json is the body, which must be JSON.
func (r response) json() any {
	r.t.Helper()
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.t.Fatalf("%s %s: the answer is no JSON: %.300s", r.call.method, r.call.path, r.body)
	}
	return v
}

// at follows a path of keys and indexes, such as dataValues.0.value; nil when
// it leads nowhere.
func (r response) at(path string) any {
	r.t.Helper()
	return follow(r.json(), path)
}

func follow(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch node := v.(type) {
		case map[string]any:
			v = node[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}

// text is the string at a path, "" when there is none.
func (r response) text(path string) string { r.t.Helper(); return text(r.at(path)) }

// list is the array at a path.
func (r response) list(path string) []any {
	r.t.Helper()
	list, _ := r.at(path).([]any)
	return list
}

// all are the texts at a path in each item of the array at another.
func (r response) all(list, path string) []string {
	r.t.Helper()
	var out []string
	for _, item := range r.list(list) {
		out = append(out, text(follow(item, path)))
	}
	return out
}

// count is the number at a path, -1 when there is none.
func (r response) count(path string) int {
	r.t.Helper()
	if n, ok := r.at(path).(float64); ok {
		return int(n)
	}
	return -1
}

// status checks the status of an answer.
func (c *contract) status(r response, want int) {
	c.Helper()
	if r.status != want {
		c.Fatalf("%s %s: status %d, want %d: %.500s", r.call.method, r.call.path, r.status, want, r.body)
	}
}

// equal checks a value.
func (c *contract) equal(got, want any, what string) {
	c.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// contains checks that a text is part of another.
func (c *contract) contains(got, want, what string) {
	c.Helper()
	if !strings.Contains(got, want) {
		c.Errorf("%s: %q is not in %q", what, want, got)
	}
}

// yes checks a condition.
func (c *contract) yes(ok bool, what string) {
	c.Helper()
	if !ok {
		c.Error(what)
	}
}

// escape makes a text part of a query.
func escape(text string) string { return url.QueryEscape(text) }
