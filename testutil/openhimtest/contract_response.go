package openhimtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// The response in an envelope: openhim-core.md section 5.

func (c *contract) responseFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	t.Run("the client gets status, type and body of the response", func(t *testing.T) {
		x := c.send(t, main, responding(object{"status": 201, "body": "Grüße ✓"}), ask{}).is(t, http.StatusCreated, "Grüße ✓")
		wantEqual(t, "content type", x.header.Get("Content-Type"), "text/plain; charset=utf-8")
	})
	t.Run("the response is stored with the mediator's time", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, enveloped(nil), ask{}))
		wantText(t, tx, "response.status", "200")
		wantText(t, tx, "response.body", "done")
		wantText(t, tx, "response.timestamp", answeredAt)
		wantText(t, tx, "response.headers.content-type", "text/plain; charset=utf-8")
	})
	t.Run("a status may be a text of digits", func(t *testing.T) {
		c.send(t, main, responding(object{"status": "201"}), ask{}).is(t, http.StatusCreated, "done")
	})
	unusable := []struct {
		fact   string
		status any
	}{{"no status is 500", absent{}}, {"a status that is a word is 500", "abc"}, {"a status of 0 is 500", 0}}
	for _, u := range unusable {
		t.Run(u.fact, func(t *testing.T) {
			c.send(t, main, responding(object{"status": u.status}), ask{}).is(t, http.StatusInternalServerError, internalError)
		})
	}
	t.Run("no response is 500 while the status of the envelope is stored", func(t *testing.T) {
		x := c.send(t, main, enveloped(object{"response": absent{}}), ask{}).is(t, http.StatusInternalServerError, internalError)
		tx := c.retried(t, x)
		wantText(t, tx, "status", "Successful")
		wantContains(t, "error", tx.Get("error.message").String(), "undefined")
	})
	t.Run("a client of a failed core is told no transaction", func(t *testing.T) {
		x := c.send(t, main, enveloped(object{"response": absent{}}), ask{})
		wantEqual(t, "X-OpenHIM-TransactionID", x.header.Get("X-OpenHIM-TransactionID"), "")
	})
	t.Run("a body that is an object is sent as JSON and stored as [object Object]", func(t *testing.T) {
		x := c.send(t, main, responding(object{"body": object{"a": 1}}), ask{}).is(t, http.StatusOK, `{"a":1}`)
		wantText(t, c.stored(t, x), "response.body", "[object Object]")
	})
	t.Run("a body that is a number is sent as text", func(t *testing.T) {
		c.send(t, main, responding(object{"body": 5}), ask{}).is(t, http.StatusOK, "5")
	})
	t.Run("a body that is null is 204 whatever the status says", func(t *testing.T) {
		x := c.send(t, main, responding(object{"status": 201, "body": nil}), ask{}).is(t, http.StatusNoContent, "")
		wantText(t, c.stored(t, x), "response.status", "204")
	})
	t.Run("no body is 204 too", func(t *testing.T) {
		c.send(t, main, responding(object{"body": absent{}}), ask{}).is(t, http.StatusNoContent, "")
	})
	t.Run("an empty body keeps the status", func(t *testing.T) {
		c.send(t, main, responding(object{"status": 201, "body": ""}), ask{}).is(t, http.StatusCreated, "")
	})
	t.Run("a response without a time is stored with no harm", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, responding(object{"timestamp": absent{}}), ask{}).is(t, http.StatusOK, "done"))
		wantText(t, tx, "response.body", "done")
	})
	t.Run("a time may be milliseconds since 1970", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, responding(object{"timestamp": int64(1704164645000)}), ask{}))
		wantText(t, tx, "response.timestamp", answeredAt)
	})
	t.Run("a time that is none loses everything the mediator told", func(t *testing.T) {
		a := enveloped(object{"response": response(object{"timestamp": "yesterday"}), "orchestrations": []object{step("s", nil)}})
		c.wantLost(t, c.send(t, main, a, ask{}).is(t, http.StatusOK, "done"))
	})
}

// wantLost fails the test unless the core kept nothing of the mediator's answer but its
// status, or not even that on old cores, which leave the transaction Processing.
func (c *contract) wantLost(t *testing.T, x exchanged) {
	t.Helper()
	status := pick(c.since(versionLenientStatus), "Successful", "Processing")
	id := c.settled(t, x).Get("_id").String()
	tx := c.becomes(t, id, "become "+status, func(tx gjson.Result) bool { return tx.Get("status").String() == status })
	wantAbsent(t, tx, "response")
	wantLength(t, tx, "orchestrations", 0)
}

func (c *contract) envelopeHeaderFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	headers := func(t *testing.T, h object) exchanged {
		t.Helper()
		return c.send(t, main, responding(object{"headers": h}), ask{})
	}
	t.Run("a header of the response comes to the client", func(t *testing.T) {
		x := headers(t, object{"content-type": "text/plain", "x-own": "1"}).is(t, http.StatusOK)
		wantEqual(t, "X-Own", x.header.Get("X-Own"), "1")
	})
	t.Run("no content type is application/octet-stream", func(t *testing.T) {
		x := headers(t, object{}).is(t, http.StatusOK, "done")
		wantEqual(t, "content type", x.header.Get("Content-Type"), "application/octet-stream")
	})
	t.Run("JSON gets a charset", func(t *testing.T) {
		x := headers(t, object{"content-type": "application/json"}).is(t, http.StatusOK)
		wantEqual(t, "content type", x.header.Get("Content-Type"), "application/json; charset=utf-8")
	})
	t.Run("without headers the client is told no transaction", func(t *testing.T) {
		x := c.send(t, main, responding(object{"headers": absent{}}), ask{}).is(t, http.StatusOK, "done")
		wantEqual(t, "X-OpenHIM-TransactionID", x.header.Get("X-OpenHIM-TransactionID"), "")
	})
	t.Run("with empty headers it is", func(t *testing.T) {
		wantTrue(t, "the transaction is told", headers(t, object{}).header.Get("X-OpenHIM-TransactionID") != "")
	})
	t.Run("lengths and encodings of the mediator are dropped", func(t *testing.T) {
		x := headers(t, object{"content-type": "text/plain", "content-length": "1", "content-encoding": "gzip", "transfer-encoding": "chunked"})
		x.is(t, http.StatusOK, "done")
		wantEqual(t, "Content-Encoding", x.header.Get("Content-Encoding"), "")
	})
	t.Run("a list of values is joined", func(t *testing.T) {
		x := headers(t, object{"x-list": []string{"1", "2"}}).is(t, http.StatusOK)
		wantEqual(t, "X-List", strings.Join(x.header.Values("X-List"), ", "), "1, 2")
	})
	t.Run("a set-cookie that is a text is 500", func(t *testing.T) {
		headers(t, object{"set-cookie": "a=b"}).is(t, http.StatusInternalServerError)
	})
	t.Run("a set-cookie that is a list sets cookies", func(t *testing.T) {
		x := headers(t, object{"set-cookie": []string{"a=b", "c=d"}}).is(t, http.StatusOK)
		cookies := strings.Join(x.header.Values("Set-Cookie"), " ")
		wantContains(t, "Set-Cookie", cookies, "a=b")
		wantContains(t, "Set-Cookie", cookies, "c=d")
	})
	t.Run("a location with a redirect replaces the body", func(t *testing.T) {
		x := c.send(t, main, responding(object{"status": 302, "headers": object{"location": "/there"}}), ask{}).is(t, http.StatusFound)
		wantEqual(t, "Location", x.header.Get("Location"), "/there")
		wantContains(t, "body", x.body, "Redirecting to ")
	})
	t.Run("a location with 201 leaves the body", func(t *testing.T) {
		x := c.send(t, main, responding(object{"status": 201, "headers": object{"location": "/there"}}), ask{}).is(t, http.StatusCreated, "done")
		wantEqual(t, "Location", x.header.Get("Location"), "/there")
	})
	t.Run("the client's answer is compressed when it takes it", func(t *testing.T) {
		long := strings.Repeat("z", 2000)
		x := c.send(t, main, responding(object{"body": long}), ask{header: [][2]string{{"Accept-Encoding", "gzip"}}}).is(t, http.StatusOK)
		wantEqual(t, "Content-Encoding", x.header.Get("Content-Encoding"), "gzip")
		wantText(t, c.stored(t, x), "response.body", long)
	})
}
