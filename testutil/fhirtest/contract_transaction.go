package fhirtest

import (
	"net/http"
	"strings"
	"testing"
)

const (
	urnPatient     = "urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0001"
	urnObservation = "urn:uuid:0f4ae3b7-7d6f-4c0b-9d0b-6f7a3a1c0002"
)

func entry(method, url string, resource object, more ...any) object {
	request := object{"method": method, "url": url}
	e := object{"request": request}
	if resource != nil {
		e["resource"] = resource
	}
	for i := 0; i+1 < len(more); i += 2 {
		if name := more[i].(string); name == "fullUrl" {
			e[name] = more[i+1]
		} else {
			request[name] = more[i+1]
		}
	}
	return e
}

func bundleOf(kind string, entries ...object) object {
	return object{"resourceType": "Bundle", "type": kind, "entry": entries}
}

// Transactions: R4 http 3.1.0.11.
func (c *contract) transactionFacts(t *testing.T) {
	t.Helper()
	existing := c.make(t, c.patient("tx-0"))
	r := c.post(t, "", bundleOf("transaction",
		entry("POST", "Observation", c.observation(urnPatient), "fullUrl", urnObservation),
		entry("POST", "Patient", c.patient("tx-1"), "fullUrl", urnPatient),
		entry("PUT", "Patient/tx-"+c.name, c.patient("tx-2", "id", "tx-"+c.name)),
		entry("GET", "Patient/"+existing.id(), nil),
		entry("GET", "Patient?"+queryOf("identifier", c.token("tx-1")), nil),
	)).is(t, http.StatusOK)
	idOf := func(i string) string {
		location := r.get("entry." + i + ".response.location").String()
		parts := strings.Split(location, "/")
		for n, part := range parts {
			if (part == "Patient" || part == "Observation") && n+1 < len(parts) {
				return parts[n+1]
			}
		}
		return ""
	}
	t.Run("the answer is a transaction-response", func(t *testing.T) {
		wantText(t, r.body, "resourceType", "Bundle")
		wantText(t, r.body, "type", "transaction-response")
	})
	t.Run("there is an answer for each entry, in the order of the request", func(t *testing.T) {
		wantCount(t, r.body, "entry", 5)
		wantPart(t, "location", r.get("entry.0.response.location").String(), "Observation/")
		wantPart(t, "location", r.get("entry.1.response.location").String(), "Patient/")
	})
	t.Run("what was created says 201", func(t *testing.T) {
		got := r.get("entry.0.response.status").String()
		wantPart(t, "status", got, "201")
		wantEqual(t, "there is a reason", got == "201 Created", c.traits.entryStatus)
	})
	t.Run("the location names the version", func(t *testing.T) {
		wantEqual(t, "it does", strings.Contains(r.get("entry.0.response.location").String(), "/_history/"), c.traits.entryLocation)
	})
	t.Run("the ETag of an entry", func(t *testing.T) {
		wantText(t, r.body, "entry.0.response.etag", map[string]string{"weak": `W/"1"`, "bare": "1", "none": ""}[c.traits.entryETag])
	})
	t.Run("a fullUrl in a reference becomes the id", func(t *testing.T) {
		wantText(t, c.get(t, "/Observation/"+idOf("0")).is(t, http.StatusOK).body, "subject.reference", "Patient/"+idOf("1"))
	})
	t.Run("a PUT makes its id", func(t *testing.T) {
		wantText(t, c.get(t, "/Patient/tx-"+c.name).is(t, http.StatusOK).body, "identifier.0.value", "tx-2")
	})
	t.Run("a GET gives its resource", func(t *testing.T) { wantText(t, r.body, "entry.3.resource.id", existing.id()) })
	t.Run("a GET finds what the transaction made", func(t *testing.T) {
		wantText(t, r.body, "entry.4.resource.type", "searchset")
		wantEqual(t, "matches", len(r.get("entry.4.resource.entry").Array()), 1)
	})
	t.Run("ifNoneExist finds what is there, and references go to it", func(t *testing.T) {
		r := c.post(t, "", bundleOf("transaction",
			entry("POST", "Patient", c.patient("tx-1"), "fullUrl", urnPatient, "ifNoneExist", "identifier="+c.token("tx-1")),
			entry("POST", "Observation", c.observation(urnPatient), "fullUrl", urnObservation),
		)).is(t, http.StatusOK)
		wantPart(t, "status", r.get("entry.0.response.status").String(), "200")
		wantPart(t, "location", r.get("entry.0.response.location").String(), "Patient/"+idOf("1"))
		wantCount(t, c.find(t, "Patient", "identifier", c.token("tx-1")).body, "entry", 1)
	})
	t.Run("a conditional PUT changes what it selects", func(t *testing.T) {
		c.post(t, "", bundleOf("transaction", entry("PUT", "Patient?"+queryOf("identifier", c.token("tx-1")), c.patient("tx-1", "gender", "other")))).is(t, http.StatusOK)
		wantText(t, c.get(t, "/Patient/"+idOf("1")).body, "gender", "other")
	})
	t.Run("a conditional reference becomes the id", func(t *testing.T) {
		r := c.post(t, "", bundleOf("transaction", entry("POST", "Observation",
			c.observation("Patient?identifier="+c.token("tx-1"), "identifier", []object{{"system": c.system(), "value": "tx-ref"}})))).is(t, http.StatusOK)
		wantPart(t, "status", r.get("entry.0.response.status").String(), "201")
		got := c.find(t, "Observation", "identifier", c.token("tx-ref")).get("entry.0.resource.subject.reference").String()
		wantEqual(t, "it is resolved", got == "Patient/"+idOf("1"), c.traits.conditionalReferences)
	})
	t.Run("a DELETE is done", func(t *testing.T) {
		gone := c.make(t, c.patient("tx-3"))
		r := c.post(t, "", bundleOf("transaction", entry("DELETE", "Patient/"+gone.id(), nil))).is(t, http.StatusOK)
		wantPart(t, "status", r.get("entry.0.response.status").String(), "20")
		c.get(t, "/Patient/"+gone.id()).is(t, c.traits.deleted)
	})
	t.Run("a JSON patch comes in a Binary", func(t *testing.T) {
		p := c.make(t, c.patient("tx-4"))
		c.post(t, "", bundleOf("transaction", entry("PATCH", "Patient/"+p.id(), object{
			"resourceType": "Binary", "contentType": "application/json-patch+json",
			"data": "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9nZW5kZXIiLCJ2YWx1ZSI6Im1hbGUifV0=",
		}))).is(t, http.StatusOK)
		wantText(t, c.get(t, "/Patient/"+p.id()).body, "gender", "male")
	})
	t.Run("ifMatch with the current version is done", func(t *testing.T) {
		p := c.make(t, c.patient("tx-5"))
		r := c.post(t, "", bundleOf("transaction", entry("PUT", "Patient/"+p.id(), c.patient("tx-5", "id", p.id(), "gender", "male"), "ifMatch", `W/"`+p.version()+`"`)))
		r.is(t, http.StatusOK)
		wantPart(t, "status", r.get("entry.0.response.status").String(), "200")
	})
	t.Run("return=representation gives the resources", func(t *testing.T) {
		r := c.post(t, "", bundleOf("transaction", entry("POST", "Patient", c.patient("tx-6"))), "Prefer", "return=representation").is(t, http.StatusOK)
		wantText(t, r.body, "entry.0.resource.identifier.0.value", "tx-6")
	})
	t.Run("an empty transaction is done", func(t *testing.T) {
		wantText(t, c.post(t, "", object{"resourceType": "Bundle", "type": "transaction"}).is(t, c.traits.emptyBundle).body, "resourceType",
			map[bool]string{true: "Bundle", false: "OperationOutcome"}[c.traits.emptyBundle == http.StatusOK])
	})
}

// Transactions that fail: all or nothing.
func (c *contract) failingTransactionFacts(t *testing.T) {
	t.Helper()
	t.Run("an entry that fails takes the others back", func(t *testing.T) {
		r := c.post(t, "", bundleOf("transaction", entry("POST", "Patient", c.patient("fail-1")),
			entry("POST", "Patient", c.patient("fail-1", "gender", "woman"))))
		if !c.traits.transactional {
			r.is(t, http.StatusOK)
			wantCount(t, c.find(t, "Patient", "identifier", c.token("fail-1")).body, "entry", 2)
			return
		}
		r.is(t, http.StatusBadRequest).outcome(t, "error")
		wantCount(t, c.find(t, "Patient", "identifier", c.token("fail-1")).body, "entry", 0)
	})
	t.Run("the outcome names the entry, or does not", func(t *testing.T) {
		if !c.traits.transactional {
			return // there is none: see above
		}
		r := c.post(t, "", bundleOf("transaction", entry("POST", "Patient", c.patient("fail-2")),
			entry("POST", "Patient", c.patient("fail-2", "gender", "woman"))))
		wantEqual(t, "it does", strings.Contains(r.get("issue.0.expression.0").String(), "Bundle.entry[1]"), c.traits.namesEntry)
	})
	t.Run("a stale ifMatch fails it", func(t *testing.T) {
		p := c.make(t, c.patient("fail-3"))
		r := c.post(t, "", bundleOf("transaction", entry("POST", "Patient", c.patient("fail-4")),
			entry("PUT", "Patient/"+p.id(), c.patient("fail-3", "id", p.id()), "ifMatch", `W/"9"`)))
		if !c.traits.transactional {
			r.is(t, http.StatusOK)
			return
		}
		r.is(t, c.traits.stale).outcome(t, "error")
		wantCount(t, c.find(t, "Patient", "identifier", c.token("fail-4")).body, "entry", 0)
	})
	t.Run("ifNoneExist that selects several fails it", func(t *testing.T) {
		c.make(t, c.patient("fail-5"))
		c.make(t, c.patient("fail-5"))
		r := c.post(t, "", bundleOf("transaction", entry("POST", "Patient", c.patient("fail-5"), "ifNoneExist", "identifier="+c.token("fail-5"))))
		if c.traits.transactional {
			r.is(t, http.StatusPreconditionFailed).outcome(t, "error")
		} else {
			wantPart(t, "status", r.is(t, http.StatusOK).get("entry.0.response.status").String(), "412")
		}
	})
	for _, fact := range []struct {
		name   string
		bundle object
		status int
	}{
		{"a fullUrl no entry has", bundleOf("transaction", entry("POST", "Observation", c.observation(urnPatient))), c.traits.unresolvedURN},
		{"two entries with one fullUrl", bundleOf("transaction", entry("POST", "Patient", c.patient("fail-6"), "fullUrl", urnPatient),
			entry("POST", "Patient", c.patient("fail-6"), "fullUrl", urnPatient)), c.traits.duplicateURL},
		{"two entries for one resource", bundleOf("transaction", entry("PUT", "Patient/twice-"+c.name, c.patient("fail-7", "id", "twice-"+c.name)),
			entry("PUT", "Patient/twice-"+c.name, c.patient("fail-7", "id", "twice-"+c.name, "gender", "male"))), c.traits.duplicateURL},
		{"a conditional reference that selects nothing", bundleOf("transaction", entry("POST", "Observation", c.observation("Patient?identifier="+c.token("fail-none")))), c.traits.noMatch},
		{"an entry without request", bundleOf("transaction", object{"resource": c.patient("fail-8")}), c.traits.noRequest},
		{"a method that is none", bundleOf("transaction", entry("FETCH", "Patient", c.patient("fail-9"))), c.traits.unknownVerb},
		{"a Bundle of another type", bundleOf("collection", object{"resource": c.patient("fail-10")}), c.traits.wrongBundle},
		{"a Bundle without type", object{"resourceType": "Bundle"}, c.traits.typelessBundle},
		{"a resource that is no Bundle", c.patient("fail-11"), c.traits.plainAtRoot},
	} {
		t.Run(fact.name, func(t *testing.T) {
			r := c.post(t, "", fact.bundle).is(t, fact.status)
			if fact.status >= http.StatusBadRequest {
				r.outcome(t, "error")
			}
		})
	}
}

// Batches: R4 http 3.1.0.11.1.
func (c *contract) batchFacts(t *testing.T) {
	t.Helper()
	p := c.make(t, c.patient("batch-0"))
	r := c.post(t, "", bundleOf("batch",
		entry("POST", "Patient", c.patient("batch-1")),
		entry("GET", "Patient/nope-"+c.name, nil),
		entry("GET", "Patient/"+p.id(), nil),
		entry("PUT", "Patient/"+p.id(), c.patient("batch-0", "id", p.id(), "gender", "male")),
		entry("DELETE", "Patient/nope-"+c.name, nil),
	)).is(t, http.StatusOK)
	t.Run("the answer is a batch-response with all entries", func(t *testing.T) {
		wantText(t, r.body, "type", "batch-response")
		wantCount(t, r.body, "entry", 5)
	})
	t.Run("an entry that fails has its status and outcome", func(t *testing.T) {
		wantPart(t, "status", r.get("entry.1.response.status").String(), "404")
		wantText(t, r.body, "entry.1.response.outcome.resourceType", "OperationOutcome")
	})
	t.Run("the others are done", func(t *testing.T) {
		wantPart(t, "status", r.get("entry.0.response.status").String(), "201")
		wantCount(t, c.find(t, "Patient", "identifier", c.token("batch-1")).body, "entry", 1)
		wantText(t, c.get(t, "/Patient/"+p.id()).body, "gender", "male")
	})
	t.Run("a GET gives its resource", func(t *testing.T) { wantText(t, r.body, "entry.2.resource.resourceType", "Patient") })
	t.Run("a created entry has its location", func(t *testing.T) {
		wantPart(t, "location", r.get("entry.0.response.location").String(), "Patient/")
	})
	t.Run("a search in a batch", func(t *testing.T) {
		r := c.post(t, "", bundleOf("batch", entry("GET", "Patient?"+queryOf("identifier", c.token("batch-1")), nil))).is(t, http.StatusOK)
		wantText(t, r.body, "entry.0.resource.type", "searchset")
		wantEqual(t, "matches", len(r.get("entry.0.resource.entry").Array()), 1)
	})
	t.Run("a conditional create in a batch", func(t *testing.T) {
		r := c.post(t, "", bundleOf("batch", entry("POST", "Patient", c.patient("batch-1"), "ifNoneExist", "identifier="+c.token("batch-1")))).is(t, http.StatusOK)
		wantPart(t, "status", r.get("entry.0.response.status").String(), "200")
	})
	t.Run("a stale ifMatch fails its entry only", func(t *testing.T) {
		r := c.post(t, "", bundleOf("batch", entry("PUT", "Patient/"+p.id(), c.patient("batch-0", "id", p.id()), "ifMatch", `W/"77"`),
			entry("POST", "Patient", c.patient("batch-2")))).is(t, http.StatusOK)
		wantPart(t, "status", r.get("entry.0.response.status").String(), c.traits.batchStale)
		wantPart(t, "status", r.get("entry.1.response.status").String(), "201")
	})
}
