package dhis2test

import (
	"net/http"
	"net/url"
	"strings"
)

// pageFacts: keys, pagers and pages by version (dhis2.md 1.3).
func pageFacts() []fact {
	return []fact{
		{name: "page: the pager stands where the version has it", check: func(c *contract) {
			r := c.get(c.ward().list("order=createdAt&pageSize=2&page=2"))
			c.status(r, http.StatusOK)
			c.equal(len(r.list(c.listKey("trackedEntities"))), 2, "rows of a page")
			c.equal(r.count("pager.page"), by(c, -1, 2, 2, 2), "pager.page")
			c.equal(r.count("page"), by(c, 2, 2, -1, -1), "page")
			c.equal(r.text("pager.nextPage") != "", by(c, false, false, true, true), "a next page")
			c.equal(r.text("pager.prevPage") != "", by(c, false, false, true, true), "a page before")
		}},
		{name: "page: the links lead through the list once", since: "2.42", check: func(c *contract) {
			w := c.ward()
			var seen []string
			for path := w.list("order=createdAt&pageSize=2"); path != "" && len(seen) < 10; {
				r := c.get(path)
				c.status(r, http.StatusOK)
				seen = append(seen, r.all("trackedEntities", "trackedEntity")...)
				path = ""
				if next, err := url.Parse(r.text("pager.nextPage")); err == nil && next.RawQuery != "" {
					_, below, _ := strings.Cut(next.Path, "/api/")
					path = below + "?" + next.RawQuery
				}
			}
			c.equal(strings.Join(seen, ","), all(w.child), "children")
		}},
		{name: "page: totals come on request", check: func(c *contract) {
			w := c.ward()
			c.equal(c.get(w.list("")).pager(c, "total"), -1, "total without asking")
			r := c.get(w.list("totalPages=true&pageSize=2"))
			c.equal(r.pager(c, "total"), 5, "total")
			c.equal(r.pager(c, "pageCount"), 3, "pageCount")
		}},
		{name: "page: past the end is empty", check: func(c *contract) {
			r := c.get(c.ward().list("page=99&pageSize=2"))
			c.status(r, http.StatusOK)
			c.equal(len(r.list(c.listKey("trackedEntities"))), 0, "rows")
			c.equal(r.pager(c, "page"), 99, "page")
		}},
		{name: "page: without paging there is no pager", check: func(c *contract) {
			r := c.get(c.ward().list("paging=false"))
			c.equal(len(r.list(c.listKey("trackedEntities"))), 5, "rows")
			c.yes(r.at("pager") == nil && r.at("page") == nil, "no pager")
		}},
		{name: "page: skipPaging is ignored from 2.42", since: "2.42", check: func(c *contract) {
			c.equal(c.get(c.ward().list("skipPaging=true")).count("pager.pageSize"), 50, "pageSize")
		}},
		{name: "page: an unknown UID leaves the list empty", check: func(c *contract) {
			r := c.get(c.spelled("tracker/trackedEntities?trackedEntities=zzzzzzzzzzz"))
			c.status(r, http.StatusOK)
			c.equal(len(r.list(c.listKey("trackedEntities"))), 0, "rows")
		}},
		{name: "page: several UIDs are joined by semicolons in 2.40", before: "2.41", check: func(c *contract) {
			w := c.ward()
			r := c.get("tracker/trackedEntities?trackedEntity=" + w.child(0) + ";" + w.child(1) + "&fields=trackedEntity&order=createdAt")
			c.equal(r.all("instances", "trackedEntity"), []string{w.child(0), w.child(1)}, "joined")
		}},
		{name: "page: the names of 2.41 are ignored in 2.40", before: "2.41", check: func(c *contract) {
			r := c.get(c.ward().list("") + "&paging=false&enrollmentStatus=COMPLETED&orgUnits=" + seedFacility2)
			c.equal(len(r.list("instances")), 5, "rows")
			c.equal(r.count("pageSize"), 50, "pageSize")
		}},
		{name: "page: a list may be repeated or joined", since: "2.41", check: func(c *contract) {
			w := c.ward()
			joined := c.get("tracker/trackedEntities?trackedEntities=" + w.child(0) + "," + w.child(1) + "&fields=trackedEntity&order=createdAt")
			repeated := c.get("tracker/trackedEntities?trackedEntities=" + w.child(0) + "&trackedEntities=" + w.child(1) + "&fields=trackedEntity&order=createdAt")
			c.equal(joined.all("trackedEntities", "trackedEntity"), []string{w.child(0), w.child(1)}, "joined")
			c.equal(repeated.all("trackedEntities", "trackedEntity"), []string{w.child(0), w.child(1)}, "repeated")
		}},
		{name: "page: a CSV list is in UTC", since: "2.42", check: func(c *contract) {
			w := c.ward()
			r := c.do(call{
				method: "GET", path: "tracker/events?program=" + seedLab + "&events=" + w.shared("lab"),
				headers: map[string]string{"Accept": "text/csv"},
			})
			c.status(r, http.StatusOK)
			c.contains(r.header.Get("Content-Type"), "application/csv", "Content-Type")
			c.contains(string(r.body), "event,status,program,programStage,", "columns")
			c.contains(string(r.body), w.shared("lab")+",COMPLETED,"+seedLab, "row")
			c.yes(strings.Contains(string(r.body), "T21:00:00Z") || strings.Contains(string(r.body), "Z,"), "times end with Z")
		}},
	}
}

// singleFacts: one object, its relations, its history.
func singleFacts() []fact {
	return []fact{
		{name: "single: without a program the attributes of the type are shown", check: func(c *contract) {
			r := c.get("tracker/trackedEntities/" + c.ward().child(1))
			c.status(r, http.StatusOK)
			c.equal(len(r.list("attributes")), 6, "attributes")
		}},
		{name: "single: an enrollment shows the attributes of its program", check: func(c *contract) {
			r := c.get("tracker/enrollments/" + c.ward().enrollment(1) + "?fields=attributes[attribute]")
			c.status(r, http.StatusOK)
			for _, uid := range r.all("attributes", "attribute") {
				c.yes(uid != seedAge, "the age is not in the program")
			}
			c.equal(len(r.list("attributes")), 5, "attributes")
		}},
		{name: "single: an entity of another program", check: func(c *contract) {
			r := c.get("tracker/trackedEntities/" + c.ward().child(0) + "?program=" + seedOnce)
			c.status(r, by(c, 200, 200, 404, 404))
		}},
		{name: "single: an unknown program is not found", check: func(c *contract) {
			r := c.get("tracker/trackedEntities/" + c.ward().child(0) + "?program=zzzzzzzzzzz")
			c.status(r, http.StatusNotFound)
			c.equal(r.text("message"), "Program with id zzzzzzzzzzz could not be found.", "message")
		}},
		{name: "single: an event shows its entity and enrollment", check: func(c *contract) {
			w := c.ward()
			r := c.get("tracker/events/" + w.visit(2))
			c.equal(r.text("trackedEntity"), w.child(2), "trackedEntity")
			c.equal(r.text("enrollment"), w.enrollment(2), "enrollment")
			c.equal(r.at("followUp"), true, "followUp is the enrollment's")
		}},
		{name: "single: an event of an event program", check: func(c *contract) {
			r := c.get("tracker/events/" + c.ward().shared("lab"))
			c.yes(r.at("trackedEntity") == nil, "no entity")
			c.equal(r.text("enrollment") != "", by(c, true, true, true, false), "a hidden enrollment")
		}},
		{name: "single: times have no zone", check: func(c *contract) {
			r := c.get("tracker/enrollments/" + c.ward().enrollment(0))
			c.equal(r.text("enrolledAt"), "2026-01-05T00:00:00.000", "enrolledAt")
			c.equal(len(r.text("createdAt")), len("2026-01-05T00:00:00.000"), "length of createdAt")
		}},
		{name: "single: a relationship is listed with both its ends", check: func(c *contract) {
			w := c.ward()
			for _, end := range []string{w.child(0), w.child(1)} {
				r := c.get("tracker/relationships?trackedEntity=" + end)
				c.status(r, http.StatusOK)
				c.equal(r.all(c.listKey("relationships"), "relationship"), []string{w.shared("link")}, "relationships")
			}
		}},
		{name: "single: a deleted object is gone but listed on request", check: func(c *contract) {
			c.family("child")
			c.status(c.send(contractPayload{"trackedEntities": {{"trackedEntity": c.uid("child")}}}, "&importStrategy=DELETE"), http.StatusOK)
			c.status(c.get("tracker/trackedEntities/"+c.uid("child")), http.StatusNotFound)
			c.status(c.get("tracker/enrollments/"+c.uid("child-enrollment")), http.StatusNotFound)
			c.status(c.get("tracker/events/"+c.uid("child-visit")), http.StatusNotFound)
			path := c.spelled("tracker/trackedEntities?trackedEntities=" + c.uid("child") + "&fields=trackedEntity,deleted")
			c.equal(len(c.get(path).list(c.listKey("trackedEntities"))), 0, "without includeDeleted")
			c.equal(c.get(path+"&includeDeleted=true").at(c.listKey("trackedEntities")+".0.deleted"), true, "deleted")
		}},
		{name: "single: a change of a child object bumps the entity", check: func(c *contract) {
			c.family("child")
			path := "tracker/trackedEntities/" + c.uid("child") + "?fields=updatedAt"
			c.sent(contractPayload{"events": {c.visit("more", "child-enrollment", seedHeight, "50")}})
			after := c.get(path).text("updatedAt")
			event := c.get("tracker/events/" + c.uid("more") + "?fields=createdAt").text("createdAt")
			c.yes(event != "" && after >= event, "updatedAt "+after+" is not before the event's createdAt "+event)
			list := c.spelled("tracker/trackedEntities?trackedEntities=" + c.uid("child") + "&fields=trackedEntity&updatedAfter=")
			c.equal(len(c.get(list+escape(after)).list(c.listKey("trackedEntities"))), 1, "updatedAfter is inclusive")
		}},
		{name: "single: 2.40 has no change logs", before: "2.41", check: func(c *contract) {
			c.status(c.get("tracker/trackedEntities/"+c.ward().child(1)+"/changeLogs"), http.StatusNotFound)
		}},
		{name: "single: change logs tell of every value", since: "2.41", before: "2.43", check: func(c *contract) {
			r := c.get("tracker/trackedEntities/" + c.ward().child(1) + "/changeLogs")
			c.status(r, http.StatusOK)
			c.equal(len(r.list("changeLogs")), 6, "entries")
			c.equal(r.text("changeLogs.0.type"), "CREATE", "type")
		}},
		{name: "single: change logs are off in 2.43", since: "2.43", check: func(c *contract) {
			r := c.get("tracker/trackedEntities/" + c.ward().child(1) + "/changeLogs")
			c.status(r, http.StatusOK)
			c.equal(len(r.list("changeLogs")), 0, "entries")
		}},
		{name: "single: events of either kind have their endpoints in 2.43", since: "2.43", check: func(c *contract) {
			w := c.ward()
			c.status(c.get("tracker/trackerEvents/"+w.visit(0)), http.StatusOK)
			c.status(c.get("tracker/singleEvents/"+w.shared("lab")), http.StatusOK)
			r := c.get("tracker/singleEvents?program=" + seedLab + "&events=" + w.shared("lab") + "&fields=event")
			c.equal(r.all("singleEvents", "event"), []string{w.shared("lab")}, "singleEvents")
		}},
		{name: "single: events without a program are refused by the container in 2.43", since: "2.43", check: func(c *contract) {
			r := c.get("tracker/events")
			c.status(r, http.StatusBadRequest)
			c.contains(r.header.Get("Content-Type"), "text/html", "Content-Type")
		}},
		{name: "single: the old endpoints list what the new ones do up to 2.41", before: "2.42", check: func(c *contract) {
			w := c.ward()
			r := c.get("enrollments?program=" + seedChild + "&ou=" + seedFacility1 + "&trackedEntityInstance=" + w.child(0))
			c.status(r, http.StatusOK)
			c.equal(r.all("enrollments", "enrollment"), []string{w.enrollment(0)}, "enrollments")
			c.equal(r.text("enrollments.0.enrollmentDate"), "2026-01-05T00:00:00.000", "enrollmentDate")
			r = c.get("events?program=" + seedChild + "&trackedEntityInstance=" + w.child(1))
			c.status(r, http.StatusOK)
			c.equal(r.all("events", "event"), []string{w.visit(1)}, "events")
			c.equal(r.text("events.0.programType"), "WITH_REGISTRATION", "programType")
			c.equal(len(r.list("events.0.dataValues")), 2, "data values")
			r = c.get("trackedEntityInstances?program=" + seedChild + "&ouMode=ACCESSIBLE&trackedEntityInstance=" + w.child(2))
			c.status(r, http.StatusOK)
			c.equal(r.all("trackedEntityInstances", "trackedEntityInstance"), []string{w.child(2)}, "entities")
		}},
		{name: "single: the old endpoints are gone from 2.42", since: "2.42", check: func(c *contract) {
			c.status(c.get("trackedEntityInstances?program="+seedChild), http.StatusNotFound)
			c.status(c.get("events?program="+seedChild), http.StatusNotFound)
		}},
	}
}
