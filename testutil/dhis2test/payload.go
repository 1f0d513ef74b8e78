package dhis2test

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// The tracker object types as reports spell them.
const (
	typeEntity       = "TRACKED_ENTITY"
	typeEnrollment   = "ENROLLMENT"
	typeEvent        = "EVENT"
	typeRelationship = "RELATIONSHIP"
)

// payload is the body of POST /api/tracker after flattening: no nesting, every
// object has a UID, children name their parent (dhis2.md 1.1, BodyConverter).
// References to metadata are as sent: the importer resolves them by idScheme.
type payload struct {
	entities      []*entityIn
	enrollments   []*enrollmentIn
	events        []*eventIn
	relationships []*relationshipIn
}

func (p *payload) size() int {
	return len(p.entities) + len(p.enrollments) + len(p.events) + len(p.relationships)
}

// hasNUL tells whether a value holds a NUL, which PostgreSQL does not store.
func (p *payload) hasNUL() bool {
	in := func(values []valueIn) bool {
		return slices.ContainsFunc(values, func(v valueIn) bool { return v.value != nil && strings.ContainsRune(*v.value, 0) })
	}
	return slices.ContainsFunc(p.entities, func(e *entityIn) bool { return in(e.attributes) }) ||
		slices.ContainsFunc(p.enrollments, func(e *enrollmentIn) bool { return in(e.attributes) }) ||
		slices.ContainsFunc(p.events, func(e *eventIn) bool { return in(e.values) })
}

// objectKey names one object of an import.
type objectKey struct{ kind, uid string }

// head is what all objects of a payload share.
type head struct {
	objectKey
	do      action
	again   bool // the UID stood in the payload before
	persist bool // nothing is in the way of storing it
}

type entityIn struct {
	head
	entityType, orgUnit           string
	inactive, potentialDuplicate  bool
	geometry                      any
	attributes                    []valueIn
	createdAtClient, updatedAtCli *time.Time
	before                        values // the stored values as validation saw them
}

type enrollmentIn struct {
	head
	entity, program, orgUnit      string
	status                        string
	enrolledAt, occurredAt        *time.Time
	completedAt                   *time.Time
	createdAtClient, updatedAtCli *time.Time
	categoryOptionCombo           string // from 2.43
	followUp                      bool
	geometry                      any
	attributes                    []valueIn
	notes                         []noteIn
	owned                         bool // the entity had an owner in the program when it was validated
}

type eventIn struct {
	head
	enrollment                    string
	program, stage, orgUnit       string
	status                        string
	occurredAt, scheduledAt       *time.Time
	completedAt                   *time.Time
	createdAtClient, updatedAtCli *time.Time
	categoryOptionCombo           string
	categoryOptions               string
	assignedUID, assignedName     string
	geometry                      any
	values                        []valueIn
	notes                         []noteIn
	before                        values // the stored values as validation saw them
}

type relationshipIn struct {
	head
	relationshipType string
	from, to         itemIn
	createdAtClient  *time.Time
}

// itemIn is one end of a relationship: exactly one of the three is right.
type itemIn struct{ entity, enrollment, event string }

func (i itemIn) count() int {
	n := 0
	for _, uid := range []string{i.entity, i.enrollment, i.event} {
		if uid != "" {
			n++
		}
	}
	return n
}

// before orders ends, in no order that means anything.
func (i itemIn) before(o itemIn) bool {
	return i.entity+"/"+i.enrollment+"/"+i.event < o.entity+"/"+o.enrollment+"/"+o.event
}

// valueIn is an attribute or a data value; a nil value deletes the stored one
// (dhis2.md section 0, fact 6).
type valueIn struct {
	ref               string
	value             *string
	providedElsewhere bool
}

type noteIn struct{ uid, value string }

// action is what the importer will do with one object.
type action int

const (
	create action = iota
	update
	remove
)

// bodyReader turns decoded JSON into a payload. It keeps the first error and
// then reads on without effect, so its callers need not ask each time.
type bodyReader struct {
	version version
	loc     *time.Location
	uids    *uidSource
	err     *httpError
}

func (b *bodyReader) fail(err *httpError) {
	if b.err == nil {
		b.err = err
	}
}

// readPayload flattens a body. The error is what DHIS2 answers to a body it
// cannot read: one bad UID, date or status refuses the whole request.
func readPayload(doc map[string]any, v version, loc *time.Location, uids *uidSource) (*payload, *httpError) {
	b, p := &bodyReader{version: v, loc: loc, uids: uids}, &payload{}
	for _, m := range b.objects(doc, "trackedEntities", "TrackedEntity") {
		b.entity(p, m)
	}
	for _, m := range b.objects(doc, "enrollments", "Enrollment") {
		b.enrollment(p, m, "")
	}
	for _, m := range b.objects(doc, "events", "Event") {
		b.event(p, m, "")
	}
	b.relationships(p, doc)
	return p, b.err
}

func (b *bodyReader) entity(p *payload, m map[string]any) {
	e := &entityIn{
		head:       b.head(m, typeEntity, "trackedEntity"),
		entityType: b.text(m, "trackedEntityType"), orgUnit: b.text(m, "orgUnit"),
		inactive: b.flag(m, "inactive"), potentialDuplicate: b.flag(m, "potentialDuplicate"),
		geometry: b.geometry(m), attributes: b.values(m, "attributes", "attribute"),
		createdAtClient: b.instant(m, "createdAtClient"), updatedAtCli: b.instant(m, "updatedAtClient"),
	}
	p.entities = append(p.entities, e)
	b.relationships(p, m)
	for _, child := range b.objects(m, "enrollments", "Enrollment") {
		b.enrollment(p, child, e.uid)
	}
}

func (b *bodyReader) enrollment(p *payload, m map[string]any, parent string) {
	e := &enrollmentIn{
		head: b.head(m, typeEnrollment, "enrollment"), entity: b.uid(m, "trackedEntity"),
		program: b.text(m, "program"), orgUnit: b.text(m, "orgUnit"),
		status:     b.status(m, b.enrollmentStatusClass(), "CANCELLED", "COMPLETED", "ACTIVE"),
		enrolledAt: b.instant(m, "enrolledAt"), occurredAt: b.instant(m, "occurredAt"),
		completedAt: b.instant(m, "completedAt"), followUp: b.flag(m, "followUp"),
		createdAtClient: b.instant(m, "createdAtClient"), updatedAtCli: b.instant(m, "updatedAtClient"),
		categoryOptionCombo: b.text(m, "attributeOptionCombo"),
		geometry:            b.geometry(m), attributes: b.values(m, "attributes", "attribute"), notes: b.notes(m),
	}
	if parent != "" {
		e.entity = parent // a nested child belongs to the object it is in, whatever it names
	}
	p.enrollments = append(p.enrollments, e)
	b.relationships(p, m)
	for _, child := range b.objects(m, "events", "Event") {
		b.event(p, child, e.uid)
	}
}

func (b *bodyReader) event(p *payload, m map[string]any, parent string) {
	e := &eventIn{
		head: b.head(m, typeEvent, "event"), enrollment: b.uid(m, "enrollment"),
		program: b.text(m, "program"), stage: b.text(m, "programStage"), orgUnit: b.text(m, "orgUnit"),
		status: b.status(m, "org.hisp.dhis.event.EventStatus",
			"SKIPPED", "ACTIVE", "SCHEDULE", "VISITED", "COMPLETED", "OVERDUE"),
		occurredAt: b.instant(m, "occurredAt"), scheduledAt: b.instant(m, "scheduledAt"),
		completedAt:     b.instant(m, "completedAt"),
		createdAtClient: b.instant(m, "createdAtClient"), updatedAtCli: b.instant(m, "updatedAtClient"),
		categoryOptionCombo: b.text(m, "attributeOptionCombo"), categoryOptions: b.text(m, "attributeCategoryOptions"),
		geometry: b.geometry(m), values: b.values(m, "dataValues", "dataElement"), notes: b.notes(m),
	}
	switch user := m["assignedUser"].(type) {
	case nil:
	case map[string]any:
		e.assignedUID, e.assignedName = b.text(user, "uid"), b.text(user, "username")
	default:
		b.fail(badRequest("JSON parse error: Cannot construct instance of `%sUser` from %s", viewPackage, jsonKind(user)))
	}
	if parent != "" {
		e.enrollment = parent
	}
	p.events = append(p.events, e)
	b.relationships(p, m)
}

// relationships lifts them from any level of the payload.
func (b *bodyReader) relationships(p *payload, m map[string]any) {
	for _, r := range b.objects(m, "relationships", "Relationship") {
		p.relationships = append(p.relationships, &relationshipIn{
			head: b.head(r, typeRelationship, "relationship"), relationshipType: b.text(r, "relationshipType"),
			from: b.item(r, "from"), to: b.item(r, "to"), createdAtClient: b.instant(r, "createdAtClient"),
		})
	}
}

func (b *bodyReader) item(m map[string]any, key string) itemIn {
	ends, _ := m[key].(map[string]any)
	end := func(kind, javaName string) string {
		switch v := ends[kind].(type) {
		case map[string]any:
			return b.uid(v, kind)
		case string:
			b.fail(badRequest("JSON parse error: Cannot construct instance of `org.hisp.dhis.webapi.controller.tracker.view."+
				"RelationshipItem$%s` (although at least one Creator exists): no String-argument constructor/factory method "+
				"to deserialize from String value ('%s')", javaName, v))
		}
		return ""
	}
	return itemIn{
		entity: end("trackedEntity", "TrackedEntity"), enrollment: end("enrollment", "Enrollment"), event: end("event", "Event"),
	}
}

func (b *bodyReader) values(m map[string]any, key, name string) []valueIn {
	var out []valueIn
	for _, v := range b.objects(m, key, strings.ToUpper(key[:1])+key[1:len(key)-1]) {
		in := valueIn{ref: b.text(v, name), providedElsewhere: b.flag(v, "providedElsewhere")}
		if text := b.text(v, "value"); text != "" {
			in.value = &text
		}
		out = append(out, in)
		if _, isObject := v["value"].(map[string]any); isObject {
			// The text deserializer does not consume the object, whose closing
			// brace then reads as one more, empty, attribute [R te-value-object].
			out = append(out, valueIn{})
		}
	}
	return out
}

// notes drops those without a value (dhis2.md 1.1).
func (b *bodyReader) notes(m map[string]any) []noteIn {
	var out []noteIn
	for _, n := range b.objects(m, "notes", "Note") {
		if value := b.text(n, "value"); value != "" {
			out = append(out, noteIn{uid: b.ownUID(n, "note"), value: value})
		}
	}
	return out
}

// text reads any scalar as its text; "" is null, as DHIS2 maps it.
func (b *bodyReader) text(m map[string]any, key string) string {
	switch v := m[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// flag reads a boolean as Jackson does: also from its text and from a number.
func (b *bodyReader) flag(m map[string]any, key string) bool {
	switch v := m[key].(type) {
	case nil:
		return false
	case bool:
		return v
	case json.Number:
		return v.String() != "0"
	case string:
		switch v {
		case "true", "True", "TRUE":
			return true
		case "false", "False", "FALSE", "":
			return false
		}
		b.fail(badRequest("JSON parse error: Cannot deserialize value of type `boolean` from String %q: "+
			`only "true" or "false" recognized`, v))
	default:
		b.fail(badRequest("JSON parse error: Cannot deserialize value of type `boolean` from %s", jsonKind(v)))
	}
	return false
}
