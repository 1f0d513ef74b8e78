package openhimtest

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"testing"
)

// What of a client's request comes to the mediator: openhim-core.md section 7.

func (c *contract) requestFacts(t *testing.T) {
	t.Helper()
	main, ok := c.channels.main, enveloped(nil)
	plain := [][2]string{{"Content-Type", "text/plain"}}
	for _, method := range []string{"GET", "DELETE", "OPTIONS"} {
		t.Run(method+" comes without a body although its length is announced", func(t *testing.T) {
			got := c.send(t, main, ok, ask{method: method, body: "body", header: plain}).is(t, http.StatusOK, "done").arrived(t)
			wantEqual(t, "method", got.method, method)
			wantEqual(t, "Content-Length", got.get("Content-Length"), "4")
			wantTrue(t, "no body came", got.body == "" && !got.complete)
		})
	}
	for _, method := range []string{"POST", "PUT"} {
		t.Run(method+" comes with its body", func(t *testing.T) {
			got := c.send(t, main, ok, ask{method: method, body: "Grüße", header: plain}).is(t, http.StatusOK, "done").arrived(t)
			wantEqual(t, "method", got.method, method)
			wantEqual(t, "body", got.body, "Grüße")
		})
	}
	t.Run("PATCH comes with its body, from old cores without", func(t *testing.T) {
		got := c.send(t, main, ok, ask{method: "PATCH", body: "body", header: plain}).is(t, http.StatusOK, "done").arrived(t)
		wantEqual(t, "body", got.body, pick(c.since(versionPatch), "body", ""))
		wantEqual(t, "Content-Length", got.get("Content-Length"), "4")
	})
	t.Run("bytes that are no text come as they are", func(t *testing.T) {
		bytes := "\x00\x01\xff\xfe\x80"
		got := c.send(t, main, ok, ask{body: bytes, header: [][2]string{{"Content-Type", "application/octet-stream"}}}).arrived(t)
		wantEqual(t, "body", got.body, bytes)
	})
	t.Run("a compressed body comes compressed", func(t *testing.T) {
		packed := gzipped("hello hello hello")
		got := c.send(t, main, ok, ask{body: packed, header: [][2]string{{"Content-Encoding", "gzip"}}}).is(t, http.StatusOK).arrived(t)
		wantEqual(t, "body", got.body, packed)
		wantEqual(t, "Content-Encoding", got.get("Content-Encoding"), "gzip")
	})
	t.Run("an empty POST cannot be rerun", func(t *testing.T) {
		x := c.send(t, main, ok, ask{}).is(t, http.StatusOK)
		wantEqual(t, "canRerun", c.stored(t, x).Get("canRerun").Raw, "false")
	})
	t.Run("HEAD with an envelope is always 500", func(t *testing.T) {
		x := c.send(t, main, ok, ask{method: http.MethodHead}).is(t, http.StatusInternalServerError)
		wantText(t, c.stored(t, x), "status", "Failed")
	})
	t.Run("HEAD without an envelope is answered", func(t *testing.T) {
		c.send(t, main, typed("text/plain", "plain"), ask{method: http.MethodHead}).is(t, http.StatusOK, "")
	})
}

// versionPatch brought bodies of PATCH to mediators; it is not known any better.
const versionPatch = versionLenientStatus

func gzipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text)) // to memory
	_ = w.Close()
	return out.String()
}

func (c *contract) pathFacts(t *testing.T) {
	t.Helper()
	ch, ok := c.channels, enveloped(nil)
	t.Run("a path comes with the client's escapes", func(t *testing.T) {
		x := c.send(t, ch.main, ok, ask{path: "a%20b%2Fc/%C3%A9"})
		wantEqual(t, "target", x.is(t, http.StatusOK).arrived(t).target, x.path)
	})
	t.Run("a query comes as it was written", func(t *testing.T) {
		x := c.send(t, ch.main, ok, ask{query: "b=%20x&c=%2F&d=a+b&d=2&e"})
		wantEqual(t, "target", x.is(t, http.StatusOK).arrived(t).target, x.path+"?b=%20x&c=%2F&d=a+b&d=2&e")
	})
	t.Run("the query is stored apart from the path", func(t *testing.T) {
		tx := c.stored(t, c.send(t, ch.main, ok, ask{query: "a=1&b=2"}))
		wantText(t, tx, "request.querystring", "a=1&b=2")
	})
	t.Run("the path of a route replaces the client's and keeps the query", func(t *testing.T) {
		got := c.send(t, ch.fixed, ok, ask{query: "a=1"}).is(t, http.StatusOK).arrived(t)
		wantEqual(t, "target", got.target, ch.fixed.lands+"?a=1")
	})
	t.Run("a route can transform the path", func(t *testing.T) {
		x := c.send(t, ch.moved, ok, ask{}).is(t, http.StatusOK, "done")
		wantEqual(t, "target", x.arrived(t).target, x.lands)
	})
	t.Run("the client's path is stored, not the route's", func(t *testing.T) {
		x := c.send(t, ch.fixed, ok, ask{}).is(t, http.StatusOK)
		wantText(t, c.stored(t, x), "request.path", x.path)
	})
}
