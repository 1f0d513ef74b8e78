package dhis2test

import (
	"encoding/json"
	"net/http"
	"slices"
)

// The seed's metadata the facts use (seed-uids.json).
const (
	seedRoot      = "na7iT2VcmdU"
	seedDistrict  = "BqSKl7Jbq0H"
	seedFacility1 = "lgY4CHs5HtP"
	seedFacility2 = "iPrqVTs7evU"
	seedFacility3 = "PP7BguJwlu2" // in no program

	seedPerson = "peOCoLO91lG"
	seedGiven  = "iPWPq2EJtIk"
	seedFamily = "GOCQVgGQGEU"
	seedNID    = "XhXpL2WqB15" // unique
	seedSex    = "SHtHqekbvRu" // option set: male, female, other, unknown
	seedBirth  = "lXXkJgofAcb" // mandatory in the child program
	seedPhone  = "g4wsHYWkBYE"
	seedAge    = "HeSe4K0lamJ" // a whole number from zero
	seedDead   = "hYM3wAU7pVp" // TRUE_ONLY

	seedChild      = "sBSRMACZJOQ"
	seedBirthStage = "F3GRYA6dGir" // once
	seedVisitStage = "zOK5Pk5V5Yz" // repeatable
	seedOnce       = "HhEVINQlTfG" // enrol once, with incident date
	seedLab        = "fm69ntIAbZu" // event program
	seedLabStage   = "r2M6G0nP5Qo"
	seedWeight     = "SyY2t3MmAHo" // compulsory in the birth stage
	seedHeight     = "fEZef320RHa"
	seedHb         = "Mz6b8yeFGJ9"
	seedMother     = "w7FYpYuewfo" // relationship type, bidirectional

	seedDataSet = "X5fFRSmDgYM"
	seedANC     = "sgU4ZaOXhEi"
	seedBCG     = "UfwqW6NnhXF"
	seedMeasles = "hTjsIZ5SU5U"
)

// payload is the body of an import.
type contractPayload = map[string][]object

func attributesOf(pairs ...string) []any {
	out := []any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, object{"attribute": pairs[i], "value": pairs[i+1]})
	}
	return out
}

func valuesOf(pairs ...string) []any {
	out := []any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, object{"dataElement": pairs[i], "value": pairs[i+1]})
	}
	return out
}

// person is a tracked entity with what the type asks for and more attributes.
func (c *contract) person(name string, more ...string) object {
	return object{
		"trackedEntity": c.uid(name), "trackedEntityType": seedPerson, "orgUnit": seedFacility1,
		"attributes": attributesOf(append([]string{seedGiven, "Amina", seedFamily, "Okello"}, more...)...),
	}
}

// childEnrollment is an enrollment in the child program.
func (c *contract) childEnrollment(name, entity string) object {
	return object{
		"enrollment": c.uid(name), "trackedEntity": c.uid(entity), "program": seedChild, "orgUnit": seedFacility1,
		"enrolledAt": "2026-01-05", "status": "ACTIVE", "attributes": attributesOf(seedBirth, "2025-12-30"),
	}
}

// visit is an event of the repeatable stage.
func (c *contract) visit(name, enrollment string, values ...string) object {
	return object{
		"event": c.uid(name), "enrollment": c.uid(enrollment), "program": seedChild, "programStage": seedVisitStage,
		"orgUnit": seedFacility1, "occurredAt": "2026-01-06", "status": "ACTIVE", "dataValues": valuesOf(values...),
	}
}

// send imports a payload, synchronously unless the query says otherwise.
func (c *contract) send(payload contractPayload, query string) response {
	c.Helper()
	body, err := json.Marshal(payload)
	if err != nil {
		c.Fatal(err)
	}
	return c.post("tracker?async=false"+query, string(body))
}

// sent imports a payload that must be taken as a whole.
func (c *contract) sent(payload contractPayload) response {
	c.Helper()
	r := c.send(payload, "")
	c.status(r, http.StatusOK)
	return r
}

// codes are the error codes of a report, sorted, each once.
func (r response) codes() []string {
	r.t.Helper()
	out := r.all("validationReport.errorReports", "errorCode")
	slices.Sort(out)
	return slices.Compact(out)
}

// family imports a person with an enrollment and a visit.
func (c *contract) family(name string, attributes ...string) {
	c.Helper()
	c.sent(contractPayload{
		"trackedEntities": {c.person(name, attributes...)},
		"enrollments":     {c.childEnrollment(name+"-enrollment", name)},
		"events":          {c.visit(name+"-visit", name+"-enrollment", seedWeight, "4.2")},
	})
}

// listKey is the key of a tracker list; in 2.40 all are instances (dhis2.md
// 1.3).
func (c *contract) listKey(plural string) string { return by(c, "instances", plural, plural, plural) }
