package openhimtest

import (
	"net/http"
	"sync"
	"testing"

	"github.com/tidwall/gjson"
)

// GET, POST, PUT and DELETE of transactions: openhim-core.md section 8.

// unknownID is an ID no document has.
const unknownID = "507f1f77bcf86cd799439011"

func (c *contract) transactionFacts(t *testing.T) {
	t.Helper()
	main := c.channels.main
	t.Run("an unknown transaction is 404", func(t *testing.T) {
		c.get(t, "/transactions/"+unknownID).is(t, http.StatusNotFound)
	})
	t.Run("an ID that is none is 500", func(t *testing.T) {
		c.get(t, "/transactions/none").is(t, http.StatusInternalServerError)
	})
	t.Run("one transaction is told with its bodies", func(t *testing.T) {
		tx := c.stored(t, c.send(t, main, enveloped(nil), ask{body: "question"}))
		wantText(t, tx, "request.body", "question")
	})
	t.Run("the simple representation has neither bodies nor orchestrations", func(t *testing.T) {
		id := c.stored(t, c.send(t, main, enveloped(nil), ask{body: "question"})).Get("_id").String()
		tx := c.get(t, "/transactions/"+id+"?filterRepresentation=simple").is(t, http.StatusOK).json()
		wantAbsent(t, tx, "request.body")
		wantAbsent(t, tx, "response.body")
		wantLength(t, tx, "orchestrations", 0)
		wantText(t, tx, "status", "Successful")
	})
	t.Run("a transaction can be recorded", func(t *testing.T) {
		path := "/" + c.name + "/recorded"
		c.post(t, "/transactions", object{
			"status": "Processing", "channelID": main.id, "request": object{"path": path, "method": "GET", "timestamp": stepBegan},
		}).is(t, http.StatusCreated)
		list := c.get(t, "/transactions"+query(object{"request.path": path}, "filterLimit=2", "filterPage=0")).json()
		wantText(t, list, "0.status", "Processing")
	})
	t.Run("a transaction without the time of its request cannot be recorded", func(t *testing.T) {
		r := c.post(t, "/transactions", object{"status": "Processing", "channelID": main.id}).is(t, http.StatusInternalServerError)
		wantContains(t, "text", r.body, "request.timestamp")
	})
	t.Run("a transaction of an unknown status cannot be recorded", func(t *testing.T) {
		bad := object{"status": "Banana", "channelID": main.id, "request": object{"timestamp": stepBegan}}
		c.post(t, "/transactions", bad).is(t, http.StatusInternalServerError)
	})
	t.Run("a transaction can be deleted", func(t *testing.T) {
		id := c.stored(t, c.send(t, main, enveloped(nil), ask{})).Get("_id").String()
		c.call(t, http.MethodDelete, "/transactions/"+id, nil).is(t, http.StatusOK)
		c.get(t, "/transactions/"+id).is(t, http.StatusNotFound)
	})
}

func (c *contract) transactionUpdateFacts(t *testing.T) {
	t.Helper()
	// updated makes a transaction with one orchestration and one property, which waits
	// for its end, and gives what an update makes of it.
	updated := func(t *testing.T, update any) gjson.Result {
		t.Helper()
		a := enveloped(object{"status": "Processing", "orchestrations": []object{step("one", nil)}, "properties": object{"p": "1"}})
		id := c.settled(t, c.send(t, c.channels.main, a, ask{}).is(t, http.StatusOK)).Get("_id").String()
		r := c.put(t, "/transactions/"+id, update).is(t, http.StatusOK)
		wantEqual(t, "text", r.body, "Transaction with ID: "+id+" successfully updated")
		return c.transaction(t, id)
	}
	t.Run("a status is replaced and all else stays", func(t *testing.T) {
		tx := updated(t, object{"status": "Successful"})
		wantText(t, tx, "status", "Successful")
		wantText(t, tx, "properties.p", "1")
		wantLength(t, tx, "orchestrations", 2)
	})
	t.Run("a status nobody knows is stored", func(t *testing.T) {
		wantText(t, updated(t, object{"status": "Banana"}), "status", "Banana")
	})
	t.Run("orchestrations are replaced, the core's own one too", func(t *testing.T) {
		tx := updated(t, object{"orchestrations": []object{step("new", nil)}})
		wantLength(t, tx, "orchestrations", 1)
		wantText(t, tx, "orchestrations.0.name", "new")
	})
	t.Run("$push adds an orchestration at the end", func(t *testing.T) {
		tx := updated(t, object{"$push": object{"orchestrations": step("new", nil)}})
		wantLength(t, tx, "orchestrations", 3)
		wantText(t, tx, "orchestrations.2.name", "new")
	})
	t.Run("$push with $each adds several in their order", func(t *testing.T) {
		tx := updated(t, object{"$push": object{"orchestrations": object{"$each": []object{step("x", nil), step("y", nil)}}}})
		wantLength(t, tx, "orchestrations", 4)
		wantText(t, tx, "orchestrations.2.name", "x")
		wantText(t, tx, "orchestrations.3.name", "y")
	})
	t.Run("$push goes with plain members", func(t *testing.T) {
		tx := updated(t, object{"status": "Completed", "$push": object{"orchestrations": step("new", nil)}})
		wantText(t, tx, "status", "Completed")
		wantLength(t, tx, "orchestrations", 3)
	})
	t.Run("$set adds one property", func(t *testing.T) {
		tx := updated(t, object{"$set": object{"properties.k": "v"}})
		wantText(t, tx, "properties.k", "v")
		wantText(t, tx, "properties.p", "1")
	})
	t.Run("a plain dotted member adds one property", func(t *testing.T) {
		tx := updated(t, object{"properties.k": "v"})
		wantText(t, tx, "properties.k", "v")
		wantText(t, tx, "properties.p", "1")
	})
	t.Run("properties are replaced", func(t *testing.T) {
		tx := updated(t, object{"properties": object{"k": "v"}})
		wantText(t, tx, "properties.k", "v")
		wantAbsent(t, tx, "properties.p")
	})
	t.Run("a response is replaced as a whole", func(t *testing.T) {
		tx := updated(t, object{"response": object{"status": 201, "body": "late", "timestamp": answeredAt}})
		wantText(t, tx, "response.status", "201")
		wantText(t, tx, "response.body", "late")
		wantAbsent(t, tx, "response.headers.content-type")
	})
	t.Run("an error is stored and asks for a retry", func(t *testing.T) {
		tx := updated(t, object{"status": "Failed", "error": object{"message": "E"}})
		wantText(t, tx, "error.message", "E")
		wantEqual(t, "autoRetry", tx.Get("autoRetry").Raw, "true")
	})
	t.Run("an orchestration without request does no harm here", func(t *testing.T) {
		wantLength(t, updated(t, object{"orchestrations": []object{{"name": "n"}}}), "orchestrations", 1)
	})
	t.Run("an update of an unknown transaction is 500", func(t *testing.T) {
		c.put(t, "/transactions/"+unknownID, object{"status": "Failed"}).is(t, http.StatusInternalServerError)
	})
	t.Run("an update of an ID that is none is 500", func(t *testing.T) {
		c.put(t, "/transactions/none", object{"status": "Failed"}).is(t, http.StatusInternalServerError)
	})
	t.Run("an update without authentication is 401", func(t *testing.T) {
		c.put(t, "/transactions/"+unknownID, object{"status": "Failed"}, anonymously).is(t, http.StatusUnauthorized)
	})
	t.Run("an update before the answer loses status and orchestrations and keeps properties", func(t *testing.T) {
		tx := c.updatedBeforeTheAnswer(t, object{
			"status": "Failed", "properties.early": "1", "$push": object{"orchestrations": step("early", nil)},
		})
		wantText(t, tx, "status", "Successful")
		wantText(t, tx, "properties.early", "1")
		wantLength(t, tx, "orchestrations", 1)
	})
}

// updatedBeforeTheAnswer gives a transaction that was updated while its mediator was still
// at work.
func (c *contract) updatedBeforeTheAnswer(t *testing.T, update object) gjson.Result {
	t.Helper()
	const path = "early"
	released := make(chan struct{})
	a := enveloped(nil)
	a.held = released
	sent := make(chan exchanged, 1)
	var client sync.WaitGroup
	client.Go(func() { sent <- c.send(t, c.channels.main, a, ask{path: path}) })
	t.Cleanup(client.Wait) // the test's context has ended then, and with it the request
	var id string
	c.until(t, "the request at the mediator", func() (bool, string) {
		for _, got := range c.mediator.at(c.channels.main.lands + path) {
			id = got.get("X-OpenHIM-TransactionID")
		}
		return id != "", id
	})
	early := c.put(t, "/transactions/"+id, update)
	close(released)
	x := <-sent
	early.is(t, http.StatusOK)
	return c.stored(t, x.is(t, http.StatusOK, "done"))
}
