package tracker

import "encoding/json"

// TrackedEntity is a person or thing followed by programs.
//
// The server replaces every scalar by an update: a member that is not sent becomes null or false.
// Only Attributes merge by their key. Dates are written as the server takes them, 2026-01-06 or
// 2026-01-06T10:00:00.000 with or without an offset; those without one are in the server's zone.
// An empty text and a false are not sent.
type TrackedEntity struct { //nolint:recvcheck // MarshalJSON must be found on values, UnmarshalJSON changes them
	// TrackedEntity is the UID. TrackedEntityType and OrgUnit are required; the type cannot change
	// after creation.
	TrackedEntity, TrackedEntityType, OrgUnit string
	// CreatedAt and UpdatedAt are set by the server, which ignores them on import; the other two
	// are the times of the client that made the object.
	CreatedAt, CreatedAtClient, UpdatedAt, UpdatedAtClient string
	Inactive, PotentialDuplicate                           bool
	// Deleted is set by the server: the object is a tombstone whose UID cannot be used again.
	Deleted bool
	// Geometry is GeoJSON, kept as it is written.
	Geometry json.RawMessage
	// StoredBy, CreatedBy and UpdatedBy are set by the server.
	StoredBy             string
	CreatedBy, UpdatedBy *User
	Attributes           []Attribute
	Enrollments          []Enrollment
	Relationships        []Relationship
	// ProgramOwners is set by the server.
	ProgramOwners []ProgramOwner
	// Extra holds the members this version of the package does not know.
	Extra map[string]json.RawMessage
}

// ProgramOwner says which org unit owns a tracked entity in a program.
type ProgramOwner struct {
	OrgUnit, TrackedEntity, Program string
	Extra                           map[string]json.RawMessage
}

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (te *TrackedEntity) UnmarshalJSON(data []byte) error {
	*te = TrackedEntity{}
	return parse(data, "tracked entity", te.decode)
}

// MarshalJSON implements [encoding/json.Marshaler].
func (te TrackedEntity) MarshalJSON() ([]byte, error) { return marshal(te.encode), nil }

func (te *TrackedEntity) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "trackedEntity":
			te.TrackedEntity = r.text()
		case "trackedEntityType":
			te.TrackedEntityType = r.text()
		case "orgUnit":
			te.OrgUnit = r.text()
		case "createdAt":
			te.CreatedAt = r.text()
		case "createdAtClient":
			te.CreatedAtClient = r.text()
		case "updatedAt":
			te.UpdatedAt = r.text()
		case "updatedAtClient":
			te.UpdatedAtClient = r.text()
		case "inactive":
			te.Inactive = r.boolean()
		case "potentialDuplicate":
			te.PotentialDuplicate = r.boolean()
		case "deleted":
			te.Deleted = r.boolean()
		case "geometry":
			te.Geometry = r.raw()
		case "storedBy":
			te.StoredBy = r.text()
		case "createdBy":
			te.CreatedBy = r.user()
		case "updatedBy":
			te.UpdatedBy = r.user()
		case "attributes":
			te.Attributes = list(r, (*Attribute).decode)
		case "enrollments":
			te.Enrollments = list(r, (*Enrollment).decode)
		case "relationships":
			te.Relationships = list(r, (*Relationship).decode)
		case "programOwners":
			te.ProgramOwners = list(r, (*ProgramOwner).decode)
		default:
			te.Extra = r.extra(te.Extra, name)
		}
	}
}

func (te *TrackedEntity) encode(e *encoder) {
	e.begin('{')
	e.text("trackedEntity", te.TrackedEntity)
	e.text("trackedEntityType", te.TrackedEntityType)
	e.text("orgUnit", te.OrgUnit)
	e.date("createdAt", te.CreatedAt)
	e.date("createdAtClient", te.CreatedAtClient)
	e.date("updatedAt", te.UpdatedAt)
	e.date("updatedAtClient", te.UpdatedAtClient)
	e.boolean("inactive", te.Inactive)
	e.boolean("potentialDuplicate", te.PotentialDuplicate)
	e.boolean("deleted", te.Deleted)
	e.raw("geometry", te.Geometry)
	e.text("storedBy", te.StoredBy)
	e.user("createdBy", te.CreatedBy)
	e.user("updatedBy", te.UpdatedBy)
	encodeSent(e, "attributes", te.Attributes, (*Attribute).sent, (*Attribute).encode)
	encodeList(e, "enrollments", te.Enrollments, (*Enrollment).encode)
	encodeList(e, "relationships", te.Relationships, (*Relationship).encode)
	encodeList(e, "programOwners", te.ProgramOwners, (*ProgramOwner).encode)
	e.extra(te.Extra)
	e.end('}')
}

func (o *ProgramOwner) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "orgUnit":
			o.OrgUnit = r.text()
		case "trackedEntity":
			o.TrackedEntity = r.text()
		case "program":
			o.Program = r.text()
		default:
			o.Extra = r.extra(o.Extra, name)
		}
	}
}

func (o *ProgramOwner) encode(e *encoder) {
	e.begin('{')
	e.text("orgUnit", o.OrgUnit)
	e.text("trackedEntity", o.TrackedEntity)
	e.text("program", o.Program)
	e.extra(o.Extra)
	e.end('}')
}
