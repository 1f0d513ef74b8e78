package openhimtest

import (
	"net/http"
	"strings"
	"testing"
)

// What is stored of a request: openhim-core.md sections 5 and 7.

func (c *contract) storageFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	t.Run("the request is stored as the client sent it", func(t *testing.T) {
		x := c.send(t, main, enveloped(nil), ask{body: "question", query: "q=1"})
		tx := c.stored(t, x)
		for path, want := range map[string]string{
			"request.method": "POST", "request.path": x.path, "request.querystring": "q=1", "request.body": "question",
			"channelID": main.id, "clientID": c.client.id, "canRerun": "true", "wasRerun": "false",
		} {
			wantText(t, tx, path, want)
		}
		wantTrue(t, "the time is stored", tx.Get("request.timestamp").String() != "")
	})
	t.Run("bytes that are no text are stored with replacements", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, enveloped(nil), ask{body: "a\xff\xfeb"}))
		wantText(t, tx, "request.body", "a\ufffd\ufffdb")
	})
	t.Run("a channel that stores no bodies leaves out request and response", func(t *testing.T) {
		x := c.send(t, c.channels.silent, enveloped(nil), ask{body: "question"}).is(t, http.StatusOK, "done")
		tx := c.stored(t, x)
		wantText(t, tx, "request.body", "")
		wantText(t, tx, "response.body", "")
		wantText(t, tx, "canRerun", "false")
	})
	t.Run("a channel that stores no bodies stores those of orchestrations all the same", func(t *testing.T) {
		a := enveloped(object{"orchestrations": []object{step("one", nil)}})
		tx := c.stored(t, c.send(t, c.channels.silent, a, ask{body: "question"}))
		wantText(t, tx, "orchestrations.0.request.body", "question")
		wantText(t, tx, "orchestrations.0.response.body", "answer")
		wantTrue(t, "the envelope is stored", strings.Contains(tx.Get("orchestrations.1.response.body").String(), "x-mediator-urn"))
	})
	t.Run("text outside ASCII is stored as it is", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, responding(object{"body": "日本 ✓ 😀"}), ask{body: "Müller"}))
		wantText(t, tx, "request.body", "Müller")
		wantText(t, tx, "response.body", "日本 ✓ 😀")
	})
	t.Run("a client's Authorization is stored in the clear", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, enveloped(nil), ask{}))
		wantContains(t, "authorization", tx.Get("request.headers.authorization").String(), "Basic ")
	})
}
