package dhis2test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// ward is the data of the export facts: five children of one run, made by the
// fact that needs them first.
type ward struct{ *contract }

// wardChild is one child of the ward, by number.
type wardChild struct{ given, family, age, unit, sex, status string }

func wardChildren() []wardChild {
	return []wardChild{
		{"Amina", "Okello", "0", seedFacility1, "", "ACTIVE"},
		{"Ben", "O,Neil", "5", seedFacility2, "male", "ACTIVE"},
		{"Chi:ma", "A/B", "10", seedFacility1, "", "ACTIVE"},
		{"Dana", "okello", "15", seedFacility2, "female", "COMPLETED"},
		{"Élan", "Zoe", "20", seedFacility1, "", "ACTIVE"},
	}
}

// ward returns the run's children and makes them if they are not there.
func (c *contract) ward() ward {
	c.Helper()
	w := ward{c}
	if c.get("tracker/trackedEntities/"+w.child(0)).status == http.StatusOK {
		return w
	}
	for n, child := range wardChildren() {
		attributes := []string{
			seedGiven, child.given, seedFamily, child.family, seedAge, child.age, seedNID, w.nid(n),
		}
		if child.sex != "" {
			attributes = append(attributes, seedSex, child.sex)
		}
		month := "2026-0" + strconv.Itoa(1+n) + "-"
		w.must(contractPayload{"trackedEntities": {{
			"trackedEntity": w.child(n), "trackedEntityType": seedPerson, "orgUnit": child.unit, "attributes": attributesOf(attributes...),
			"enrollments": []any{object{
				"enrollment": w.enrollment(n), "program": seedChild, "orgUnit": child.unit, "enrolledAt": month + "05",
				"status": child.status, "followUp": n == 2, "attributes": attributesOf(seedBirth, "2025-12-30"),
				"events": []any{object{
					"event": w.visit(n), "program": seedChild, "programStage": seedVisitStage, "orgUnit": child.unit,
					"occurredAt": month + "07", "status": "COMPLETED", "dataValues": valuesOf(seedHeight, strconv.Itoa(48+n), seedHb, "10"),
				}},
			}},
		}}})
	}
	w.must(contractPayload{"relationships": {{
		"relationship": w.shared("link"), "relationshipType": seedMother,
		"from": object{"trackedEntity": object{"trackedEntity": w.child(0)}},
		"to":   object{"trackedEntity": object{"trackedEntity": w.child(1)}},
	}}})
	w.must(contractPayload{"events": {{
		"event": w.shared("lab"), "program": seedLab, "programStage": seedLabStage, "orgUnit": seedFacility1,
		"occurredAt": "2026-01-06", "status": "COMPLETED", "dataValues": valuesOf(seedHb, "10.5"),
	}}})
	return w
}

func (w ward) must(payload contractPayload) {
	w.Helper()
	body, err := json.Marshal(payload)
	if err != nil {
		w.Fatal(err)
	}
	w.status(w.post("tracker?async=false", string(body)), http.StatusOK)
}

// shared is a UID of the run, whichever fact asks.
func (w ward) shared(name string) string { return deriveUID(w.target.Run + "|ward|" + name) }

func (w ward) child(n int) string      { return w.shared("child" + strconv.Itoa(n)) }
func (w ward) enrollment(n int) string { return w.shared("enrollment" + strconv.Itoa(n)) }
func (w ward) visit(n int) string      { return w.shared("visit" + strconv.Itoa(n)) }
func (w ward) nid(n int) string        { return "ward-" + w.child(n) }

// all joins what a function gives for the five children.
func all(of func(n int) string) string {
	var out []string
	for n := range wardChildren() {
		out = append(out, of(n))
	}
	return strings.Join(out, ",")
}

// list is the path of the list of the ward's children, oldest first.
func (w ward) list(query string) string {
	path := "tracker/trackedEntities?program=" + seedChild + "&trackedEntities=" + all(w.child) + "&fields=trackedEntity&" + query
	if w.version.before(2, 41) && !strings.Contains(query, "orgUnit") {
		path += "&ouMode=ACCESSIBLE"
	}
	return w.spelled(path)
}

// children are the numbers of the children a list shows, in its order.
func (w ward) children(query string) string {
	w.Helper()
	return w.numbers(w.list(query), "trackedEntities", "trackedEntity", w.child)
}

// visits are the numbers of the visits a list shows; the query narrows those
// of the child program.
func (w ward) visits(query string) string {
	w.Helper()
	return w.numbers(w.spelled("tracker/events?program="+seedChild+"&fields=event&paging=false&"+query), "events", "event", w.visit)
}

// numbers reads a list and names what the ward knows of it by its numbers.
func (w ward) numbers(path, plural, id string, of func(n int) string) string {
	w.Helper()
	r := w.get(path)
	w.status(r, http.StatusOK)
	var out []string
	for _, uid := range r.all(w.listKey(plural), id) {
		for n := range wardChildren() {
			if of(n) == uid {
				out = append(out, strconv.Itoa(n))
			}
		}
	}
	return strings.Join(out, " ")
}

// spelled writes the parameters of a list, which the facts name as 2.42 does,
// as the server's version wants them: up to 2.40 many had other names, and
// lists semicolons (dhis2.md 1.3).
func (c *contract) spelled(path string) string {
	address, query, found := strings.Cut(path, "?")
	if !found || c.version.atLeast(2, 41) {
		return path
	}
	old := map[string]string{
		"trackedEntities": "trackedEntity", "orgUnits": "orgUnit", "orgUnitMode": "ouMode", "events": "event", "enrollments": "enrollments",
		"attributeCategoryCombo": "attributeCc", "attributeCategoryOptions": "attributeCos", "enrollmentStatus": "programStatus",
	}
	if address == "tracker/enrollments" {
		old["enrollments"] = "enrollment"
	}
	var out []string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		switch before, renamed := old[name]; {
		case part == "paging=false":
			part = "skipPaging=true"
		case renamed:
			part = before + "=" + strings.ReplaceAll(value, ",", ";")
		}
		out = append(out, part)
	}
	return address + "?" + strings.Join(out, "&")
}

// pager is a number of the pager, which 2.40 has beside the list.
func (r response) pager(c *contract, name string) int {
	r.t.Helper()
	if c.version.before(2, 41) {
		return r.count(name)
	}
	return r.count("pager." + name)
}
