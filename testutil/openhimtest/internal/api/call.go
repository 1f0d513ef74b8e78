package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// call is one request on its way through the API, with the answer as koa keeps
// it: a status that starts as 404, and a body whose setting makes that 200.
type call struct {
	*server
	w http.ResponseWriter
	r *http.Request

	path   string // as sent, still escaped
	query  url.Values
	params []string // decoded once
	input  input
	user   mongo.Doc // who asks, after authentication

	status   int
	explicit bool // the status was set, not derived from the body
	out      any
	hasOut   bool
}

// setStatus is ctx.status = code.
func (c *call) setStatus(code int) {
	c.status, c.explicit = code, true
}

// setBody is ctx.body = v: text goes out as text, anything else as JSON.
func (c *call) setBody(v any) {
	c.out, c.hasOut = v, true
	if !c.explicit {
		c.status = http.StatusOK
	}
}

// clearBody is ctx.body = undefined: the answer's text becomes the status's name.
func (c *call) clearBody() {
	c.out, c.hasOut = nil, false
	if !c.explicit {
		c.status = http.StatusNoContent
	}
}

// answer sets the body and the status, and notes both in the core's log.
func (c *call) answer(status int, format string, args ...any) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	c.logs.add(c.now(), status, text)
	c.setBody(text)
	c.setStatus(status)
}

// send writes the answer.
func (c *call) send() {
	h := c.w.Header()
	var body []byte
	switch out := c.out.(type) {
	case nil:
		if !c.hasOut {
			body = []byte(statusText(c.status))
			h.Set("Content-Type", "text/plain; charset=utf-8")
		}
	case string:
		body = []byte(out)
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", "text/plain; charset=utf-8")
		}
	default:
		body = mongo.JSON(out)
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	if c.status == http.StatusNoContent || c.status == http.StatusNotModified {
		h.Del("Content-Type")
		c.w.WriteHeader(c.status)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(c.status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body)
	}
}

func statusText(code int) string {
	if text := http.StatusText(code); text != "" {
		return text
	}
	return strconv.Itoa(code)
}

// crash answers as koa does when a handler throws: the headers so far are gone.
func (c *call) crash() {
	for key := range c.w.Header() {
		c.w.Header().Del(key)
	}
	c.out, c.hasOut = "Internal Server Error", true
	c.status = http.StatusInternalServerError
	c.send()
}

// param is a part of the path, decoded once more with JavaScript's unescape as
// the core's handlers do.
func (c *call) param(i int) string {
	if i >= len(c.params) {
		return ""
	}
	return unescape(c.params[i])
}

// queryText is a query parameter, and whether it was given at all.
func (c *call) queryText(name string) (string, bool) {
	values, has := c.query[name]
	return strings.Join(values, ","), has
}

// queryInt is parseInt of a query parameter; 0 when that is NaN.
func (c *call) queryInt(name string) int {
	text, _ := c.queryText(name)
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && (text[end] == '-' || text[end] == '+')) {
		end++
	}
	n, err := strconv.Atoi(text[:end])
	if err != nil {
		return 0
	}
	return n
}

// ServeHTTP answers one request of the API.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, rawQuery, _ := strings.Cut(r.RequestURI, "?")
	if r.RequestURI == "" || !strings.HasPrefix(path, "/") { // a request that was never on a wire, or an absolute form
		path, rawQuery = r.URL.EscapedPath(), r.URL.RawQuery
	}
	query, _ := url.ParseQuery(rawQuery)
	c := &call{server: s, w: w, r: r, path: path, query: query, status: http.StatusNotFound}
	if c.cors() {
		return
	}
	if !c.readBody() {
		return
	}
	if err := c.run(); err != nil {
		s.logs.add(s.now(), http.StatusInternalServerError, mongo.JSText(err))
		c.crash()
		return
	}
	c.send()
}

// run finds the route: some are open to everyone, the others stand behind the
// authentication, which also answers for what is not there.
func (c *call) run() error {
	found, err := c.match(true)
	if err != nil {
		return err
	}
	if found == nil {
		if !c.authenticate() {
			return nil
		}
		if found, err = c.match(false); err != nil || found == nil {
			return err
		}
	}
	if found.permit.refuses(c) {
		return nil
	}
	return found.handle(c)
}

// cors lets a browser's console in; true when the request was only a question.
func (c *call) cors() bool {
	origin := c.r.Header.Get("Origin")
	c.w.Header().Set("Vary", "Origin")
	if origin == "" {
		return false
	}
	h := c.w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	if c.modern {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if c.r.Method != http.MethodOptions || c.r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET,HEAD,PUT,POST,DELETE")
	if headers := c.r.Header.Get("Access-Control-Request-Headers"); headers != "" {
		h.Set("Access-Control-Allow-Headers", headers)
	}
	c.w.WriteHeader(http.StatusNoContent)
	return true
}
