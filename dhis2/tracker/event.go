package tracker

import (
	"encoding/json"
	"strings"
)

// EventStatus is the state of an event. The server reads a missing one as ACTIVE, also by an
// update, which un-completes a completed event.
type EventStatus string

// The states of an event. The server stores VISITED as ACTIVE.
const (
	EventActive    EventStatus = "ACTIVE"
	EventCompleted EventStatus = "COMPLETED"
	EventVisited   EventStatus = "VISITED"
	EventSchedule  EventStatus = "SCHEDULE"
	EventOverdue   EventStatus = "OVERDUE"
	EventSkipped   EventStatus = "SKIPPED"
)

// Event is one visit, sample or other happening. As with [TrackedEntity], an update replaces every
// scalar; DataValues and Notes merge by key.
type Event struct { //nolint:recvcheck // MarshalJSON must be found on values, UnmarshalJSON changes them
	// Event is the UID. Program, ProgramStage and OrgUnit are required, for tracker programs
	// Enrollment too; only OrgUnit can change after creation. Always give Program: an event
	// without one makes the server check the whole payload against a stripped copy of the program.
	Event, Program, ProgramStage, Enrollment string
	// TrackedEntity is set by the server.
	TrackedEntity string
	OrgUnit       string
	Status        EventStatus
	// OccurredAt is required for ACTIVE and COMPLETED (E1031), ScheduledAt for SCHEDULE (E1050).
	OccurredAt, ScheduledAt string
	// FollowUp is the enrollment's. Sent on an event it does nothing.
	FollowUp bool
	// Deleted is set by the server.
	Deleted bool
	// CompletedAt is taken with COMPLETED only (E1051). CompletedBy is set by the server.
	CompletedAt, CompletedBy string
	// CreatedAt and UpdatedAt are set by the server.
	CreatedAt, CreatedAtClient, UpdatedAt, UpdatedAtClient string
	StoredBy                                               string
	CreatedBy, UpdatedBy                                   *User
	AttributeOptionCombo                                   string
	// AttributeCategoryOptions are written as one text, separated by commas, for 2.40 by
	// semicolons; both are read.
	AttributeCategoryOptions []string
	AssignedUser             *User
	Geometry                 json.RawMessage
	DataValues               []DataValue
	Notes                    []Note
	Relationships            []Relationship
	Extra                    map[string]json.RawMessage
}

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (ev *Event) UnmarshalJSON(data []byte) error {
	*ev = Event{}
	return parse(data, "event", ev.decode)
}

// MarshalJSON implements [encoding/json.Marshaler].
func (ev Event) MarshalJSON() ([]byte, error) { return marshal(ev.encode), nil }

func (ev *Event) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "event":
			ev.Event = r.text()
		case "program":
			ev.Program = r.text()
		case "programStage":
			ev.ProgramStage = r.text()
		case "enrollment":
			ev.Enrollment = r.text()
		case "trackedEntity":
			ev.TrackedEntity = r.text()
		case "orgUnit":
			ev.OrgUnit = r.text()
		case "status":
			ev.Status = EventStatus(r.text())
		case "occurredAt":
			ev.OccurredAt = r.text()
		case "scheduledAt":
			ev.ScheduledAt = r.text()
		case "followUp":
			ev.FollowUp = r.boolean()
		case "deleted":
			ev.Deleted = r.boolean()
		case "completedAt":
			ev.CompletedAt = r.text()
		case "completedBy":
			ev.CompletedBy = r.text()
		case "attributeOptionCombo":
			ev.AttributeOptionCombo = r.text()
		case "attributeCategoryOptions":
			ev.AttributeCategoryOptions = splitOptions(r.text())
		case "assignedUser":
			ev.AssignedUser = r.user()
		case "geometry":
			ev.Geometry = r.raw()
		case "dataValues":
			ev.DataValues = list(r, (*DataValue).decode)
		case "notes":
			ev.Notes = list(r, (*Note).decode)
		case "relationships":
			ev.Relationships = list(r, (*Relationship).decode)
		default:
			ev.decodeServerSet(r, name)
		}
	}
}

// decodeServerSet reads the members that the server writes.
func (ev *Event) decodeServerSet(r *reader, name []byte) {
	switch string(name) {
	case "createdAt":
		ev.CreatedAt = r.text()
	case "createdAtClient":
		ev.CreatedAtClient = r.text()
	case "updatedAt":
		ev.UpdatedAt = r.text()
	case "updatedAtClient":
		ev.UpdatedAtClient = r.text()
	case "storedBy":
		ev.StoredBy = r.text()
	case "createdBy":
		ev.CreatedBy = r.user()
	case "updatedBy":
		ev.UpdatedBy = r.user()
	default:
		ev.Extra = r.extra(ev.Extra, name)
	}
}

func (ev *Event) encode(e *encoder) {
	e.begin('{')
	e.text("event", ev.Event)
	e.text("program", ev.Program)
	e.text("programStage", ev.ProgramStage)
	e.text("enrollment", ev.Enrollment)
	e.text("trackedEntity", ev.TrackedEntity)
	e.text("orgUnit", ev.OrgUnit)
	e.text("status", string(ev.Status))
	e.date("occurredAt", ev.OccurredAt)
	e.date("scheduledAt", ev.ScheduledAt)
	e.boolean("followUp", ev.FollowUp)
	e.boolean("deleted", ev.Deleted)
	e.date("completedAt", ev.CompletedAt)
	e.text("completedBy", ev.CompletedBy)
	e.date("createdAt", ev.CreatedAt)
	e.date("createdAtClient", ev.CreatedAtClient)
	e.date("updatedAt", ev.UpdatedAt)
	e.date("updatedAtClient", ev.UpdatedAtClient)
	e.text("storedBy", ev.StoredBy)
	e.user("createdBy", ev.CreatedBy)
	e.user("updatedBy", ev.UpdatedBy)
	e.text("attributeOptionCombo", ev.AttributeOptionCombo)
	e.joined("attributeCategoryOptions", ev.AttributeCategoryOptions)
	e.user("assignedUser", ev.AssignedUser)
	e.raw("geometry", ev.Geometry)
	encodeSent(e, "dataValues", ev.DataValues, (*DataValue).sent, (*DataValue).encode)
	encodeSent(e, "notes", ev.Notes, (*Note).sent, (*Note).encode)
	encodeList(e, "relationships", ev.Relationships, (*Relationship).encode)
	e.extra(ev.Extra)
	e.end('}')
}

func splitOptions(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ';' || c == ' ' })
}
