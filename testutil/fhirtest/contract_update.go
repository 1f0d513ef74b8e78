package fhirtest

import (
	"net/http"
	"testing"
)

// PUT [type]/[id]: R4 http 3.1.0.4.
func (c *contract) updateFacts(t *testing.T) {
	t.Helper()
	made := c.make(t, c.patient("update-1"))
	path := "/Patient/" + made.id()
	changed := func(gender string) object { return c.patient("update-1", "id", made.id(), "gender", gender) }
	t.Run("an update makes a new version", func(t *testing.T) {
		r := c.put(t, path, changed("other")).is(t, http.StatusOK)
		wantTrue(t, "the version is another one", r.version() != made.version())
		wantEqual(t, "ETag", r.header.Get("ETag"), `W/"`+r.version()+`"`)
		wantText(t, c.get(t, path).body, "gender", "other")
	})
	t.Run("an update that changes nothing", func(t *testing.T) {
		before := c.get(t, path).version()
		after := c.put(t, path, changed("other")).is(t, http.StatusOK).version()
		wantEqual(t, "there is a new version", before != after, c.traits.unchangedVersion)
	})
	t.Run("an update takes away what it does not name", func(t *testing.T) {
		r := c.put(t, path, and(changed("male"), "birthDate", nil)).is(t, http.StatusOK)
		wantAbsent(t, r.body, "birthDate")
	})
	t.Run("If-Match with the current version is done", func(t *testing.T) {
		v := c.get(t, path).version()
		c.put(t, path, changed("unknown"), "If-Match", `W/"`+v+`"`).is(t, http.StatusOK)
	})
	t.Run("If-Match with another version is refused", func(t *testing.T) {
		r := c.put(t, path, changed("male"), "If-Match", `W/"`+made.version()+`"`).is(t, c.traits.stale)
		r.outcome(t, "error", c.code("conflict"), "processing")
		wantText(t, c.get(t, path).body, "gender", "unknown")
	})
	t.Run("If-Match on what is not there", func(t *testing.T) {
		id := "unmatched-" + c.name
		c.put(t, "/Patient/"+id, c.patient("update-2", "id", id), "If-Match", `W/"1"`).is(t, c.traits.staleMissing)
	})
	t.Run("If-None-Match: * on what is there", func(t *testing.T) {
		c.put(t, path, changed("female"), "If-None-Match", "*").is(t, c.traits.ifNoneMatchStar)
	})
	t.Run("an id that is not that of the URL is refused", func(t *testing.T) {
		c.put(t, path, c.patient("update-1", "id", "other")).is(t, http.StatusBadRequest).outcome(t, "error", c.code("invalid"))
	})
	t.Run("a body without id is refused", func(t *testing.T) {
		c.put(t, path, c.patient("update-1")).is(t, http.StatusBadRequest).outcome(t, "error")
	})
	t.Run("an update of a new id creates it", func(t *testing.T) {
		id := "chosen-" + c.name
		r := c.put(t, "/Patient/"+id, c.patient("update-3", "id", id)).is(t, c.traits.createdByPut)
		wantEqual(t, "id", r.id(), id)
		wantEqual(t, "there is a Location", r.header.Get("Location") != "", c.traits.putLocation)
		c.get(t, "/Patient/"+id).is(t, http.StatusOK)
	})
	t.Run("an update of a new id of digits only", func(t *testing.T) {
		c.put(t, "/Patient/987654321", c.patient("update-4", "id", "987654321")).is(t, c.traits.numericID)
	})
	t.Run("an id with characters it must not have", func(t *testing.T) {
		c.put(t, "/Patient/a_b", c.patient("update-5", "id", "a_b")).is(t, c.traits.badID)
	})
	t.Run("return=minimal gives no body", func(t *testing.T) {
		r := c.put(t, path, changed("male"), "Prefer", "return=minimal").is(t, http.StatusOK)
		wantEqual(t, "there is no body", r.body == "", c.traits.prefer)
	})
	t.Run("tags the update does not name", func(t *testing.T) {
		tagged := c.make(t, c.patient("update-6", "meta", object{"tag": []object{{"system": c.system(), "code": "kept"}}}))
		r := c.put(t, "/Patient/"+tagged.id(), c.patient("update-6", "id", tagged.id(), "gender", "other")).is(t, http.StatusOK)
		wantEqual(t, "they are kept", r.get("meta.tag.0.code").String() == "kept", c.traits.keepsTags)
	})
	t.Run("another type in the body is refused", func(t *testing.T) {
		c.put(t, path, c.observation("", "id", made.id())).is(t, http.StatusBadRequest).outcome(t, "error")
	})
	t.Run("POST to an id is refused", func(t *testing.T) {
		c.post(t, path, changed("other")).is(t, c.traits.methodOnID)
	})
}

// PATCH [type]/[id]: R4 http 3.1.0.5.
func (c *contract) patchFacts(t *testing.T) {
	t.Helper()
	made := c.make(t, c.patient("patch-1"))
	path := "/Patient/" + made.id()
	const jsonPatch = "application/json-patch+json"
	patch := func(t *testing.T, body any, header ...string) contractReply {
		t.Helper()
		return c.call(t, http.MethodPatch, path, body, append([]string{"Content-Type", jsonPatch}, header...)...)
	}
	replace := func(gender string) []object {
		return []object{{"op": "replace", "path": "/gender", "value": gender}}
	}
	t.Run("a JSON patch changes what it names", func(t *testing.T) {
		r := patch(t, replace("other")).is(t, http.StatusOK)
		wantText(t, r.body, "gender", "other")
		wantText(t, r.body, "birthDate", "1980-02-29")
		wantTrue(t, "the version is another one", r.version() != made.version())
		wantEqual(t, "there is an ETag", r.header.Get("ETag") != "", c.traits.patchETag)
	})
	t.Run("a JSON patch adds and removes", func(t *testing.T) {
		r := patch(t, []object{{"op": "add", "path": "/name/0/given/-", "value": "Bea"}, {"op": "remove", "path": "/birthDate"}}).is(t, http.StatusOK)
		wantText(t, r.body, "name.0.given.1", "Bea")
		wantAbsent(t, r.body, "birthDate")
	})
	t.Run("a test that holds lets the patch through", func(t *testing.T) {
		patch(t, append([]object{{"op": "test", "path": "/gender", "value": "other"}}, replace("male")...)).is(t, http.StatusOK)
	})
	t.Run("a test that fails refuses the patch", func(t *testing.T) {
		patch(t, append([]object{{"op": "test", "path": "/gender", "value": "female"}}, replace("unknown")...)).is(t, c.traits.patchFailedTest).outcome(t, "error")
		wantText(t, c.get(t, path).body, "gender", "male")
	})
	t.Run("a path that is not there refuses the patch", func(t *testing.T) {
		patch(t, []object{{"op": "remove", "path": "/nothing/here"}}).is(t, c.traits.patchBadPath).outcome(t, "error")
	})
	t.Run("a stale If-Match refuses the patch", func(t *testing.T) {
		patch(t, replace("unknown"), "If-Match", `W/"`+made.version()+`"`).is(t, c.traits.patchStale)
	})
	t.Run("a FHIRPath patch changes what it names", func(t *testing.T) {
		r := c.call(t, http.MethodPatch, path, object{"resourceType": "Parameters", "parameter": []object{{"name": "operation", "part": []object{
			{"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "Patient.gender"}, {"name": "value", "valueCode": "other"},
		}}}}).is(t, c.traits.patchFHIRPath)
		if r.status == http.StatusOK {
			wantText(t, r.body, "gender", "other")
		}
	})
	t.Run("a FHIRPath patch adds an element", func(t *testing.T) {
		r := c.call(t, http.MethodPatch, path, object{"resourceType": "Parameters", "parameter": []object{{"name": "operation", "part": []object{
			{"name": "type", "valueCode": "add"}, {"name": "path", "valueString": "Patient"}, {"name": "name", "valueString": "birthDate"}, {"name": "value", "valueDate": "1981-01-01"},
		}}}}).is(t, c.traits.patchFHIRPath)
		if r.status == http.StatusOK {
			wantText(t, r.body, "birthDate", "1981-01-01")
		}
	})
	t.Run("a FHIRPath patch deletes an element", func(t *testing.T) {
		r := c.call(t, http.MethodPatch, path, object{"resourceType": "Parameters", "parameter": []object{{"name": "operation", "part": []object{
			{"name": "type", "valueCode": "delete"}, {"name": "path", "valueString": "Patient.birthDate"},
		}}}}).is(t, c.traits.patchFHIRPath)
		if r.status == http.StatusOK {
			wantAbsent(t, r.body, "birthDate")
		}
	})
	t.Run("a JSON patch that says it is FHIR", func(t *testing.T) {
		c.call(t, http.MethodPatch, path, replace("female")).is(t, c.traits.patchWrongType)
	})
	t.Run("a patch of what is not there is 404", func(t *testing.T) {
		c.call(t, http.MethodPatch, "/Patient/nope-"+c.name, replace("male"), "Content-Type", jsonPatch).is(t, c.traits.patchNoSuch).outcome(t, "error")
	})
	t.Run("a conditional patch changes the one it selects", func(t *testing.T) {
		c.make(t, c.patient("patch-2"))
		r := c.call(t, http.MethodPatch, "/Patient?"+queryOf("identifier", c.token("patch-2")), replace("other"), "Content-Type", jsonPatch).is(t, http.StatusOK)
		wantText(t, r.body, "gender", "other")
	})
	t.Run("a conditional patch that selects nothing is 404", func(t *testing.T) {
		c.call(t, http.MethodPatch, "/Patient?"+queryOf("identifier", c.token("patch-none")), replace("other"), "Content-Type", jsonPatch).
			is(t, http.StatusNotFound).outcome(t, "error")
	})
	t.Run("a conditional patch that selects several is 412", func(t *testing.T) {
		c.make(t, c.patient("patch-3"))
		c.make(t, c.patient("patch-3"))
		c.call(t, http.MethodPatch, "/Patient?"+queryOf("identifier", c.token("patch-3")), replace("other"), "Content-Type", jsonPatch).
			is(t, http.StatusPreconditionFailed).outcome(t, "error", c.code("multiple-matches"))
	})
}

// DELETE [type]/[id]: R4 http 3.1.0.7.
func (c *contract) deleteFacts(t *testing.T) {
	t.Helper()
	id := "gone-" + c.name
	path := "/Patient/" + id
	made := c.put(t, path, c.patient("delete-1", "id", id)).is(t, c.traits.createdByPut)
	t.Run("a delete is done", func(t *testing.T) {
		r := c.call(t, http.MethodDelete, path, nil).is(t, c.traits.deleteStatus)
		wantEqual(t, "there is an outcome", r.get("resourceType").String() == "OperationOutcome", c.traits.deleteOutcome)
	})
	t.Run("what was deleted is gone", func(t *testing.T) {
		c.get(t, path).is(t, c.traits.deleted).outcome(t, "error", c.code("deleted"), c.code("not-found"))
	})
	t.Run("what was deleted is not found", func(t *testing.T) {
		wantCount(t, c.find(t, "Patient", "identifier", c.token("delete-1")).is(t, http.StatusOK).body, "entry", 0)
	})
	t.Run("the version before the deletion can be read", func(t *testing.T) {
		r := c.get(t, path+"/_history/"+made.version()).is(t, c.traits.historyDeleted)
		if r.status == http.StatusOK {
			wantText(t, r.body, "identifier.0.value", "delete-1")
		}
	})
	t.Run("a delete may be repeated", func(t *testing.T) {
		c.call(t, http.MethodDelete, path, nil).is(t, c.traits.deleteAgain)
	})
	t.Run("a delete of what never was", func(t *testing.T) {
		c.call(t, http.MethodDelete, "/Patient/nope-"+c.name, nil).is(t, c.traits.deleteUnknown)
	})
	t.Run("an update brings back what was deleted", func(t *testing.T) {
		r := c.put(t, path, c.patient("delete-1", "id", id)).is(t, c.traits.revives)
		wantTrue(t, "the version is another one", r.version() != made.version())
		c.get(t, path).is(t, http.StatusOK)
	})
}
