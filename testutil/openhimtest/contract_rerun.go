package openhimtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// Reruns: openhim-core.md sections 7 and 8.

// rerun repeats a transaction and waits until the task is completed.
func (c *contract) rerun(t *testing.T, id string) (task gjson.Result) {
	t.Helper()
	r := c.post(t, "/tasks", object{"tids": []string{id}, "batchSize": 1, "paused": false}).is(t, http.StatusCreated)
	_, taskID, _ := strings.Cut(r.body, "task with id ")
	c.until(t, "the task to be completed", func() (bool, string) {
		r := c.get(t, "/tasks/"+taskID+"?filters=%7B%7D&filterLimit=10&filterPage=0").is(t, http.StatusOK)
		task = r.json()
		return task.Get("status").String() == "Completed", r.body
	})
	return task
}

func (c *contract) rerunFacts(t *testing.T) {
	t.Helper()
	main, ok := c.channels.main, enveloped(nil)
	t.Run("a rerun comes to the mediator with parentid, taskid and a transaction of its own", func(t *testing.T) {
		x := c.send(t, main, ok, ask{method: http.MethodPut, body: "question", query: "q=1", header: [][2]string{{"X-Own", "kept"}}})
		id := c.stored(t, x.is(t, http.StatusOK)).Get("_id").String()
		task := c.rerun(t, id)
		arrivals := c.mediator.at(x.lands)
		wantEqual(t, "requests at the mediator", len(arrivals), 2)
		again := arrivals[len(arrivals)-1]
		wantEqual(t, "method", again.method, "PUT")
		wantEqual(t, "target", again.target, x.path+"?q=1")
		wantEqual(t, "body", again.body, "question")
		for name, want := range map[string]string{
			"x-own": "kept", "parentid": id, "taskid": task.Get("_id").String(),
			"clientid": c.client.id, "x-openhim-clientid": c.client.clientID,
		} {
			wantEqual(t, name, again.get(name), want)
			wantTrue(t, name+" is in lower case", again.named(name))
		}
		child := again.get("X-OpenHIM-TransactionID")
		wantTrue(t, "it has an ID of its own", len(child) == 24 && child != id)
		wantEqual(t, "rerun of the task", task.Get("transactions.0.rerunID").String(), child)
	})
	t.Run("the rerun knows the original, and the original the rerun", func(t *testing.T) {
		id := c.stored(t, c.send(t, main, ok, ask{body: "question"})).Get("_id").String()
		child := c.rerun(t, id).Get("transactions.0.rerunID").String()
		wantText(t, c.transaction(t, child), "parentID", id)
		wantAbsent(t, c.transaction(t, child), "taskID")
		original := c.transaction(t, id)
		wantText(t, original, "childIDs.0", child)
		wantText(t, original, "wasRerun", "true")
	})
	t.Run("a task without filters in its query is 500", func(t *testing.T) {
		c.get(t, "/tasks?filterLimit=1&filterPage=0").is(t, http.StatusInternalServerError)
	})
	t.Run("a task for an ID that is none is 500", func(t *testing.T) {
		c.post(t, "/tasks", object{"tids": []string{"none"}, "batchSize": 1, "paused": true}).is(t, http.StatusInternalServerError)
	})
	t.Run("a paused task waits", func(t *testing.T) {
		x := c.send(t, main, ok, ask{body: "question"})
		id := c.stored(t, x).Get("_id").String()
		r := c.post(t, "/tasks", object{"tids": []string{id}, "batchSize": 1, "paused": true}).is(t, http.StatusCreated)
		_, taskID, _ := strings.Cut(r.body, "task with id ")
		c.rerun(t, c.stored(t, c.send(t, main, ok, ask{body: "b"})).Get("_id").String()) // a later one goes by
		task := c.get(t, "/tasks/"+taskID+"?filters=%7B%7D&filterLimit=10&filterPage=0").is(t, http.StatusOK).json()
		wantText(t, task, "status", "Paused")
		wantEqual(t, "requests at the mediator", len(c.mediator.at(x.lands)), 1)
		c.put(t, "/tasks/"+taskID, object{"status": "Cancelled"}).is(t, http.StatusOK)
	})
}
