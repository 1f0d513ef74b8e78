package tracker

import "encoding/json"

// EnrollmentStatus is the state of an enrollment. The server reads a missing one as ACTIVE, also
// by an update, and refuses other spellings with 400 for the whole payload.
type EnrollmentStatus string

// The states of an enrollment.
const (
	EnrollmentActive    EnrollmentStatus = "ACTIVE"
	EnrollmentCompleted EnrollmentStatus = "COMPLETED"
	EnrollmentCancelled EnrollmentStatus = "CANCELLED"
)

// Enrollment is the time a tracked entity is followed by one program. As with [TrackedEntity], an
// update replaces every scalar; Attributes and Notes merge by key.
type Enrollment struct { //nolint:recvcheck // MarshalJSON must be found on values, UnmarshalJSON changes them
	// Enrollment is the UID. TrackedEntity, Program, OrgUnit and EnrolledAt are required;
	// the first two cannot change after creation. Inside of a tracked entity TrackedEntity may be
	// left out.
	Enrollment, TrackedEntity, Program string
	Status                             EnrollmentStatus
	OrgUnit                            string
	EnrolledAt, OccurredAt             string
	// FollowUp marks the enrollment for follow-up. False is not sent, and means false.
	FollowUp bool
	// Deleted is set by the server.
	Deleted bool
	// CompletedAt is taken with COMPLETED and CANCELLED only (E1052). CompletedBy is set by the
	// server.
	CompletedAt, CompletedBy string
	// CreatedAt and UpdatedAt are set by the server.
	CreatedAt, CreatedAtClient, UpdatedAt, UpdatedAtClient string
	StoredBy                                               string
	CreatedBy, UpdatedBy                                   *User
	// AttributeOptionCombo is known from 2.43 on.
	AttributeOptionCombo string
	Geometry             json.RawMessage
	// Attributes may be the program's attributes only (E1019).
	Attributes    []Attribute
	Notes         []Note
	Events        []Event
	Relationships []Relationship
	Extra         map[string]json.RawMessage
}

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (en *Enrollment) UnmarshalJSON(data []byte) error {
	*en = Enrollment{}
	return parse(data, "enrollment", en.decode)
}

// MarshalJSON implements [encoding/json.Marshaler].
func (en Enrollment) MarshalJSON() ([]byte, error) { return marshal(en.encode), nil }

func (en *Enrollment) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "enrollment":
			en.Enrollment = r.text()
		case "trackedEntity":
			en.TrackedEntity = r.text()
		case "program":
			en.Program = r.text()
		case "status":
			en.Status = EnrollmentStatus(r.text())
		case "orgUnit":
			en.OrgUnit = r.text()
		case "enrolledAt":
			en.EnrolledAt = r.text()
		case "occurredAt":
			en.OccurredAt = r.text()
		case "followUp":
			en.FollowUp = r.boolean()
		case "deleted":
			en.Deleted = r.boolean()
		case "completedAt":
			en.CompletedAt = r.text()
		case "completedBy":
			en.CompletedBy = r.text()
		case "createdAt":
			en.CreatedAt = r.text()
		case "createdAtClient":
			en.CreatedAtClient = r.text()
		case "updatedAt":
			en.UpdatedAt = r.text()
		case "updatedAtClient":
			en.UpdatedAtClient = r.text()
		case "storedBy":
			en.StoredBy = r.text()
		case "createdBy":
			en.CreatedBy = r.user()
		case "updatedBy":
			en.UpdatedBy = r.user()
		case "attributeOptionCombo":
			en.AttributeOptionCombo = r.text()
		case "geometry":
			en.Geometry = r.raw()
		case "attributes":
			en.Attributes = list(r, (*Attribute).decode)
		case "notes":
			en.Notes = list(r, (*Note).decode)
		case "events":
			en.Events = list(r, (*Event).decode)
		case "relationships":
			en.Relationships = list(r, (*Relationship).decode)
		default:
			en.Extra = r.extra(en.Extra, name)
		}
	}
}

func (en *Enrollment) encode(e *encoder) {
	e.begin('{')
	e.text("enrollment", en.Enrollment)
	e.text("trackedEntity", en.TrackedEntity)
	e.text("program", en.Program)
	e.text("status", string(en.Status))
	e.text("orgUnit", en.OrgUnit)
	e.date("enrolledAt", en.EnrolledAt)
	e.date("occurredAt", en.OccurredAt)
	e.boolean("followUp", en.FollowUp)
	e.boolean("deleted", en.Deleted)
	e.date("completedAt", en.CompletedAt)
	e.text("completedBy", en.CompletedBy)
	e.date("createdAt", en.CreatedAt)
	e.date("createdAtClient", en.CreatedAtClient)
	e.date("updatedAt", en.UpdatedAt)
	e.date("updatedAtClient", en.UpdatedAtClient)
	e.text("storedBy", en.StoredBy)
	e.user("createdBy", en.CreatedBy)
	e.user("updatedBy", en.UpdatedBy)
	e.text("attributeOptionCombo", en.AttributeOptionCombo)
	e.raw("geometry", en.Geometry)
	encodeSent(e, "attributes", en.Attributes, (*Attribute).sent, (*Attribute).encode)
	encodeSent(e, "notes", en.Notes, (*Note).sent, (*Note).encode)
	encodeList(e, "events", en.Events, (*Event).encode)
	encodeList(e, "relationships", en.Relationships, (*Relationship).encode)
	e.extra(en.Extra)
	e.end('}')
}
