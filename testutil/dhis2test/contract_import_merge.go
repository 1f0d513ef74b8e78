package dhis2test

import (
	"net/http"
	"slices"
)

// importMergeFacts are what an update keeps and what it replaces.
func importMergeFacts() []fact {
	return []fact{
		{name: "attributes merge by key, null deletes one", check: func(c *contract) {
			c.family("p", seedSex, "female", seedPhone, "+256700000000")
			update := c.person("p")
			update["attributes"] = append(attributesOf(seedGiven, "Amina", seedFamily, "Okello"), object{"attribute": seedSex, "value": nil})
			c.sent(contractPayload{"trackedEntities": {update}})
			r := c.get("tracker/trackedEntities/" + c.uid("p") + "?fields=attributes[attribute]")
			held := r.all("attributes", "attribute")
			c.yes(!slices.Contains(held, seedSex), "the deleted attribute is still there")
			c.yes(slices.Contains(held, seedPhone), "the attribute that was not sent is gone")
		}},
		{name: "an event's data values merge by key, its scalars are replaced", check: func(c *contract) {
			c.family("p")
			done := c.visit("v", "p-enrollment", seedHeight, "60", seedHb, "11")
			done["status"] = "COMPLETED"
			c.sent(contractPayload{"events": {done}})
			update := c.visit("v", "p-enrollment", seedHb, "12")
			delete(update, "status")
			c.sent(contractPayload{"events": {update}})
			r := c.get("tracker/events/" + c.uid("v"))
			c.equal(r.text("status"), "ACTIVE", "status")
			c.equal(len(r.list("dataValues")), 2, "data values")
		}},
		{name: "a note is kept by its UID and never changed", check: func(c *contract) {
			c.family("p")
			visit := c.visit("v", "p-enrollment", seedHeight, "60")
			visit["notes"] = []any{object{"note": c.uid("n"), "value": "first"}}
			c.sent(contractPayload{"events": {visit}})
			visit["notes"] = []any{object{"note": c.uid("n"), "value": "changed"}}
			again := c.send(contractPayload{"events": {visit}}, "&reportMode=FULL")
			c.equal(again.text("validationReport.warningReports.0.warningCode"), "E1119", "warning")
			r := c.get("tracker/events/" + c.uid("v") + "?fields=notes")
			c.equal(r.all("notes", "value"), []string{"first"}, "notes")
		}},
		{name: "what an enrollment is of does not change", check: func(c *contract) {
			c.family("p")
			c.sent(contractPayload{"trackedEntities": {c.person("q")}})
			moved := c.childEnrollment("p-enrollment", "q")
			r := c.send(contractPayload{"enrollments": {moved}}, "")
			c.equal(r.codes(), []string{"E1127"}, "codes")
		}},
		{name: "a relationship is never updated and linked once only", check: func(c *contract) {
			c.sent(contractPayload{"trackedEntities": {c.person("p"), c.person("q")}})
			link := func(name, from, to string) object {
				end := func(name string) object { return object{"trackedEntity": object{"trackedEntity": c.uid(name)}} }
				return object{"relationship": c.uid(name), "relationshipType": seedMother, "from": end(from), "to": end(to)}
			}
			c.sent(contractPayload{"relationships": {link("r", "p", "q")}})
			again := c.send(contractPayload{"relationships": {link("r", "p", "q")}}, "")
			c.status(again, http.StatusOK)
			c.equal(again.count("stats.ignored"), 1, "ignored")
			reversed := c.send(contractPayload{"relationships": {link("other", "q", "p")}}, "")
			c.equal(reversed.codes(), []string{"E4018"}, "codes")
		}},
	}
}

// importDeleteFacts are what a delete leaves.
func importDeleteFacts() []fact {
	return []fact{
		{name: "a delete is soft, cascades, and its UID is gone for ever", check: func(c *contract) {
			c.family("p")
			r := c.send(contractPayload{"trackedEntities": {{"trackedEntity": c.uid("p")}}}, "&importStrategy=DELETE")
			c.status(r, http.StatusOK)
			c.equal(r.count("stats.deleted"), 1, "deleted")
			c.status(c.get("tracker/trackedEntities/"+c.uid("p")), http.StatusNotFound)
			c.status(c.get("tracker/enrollments/"+c.uid("p-enrollment")), http.StatusNotFound)
			c.status(c.get("tracker/events/"+c.uid("p-visit")), http.StatusNotFound)
			again := c.send(contractPayload{"trackedEntities": {c.person("p")}}, "")
			c.equal(again.codes(), []string{"E1114"}, "codes")
		}},
		{name: "a new event in a deleted enrollment is taken and lost", check: func(c *contract) {
			c.family("p")
			c.status(c.send(contractPayload{"enrollments": {{"enrollment": c.uid("p-enrollment")}}}, "&importStrategy=DELETE"), http.StatusOK)
			r := c.sent(contractPayload{"events": {c.visit("late", "p-enrollment", seedHeight, "60")}})
			c.equal(r.count("stats.created"), 1, "created")
		}},
		{name: "a delete frees a unique value", check: func(c *contract) {
			c.family("p", seedNID, c.unique("nid"))
			c.status(c.send(contractPayload{"trackedEntities": {{"trackedEntity": c.uid("p")}}}, "&importStrategy=DELETE"), http.StatusOK)
			c.sent(contractPayload{"trackedEntities": {c.person("q", seedNID, c.unique("nid"))}})
		}},
		{name: "deleting what is not there is E1063", check: func(c *contract) {
			r := c.send(contractPayload{"trackedEntities": {{"trackedEntity": c.uid("nobody")}}}, "&importStrategy=DELETE")
			c.status(r, http.StatusConflict)
			c.equal(r.codes(), []string{"E1063"}, "codes")
		}},
	}
}
