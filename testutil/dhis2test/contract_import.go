package dhis2test

import (
	"net/http"
	"slices"
)

// importFacts are what POST /api/tracker does with a payload.
func importFacts() []fact {
	return slices.Concat(importModeFacts(), importCodeFacts(), importMergeFacts(), importDeleteFacts())
}

func importModeFacts() []fact {
	return []fact{
		{name: "a whole family in one payload is created and counted by type", check: func(c *contract) {
			r := c.send(contractPayload{
				"trackedEntities": {c.person("p")},
				"enrollments":     {c.childEnrollment("e", "p")},
				"events":          {c.visit("v", "e", seedWeight, "4.2")},
			}, "")
			c.status(r, http.StatusOK)
			c.equal(r.text("status"), "OK", "status")
			c.equal(r.count("stats.created"), 3, "created")
			c.equal(r.count("bundleReport.typeReportMap.EVENT.stats.created"), 1, "events created")
			c.equal(r.text("bundleReport.typeReportMap.TRACKED_ENTITY.objectReports.0.uid"), c.uid("p"), "uid of the object report")
		}},
		{name: "the same payload again updates", check: func(c *contract) {
			c.family("p")
			r := c.send(contractPayload{"trackedEntities": {c.person("p")}}, "")
			c.status(r, http.StatusOK)
			c.equal(r.count("stats.updated"), 1, "updated")
		}},
		{name: "with ALL one bad object keeps all others out, HTTP 409", check: func(c *contract) {
			bad := c.person("bad")
			bad["orgUnit"] = "zzzzzzzzzzz"
			r := c.send(contractPayload{"trackedEntities": {c.person("p"), bad}}, "")
			c.status(r, http.StatusConflict)
			c.equal(r.text("status"), "ERROR", "status")
			c.equal(r.count("stats.ignored"), 2, "ignored")
			c.yes(r.at("bundleReport") == nil, "there is a bundle report")
			c.status(c.get("tracker/trackedEntities/"+c.uid("p")), http.StatusNotFound)
		}},
		{name: "with OBJECT the good ones are stored, HTTP 200 and status OK with errors", check: func(c *contract) {
			bad := c.person("bad")
			bad["orgUnit"] = "zzzzzzzzzzz"
			r := c.send(contractPayload{"trackedEntities": {c.person("p"), bad}}, "&atomicMode=OBJECT")
			c.status(r, http.StatusOK)
			c.equal(r.text("status"), "OK", "status")
			c.equal(r.codes(), []string{"E1049"}, "codes")
			c.equal(r.count("stats.created"), 1, "created")
			c.status(c.get("tracker/trackedEntities/"+c.uid("p")), http.StatusOK)
		}},
		{name: "VALIDATE stores nothing and has an empty bundle report", check: func(c *contract) {
			r := c.send(contractPayload{"trackedEntities": {c.person("p")}}, "&importMode=VALIDATE")
			c.status(r, http.StatusOK)
			c.equal(r.count("stats.total"), 0, "total")
			c.equal(r.at("bundleReport.typeReportMap"), object{}, "type reports")
			c.status(c.get("tracker/trackedEntities/"+c.uid("p")), http.StatusNotFound)
		}},
		{name: "CREATE refuses what is there", check: func(c *contract) {
			c.family("p")
			r := c.send(contractPayload{"trackedEntities": {c.person("p")}}, "&importStrategy=CREATE")
			c.status(r, http.StatusConflict)
			c.equal(r.codes(), []string{"E1002"}, "codes")
		}},
		{name: "UPDATE refuses what is not there", check: func(c *contract) {
			r := c.send(contractPayload{"trackedEntities": {c.person("p")}}, "&importStrategy=UPDATE")
			c.status(r, http.StatusConflict)
			c.equal(r.codes(), []string{"E1063"}, "codes")
		}},
		{name: "an unknown strategy is a 400 that lists the known ones", check: func(c *contract) {
			r := c.send(contractPayload{"trackedEntities": {c.person("p")}}, "&importStrategy=NOPE")
			c.status(r, http.StatusBadRequest)
			c.contains(r.text("message"), "CREATE_AND_UPDATE", "message")
		}},
		{name: "a bad UID is E1048 up to 2.41 and refuses the request from 2.42", check: func(c *contract) {
			bad := c.person("p")
			bad["trackedEntity"] = "no_uid"
			r := c.send(contractPayload{"trackedEntities": {bad}}, "&importMode=VALIDATE")
			c.status(r, by(c, http.StatusConflict, http.StatusConflict, http.StatusBadRequest, http.StatusBadRequest))
			if c.version.before(2, 42) {
				c.equal(r.codes(), []string{"E1048"}, "codes")
			}
		}},
	}
}

// refused is a fact that a payload is refused with a code.
func refused(name, code string, payload func(c *contract) contractPayload) fact {
	return fact{name: name, check: func(c *contract) {
		r := c.send(payload(c), "")
		c.status(r, http.StatusConflict)
		c.yes(slices.Contains(r.codes(), code), code+" is not among the codes")
	}}
}

func importCodeFacts() []fact {
	with := func(o object, key string, v any) object {
		o[key] = v
		return o
	}
	return []fact{
		refused("a mandatory attribute of the type that is missing is E1090", "E1090", func(c *contract) contractPayload {
			return contractPayload{"trackedEntities": {with(c.person("p"), "attributes", attributesOf(seedGiven, "Amina"))}}
		}),
		refused("an option's name in place of its code is E1125", "E1125", func(c *contract) contractPayload {
			return contractPayload{"trackedEntities": {c.person("p", seedSex, "Female")}}
		}),
		refused("TRUE_ONLY takes no false", "E1007", func(c *contract) contractPayload {
			return contractPayload{"trackedEntities": {c.person("p", seedDead, "false")}}
		}),
		refused("an attribute that is not the program's is E1019 on an enrollment", "E1019", func(c *contract) contractPayload {
			c.family("p")
			return contractPayload{"enrollments": {with(c.childEnrollment("p-enrollment", "p"), "attributes", attributesOf("Yb8j4jTt30P", "Plot 1"))}}
		}),
		refused("a mandatory attribute of the program that is missing is E1018", "E1018", func(c *contract) contractPayload {
			c.sent(contractPayload{"trackedEntities": {c.person("p")}})
			return contractPayload{"enrollments": {with(c.childEnrollment("e", "p"), "attributes", []any{})}}
		}),
		refused("an enrollment of an unknown person is E1068", "E1068", func(c *contract) contractPayload {
			return contractPayload{"enrollments": {c.childEnrollment("e", "nobody")}}
		}),
		refused("a second ACTIVE enrollment in a program is E1015", "E1015", func(c *contract) contractPayload {
			c.family("p")
			return contractPayload{"enrollments": {c.childEnrollment("another", "p")}}
		}),
		refused("an org unit that the program does not have is E1041", "E1041", func(c *contract) contractPayload {
			c.sent(contractPayload{"trackedEntities": {c.person("p")}})
			return contractPayload{"enrollments": {with(c.childEnrollment("e", "p"), "orgUnit", seedFacility3)}}
		}),
		refused("a second event in a stage that is not repeatable is E1039", "E1039", func(c *contract) contractPayload {
			c.family("p")
			first := with(c.visit("first", "p-enrollment", seedWeight, "3"), "programStage", seedBirthStage)
			c.sent(contractPayload{"events": {first}})
			return contractPayload{"events": {with(c.visit("second", "p-enrollment", seedWeight, "3"), "programStage", seedBirthStage)}}
		}),
		refused("a data element that is not the stage's is E1305", "E1305", func(c *contract) contractPayload {
			c.family("p")
			return contractPayload{"events": {c.visit("v", "p-enrollment", "bTx5QiP0qxQ", "19")}}
		}),
		refused("data values on a scheduled event are E1315", "E1315", func(c *contract) contractPayload {
			c.family("p")
			return contractPayload{"events": {with(with(c.visit("v", "p-enrollment", seedHeight, "50"), "status", "SCHEDULE"), "scheduledAt", "2026-12-31")}}
		}),
		refused("an unknown enrollment of an event is E1313", "E1313", func(c *contract) contractPayload {
			return contractPayload{"events": {c.visit("v", "nothing", seedHeight, "50")}}
		}),
		{name: "a child of a failed parent is E5000", check: func(c *contract) {
			bad := c.person("p")
			bad["orgUnit"] = "zzzzzzzzzzz"
			r := c.send(contractPayload{"trackedEntities": {bad}, "enrollments": {c.childEnrollment("e", "p")}}, "")
			c.status(r, http.StatusConflict)
			c.equal(r.codes(), []string{"E1049", "E5000"}, "codes")
		}},
		{name: "a unique value has one holder, by case", check: func(c *contract) {
			c.family("p", seedNID, c.unique("nid"))
			r := c.send(contractPayload{"trackedEntities": {c.person("q", seedNID, c.unique("nid"))}}, "")
			c.equal(r.codes(), []string{"E1064"}, "codes")
			c.sent(contractPayload{"trackedEntities": {c.person("q", seedNID, "X"+c.unique("nid"))}})
		}},
		{name: "the arguments of errors are in the report from 2.41", check: func(c *contract) {
			bad := c.person("p")
			bad["orgUnit"] = "zzzzzzzzzzz"
			r := c.send(contractPayload{"trackedEntities": {bad}}, "")
			c.equal(r.at("validationReport.errorReports.0.args") != nil, c.version.atLeast(2, 41), "args")
		}},
	}
}
