package dhis2test

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// jobFacts are what an asynchronous import does.
func jobFacts() []fact {
	return []fact{
		{name: "an import is asynchronous unless asked otherwise, and answers 200 with an id", check: func(c *contract) {
			r := c.enqueued(contractPayload{"trackedEntities": {c.person("p")}})
			c.equal(r.text("message"), "Tracker job added", "message")
			c.yes(isUID(r.text("response.id")), "the id is no UID")
		}},
		{name: "the location lacks /api from 2.42", check: func(c *contract) {
			r := c.enqueued(contractPayload{"trackedEntities": {c.person("p")}})
			path := by(c, "/api/tracker/jobs/", "/api/tracker/jobs/", "/tracker/jobs/", "/tracker/jobs/")
			c.contains(r.text("response.location"), path+r.text("response.id"), "location")
			if c.version.atLeast(2, 42) {
				c.equal(r.text("response.responseType"), "TrackerJob", "responseType")
			}
		}},
		{name: "a job tells its stages, the newest first, and ends with what it did", check: func(c *contract) {
			list := c.finished(c.enqueued(contractPayload{"trackedEntities": {c.person("p")}}).text("response.id"))
			first, last := list[len(list)-1], list[0]
			c.equal(first["message"], "Tracker import started", "first")
			c.equal(last["message"], "Import complete with status OK, 1 created, 0 updated, 0 deleted, 0 ignored", "last")
			c.equal(last["completed"], true, "completed")
		}},
		{name: "the report of a job is that of the import", check: func(c *contract) {
			id := c.enqueued(contractPayload{"trackedEntities": {c.person("p")}}).text("response.id")
			c.finished(id)
			r := c.get("tracker/jobs/" + id + "/report")
			c.status(r, http.StatusOK)
			c.equal(r.count("stats.created"), 1, "created")
		}},
		{name: "a refused job ends with an error and has a report, HTTP 200", check: func(c *contract) {
			bad := c.person("p")
			bad["orgUnit"] = "zzzzzzzzzzz"
			id := c.enqueued(contractPayload{"trackedEntities": {bad}}).text("response.id")
			c.equal(c.finished(id)[0]["level"], "ERROR", "level")
			r := c.get("tracker/jobs/" + id + "/report")
			c.status(r, http.StatusOK)
			c.equal(r.text("status"), "ERROR", "status")
			c.equal(r.codes(), []string{"E1049"}, "codes")
		}},
		{name: "a job that dies has no report, only notifications", since: "2.41", check: func(c *contract) {
			dead := c.person("q")
			dead["attributes"] = attributesOf(seedGiven, "a\x00b", seedFamily, "Okello")
			id := c.enqueued(contractPayload{"trackedEntities": {dead}}).text("response.id")
			list := c.finished(id)
			c.equal(list[0]["level"], "ERROR", "level")
			c.status(c.get("tracker/jobs/"+id+"/report"), http.StatusNotFound)
			c.status(c.get("tracker/trackedEntities/"+c.uid("q")), http.StatusNotFound)
		}},
		{name: "an unknown job has no notifications, and its report is a 404", check: func(c *contract) {
			c.equal(string(c.get("tracker/jobs/"+c.uid("none")).body), "[]", "notifications")
			c.status(c.get("tracker/jobs/"+c.uid("none")+"/report"), http.StatusNotFound)
		}},
		{name: "jobs run one after the other in order", check: func(c *contract) {
			var ids []string
			for _, name := range []string{"a", "b", "c"} {
				ids = append(ids, c.enqueued(contractPayload{"trackedEntities": {c.person(name)}}).text("response.id"))
			}
			var ends []string
			for _, id := range ids {
				ends = append(ends, text(c.finished(id)[0]["time"]))
			}
			c.yes(slices.IsSorted(ends), "they did not end in order")
		}},
	}
}

// enqueued sends a payload without saying that it is to be synchronous.
func (c *contract) enqueued(payload contractPayload) response {
	c.Helper()
	body, err := json.Marshal(payload)
	if err != nil {
		c.Fatal(err)
	}
	r := c.post("tracker", string(body))
	c.status(r, http.StatusOK)
	return r
}

// jobPatience is how long a fact waits for its job.
const jobPatience = 30 * time.Second

// finished waits for the end of a job and returns its notifications. A job that
// does not end stops all others of the queue: the facts after it are not asked
// to wait as long again.
func (c *contract) finished(id string) []object {
	c.Helper()
	if *c.stuck != "" {
		c.Fatalf("job %s did not end, and the queue has one worker", *c.stuck)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(jobPatience); time.Now().Before(deadline); {
		var list []object
		items, _ := c.get("tracker/jobs/" + id).json().([]any)
		for _, item := range items {
			if n, ok := item.(object); ok {
				list = append(list, n)
			}
		}
		if slices.ContainsFunc(list, func(n object) bool { return n["completed"] == true }) {
			return list
		}
		select {
		case <-tick.C:
		case <-c.Context().Done():
			c.Fatal(c.Context().Err())
		}
	}
	*c.stuck = id
	c.Fatalf("job %s does not end", id)
	return nil
}
