package openhimtest

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/tidwall/gjson"
)

// Orchestrations, properties and errors in an envelope: openhim-core.md section 5.

func (c *contract) orchestrationFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	steps := func(list any) answer { return enveloped(object{"orchestrations": list}) }
	t.Run("the core adds its own call as the last orchestration", func(t *testing.T) {
		a := steps([]object{step("one", nil), step("two", nil)})
		x := c.send(t, main, a, ask{body: "question"}).is(t, http.StatusOK)
		tx := c.stored(t, x)
		wantLength(t, tx, "orchestrations", 3)
		wantText(t, tx, "orchestrations.0.name", "one")
		wantText(t, tx, "orchestrations.1.name", "two")
		wantText(t, tx, "orchestrations.2.name", "primary")
		wantText(t, tx, "orchestrations.2.request.path", x.path)
		wantText(t, tx, "orchestrations.2.request.port", strconv.Itoa(c.mediator.port()))
	})
	t.Run("the core stores the raw envelope as the answer of its own call", func(t *testing.T) {
		a := steps([]object{step("one", nil)})
		tx := c.stored(t, c.send(t, main, a, ask{}))
		wantText(t, tx, "orchestrations.1.response.body", a.body)
	})
	t.Run("request and response of an orchestration are stored as they came", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, steps([]object{step("one", object{"group": "g"})}), ask{}))
		for path, want := range map[string]string{
			"group": "g", "request.host": "server", "request.path": "/p", "request.querystring": "q=1",
			"request.method": "GET", "request.body": "question", "request.timestamp": stepBegan,
			"request.headers.accept": "text/plain", "response.status": "200", "response.body": "answer", "response.timestamp": stepEnded,
		} {
			wantText(t, tx, "orchestrations.0."+path, want)
		}
	})
	t.Run("an orchestration may have an error in the place of a response", func(t *testing.T) {
		failed := step("one", object{"response": absent{}, "error": object{"message": "refused", "stack": "s"}})
		tx := c.stored(t, c.send(t, main, steps([]object{failed}), ask{}))
		wantText(t, tx, "orchestrations.0.error.message", "refused")
	})
	t.Run("a failed orchestration does not change the status of the envelope", func(t *testing.T) {
		failed := step("one", object{"response": object{"status": 500, "timestamp": stepEnded}})
		tx := c.stored(t, c.send(t, main, steps([]object{failed}), ask{}))
		wantText(t, tx, "status", "Successful")
	})
	t.Run("orchestrations may be null or an empty list", func(t *testing.T) {
		for _, list := range []any{nil, []object{}} {
			wantLength(t, c.stored(t, c.send(t, main, steps(list), ask{}).is(t, http.StatusOK)), "orchestrations", 1)
		}
	})
	t.Run("orchestrations that are no list are 500 and nothing is stored", func(t *testing.T) {
		x := c.send(t, main, steps(object{"name": "one"}), ask{}).is(t, http.StatusInternalServerError, "Internal Server Error")
		c.wantLost(t, x)
	})
	t.Run("a body in an orchestration that is an object is 500 and nothing is stored", func(t *testing.T) {
		bad := step("one", object{"request": object{"body": object{"a": 1}, "timestamp": stepBegan}})
		x := c.send(t, main, steps([]object{bad}), ask{}).is(t, http.StatusInternalServerError, "Internal Server Error")
		c.wantLost(t, x)
	})
	// Old cores do not validate what they update.
	incomplete := []struct {
		fact    string
		changes object
	}{
		{"an orchestration without a name loses everything since 5.0", object{"name": absent{}}},
		{"an orchestration without the time of its request loses everything since 5.0", object{"request": object{"host": "h"}}},
	}
	for _, bad := range incomplete {
		t.Run(bad.fact, func(t *testing.T) {
			x := c.send(t, main, steps([]object{step("one", bad.changes)}), ask{}).is(t, http.StatusOK, "done")
			if c.since(versionLenientStatus) {
				c.wantLost(t, x)
				return
			}
			wantLength(t, c.stored(t, x), "orchestrations", 2)
		})
	}
	t.Run("a status of an orchestration that is no number loses everything", func(t *testing.T) {
		bad := step("one", object{"response": object{"status": object{}, "timestamp": stepEnded}})
		c.wantLost(t, c.send(t, main, steps([]object{bad}), ask{}).is(t, http.StatusOK, "done"))
	})
	t.Run("the name of the mediator is in the events, not in the transaction", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, enveloped(nil), ask{}))
		wantAbsent(t, tx, "x-mediator-urn")
	})
}

func (c *contract) propertyFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	t.Run("properties are stored as they came", func(t *testing.T) {
		properties := object{"text": "t", "number": 2, "flag": true, "deep": object{"list": []int{1, 2}}}
		tx := c.stored(t, c.send(t, main, enveloped(object{"properties": properties}), ask{}).is(t, http.StatusOK))
		wantText(t, tx, "properties.text", "t")
		wantEqual(t, "number", tx.Get("properties.number").Raw, "2")
		wantEqual(t, "flag", tx.Get("properties.flag").Raw, "true")
		wantEqual(t, "deep.list", tx.Get("properties.deep.list").Raw, "[1,2]")
	})
	t.Run("a list of properties is stored as one", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, enveloped(object{"properties": []int{1, 2}}), ask{}).is(t, http.StatusOK))
		wantEqual(t, "properties", tx.Get("properties").Raw, "[1,2]")
	})
	t.Run("without an error there is none, and no retry", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, enveloped(nil), ask{}))
		wantAbsent(t, tx, "error")
		wantEqual(t, "autoRetry", tx.Get("autoRetry").Raw, "false")
	})
	t.Run("an error is stored and asks for a retry", func(t *testing.T) {
		a := enveloped(object{"status": "Failed", "error": object{"message": "E", "stack": "S"}})
		tx := c.retried(t, c.send(t, main, a, ask{}))
		wantText(t, tx, "error.message", "E")
		wantText(t, tx, "error.stack", "S")
	})
	t.Run("an error asks for a retry although all was successful", func(t *testing.T) {
		tx := c.retried(t, c.send(t, main, enveloped(object{"error": object{"message": "E"}}), ask{}).is(t, http.StatusOK, "done"))
		wantText(t, tx, "status", "Successful")
	})
	t.Run("an error that is false asks for a retry too", func(t *testing.T) {
		c.retried(t, c.send(t, main, enveloped(object{"error": false}), ask{}).is(t, http.StatusOK, "done"))
	})
	t.Run("an error on a channel with retries is stored in the same way", func(t *testing.T) {
		a := enveloped(object{"status": "Failed", "error": object{"message": "E"}})
		wantText(t, c.retried(t, c.send(t, c.channels.retrying, a, ask{})), "status", "Failed")
	})
}

// retried gives the transaction of a request when it is marked for a retry, which the core
// does after everything else.
func (c *contract) retried(t *testing.T, x exchanged) gjson.Result {
	t.Helper()
	id := c.stored(t, x).Get("_id").String()
	return c.becomes(t, id, "be marked for a retry", func(tx gjson.Result) bool { return tx.Get("autoRetry").Bool() })
}
