package dhis2test

import (
	"net/http"
	"slices"
)

// datastoreFacts: the key-value store (dhis2.md 1.7).
func datastoreFacts() []fact {
	return []fact{
		{name: "a key is created, read, replaced and deleted", check: func(c *contract) {
			at := c.key("k")
			c.status(c.post(at, `{"n":1}`), http.StatusCreated)
			c.equal(c.get(at).count("n"), 1, "n")
			c.status(c.put(at, `{"n":2}`), http.StatusOK)
			c.equal(c.get(at).count("n"), 2, "n")
			c.status(c.delete(at), http.StatusOK)
			c.status(c.get(at), http.StatusNotFound)
		}},
		{name: "an unknown key is a 404 with E1005", check: func(c *contract) {
			c.status(c.post(c.key("k"), "1"), http.StatusCreated)
			r := c.get(c.key("other"))
			c.status(r, http.StatusNotFound)
			c.equal(r.text("errorCode"), "E1005", "errorCode")
		}},
		{name: "an unknown namespace is a 404", check: func(c *contract) {
			c.status(c.get("dataStore/"+c.uid("namespace")), http.StatusNotFound)
		}},
		{name: "creating a key that is there is a 409", check: func(c *contract) {
			c.status(c.post(c.key("k"), "1"), http.StatusCreated)
			r := c.post(c.key("k"), "2")
			c.status(r, http.StatusConflict)
			c.equal(r.text("errorCode"), "E1004", "errorCode")
		}},
		{name: "putting a key that is not there creates it", since: "2.41", check: func(c *contract) {
			c.status(c.put(c.key("k"), `{"a":1}`), http.StatusCreated)
		}},
		{name: "a part of a value is put by its path", since: "2.41", check: func(c *contract) {
			c.post(c.key("k"), `{"n":1,"at":"x"}`)
			c.status(c.put(c.key("k")+"?path=n", "3"), http.StatusOK)
			r := c.get(c.key("k"))
			c.equal(r.count("n"), 3, "n")
			c.equal(r.text("at"), "x", "the rest")
		}},
		{name: "a list rolls", since: "2.41", check: func(c *contract) {
			c.post(c.key("k"), `{"list":[1]}`)
			c.put(c.key("k")+"?path=list&roll=2", "2")
			c.put(c.key("k")+"?path=list&roll=2", "3")
			r := c.get(c.key("k"))
			c.equal(len(r.list("list")), 2, "length")
			c.equal(r.count("list.1"), 3, "last")
		}},
		{name: "a text is a value", check: func(c *contract) {
			c.post(c.key("k"), `"text"`)
			c.equal(string(c.get(c.key("k")).body), `"text"`, "value")
		}},
		{name: "what is no JSON is a 400", check: func(c *contract) {
			c.status(c.post(c.key("k"), "{"), http.StatusBadRequest)
		}},
		{name: "a namespace lists its keys", check: func(c *contract) {
			c.post(c.key("a"), "1")
			c.post(c.key("b"), "2")
			body := string(c.get("dataStore/" + c.uid("namespace")).body)
			c.contains(body, `"a"`, "keys")
			c.contains(body, `"b"`, "keys")
		}},
		{name: "entries are read with parts of their values", check: func(c *contract) {
			c.post(c.key("a"), `{"n":1}`)
			c.post(c.key("b"), `{"n":5}`)
			r := c.get("dataStore/" + c.uid("namespace") + "?fields=n&filter=n:gt:2")
			c.equal(len(r.list("entries")), 1, "entries")
			c.equal(r.text("entries.0.key"), "b", "key")
			c.equal(r.count("entries.0.n"), 5, "n")
		}},
		{name: "fields=. is the whole value", check: func(c *contract) {
			c.post(c.key("a"), `{"n":1}`)
			r := c.get("dataStore/" + c.uid("namespace") + "?fields=.")
			c.equal(r.count("entries.0.value.n"), 1, "value")
		}},
		{name: "If-Match is not honoured", check: func(c *contract) {
			c.post(c.key("k"), "1")
			r := c.do(call{method: "PUT", path: c.key("k"), body: "2", headers: map[string]string{"If-Match": `"nope"`}})
			c.status(r, http.StatusOK)
		}},
		{name: "a key has metadata", check: func(c *contract) {
			c.post(c.key("k"), "1")
			r := c.get(c.key("k") + "/metaData")
			c.equal(r.text("key"), "k", "key")
			c.yes(r.text("lastUpdated") != "", "lastUpdated")
		}},
		{name: "a namespace is deleted with its keys", check: func(c *contract) {
			c.post(c.key("k"), "1")
			namespace := "dataStore/" + c.uid("namespace")
			c.status(c.delete(namespace), http.StatusOK)
			c.status(c.get(namespace), http.StatusNotFound)
		}},
		{name: "namespaces are listed", check: func(c *contract) {
			c.post(c.key("k"), "1")
			c.contains(string(c.get("dataStore").body), `"`+c.uid("namespace")+`"`, "namespaces")
		}},
		{name: "a pair is flagged as potential duplicates and settled", check: func(c *contract) {
			c.sent(contractPayload{"trackedEntities": {c.person("a"), c.person("b")}})
			made := c.post("potentialDuplicates", `{"original":"`+c.uid("a")+`","duplicate":"`+c.uid("b")+`"}`)
			c.status(made, http.StatusOK)
			list := c.get("potentialDuplicates?" + by(c, "teis=", "trackedEntities=", "trackedEntities=", "trackedEntities=") + c.uid("a"))
			c.yes(slices.Contains(list.all("potentialDuplicates", "duplicate"), c.uid("b")), "the pair is listed")
			c.status(c.put("potentialDuplicates/"+made.text("id")+"?status=INVALID", ""), http.StatusOK)
		}},
		{name: "the owner of a person in a program is transferred", check: func(c *contract) {
			c.family("p")
			c.status(c.put("tracker/ownership/transfer?"+by(c, "trackedEntityInstance=", "trackedEntityInstance=", "trackedEntity=", "trackedEntity=")+
				c.uid("p")+"&program="+seedChild+by(c, "&ou=", "&ou=", "&orgUnit=", "&orgUnit=")+seedFacility2, ""), http.StatusOK)
			r := c.get("tracker/trackedEntities/" + c.uid("p") + "?program=" + seedChild + "&fields=programOwners")
			c.equal(r.text("programOwners.0.orgUnit"), seedFacility2, "owner")
		}},
		{name: "an org unit by its new name does not transfer up to 2.41", before: "2.42", check: func(c *contract) {
			c.family("p")
			c.status(c.put("tracker/ownership/transfer?trackedEntity="+c.uid("p")+"&program="+seedChild+"&orgUnit="+seedFacility2, ""), http.StatusBadRequest)
			r := c.get("tracker/trackedEntities/" + c.uid("p") + "?program=" + seedChild + "&fields=programOwners")
			c.equal(r.text("programOwners.0.orgUnit"), seedFacility1, "owner")
		}},
		{name: "a note is added by itself, once", since: "2.42", check: func(c *contract) {
			c.family("p")
			for path, owner := range map[string]string{"tracker/events/": c.uid("p-visit"), "tracker/enrollments/": c.uid("p-enrollment")} {
				note := c.uid("note of " + owner)
				body := `{"note":"` + note + `","value":"called"}`
				r := c.post(path+owner+"/note", body)
				c.status(r, http.StatusOK)
				c.equal(r.text("note"), note, "note")
				c.equal(c.get(path+owner).all("notes", "value"), []string{"called"}, "notes")
				c.status(c.post(path+owner+"/note", body), http.StatusBadRequest)
			}
		}},
		{name: "a note needs a text and an object", since: "2.42", check: func(c *contract) {
			c.family("p")
			c.status(c.post("tracker/events/"+c.uid("p-visit")+"/note", `{"value":""}`), http.StatusBadRequest)
			c.status(c.post("tracker/events/"+c.uid("none")+"/note", `{"value":"x"}`), http.StatusNotFound)
		}},
		{name: "up to 2.41 notes come by imports only", before: "2.42", check: func(c *contract) {
			c.family("p")
			c.status(c.post("tracker/events/"+c.uid("p-visit")+"/note", `{"value":"x"}`), http.StatusNotFound)
		}},
	}
}

// key is where a key of this fact and run is.
func (c *contract) key(name string) string { return "dataStore/" + c.uid("namespace") + "/" + name }
