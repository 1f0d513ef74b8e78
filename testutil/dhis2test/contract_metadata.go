package dhis2test

import (
	"net/http"
	"slices"
	"strings"
)

// metadataFacts: lists with fields, filters and pages, single objects,
// changes (dhis2.md 1.5).
func metadataFacts() []fact {
	const programs = "programs?fields=id,code&order=code&filter=code:like:PR_"
	codesOf := func(c *contract, query string) string {
		c.Helper()
		r := c.get(query)
		c.status(r, http.StatusOK)
		return strings.Join(r.all("programs", "code"), " ")
	}
	return []fact{
		{name: "a program has what an adapter asks for", check: func(c *contract) {
			r := c.get("programs/" + seedChild + "?fields=id,code,programType,trackedEntityType[id],programStages[id,repeatable],organisationUnits[id]")
			c.status(r, http.StatusOK)
			c.equal(r.text("code"), "PR_CHILD", "code")
			c.equal(r.text("trackedEntityType.id"), seedPerson, "type")
			c.yes(slices.Contains(r.all("programStages", "id"), seedVisitStage), "stages are nested")
		}},
		{name: "an unknown object is a 404 WebMessage with E1005", check: func(c *contract) {
			r := c.get("programs/zzzzzzzzzzz")
			c.status(r, http.StatusNotFound)
			c.equal(r.text("errorCode"), "E1005", "errorCode")
			c.equal(r.text("message"), "Program with id zzzzzzzzzzz could not be found.", "message")
		}},
		{name: "one property can be read", check: func(c *contract) {
			c.equal(c.get("programs/"+seedLab+"/name").text("name"), "OHM Lab results", "name")
		}},
		{name: "a list has a pager with a total", check: func(c *contract) {
			r := c.get(programs + "&pageSize=1")
			c.equal(r.count("pager.total"), 3, "total")
			c.equal(r.count("pager.pageCount"), 3, "pageCount")
			c.equal(len(r.list("programs")), 1, "rows")
			c.yes(r.text("pager.nextPage") != "", "nextPage")
		}},
		{name: "a page past the end is the last page's number without rows", check: func(c *contract) {
			r := c.get(programs + "&pageSize=2&page=99")
			c.equal(r.count("pager.page"), 2, "page")
			c.equal(len(r.list("programs")), 0, "rows")
		}},
		{name: "paging can be switched off", check: func(c *contract) {
			r := c.get(programs + "&paging=false")
			c.equal(r.at("pager"), nil, "pager")
			c.equal(len(r.list("programs")), 3, "rows")
		}},
		{name: "order goes up and down", check: func(c *contract) {
			up := codesOf(c, programs)
			down := codesOf(c, strings.Replace(programs, "order=code", "order=code:desc", 1))
			c.equal(up, "PR_CHILD PR_LAB PR_ONCE", "upwards")
			c.equal(down, "PR_ONCE PR_LAB PR_CHILD", "downwards")
		}},
		{name: "eq minds the case", check: func(c *contract) {
			c.equal(codesOf(c, "programs?fields=code&filter=code:eq:PR_LAB"), "PR_LAB", "as written")
			c.equal(codesOf(c, "programs?fields=code&filter=code:eq:pr_lab"), "", "in lower case")
		}},
		{name: "ieq does not mind the case", check: func(c *contract) {
			c.equal(codesOf(c, "programs?fields=code&filter=code:ieq:pr_lab"), "PR_LAB", "codes")
		}},
		{name: "like minds the case and ilike does not", check: func(c *contract) {
			c.equal(codesOf(c, "programs?fields=code&filter=name:like:enrol%20ONCE"), "", "like")
			c.equal(codesOf(c, "programs?fields=code&filter=name:ilike:OHM%20enrol%20ONCE"), "PR_ONCE", "ilike")
		}},
		{name: "in takes a list in brackets", check: func(c *contract) {
			c.equal(codesOf(c, "programs?fields=code&order=code&filter=code:in:[PR_LAB,PR_ONCE]"), "PR_LAB PR_ONCE", "codes")
		}},
		{name: "filters are joined by and", check: func(c *contract) {
			c.equal(codesOf(c, "programs?fields=code&filter=code:eq:PR_LAB&filter=code:eq:PR_ONCE"), "", "codes")
		}},
		{name: "filters are joined by or when asked", check: func(c *contract) {
			c.equal(codesOf(c, "programs?fields=code&order=code&filter=code:eq:PR_LAB&filter=code:eq:PR_ONCE&rootJunction=OR"), "PR_LAB PR_ONCE", "codes")
		}},
		{name: "a filter may follow a reference", check: func(c *contract) {
			c.equal(codesOf(c, "programs?fields=code&filter=programStages.code:eq:PS_LAB"), "PR_LAB", "codes")
		}},
		{name: "a prefix is $like", check: func(c *contract) {
			c.equal(codesOf(c, "programs?fields=code&filter=code:$like:PR_CH"), "PR_CHILD", "codes")
		}},
		{name: "sw is no metadata operator", check: func(c *contract) {
			r := c.get("programs?filter=code:sw:PR_")
			c.status(r, http.StatusBadRequest)
			c.contains(r.text("message"), "`sw` is not a valid operator", "message")
		}},
		{name: "a filter on an unknown property is a 400", check: func(c *contract) {
			r := c.get("programs?filter=nothing:eq:x")
			c.status(r, http.StatusBadRequest)
			c.contains(r.text("message"), "nothing", "message")
		}},
		{name: "unknown fields are dropped", check: func(c *contract) {
			r := c.get("programs?fields=id,nothing&filter=code:eq:PR_LAB")
			c.equal(len(r.at("programs.0").(map[string]any)), 1, "fields") //nolint:forcetypeassert // a list of objects
		}},
		{name: "options are found by their set", check: func(c *contract) {
			r := c.get("optionSets?fields=code,options[code]&filter=code:eq:OHM_SEX")
			c.yes(slices.Contains(r.all("optionSets.0.options", "code"), "male"), "the option male")
		}},
		{name: "an org unit knows its path and level", check: func(c *contract) {
			r := c.get("organisationUnits/" + seedFacility1 + "?fields=path,level,parent[id]")
			c.equal(r.text("path"), "/"+seedRoot+"/"+seedDistrict+"/"+seedFacility1, "path")
			c.equal(r.count("level"), 3, "level")
			c.equal(r.text("parent.id"), seedDistrict, "parent")
		}},
		{name: "several types come in one export", check: func(c *contract) {
			r := c.get("metadata?programs:fields=id&optionSets:fields=id")
			c.yes(len(r.list("programs")) > 0 && len(r.list("optionSets")) > 0, "both types")
			c.yes(r.text("system.version") != "", "system.version")
		}},
		{name: "ETags are not checked", check: func(c *contract) {
			r := c.do(call{method: "GET", path: "programs/" + seedLab + "?fields=id", headers: map[string]string{"If-None-Match": `"x"`}})
			c.status(r, http.StatusOK)
		}},
		{name: "the default category combination is there", check: func(c *contract) {
			r := c.get("categoryOptionCombos?filter=name:eq:default&fields=id,categoryCombo[isDefault]")
			c.equal(r.at("categoryOptionCombos.0.categoryCombo.isDefault"), true, "isDefault")
		}},
		{name: "an object is created, changed and deleted", check: lifeOfAnOptionSet},
		{name: "an object without what its type needs is a 409 with E4000", check: func(c *contract) {
			r := c.post("optionSets", `{"name":"`+c.unique("set")+`"}`)
			c.status(r, http.StatusConflict)
			c.equal(r.text("response.errorReports.0.errorCode"), "E4000", "errorCode")
		}},
		{name: "importing what is there counts as updated", check: func(c *contract) {
			body := `{"optionSets":[{"id":"WW7xVoaiR14","code":"OHM_YESNO","name":"OHM Yes/No/Unknown","valueType":"TEXT","options":[{"id":"mVDnFWX5Daw"},{"id":"rm7SI3H3Sne"},{"id":"iuoH0uWYbLw"}]}]}`
			r := c.post("metadata?importStrategy=CREATE_AND_UPDATE&async=false", body)
			c.status(r, http.StatusOK)
			c.equal(r.count("response.stats.updated"), 1, "updated")
		}},
		{name: "a reference that leads nowhere refuses a metadata import with E5002", check: func(c *contract) {
			body := `{"dataElements":[{"id":"` + c.uid("element") + `","name":"` + c.unique("element") + `","shortName":"` + c.unique("element") +
				`","valueType":"TEXT","domainType":"TRACKER","aggregationType":"NONE","optionSet":{"id":"zzzzzzzzzzz"}}]}`
			r := c.post("metadata?async=false", body)
			c.status(r, http.StatusConflict)
			c.equal(r.text("status"), "WARNING", "status")
			c.equal(r.text("response.typeReports.0.objectReports.0.errorReports.0.errorCode"), "E5002", "errorCode")
		}},
		{name: "the next import sees a new org unit", check: newOrgUnitFact},
		{name: "the next import sees an assignment taken off", check: assignmentFact},
		{name: "an attribute without pattern generates nothing", check: func(c *contract) {
			c.status(c.get("trackedEntityAttributes/"+seedNID+"/generate"), http.StatusBadRequest)
		}},
	}
}

func lifeOfAnOptionSet(c *contract) {
	uid, name := c.uid("set"), c.unique("set")
	body := `{"id":"` + uid + `","name":"` + name + `","code":"` + name + `","valueType":"TEXT"}`
	made := c.post("optionSets", body)
	c.status(made, http.StatusCreated)
	c.equal(made.text("response.uid"), uid, "uid")
	c.contains(made.header.Get("Location"), "/api/optionSets/"+uid, "Location")
	again := c.post("optionSets", strings.Replace(body, uid, c.uid("other"), 1))
	c.status(again, http.StatusConflict)
	c.equal(again.text("response.errorReports.0.errorCode"), "E5003", "a code is used once")
	patch := call{
		method: "PATCH", path: "optionSets/" + uid, body: `[{"op":"add","path":"/name","value":"` + name + ` 2"}]`,
		headers: map[string]string{"Content-Type": "application/json-patch+json"},
	}
	c.status(c.do(patch), http.StatusOK)
	c.equal(c.get("optionSets/"+uid+"?fields=name").text("name"), name+" 2", "name after the patch")
	c.status(c.delete("optionSets/"+uid), http.StatusOK)
	c.status(c.delete("optionSets/"+uid), http.StatusNotFound)
}

func newOrgUnitFact(c *contract) {
	uid := c.uid("unit")
	body := `{"id":"` + uid + `","name":"` + c.unique("unit") + `","shortName":"` + c.unique("unit") + `","openingDate":"2000-01-01","parent":{"id":"` + seedDistrict + `"}}`
	c.status(c.post("organisationUnits", body), http.StatusCreated)
	person := c.person("person")
	person["orgUnit"] = uid
	c.sent(contractPayload{"trackedEntities": {person}})
}

func assignmentFact(c *contract) {
	link := "programs/" + seedChild + "/organisationUnits/" + seedFacility3
	person, enrollment := c.person("person"), c.childEnrollment("enrollment", "person")
	person["orgUnit"], enrollment["orgUnit"] = seedFacility3, seedFacility3
	payload := contractPayload{"trackedEntities": {person}, "enrollments": {enrollment}}

	c.equal(c.send(payload, "").codes(), []string{"E1041"}, "codes before")
	c.status(c.post(link, ""), http.StatusOK)
	c.sent(payload)
	c.status(c.delete(link), http.StatusOK)
	later := c.childEnrollment("later", "person")
	later["orgUnit"] = seedFacility3
	c.equal(c.send(contractPayload{"enrollments": {later}}, "&importMode=VALIDATE").codes(), []string{"E1041"}, "codes after")
}
