package api

import (
	"net/http"
	"regexp"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

func auditRoutes() []route {
	const view, manage = "audit-trail-view", "audit-trail-manage"
	return []route{
		post("/audits", permit{old: "addAudit", all: manage}, (*call).addAudit),
		get("/audits", permit{old: "getAudits", all: view, also: manage}, (*call).getAudits),
		get("/audits/:auditId", permit{old: "getAuditById", all: view, also: manage}, (*call).getAudit),
		get("/audits-filter-options", permit{old: "getAudits", all: view, also: manage}, (*call).getAuditOptions),
	}
}

func (c *call) addAudit() error {
	if err := c.create(model.Audits, c.input.doc()); err != nil {
		return c.failed(http.StatusBadRequest, err)
	}
	c.setBody("Audit successfully created")
	c.setStatus(http.StatusCreated)
	return nil
}

// getAudits is GET /audits?filterLimit&filterPage&filterRepresentation&filters.
func (c *call) getAudits() error {
	found, err := c.listAudits()
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not retrieve audits via the API: %s", mongo.JSText(err))
		return nil
	}
	c.setBody(docs(found))
	return nil
}

func (c *call) listAudits() ([]mongo.Doc, error) {
	filters := mongo.Doc{}
	var err error
	if _, has := c.queryText("filters"); has {
		if filters, err = c.parseFilters(); err != nil {
			return nil, err
		}
	}
	const when, object = "eventIdentification.eventDateTime", "participantObjectIdentification.participantObjectID"
	if truthy(filters[when]) {
		if filters[when], err = parseJSON(interpolate(filters[when])); err != nil {
			return nil, err
		}
	}
	if wanted := filters[object]; truthy(wanted) {
		if filters, err = objectFilter(filters, object, wanted); err != nil {
			return nil, err
		}
	}
	filter, err := c.Models.Schema(model.Audits).CastQuery(filters)
	if err != nil {
		return nil, err
	}
	var shown mongo.Doc
	if representation, _ := c.queryText("filterRepresentation"); representation != "full" && representation != "simpledetails" {
		shown = mongo.Doc{"participantObjectIdentification": 0, "activeParticipant": 0, "rawMessage": 0}
	}
	limit := c.queryInt("filterLimit")
	return c.collection(model.Audits).Query(filter, mongo.FindOptions{
		Sort: "-" + when, Skip: max(0, c.queryInt("filterPage")*limit), Limit: max(0, limit), Projection: shown,
	})
}

// objectFilter looks for a patient and an object at once when both are given.
func objectFilter(filters mongo.Doc, path string, wanted any) (mongo.Doc, error) {
	patterns := []string{}
	if both := docOf(wanted); truthy(both["type"]) {
		patterns = append(patterns, interpolate(both["patientID"]), interpolate(both["objectID"]))
	} else {
		value, err := parseJSON(interpolate(wanted))
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, interpolate(value))
	}
	delete(filters, path)
	clauses := []any{}
	for _, text := range patterns {
		pattern, err := regexp.Compile(text)
		if err != nil {
			return nil, &thrown{"SyntaxError", "Invalid regular expression: /" + text + "/: Invalid group"}
		}
		clauses = append(clauses, mongo.Doc{path: pattern})
	}
	filters["$and"] = clauses
	return filters, nil
}

func (c *call) getAudit() error {
	id := c.param(0)
	key, err := c.castID(model.Audits, "_id", id)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not get audit by ID via the API: %s", mongo.JSText(err))
		return nil
	}
	audit, has := c.collection(model.Audits).Get(key)
	if !has {
		c.setBody("Could not find audits record with ID: " + id)
		c.setStatus(http.StatusNotFound)
		return nil
	}
	c.setBody(audit)
	return nil
}

// getAuditOptions lists the codes that audits use, for the console's filters.
func (c *call) getAuditOptions() error {
	out := mongo.Doc{}
	add := func(list string, v any) {
		if !truthy(v) {
			return
		}
		known := listOf(out[list])
		for _, other := range known {
			if mongo.Equal(other, v) {
				return
			}
		}
		out[list] = append(known, v)
	}
	for _, audit := range c.collection(model.Audits).Find(mongo.Doc{}, mongo.FindOptions{}) {
		event := docOf(audit["eventIdentification"])
		add("eventType", event["eventTypeCode"])
		add("eventID", event["eventID"])
		for _, element := range listOf(audit["activeParticipant"]) {
			add("activeParticipantRoleID", docOf(element)["roleIDCode"])
		}
		for _, element := range listOf(audit["participantObjectIdentification"]) {
			add("participantObjectIDTypeCode", docOf(element)["participantObjectIDTypeCode"])
		}
		add("auditSourceID", docOf(audit["auditSourceIdentification"])["auditSourceID"])
	}
	c.setBody(out)
	return nil
}
