package dhis2map

// form is what a member of a payload is.
type form int

const (
	formText form = iota
	formTime
	formBool
	formUID    // of an object: derived, never one of metadata
	formName   // of metadata, by Config.Names
	formStatus // one of words
	formObject
	formList
	formGeometry // GeoJSON, which is not looked into
	formServer   // the server writes it, and ignores what is sent
)

// shape is an object of a payload (dhis2.md 1.1).
type shape struct {
	name     string
	members  map[string]member
	required []string
}

type member struct {
	form  form
	kind  string   // of metadata, for formName
	of    string   // the shape of an object or of the items of a list
	words []string // of formStatus
}

// shapes are the objects of payloads by their names, as the schemas say them.
func shapes() map[string]shape {
	text, at, yes, uid, server := member{form: formText}, member{form: formTime}, member{form: formBool}, member{form: formUID}, member{form: formServer}
	name := func(kind string) member { return member{form: formName, kind: kind} }
	list := func(of string) member { return member{form: formList, of: of} }
	object := func(of string) member { return member{form: formObject, of: of} }
	geometry := member{form: formGeometry}
	return map[string]shape{
		"payload": {name: "the payload", members: map[string]member{
			"trackedEntities": list("trackedEntity"), "enrollments": list("enrollment"), "events": list("event"), "relationships": list("relationship"),
		}},
		"trackedEntity": {name: "a tracked entity", required: []string{"trackedEntityType", "orgUnit"}, members: map[string]member{
			"trackedEntity": uid, "trackedEntityType": name("type"), "orgUnit": name("orgUnit"), "createdAtClient": at, "updatedAtClient": at,
			"inactive": yes, "potentialDuplicate": yes, "geometry": geometry, "attributes": list("attribute"), "enrollments": list("enrollment"),
			"relationships": list("relationship"), "storedBy": server, "createdAt": server, "updatedAt": server, "deleted": server,
			"createdBy": server, "updatedBy": server, "programOwners": server,
		}},
		"enrollment": {name: "an enrollment", required: []string{"program", "orgUnit", "enrolledAt"}, members: map[string]member{
			"enrollment": uid, "trackedEntity": uid, "program": name("program"), "orgUnit": name("orgUnit"), "enrolledAt": at, "occurredAt": at,
			"status": {form: formStatus, words: []string{"ACTIVE", "COMPLETED", "CANCELLED"}}, "followUp": yes, "completedAt": at, "geometry": geometry,
			"attributeOptionCombo": name("optionCombo"), "notes": list("note"), "attributes": list("attribute"), "events": list("event"),
			"relationships": list("relationship"), "createdAtClient": at, "updatedAtClient": at, "storedBy": server, "createdAt": server,
			"updatedAt": server, "deleted": server, "createdBy": server, "updatedBy": server, "completedBy": server, "trackedEntityType": server,
		}},
		"event": {name: "an event", required: []string{"program", "programStage", "orgUnit"}, members: map[string]member{
			"event": uid, "enrollment": uid, "trackedEntity": server, "program": name("program"), "programStage": name("stage"), "orgUnit": name("orgUnit"),
			"occurredAt": at, "scheduledAt": at, "completedAt": at, "createdAtClient": at, "updatedAtClient": at,
			"status":               {form: formStatus, words: []string{"ACTIVE", "COMPLETED", "VISITED", "SCHEDULE", "OVERDUE", "SKIPPED"}},
			"attributeOptionCombo": name("optionCombo"), "attributeCategoryOptions": text, "assignedUser": object("user"), "geometry": geometry,
			"dataValues": list("dataValue"), "notes": list("note"), "relationships": list("relationship"), "followUp": server, "storedBy": server,
			"createdAt": server, "updatedAt": server, "deleted": server, "createdBy": server, "updatedBy": server, "completedBy": server,
		}},
		"relationship": {name: "a relationship", required: []string{"relationshipType", "from", "to"}, members: map[string]member{
			"relationship": uid, "relationshipType": name("relationshipType"), "from": object("end"), "to": object("end"), "createdAtClient": at,
			"bidirectional": server, "relationshipName": server, "createdAt": server, "updatedAt": server, "deleted": server,
		}},
		"end": {name: "an end of a relationship", members: map[string]member{
			"trackedEntity": object("endTrackedEntity"), "enrollment": object("endEnrollment"), "event": object("endEvent"),
		}},
		"endTrackedEntity": {name: "the tracked entity of a relationship", required: []string{"trackedEntity"}, members: map[string]member{"trackedEntity": uid}},
		"endEnrollment":    {name: "the enrollment of a relationship", required: []string{"enrollment"}, members: map[string]member{"enrollment": uid}},
		"endEvent":         {name: "the event of a relationship", required: []string{"event"}, members: map[string]member{"event": uid}},
		"attribute": {name: "an attribute", required: []string{"attribute", "value"}, members: map[string]member{
			"attribute": name("attribute"), "value": text, "code": server, "displayName": server, "valueType": server, "createdAt": server, "updatedAt": server, "storedBy": server,
		}},
		"dataValue": {name: "a data value", required: []string{"dataElement", "value"}, members: map[string]member{
			"dataElement": name("element"), "value": text, "providedElsewhere": yes, "createdAt": server, "updatedAt": server, "storedBy": server, "createdBy": server, "updatedBy": server,
		}},
		"note": {name: "a note", required: []string{"value"}, members: map[string]member{"note": uid, "value": text, "storedAt": server, "storedBy": server, "createdBy": server}},
		"user": {name: "a user", members: map[string]member{"uid": text, "username": text, "firstName": server, "surname": server, "displayName": server}},
		"dataValueSet": {name: "a data value set", required: []string{"dataValues"}, members: map[string]member{
			"dataSet": name("dataSet"), "completeDate": at, "period": text, "orgUnit": name("orgUnit"), "attributeOptionCombo": name("optionCombo"),
			"attributeCategoryOptions": list(""), "dataValues": list("aggregateValue"), "dataElementIdScheme": text, "orgUnitIdScheme": text, "idScheme": text, "dryRun": yes,
		}},
		"aggregateValue": {name: "a data value", required: []string{"dataElement"}, members: map[string]member{
			"dataElement": name("element"), "period": text, "orgUnit": name("orgUnit"), "categoryOptionCombo": name("optionCombo"), "attributeOptionCombo": name("optionCombo"),
			"value": text, "comment": text, "followup": yes, "followUp": yes, "deleted": yes, "storedBy": server, "created": server, "lastUpdated": server,
		}},
	}
}
