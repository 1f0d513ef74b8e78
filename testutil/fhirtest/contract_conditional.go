package fhirtest

import (
	"net/http"
	"testing"
)

// If-None-Exist: R4 http 3.1.0.8.1.
func (c *contract) conditionalCreateFacts(t *testing.T) {
	t.Helper()
	create := func(t *testing.T, value, condition string, header ...string) contractReply {
		t.Helper()
		return c.post(t, "/Patient", c.patient(value), append([]string{"If-None-Exist", condition}, header...)...)
	}
	first := create(t, "ine-1", "identifier="+c.token("ine-1")).is(t, http.StatusCreated)
	t.Run("the first is created", func(t *testing.T) { wantTrue(t, "there is an id", first.id() != "") })
	t.Run("the second is answered with the first", func(t *testing.T) {
		r := create(t, "ine-1", "identifier="+c.token("ine-1")).is(t, http.StatusOK)
		wantEqual(t, "id", r.id(), first.id())
		wantEqual(t, "version", r.version(), first.version())
		wantCount(t, c.find(t, "Patient", "identifier", c.token("ine-1")).body, "entry", 1)
	})
	t.Run("the condition may be escaped", func(t *testing.T) {
		wantEqual(t, "id", create(t, "ine-1", queryOf("identifier", c.token("ine-1"))).is(t, http.StatusOK).id(), first.id())
	})
	t.Run("the answer for what is there has its ETag", func(t *testing.T) {
		wantEqual(t, "ETag", create(t, "ine-1", "identifier="+c.token("ine-1")).header.Get("ETag"), `W/"`+first.version()+`"`)
	})
	t.Run("return=minimal tells nothing but headers", func(t *testing.T) {
		r := create(t, "ine-1", "identifier="+c.token("ine-1"), "Prefer", "return=minimal").is(t, http.StatusOK)
		wantEqual(t, "there is no body", r.body == "", c.traits.prefer)
	})
	t.Run("a condition that selects several is 412", func(t *testing.T) {
		c.make(t, c.patient("ine-2"))
		c.make(t, c.patient("ine-2"))
		create(t, "ine-2", "identifier="+c.token("ine-2")).is(t, http.StatusPreconditionFailed).outcome(t, "error", c.code("multiple-matches"))
		wantCount(t, c.find(t, "Patient", "identifier", c.token("ine-2")).body, "entry", 2)
	})
	t.Run("what was deleted does not count", func(t *testing.T) {
		gone := create(t, "ine-3", "identifier="+c.token("ine-3")).is(t, http.StatusCreated)
		c.call(t, http.MethodDelete, "/Patient/"+gone.id(), nil).is(t, c.traits.deleteStatus)
		create(t, "ine-3", "identifier="+c.token("ine-3")).is(t, http.StatusCreated)
	})
	t.Run("a parameter that is not known is never ignored", func(t *testing.T) {
		r := create(t, "ine-4", "nosuch=1")
		if c.traits.strictConditions {
			r.is(t, http.StatusBadRequest).outcome(t, "error")
		} else {
			r.is(t, http.StatusCreated)
		}
	})
}

// PUT and DELETE [type]?[condition]: R4 http 3.1.0.4.3, 3.1.0.7.1.
func (c *contract) conditionalChangeFacts(t *testing.T) {
	t.Helper()
	at := func(value string) string { return "/Patient?" + queryOf("identifier", c.token(value)) }
	first := c.put(t, at("cond-1"), c.patient("cond-1")).is(t, http.StatusCreated)
	t.Run("an update whose condition selects nothing creates", func(t *testing.T) {
		wantText(t, c.get(t, "/Patient/"+first.id()).is(t, http.StatusOK).body, "identifier.0.value", "cond-1")
	})
	t.Run("an update whose condition selects one changes it", func(t *testing.T) {
		r := c.put(t, at("cond-1"), c.patient("cond-1", "gender", "other")).is(t, http.StatusOK)
		wantEqual(t, "id", r.id(), first.id())
		wantText(t, c.get(t, "/Patient/"+first.id()).body, "gender", "other")
	})
	t.Run("an update whose condition selects several is 412", func(t *testing.T) {
		c.make(t, c.patient("cond-2"))
		c.make(t, c.patient("cond-2"))
		c.put(t, at("cond-2"), c.patient("cond-2")).is(t, http.StatusPreconditionFailed).outcome(t, "error", c.code("multiple-matches"))
	})
	t.Run("an update that does not satisfy its own condition", func(t *testing.T) {
		c.put(t, at("cond-3"), c.patient("cond-4")).is(t, c.traits.conditionalPutMismatch)
	})
	t.Run("an update under a parameter that is not known is refused", func(t *testing.T) {
		r := c.put(t, "/Patient?nosuch=1", c.patient("cond-5"))
		if c.traits.strictConditions {
			r.is(t, http.StatusBadRequest).outcome(t, "error")
		} else {
			r.is(t, http.StatusCreated)
		}
	})
	t.Run("a delete whose condition selects one deletes it", func(t *testing.T) {
		gone := c.make(t, c.patient("cond-6"))
		r := c.call(t, http.MethodDelete, at("cond-6"), nil)
		wantEqual(t, "status", r.status, c.traits.deleteStatus)
		c.get(t, "/Patient/"+gone.id()).is(t, c.traits.deleted)
	})
	t.Run("a delete whose condition selects nothing", func(t *testing.T) {
		c.call(t, http.MethodDelete, at("cond-none"), nil).is(t, c.traits.conditionalDeleteNone)
	})
	t.Run("a delete whose condition selects several deletes none", func(t *testing.T) {
		c.call(t, http.MethodDelete, at("cond-2"), nil).is(t, http.StatusPreconditionFailed).outcome(t, "error", c.code("multiple-matches"))
		wantCount(t, c.find(t, "Patient", "identifier", c.token("cond-2")).body, "entry", 2)
	})
	t.Run("a delete of a type without condition is refused", func(t *testing.T) {
		c.call(t, http.MethodDelete, "/Patient", nil).is(t, c.traits.emptyCondition).outcome(t, "error")
	})
}
