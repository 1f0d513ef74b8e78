package openhimtest

import (
	"net/http"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// Asynchronous work: openhim-core.md section 8.

func (c *contract) asyncFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	accepted := enveloped(object{"status": "Processing", "response": response(object{"status": 202})})
	t.Run("202 and Processing is finished by an update", func(t *testing.T) {
		tx := c.settled(t, c.send(t, main, accepted, ask{}).is(t, http.StatusAccepted, "done"))
		wantText(t, tx, "status", "Processing")
		id := tx.Get("_id").String()
		c.put(t, "/transactions/"+id, object{
			"status": "Successful", "response": object{"status": 200, "body": "late", "timestamp": answeredAt},
			"$push": object{"orchestrations": step("late", nil)}, "properties.late": "1",
		}).is(t, http.StatusOK)
		tx = c.transaction(t, id)
		wantText(t, tx, "status", "Successful")
		wantText(t, tx, "response.body", "late")
		wantText(t, tx, "properties.late", "1")
		wantText(t, tx, "orchestrations.1.name", "late")
	})
	// On a channel for asynchronous work, which old cores take for any other.
	unfinished := c.channels.unfinished
	asynchronous := c.since(openhim.VersionAsync)
	t.Run("an asynchronous channel answers 202 since 8.3", func(t *testing.T) {
		x := c.send(t, unfinished, typed("text/plain", "plain"), ask{})
		x.is(t, pick(asynchronous, http.StatusAccepted, http.StatusOK), "plain")
	})
	t.Run("a transaction of an asynchronous channel is Pending Async without a status since 8.3", func(t *testing.T) {
		x := c.send(t, unfinished, enveloped(object{"status": absent{}}), ask{})
		status := pick(asynchronous, "Pending Async", "Successful")
		c.becomes(t, c.transactionID(t, x), "become "+status, func(tx gjson.Result) bool { return tx.Get("status").String() == status })
	})
	t.Run("the envelope's status wins on an asynchronous channel too", func(t *testing.T) {
		tx := c.stored(t, c.send(t, unfinished, enveloped(nil), ask{}))
		wantText(t, tx, "status", "Successful")
	})
	t.Run("a failure on an asynchronous channel is one at once", func(t *testing.T) {
		a := typed("text/plain", "plain")
		a.status = 500
		tx := c.stored(t, c.send(t, unfinished, a, ask{}).is(t, http.StatusInternalServerError))
		wantText(t, tx, "status", "Failed")
	})
	t.Run("a transaction of an asynchronous channel is finished by an update", func(t *testing.T) {
		x := c.send(t, unfinished, enveloped(object{"status": absent{}}), ask{})
		id := c.settled(t, x).Get("_id").String()
		c.put(t, "/transactions/"+id, object{"status": "Completed with error(s)"}).is(t, http.StatusOK)
		wantText(t, c.transaction(t, id), "status", "Completed with error(s)")
	})
}
