package router

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/router/js"
)

// response is koa's ctx.response together with the headers of Node's
// ServerResponse: setting one thing changes others, and order matters.
type response struct {
	status   int
	explicit bool // a status was set
	// headers by lower-case name, in Node's order; values are outHeader.
	headers js.Object
	// body: nil, js.Undefined, string, []byte or a JavaScript value.
	body any
	// nullBody: the body was set to null rather than undefined.
	nullBody bool
	// timestamp is the core's own property on the response: a time.Time or what
	// the mediator said.
	timestamp any
	// stream replaces the body by its compressed bytes.
	stream []byte
	// oldRedirect is koa before 2.16, whose redirects hold a link.
	oldRedirect bool
}

type outHeader struct {
	name   string
	values []string
	list   bool
}

func newResponse(oldRedirect bool) *response {
	return &response{status: http.StatusNotFound, body: js.Undefined{}, timestamp: js.Undefined{}, oldRedirect: oldRedirect}
}

func assertion(message string) *js.Error {
	return &js.Error{Class: "AssertionError [ERR_ASSERTION]", Message: message}
}

// setStatus is `response.status = value`.
func (r *response) setStatus(value any) *js.Error {
	code, ok := value.(float64)
	if !ok || code != float64(int(code)) {
		return assertion("status code must be a number")
	}
	if code < 100 || code > 999 {
		return assertion("invalid status code: " + js.Number(code))
	}
	r.explicit = true
	r.status = int(code)
	if r.hasBody() && statusEmpty(r.status) {
		r.setBody(nil)
	}
	return nil
}

// hasBody is the truth of ctx.body.
func (r *response) hasBody() bool {
	switch body := r.body.(type) {
	case []byte:
		return true
	default:
		return js.Truthy(body)
	}
}

func statusEmpty(status int) bool {
	return status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified
}

func statusRedirect(status int) bool {
	switch status {
	case 300, 301, 302, 303, 305, 307, 308:
		return true
	}
	return false
}

// setBody is `response.body = value`.
func (r *response) setBody(value any) {
	r.body, r.stream = value, nil
	if js.Nullish(value) {
		if !statusEmpty(r.status) {
			r.explicit, r.status = true, http.StatusNoContent
		}
		r.nullBody = value == nil
		r.remove("Content-Type")
		r.remove("Content-Length")
		r.remove("Transfer-Encoding")
		return
	}
	if !r.explicit {
		r.explicit, r.status = true, http.StatusOK
	}
	setType := !r.headers.Has("content-type")
	switch body := value.(type) {
	case string:
		if setType {
			kind := "text/plain; charset=utf-8"
			if strings.HasPrefix(strings.TrimLeft(body, " \t\r\n\v\f"), "<") {
				kind = "text/html; charset=utf-8"
			}
			r.set("Content-Type", kind)
		}
		r.setLength(len(body))
	case []byte:
		if setType {
			r.set("Content-Type", "application/octet-stream")
		}
		r.setLength(len(body))
	default:
		r.remove("Content-Length")
		r.set("Content-Type", "application/json; charset=utf-8")
	}
}

func (r *response) setLength(n int) {
	if !r.headers.Has("transfer-encoding") {
		r.set("Content-Length", strconv.Itoa(n))
	}
}

// setType is `response.type = value`.
func (r *response) setType(value any) *js.Error {
	if kind, ok := value.(string); ok {
		if header, ok := contentType(kind); ok {
			return r.setChecked("Content-Type", header)
		}
	}
	r.remove("Content-Type")
	return nil
}

// set is setHeader with a value that is known to be good.
func (r *response) set(name, value string) {
	r.headers.Set(strings.ToLower(name), outHeader{name: name, values: []string{value}})
}

// setChecked is ctx.set(name, value) with any value.
func (r *response) setChecked(name string, value any) *js.Error {
	h := outHeader{name: name}
	switch v := value.(type) {
	case *js.Array:
		h.list = true
		for _, element := range v.Elems {
			h.values = append(h.values, js.String(element))
		}
	default:
		h.values = []string{js.String(v)}
	}
	if err := checkHeader(h); err != nil {
		return err
	}
	r.headers.Set(strings.ToLower(name), h)
	return nil
}

// checkHeader is Node's validateHeaderName and validateHeaderValue.
func checkHeader(h outHeader) *js.Error {
	if !isToken(h.name) {
		return js.TypeError(`Header name must be a valid HTTP token ["` + h.name + `"]`)
	}
	for _, value := range h.values {
		if !validHeaderValue(value) {
			return js.TypeError(`Invalid character in header content ["` + h.name + `"]`)
		}
	}
	return nil
}

func validHeaderValue(value string) bool {
	for _, c := range value {
		if c != '\t' && (c < ' ' || c == 0x7f || c > 0xff) {
			return false
		}
	}
	return true
}

func (r *response) remove(name string) { r.headers.Delete(strings.ToLower(name)) }

// header gives a header's text, "" when it is not set.
func (r *response) header(name string) string {
	h, ok := r.headers.Get(strings.ToLower(name)).(outHeader)
	if !ok {
		return ""
	}
	return strings.Join(h.values, ", ")
}

var absoluteURL = regexp.MustCompile(`(?i)^https?://`)

// redirect is ctx.redirect(url).
func (r *response) redirect(target, accept, referrer string) *js.Error {
	if target == "back" {
		target = referrer
		if target == "" {
			target = "/"
		}
	}
	if !r.oldRedirect && absoluteURL.MatchString(target) {
		u, err := url.Parse(target)
		if err != nil || u.Host == "" {
			return js.TypeError("Invalid URL")
		}
		if u.Path == "" {
			u.Path = "/"
		}
		u.Host = strings.ToLower(u.Host)
		target = u.String()
	}
	if err := r.setChecked("Location", encodeURL(target)); err != nil {
		return err
	}
	if !statusRedirect(r.status) {
		r.explicit, r.status = true, http.StatusFound
	}
	if !acceptsHTML(accept) {
		r.set("Content-Type", "text/plain; charset=utf-8")
		r.setBody("Redirecting to " + target + ".")
		return nil
	}
	target = escapeHTML(target)
	r.set("Content-Type", "text/html; charset=utf-8")
	if r.oldRedirect {
		r.setBody(`Redirecting to <a href="` + target + `">` + target + `</a>.`)
	} else {
		r.setBody("Redirecting to " + target + ".")
	}
	return nil
}

// encodeURL is the package encodeurl: it escapes what may not stand in a URL and
// leaves escapes alone.
func encodeURL(s string) string {
	const keep = "!#$&'()*+,-./:;=?@[]_~%|^"
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			out.WriteString("%25")
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(keep, c) >= 0:
			out.WriteByte(c)
		default:
			const digits = "0123456789ABCDEF"
			out.WriteByte('%')
			out.WriteByte(digits[c>>4])
			out.WriteByte(digits[c&15])
		}
	}
	return out.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func escapeHTML(s string) string {
	return strings.NewReplacer("&", "&amp;", `"`, "&quot;", "'", "&#39;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// payload gives the body's bytes as koa's respond sends them, with their number.
func (r *response) payload() ([]byte, int) {
	switch body := r.body.(type) {
	case nil, js.Undefined:
		return nil, 0
	case []byte:
		return body, len(body)
	case string:
		return []byte(body), len(body)
	default:
		text := js.Stringify(body)
		return []byte(text), len(text)
	}
}

// storedHeaders is response.header as it goes into the transaction: lower-case
// names, and of names with "." or "$" the first of each replaced.
func (r *response) storedHeaders() map[string]any {
	out := map[string]any{}
	for _, key := range r.headers.Keys() {
		h, ok := r.headers.Get(key).(outHeader)
		if !ok {
			continue
		}
		name := escapeKey(key)
		if h.list {
			list := make([]any, len(h.values))
			for i, v := range h.values {
				list[i] = v
			}
			out[name] = list
			continue
		}
		out[name] = h.values[0]
	}
	return out
}

// escapeKey is copyMapWithEscapedReservedCharacters for one key.
func escapeKey(key string) string {
	key = strings.Replace(key, ".", "\uff0e", 1)
	return strings.Replace(key, "$", "\uff04", 1)
}

// fail is koa's ctx.onerror: all headers go, the client gets 500.
func (r *response) fail() {
	r.headers = js.Object{}
	r.stream = nil
	r.status, r.explicit = http.StatusInternalServerError, true
	text := http.StatusText(r.status)
	r.set("Content-Type", "text/plain; charset=utf-8")
	r.set("Content-Length", strconv.Itoa(len(text)))
	r.body = text
}

// answer is koa's respond.
func (r *response) answer(method string) *Answer {
	if r.headers.Has("trailer") && r.stream == nil {
		r.fail() // Node allows trailers behind chunks only
	}
	out := &Answer{Status: r.status, Reason: reason(r.status)}
	body := r.body
	switch {
	case statusEmpty(r.status):
		r.remove("Content-Type")
		r.remove("Content-Length")
		r.remove("Transfer-Encoding")
	case method == "HEAD":
		if n := r.headLength(); n >= 0 && !r.headers.Has("content-length") {
			r.setLength(n)
		}
	case r.stream != nil:
		out.Body, out.Chunked = r.stream, true
	case js.Nullish(body):
		if r.nullBody {
			r.remove("Content-Type")
			r.remove("Transfer-Encoding")
			r.setLength(0)
			out.Body = []byte{}
			break
		}
		text := reason(r.status)
		if text == "" {
			text = strconv.Itoa(r.status)
		}
		r.set("Content-Type", "text/plain; charset=utf-8")
		r.setLength(len(text))
		out.Body, out.UTF8 = []byte(text), true
	default:
		data, n := r.payload()
		_, isBuffer := body.([]byte)
		_, isText := body.(string)
		if !isBuffer && !isText {
			r.setLength(n)
		}
		out.Body, out.UTF8 = data, !isBuffer
	}
	if r.status < 200 {
		out.Body = nil
	}
	for _, key := range r.headers.Keys() {
		h, ok := r.headers.Get(key).(outHeader)
		if !ok {
			continue
		}
		for _, value := range h.values {
			out.Headers = append(out.Headers, Header{h.name, value})
		}
	}
	if out.Chunked {
		out.Headers = append(out.Headers, Header{"Transfer-Encoding", "chunked"})
	}
	return out
}

func (r *response) headLength() int {
	if !r.hasBody() {
		return -1
	}
	_, n := r.payload()
	return n
}

func reason(status int) string {
	return http.StatusText(status)
}
