package fhirtest

import (
	"net/http"
	"testing"
)

// Bodies that are not right: R4 http 3.1.0.8 and OperationOutcome.
func (c *contract) bodyFacts(t *testing.T) {
	t.Helper()
	t.Run("what is no JSON is 400", func(t *testing.T) {
		c.post(t, "/Patient", `{"resourceType":"Patient",`).is(t, http.StatusBadRequest).outcome(t, "error", c.code("structure"))
	})
	t.Run("no body is 400", func(t *testing.T) {
		c.post(t, "/Patient", "").is(t, c.traits.emptyBody).outcome(t, "error")
	})
	t.Run("a body without resourceType is 400", func(t *testing.T) {
		c.post(t, "/Patient", object{"active": true}).is(t, http.StatusBadRequest).outcome(t, "error")
	})
	t.Run("a body of another type is 400", func(t *testing.T) {
		c.post(t, "/Patient", c.observation("")).is(t, http.StatusBadRequest).outcome(t, "error")
	})
	t.Run("an array is no resource", func(t *testing.T) {
		c.post(t, "/Patient", "[]").is(t, http.StatusBadRequest).outcome(t, "error")
	})
	for _, fact := range []struct {
		name   string
		body   object
		status int
		code   string
	}{
		{"an element that is not known", c.patient("body-1", "colour", "blue"), c.traits.unknownElement, "structure"},
		{"a code that is none of its value set", c.patient("body-2", "gender", "woman"), c.traits.unknownCode, "code-invalid"},
		{"a date that is none", c.patient("body-3", "birthDate", "29/02/1980"), c.traits.badDate, "value"},
		{"a list for a single value", c.patient("body-4", "birthDate", []string{"1980-01-01"}), c.traits.wrongShape, "structure"},
		{"an object for a list", c.patient("body-5", "name", object{"family": "Solo"}), c.traits.wrongShape, "structure"},
		{"a text for a boolean", c.patient("body-6", "active", "true"), c.traits.wrongShape, "structure"},
		{"a required element that is missing", object{"resourceType": "Observation", "code": object{"text": "no status"}}, c.traits.missingRequired, "required"},
	} {
		t.Run(fact.name, func(t *testing.T) {
			r := c.post(t, "/"+fact.body["resourceType"].(string), fact.body).is(t, fact.status)
			if fact.status >= http.StatusBadRequest {
				r.outcome(t, "error", c.code(fact.code))
				if c.traits.codes {
					wantTrue(t, "the element is named", r.get("issue.0.expression.0").String() != "")
				}
			}
		})
	}
	t.Run("an element that is not known is not stored", func(t *testing.T) {
		if c.traits.unknownElement != http.StatusCreated {
			return // it was refused above
		}
		r := c.make(t, c.patient("body-7", "colour", "blue"))
		wantEqual(t, "it is dropped", !r.get("colour").Exists(), c.target.Server == ServerHAPI)
	})
}

// References that are looked at: R4 http 3.1.0.1.8 leaves that to the server.
func (c *contract) referenceFacts(t *testing.T) {
	t.Helper()
	patient := c.make(t, c.patient("ref-1"))
	made := c.make(t, c.observation("Patient/"+patient.id()))
	t.Run("a reference to what is there is kept", func(t *testing.T) {
		wantText(t, made.body, "subject.reference", "Patient/"+patient.id())
	})
	t.Run("a reference to what is not there", func(t *testing.T) {
		c.post(t, "/Observation", c.observation("Patient/424242424")).is(t, c.traits.dangling)
	})
	t.Run("a reference to another server", func(t *testing.T) {
		c.post(t, "/Observation", c.observation("https://other.example/fhir/Patient/1")).is(t, c.traits.external)
	})
	t.Run("a reference to a type that may not be there", func(t *testing.T) {
		c.post(t, "/Observation", c.observation("Observation/"+made.id())).is(t, c.traits.wrongTarget)
	})
	t.Run("a delete of what is referred to", func(t *testing.T) {
		r := c.call(t, http.MethodDelete, "/Patient/"+patient.id(), nil).is(t, c.traits.deleteReferenced)
		if r.status == http.StatusConflict {
			r.outcome(t, "error", c.code("conflict"))
			c.get(t, "/Patient/"+patient.id()).is(t, http.StatusOK)
		}
	})
	t.Run("a delete of what refers, then of what was referred to", func(t *testing.T) {
		p := c.make(t, c.patient("ref-2"))
		o := c.make(t, c.observation("Patient/"+p.id()))
		c.call(t, http.MethodDelete, "/Observation/"+o.id(), nil).is(t, c.traits.deleteStatus)
		c.call(t, http.MethodDelete, "/Patient/"+p.id(), nil).is(t, c.traits.deleteStatus)
	})
}
