package fhirtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Paging: R4 http 3.1.0.1.6.
func (c *contract) pagingFacts(t *testing.T) {
	t.Helper()
	const all, size = 23, 10
	for i := range all {
		c.make(t, c.patient("page", "name", []object{{"family": fmt.Sprintf("P%02d%s", i, c.name)}}))
	}
	first := c.find(t, "Patient", "identifier", c.token("page"), "_count", "10", "_sort", "family").is(t, http.StatusOK)
	next := func(r contractReply) string { return r.get(`link.#(relation=="next").url`).String() }
	t.Run("_count bounds a page", func(t *testing.T) { wantEqual(t, "matches", matches(first.body), size) })
	if c.traits.pages == "none" {
		t.Run("the link to the next page names a whole URL, or there is none", func(t *testing.T) {
			wantTrue(t, "it is a URL", next(first) == "" || strings.Contains(next(first), "/Patient?"))
		})
		t.Run("_offset leads to further pages", func(t *testing.T) {
			r := c.find(t, "Patient", "identifier", c.token("page"), "_count", "10", "_sort", "family", "_offset", "20").is(t, http.StatusOK)
			wantEqual(t, "matches", matches(r.body), all-2*size)
		})
		return
	}
	t.Run("there is a link to the next page", func(t *testing.T) {
		wantTrue(t, "it is below the base", strings.HasPrefix(next(first), c.target.URL))
	})
	second := c.get(t, next(first)).is(t, http.StatusOK)
	third := c.get(t, next(second)).is(t, http.StatusOK)
	t.Run("the pages together are all matches, each once", func(t *testing.T) {
		seen := map[string]bool{}
		for _, r := range []contractReply{first, second, third} {
			for _, id := range r.get("entry.#.resource.id").Array() {
				wantTrue(t, "it comes once", !seen[id.String()])
				seen[id.String()] = true
			}
		}
		wantEqual(t, "all", len(seen), all)
	})
	t.Run("pages keep the order", func(t *testing.T) {
		wantText(t, second.body, "entry.0.resource.name.0.family", "P10"+c.name)
		wantText(t, third.body, "entry.0.resource.name.0.family", "P20"+c.name)
	})
	t.Run("the last page has no next", func(t *testing.T) { wantEqual(t, "next", next(third), "") })
	t.Run("the last page knows the total", func(t *testing.T) { wantText(t, third.body, "total", "23") })
	t.Run("further pages lead back", func(t *testing.T) {
		back := third.get(`link.#(relation=="previous").url`).String()
		r := c.get(t, back).is(t, http.StatusOK)
		wantText(t, r.body, "entry.0.resource.name.0.family", "P10"+c.name)
	})
	t.Run("a page may be read again", func(t *testing.T) {
		wantText(t, c.get(t, next(first)).is(t, http.StatusOK).body, "entry.0.resource.name.0.family", "P10"+c.name)
	})
	t.Run("a page that is not known is gone", func(t *testing.T) {
		c.get(t, "?_getpages=00000000-0000-0000-0000-000000000000&_getpagesoffset=10&_count=10&_bundletype=searchset").is(t, c.traits.forgotten).outcome(t, "error")
	})
	t.Run("the total of a first page with more to come", func(t *testing.T) {
		wantEqual(t, "it is told", first.get("total").Exists(), c.traits.total == "always")
	})
	t.Run("_offset leads into the matches", func(t *testing.T) {
		r := c.find(t, "Patient", "identifier", c.token("page"), "_count", "5", "_sort", "family", "_offset", "20").is(t, http.StatusOK)
		wantEqual(t, "matches", matches(r.body), 3)
	})
	t.Run("_count beyond the most there may be is cut", func(t *testing.T) {
		r := c.find(t, "Patient", "identifier", c.token("page"), "_count", "1000").is(t, http.StatusOK)
		wantEqual(t, "matches", matches(r.body), all)
	})
}

// History: R4 http 3.1.0.10.
func (c *contract) historyFacts(t *testing.T) {
	t.Helper()
	id := "history-" + c.name
	path := "/Patient/" + id
	c.put(t, path, c.patient("history", "id", id)).is(t, c.traits.createdByPut)
	c.put(t, path, c.patient("history", "id", id, "gender", "other")).is(t, http.StatusOK)
	c.put(t, path, c.patient("history", "id", id, "gender", "male")).is(t, http.StatusOK)
	r := c.get(t, path+"/_history").is(t, http.StatusOK)
	t.Run("an instance has its versions, newest first", func(t *testing.T) {
		wantText(t, r.body, "type", "history")
		wantCount(t, r.body, "entry", 3)
		wantText(t, r.body, "entry.0.resource.gender", "male")
		wantText(t, r.body, "entry.2.resource.gender", "female")
	})
	t.Run("an id that is not known is 404", func(t *testing.T) {
		c.get(t, "/Patient/nope-"+c.name+"/_history").is(t, c.traits.historyUnknown).outcome(t, "error")
	})
	if !c.traits.history {
		t.Run("the history of a type is not there", func(t *testing.T) { c.get(t, "/Patient/_history").is(t, http.StatusNotFound) })
		t.Run("entries tell nothing of the request", func(t *testing.T) { wantAbsent(t, r.body, "entry.0.request") })
		return
	}
	t.Run("it is counted", func(t *testing.T) { wantText(t, r.body, "total", "3") })
	t.Run("entries tell the request", func(t *testing.T) {
		wantText(t, r.body, "entry.0.request.method", "PUT")
		wantPart(t, "url", r.get("entry.0.request.url").String(), "Patient/"+id)
	})
	t.Run("entries tell the answer", func(t *testing.T) {
		wantPart(t, "status", r.get("entry.0.response.status").String(), "200")
		wantPart(t, "status", r.get("entry.2.response.status").String(), "201")
		wantText(t, r.body, "entry.0.response.etag", `W/"3"`)
	})
	t.Run("it comes in pages", func(t *testing.T) {
		page := c.get(t, path+"/_history?_count=2").is(t, http.StatusOK)
		wantCount(t, page.body, "entry", 2)
		rest := c.get(t, page.get(`link.#(relation=="next").url`).String()).is(t, http.StatusOK)
		wantCount(t, rest.body, "entry", 1)
		wantText(t, rest.body, "entry.0.resource.gender", "female")
	})
	t.Run("_since leaves out what is older", func(t *testing.T) {
		wantCount(t, c.get(t, path+"/_history?_since=2100-01-01T00:00:00Z").is(t, http.StatusOK).body, "entry", 0)
	})
	t.Run("_since in the past leaves out nothing", func(t *testing.T) {
		wantCount(t, c.get(t, path+"/_history?_since=2020-01-01T00:00:00Z").is(t, http.StatusOK).body, "entry", 3)
	})
	t.Run("the history of a type begins with its last change", func(t *testing.T) {
		h := c.get(t, "/Patient/_history?_count=5").is(t, http.StatusOK)
		wantPart(t, "ids", h.get("entry.#.resource.id").Raw, id)
	})
	t.Run("the history of the system begins with the last change", func(t *testing.T) {
		wantPart(t, "ids", c.get(t, "/_history?_count=5").is(t, http.StatusOK).get("entry.#.resource.id").Raw, id)
	})
	t.Run("a deletion is a version without resource", func(t *testing.T) {
		gone := c.make(t, c.patient("history-gone"))
		c.call(t, http.MethodDelete, "/Patient/"+gone.id(), nil).is(t, c.traits.deleteStatus)
		h := c.get(t, "/Patient/"+gone.id()+"/_history").is(t, c.traits.historyDeleted)
		wantCount(t, h.body, "entry", 2)
		wantText(t, h.body, "entry.0.request.method", "DELETE")
		wantAbsent(t, h.body, "entry.0.resource")
	})
	t.Run("a history asked for again has what came between", func(t *testing.T) {
		c.put(t, path, c.patient("history", "id", id, "gender", "unknown")).is(t, http.StatusOK)
		h := c.get(t, path+"/_history").is(t, http.StatusOK)
		wantText(t, h.body, "entry.0.resource.gender", "unknown")
		wantEqual(t, "the first version is there still", len(h.get("entry").Array()) == 4, !c.traits.historyCounted)
	})
}
