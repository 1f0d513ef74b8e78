package dhis2test

import (
	"net/http"
	"slices"
	"strings"
)

// exportFacts: lists and single objects, their parameters, filters, fields,
// orders, pages and refusals (dhis2.md 1.3, section 7 rules 17 to 20).
func exportFacts() []fact {
	return slices.Concat(filterFacts(), refusalFacts(), selectionFacts(), fieldFacts(), pageFacts(), singleFacts())
}

// filterFacts: what an attribute filter finds.
func filterFacts() []fact {
	var out []fact
	for _, f := range []struct{ name, since, before, filter, want string }{
		{"eq finds a value", "", "", seedGiven + ":eq:Amina", "0"},
		{"eq does not regard case", "", "", seedGiven + ":eq:aMINA", "0"},
		{"eq regards accents", "", "", seedGiven + ":eq:Elan", ""},
		{"eq finds an accent", "", "", seedGiven + ":eq:Élan", "4"},
		{"eq does not trim", "", "", seedGiven + ":eq: Amina", ""},
		{"ieq is eq", "", "", seedFamily + ":ieq:OKELLO", "0 3"},
		{"ne leaves the others", "", "", seedGiven + ":ne:Amina", "1 2 3 4"},
		{"neq is ne", "", "", seedGiven + ":neq:amina", "1 2 3 4"},
		{"like finds a part", "", "", seedFamily + ":like:kell", "0 3"},
		{"ilike is like", "", "", seedFamily + ":ilike:KELL", "0 3"},
		{"nilike leaves those without the part", "", "", seedFamily + ":nilike:KELL", "1 2 4"},
		{"sw finds a beginning", "", "", seedGiven + ":sw:am", "0"},
		{"ew finds an end", "", "", seedGiven + ":ew:na", "0 3"},
		{"in takes alternatives separated by semicolons", "", "", seedGiven + ":in:Amina;Ben;Nobody", "0 1"},
		{"an operator's case does not matter", "", "", seedGiven + ":EQ:Amina", "0"},
		{"a slash escapes a comma", "", "", seedFamily + ":eq:O/,Neil", "1"},
		{"a slash escapes a colon", "", "", seedGiven + ":eq:Chi/:ma", "2"},
		{"a slash escapes a slash", "", "", seedFamily + ":eq:A//B", "2"},
		{"a slash alone stands for itself", "", "", seedFamily + ":eq:A/B", "2"},
		{"no operator asks for any value", "", "", seedSex, "1 3"},
		{"null asks for no value", "2.42", "", seedSex + ":null", "0 2 4"},
		{"not null asks for a value", "2.42", "", seedSex + ":!null", "1 3"},
		{"numbers compare as numbers", "2.42", "", seedAge + ":gt:5", "2 3 4"},
		{"numbers compare as text up to 2.41", "", "2.42", seedAge + ":gt:5", ""},
		{"two operators bound a range", "2.42", "", seedAge + ":ge:5:lt:20", "1 2 3"},
		{"three operators are taken", "2.42", "", seedAge + ":ge:0:le:30:ne:5", "0 2 3 4"},
		{"two attributes must both match", "", "", seedGiven + ":sw:A," + seedFamily + ":sw:O", "0"},
	} {
		out = append(out, fact{name: "filter: " + f.name, since: f.since, before: f.before, check: func(c *contract) {
			c.equal(c.ward().children("order=createdAt&filter="+escape(f.filter)), f.want, f.filter)
		}})
	}
	return append(out,
		fact{name: "filter: attribute filters as filter does in 2.40", before: "2.41", check: func(c *contract) {
			c.equal(c.ward().children("order=createdAt&attribute="+escape(seedFamily+":like:kell")), "0 3", "children")
		}},
		fact{name: "filter: a repeated parameter is joined", check: func(c *contract) {
			got := c.ward().children("filter=" + escape(seedGiven+":sw:A") + "&filter=" + escape(seedFamily+":sw:O"))
			c.equal(got, "0", "children")
		}},
		fact{name: "filter: a unique value is found in all org units", check: func(c *contract) {
			w := c.ward()
			r := c.get(c.spelled("tracker/trackedEntities?trackedEntityType=" + seedPerson + "&orgUnitMode=ALL&fields=trackedEntity&filter=" + escape(seedNID+":eq:"+w.nid(3))))
			c.status(r, http.StatusOK)
			c.equal(r.all(c.listKey("trackedEntities"), "trackedEntity"), []string{w.child(3)}, "found")
		}},
		fact{name: "filter: data elements compare as numbers", check: func(c *contract) {
			w := c.ward()
			c.equal(w.visits("enrollments="+all(w.enrollment)+"&order=occurredAt&filter="+seedHeight+":ge:49:lt:51"), "1 2", "visits")
		}},
		fact{name: "filter: events are found by attributes of their entity", check: func(c *contract) {
			w := c.ward()
			c.equal(w.visits("enrollments="+all(w.enrollment)+"&filterAttributes="+seedGiven+":eq:ben"), "1", "visits")
		}},
	)
}

// refusalFacts: what is refused, with the server's words.
func refusalFacts() []fact {
	const entities, events, enrollments = "tracker/trackedEntities?program=" + seedChild, "tracker/events?program=" + seedChild, "tracker/enrollments?program=" + seedChild
	const uidText = "UID must be an alphanumeric string of 11 characters starting with a letter, but was: "
	var out []fact
	for _, f := range []struct {
		name, since, before, path string
		status                    int
		text                      string
	}{
		{"program and type together", "", "", entities + "&trackedEntityType=" + seedPerson, 400, "`program` and `trackedEntityType` cannot be specified simultaneously"},
		{"neither program, type nor UIDs", "", "", "tracker/trackedEntities?orgUnitMode=ACCESSIBLE", 400, "Either `program`, `trackedEntityType` or `trackedEntities` should be specified"},
		{"an unknown program", "", "", "tracker/trackedEntities?program=zzzzzzzzzzz", 400, "Program is specified but does not exist: zzzzzzzzzzz"},
		{"an event program", "2.42", "", "tracker/trackedEntities?program=" + seedLab, 400, "Program specified is not a tracker program: " + seedLab},
		{"a UID of the wrong shape", "", "", "tracker/trackedEntities?trackedEntities=abc", 400, uidText + "abc"},
		{"UIDs separated by semicolons", "2.42", "", "tracker/trackedEntities?trackedEntities=Zylz87IwA4O;xx3TeGJRJh7", 400, uidText + "Zylz87IwA4O;xx3TeGJRJh7"},
		{"page 0", "", "", entities + "&page=0", 400, "page must be greater than or equal to 1 if specified"},
		{"a page size of 0", "", "", entities + "&pageSize=0", 400, "pageSize must be greater than or equal to 1 if specified"},
		{"a page size that is no number", "", "", entities + "&pageSize=x", 400, `Value 'x' is not valid for parameter pageSize. For input string: "x"`},
		{"a page size beyond the limit", "", "", entities + "&pageSize=100000", 400, "It must not exceed the system limit of KeyTrackedEntityMaxLimit 50000."},
		{"pages of an unpaged list", "2.42", "", entities + "&paging=false&totalPages=true", 400, "Paging cannot be disabled with paging=false"},
		{"a bad orgUnitMode", "", "", entities + "&orgUnitMode=nope", 400, "Valid values are: [SELECTED, CHILDREN, DESCENDANTS, ACCESSIBLE, CAPTURE, ALL]"},
		{"org units with ACCESSIBLE", "", "", entities + "&orgUnitMode=ACCESSIBLE&orgUnits=" + seedFacility1, 400, "orgUnitMode ACCESSIBLE cannot be used with orgUnits."},
		{"CHILDREN without org units", "", "", entities + "&orgUnitMode=CHILDREN", 400, "At least one org unit or tracked entity is required for orgUnitMode: CHILDREN."},
		{"an unknown org unit", "", "", entities + "&orgUnits=zzzzzzzzzzz", 400, "Organisation unit does not exist: zzzzzzzzzzz"},
		{"an event status without its dates", "", "", entities + "&eventStatus=COMPLETED", 400, "`eventOccurredAfter`, `eventOccurredBefore` and `eventStatus` must be specified together"},
		{"a duration in ISO form", "", "", entities + "&updatedWithin=PT1H", 400, "`updatedWithin` is not valid: PT1H"},
		{"a duration beside a date", "", "", entities + "&updatedWithin=1d&updatedAfter=2026-01-01", 400, "`updatedAfter` or `updatedBefore` and `updatedWithin` cannot be specified simultaneously"},
		{"a date that is none", "", "", entities + "&updatedAfter=yesterday", 400, `Value 'yesterday' is not valid for parameter updatedAfter. Invalid format: "yesterday"`},
		{"an unknown order", "", "", entities + "&order=nothing", 400, "order parameter is invalid. Cannot order by 'nothing'. Supported are attribute UIDs and fields"},
		{"an order named twice", "", "", entities + "&order=createdAt:asc,createdAt:desc", 400, "'createdAt' are repeated."},
		{"an order up", "", "", entities + "&order=createdAt:up", 400, "'up' is not a valid sort direction. Valid values are: [ASC, DESC]."},
		{"an order by the UID of an entity in 2.43", "2.43", "", entities + "&order=updatedAt:asc,trackedEntity:asc", 409, "(SqlState: 42702)"},
		{"an unknown attribute in a filter", "", "", entities + "&filter=zzzzzzzzzzz:eq:x", 400, "attribute filters are invalid. Tracked entity attribute 'zzzzzzzzzzz' does not exist."},
		{"a code in a filter", "2.42", "", entities + "&filter=OHM_NID:eq:x", 400, "filter=OHM_NID:eq:x is invalid. " + uidText + "OHM_NID"},
		{"an unknown operator", "2.42", "", entities + "&filter=" + seedGiven + ":foo:x", 400, "'foo' is not a valid operator."},
		{"an operator without a value", "2.42", "", entities + "&filter=" + seedGiven + ":eq", 400, "Binary operator 'eq' must have a value."},
		{"null with a value", "2.42", "", entities + "&filter=" + seedSex + ":null:x", 400, "Unary operator 'null' cannot have a value."},
		{"four operators", "2.42", "", entities + "&filter=" + seedAge + ":ge:0:le:30:ne:5:ne:6", 400, "A maximum of three operators can be used in a filter."},
		{"a comma that is not escaped", "2.42", "", entities + "&filter=" + seedFamily + ":eq:O,Neil", 400, uidText + "Neil"},
		{"a text where numbers are compared", "2.42", "", entities + "&filter=" + seedAge + ":gt:abc", 400, "The attribute value type is INTEGER_ZERO_OR_POSITIVE but the value `abc` is not."},
		{"three operators up to 2.41", "", "2.42", entities + "&filter=" + seedAge + ":ge:0:le:30:ne:5", 400, "Query item or filter is invalid: " + seedAge + ":ge:0:le:30:ne:5"},
		{"query in 2.41", "2.41", "2.42", entities + "&query=x", 400, "`query` parameter was removed in v41. Use `filter` instead."},
		{"an unknown data element in a filter", "", "", events + "&filter=zzzzzzzzzzz:eq:1", 400, "filter is invalid. Data element 'zzzzzzzzzzz' does not exist."},
		{"a category combination without options", "", "", events + "&attributeCategoryCombo=bjDvmb4bfuf", 409, "Both category combination and category options must be specified"},
		{"enrollments without a program in 2.43", "2.43", "", "tracker/enrollments", 400, "Program is mandatory"},
		{"an order of enrollments by their UID", "", "", enrollments + "&order=enrollment", 400, "Supported fields are 'completedAt, createdAt, createdAtClient, enrolledAt, updatedAt, updatedAtClient'."},
		{"relationships of nothing", "", "", "tracker/relationships", 400, "Missing required parameter 'trackedEntity', 'enrollment' or 'event'."},
		{"relationships of two objects", "", "", "tracker/relationships?trackedEntity=zzzzzzzzzzz&event=zzzzzzzzzzz", 400, "Only one of parameters 'trackedEntity', 'enrollment' or 'event' is allowed."},
		{"relationships of an unknown entity", "", "", "tracker/relationships?trackedEntity=zzzzzzzzzzz", 404, "TrackedEntity with id zzzzzzzzzzz could not be found."},
		{"a path with a UID of the wrong shape", "", "", "tracker/events/abc", 400, "Value 'abc' is not valid for path parameter uid. " + uidText + "abc"},
		{"an unknown entity", "", "", "tracker/trackedEntities/zzzzzzzzzzz", 404, "TrackedEntity with id zzzzzzzzzzz could not be found."},
		{"an unknown enrollment", "", "", "tracker/enrollments/zzzzzzzzzzz", 404, "Enrollment with id zzzzzzzzzzz could not be found."},
		{"an unknown event", "", "", "tracker/events/zzzzzzzzzzz", 404, "Event with id zzzzzzzzzzz could not be found."},
		{"an idScheme that not all metadata has", "2.42", "", "tracker/events?program=" + seedLab + "&orgUnitIdScheme=ATTRIBUTE:DpYtjCCJVt5", 422, "Not all metadata has an identifier for the requested idScheme."},
	} {
		out = append(out, fact{name: "refused: " + f.name, since: f.since, before: f.before, check: func(c *contract) {
			c.ward()
			r := c.get(c.spelled(f.path))
			c.status(r, f.status)
			c.equal(r.count("httpStatusCode"), f.status, "httpStatusCode")
			c.contains(r.text("message"), f.text, "message")
		}})
	}
	return out
}

// selectionFacts: what the parameters select, and in which order.
func selectionFacts() []fact {
	var out []fact
	for _, f := range []struct{ name, since, before, query, want string }{
		{"newest first without an order", "", "", "", "4 3 2 1 0"},
		{"createdAt is ascending", "", "", "order=createdAt", "0 1 2 3 4"},
		{"descending on request", "", "", "order=createdAt:desc", "4 3 2 1 0"},
		{"attributes are ordered as text", "", "", "order=" + seedAge, "0 2 3 4 1"},
		{"enrolledAt is the enrollment's", "", "", "order=enrolledAt:desc", "4 3 2 1 0"},
		{"orgUnits selects", "", "", "order=createdAt&orgUnits=" + seedFacility1, "0 2 4"},
		{"DESCENDANTS looks below", "", "", "order=createdAt&orgUnitMode=DESCENDANTS&orgUnits=" + seedRoot, "0 1 2 3 4"},
		{"CHILDREN looks one level below", "", "", "order=createdAt&orgUnitMode=CHILDREN&orgUnits=" + seedDistrict, "0 1 2 3 4"},
		{"CHILDREN does not look two levels below", "", "", "order=createdAt&orgUnitMode=CHILDREN&orgUnits=" + seedRoot, ""},
		{"an enum's case does not matter", "", "", "order=createdAt&orgUnitMode=all", "0 1 2 3 4"},
		{"orgUnit is the name up to 2.41", "", "2.42", "order=createdAt&orgUnit=" + seedFacility2, "1 3"},
		{"orgUnit is ignored later", "2.42", "", "order=createdAt&orgUnit=" + seedFacility2, "0 1 2 3 4"},
		{"enrollmentStatus selects", "2.42", "", "order=createdAt&enrollmentStatus=COMPLETED", "3"},
		{"enrollmentStatus is ignored in 2.41", "2.41", "2.42", "order=createdAt&enrollmentStatus=COMPLETED", "0 1 2 3 4"},
		{"programStatus selects", "", "", "order=createdAt&programStatus=COMPLETED", "3"},
		{"followUp selects", "", "", "followUp=true", "2"},
		{"enrollmentEnrolledAfter is inclusive", "", "", "order=createdAt&enrollmentEnrolledAfter=2026-04-05", "3 4"},
		{"enrollmentEnrolledBefore is inclusive", "", "", "order=createdAt&enrollmentEnrolledBefore=2026-02-05", "0 1"},
		{"an event's status and dates select", "", "", "order=createdAt&eventStatus=COMPLETED&eventOccurredAfter=2026-03-01&eventOccurredBefore=2026-04-30", "2 3"},
		{"updatedAfter in the future finds nothing", "", "", "updatedAfter=2099-01-01", ""},
		{"updatedWithin takes days", "", "", "order=createdAt&updatedWithin=1d", "0 1 2 3 4"},
		{"an unknown parameter is ignored", "", "", "order=createdAt&nonsense=1", "0 1 2 3 4"},
		{"a parameter's old name is ignored", "2.42", "", "order=createdAt&lastUpdatedStartDate=2099-01-01", "0 1 2 3 4"},
		{"nobody is assigned", "", "", "assignedUserMode=ANY", ""},
	} {
		out = append(out, fact{name: "selected: " + f.name, since: f.since, before: f.before, check: func(c *contract) {
			c.equal(c.ward().children(f.query), f.want, f.query)
		}})
	}
	for _, f := range []struct{ name, query, want string }{
		{"events by status and date", "order=occurredAt&status=COMPLETED&occurredAfter=2026-04-07", "3 4"},
		{"events up to a day", "order=occurredAt&occurredBefore=2026-02-07", "0 1"},
		{"events by stage", "order=occurredAt&programStage=" + seedVisitStage, "0 1 2 3 4"},
		{"events by org unit", "order=occurredAt&orgUnit=" + seedFacility2, "1 3"},
		{"events by follow up", "followUp=true", "2"},
		{"events by a number, largest first", "order=" + seedHeight + ":desc", "4 3 2 1 0"},
	} {
		out = append(out, fact{name: "selected: " + f.name, check: func(c *contract) {
			w := c.ward()
			c.equal(w.visits("enrollments="+all(w.enrollment)+"&"+f.query), f.want, f.query)
		}})
	}
	return out
}

// fieldFacts: what fields shows.
func fieldFacts() []fact {
	var out []fact
	for _, f := range []struct{ name, fields, keys string }{
		{"names", "trackedEntity,orgUnit", "orgUnit trackedEntity"},
		{"names with a space", "trackedEntity, orgUnit", "orgUnit trackedEntity"},
		{"unknown names show nothing", "nothing", ""},
		{"a preset of metadata shows nothing", ":identifiable", ""},
		{"a field is renamed", "trackedEntity~rename(id)", "id"},
		{"an open bracket is tolerated", "trackedEntity,enrollments[enrollment", "enrollments trackedEntity"},
		{"a name is taken away", "trackedEntity,orgUnit,!orgUnit", "trackedEntity"},
	} {
		out = append(out, fact{name: "fields: " + f.name, check: func(c *contract) {
			r := c.get("tracker/trackedEntities/" + c.ward().child(0) + "?fields=" + escape(f.fields))
			c.status(r, http.StatusOK)
			doc, _ := r.json().(map[string]any)
			c.equal(strings.Join(sortedKeys(doc), " "), f.keys, "keys")
		}})
	}
	return append(out,
		fact{name: "fields: nested ones reach the data values", check: func(c *contract) {
			r := c.get("tracker/trackedEntities/" + c.ward().child(1) + "?fields=enrollments[events[dataValues[dataElement,value]]]")
			c.status(r, http.StatusOK)
			c.equal(len(r.list("enrollments.0.events.0.dataValues")), 2, "data values")
			c.equal(len(r.at("enrollments.0.events.0.dataValues.0").(map[string]any)), 2, "keys of a data value")
		}},
		fact{name: "fields: a star adds what the default leaves out", check: func(c *contract) {
			path := "tracker/trackedEntities/" + c.ward().child(0)
			c.yes(c.get(path).at("enrollments") == nil, "the default shows no enrollments")
			star := c.get(path + "?fields=*")
			for _, key := range []string{"enrollments", "relationships", "programOwners", "attributes"} {
				c.yes(star.at(key) != nil, key+" with fields=*")
			}
		}},
		fact{name: "fields: a relationship shows its ends in full on request", check: func(c *contract) {
			w := c.ward()
			short := c.get("tracker/relationships/" + w.shared("link"))
			c.equal(short.text("from.trackedEntity.trackedEntity"), w.child(0), "from")
			c.yes(short.at("from.trackedEntity.orgUnit") == nil, "only the UID without fields")
			full := c.get("tracker/relationships/" + w.shared("link") + "?fields=*")
			c.equal(full.text("from.trackedEntity.orgUnit"), seedFacility1, "org unit of an end")
			c.equal(full.at("bidirectional"), true, "bidirectional")
		}},
		fact{name: "fields: 2.40 names an event's metadata by an idScheme", before: "2.41", check: func(c *contract) {
			r := c.get("tracker/events?program=" + seedLab + "&event=" + c.ward().shared("lab") + "&idScheme=CODE")
			c.equal(r.text("instances.0.program"), "PR_LAB", "program")
		}},
		fact{name: "fields: 2.41 ignores an idScheme", since: "2.41", before: "2.42", check: func(c *contract) {
			r := c.get("tracker/events?program=" + seedLab + "&events=" + c.ward().shared("lab") + "&idScheme=CODE")
			c.equal(r.text("events.0.program"), seedLab, "program")
		}},
		fact{name: "fields: an idScheme names metadata by code", since: "2.42", check: func(c *contract) {
			r := c.get("tracker/events?program=" + seedLab + "&events=" + c.ward().shared("lab") + "&idScheme=CODE")
			c.status(r, http.StatusOK)
			c.equal(r.text("events.0.program"), "PR_LAB", "program")
			c.equal(r.text("events.0.orgUnit"), "OHM_FAC_001", "org unit")
			c.equal(r.text("events.0.attributeOptionCombo"), "default", "option combination")
		}},
	)
}

func sortedKeys(doc map[string]any) []string {
	out := make([]string, 0, len(doc))
	for key := range doc {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}
