package tracker

import "encoding/json"

// Relationship links two tracker objects. It is never updated: an existing UID is ignored with
// the warning E4015.
type Relationship struct { //nolint:recvcheck // MarshalJSON must be found on values, UnmarshalJSON changes them
	// Relationship is the UID. RelationshipType, From and To are required.
	Relationship, RelationshipType string
	// RelationshipName and Bidirectional are set by the server.
	RelationshipName string
	Bidirectional    bool
	// Deleted, CreatedAt and UpdatedAt are set by the server.
	Deleted                               bool
	CreatedAt, CreatedAtClient, UpdatedAt string
	From, To                              RelationshipItem
	Extra                                 map[string]json.RawMessage
}

// RelationshipItem is one end of a relationship: exactly one of the three is a UID (E4001).
type RelationshipItem struct { //nolint:recvcheck // a value for callers, filled in place when it is read
	TrackedEntity, Enrollment, Event string
	// Extra holds the other members of the linked object, which exports may give. The server
	// ignores them on import.
	Extra map[string]json.RawMessage
}

// Ref returns the object the item names. It gives false unless it names exactly one.
func (i RelationshipItem) Ref() (Ref, bool) {
	switch {
	case i.TrackedEntity != "" && i.Enrollment == "" && i.Event == "":
		return Ref{TypeTrackedEntity, i.TrackedEntity}, true
	case i.TrackedEntity == "" && i.Enrollment != "" && i.Event == "":
		return Ref{TypeEnrollment, i.Enrollment}, true
	case i.TrackedEntity == "" && i.Enrollment == "" && i.Event != "":
		return Ref{TypeEvent, i.Event}, true
	}
	return Ref{}, false
}

// ItemOf returns the item that names the object. A relationship names no relationship: the item
// is empty then.
func ItemOf(ref Ref) RelationshipItem {
	switch ref.Type {
	case TypeTrackedEntity:
		return RelationshipItem{TrackedEntity: ref.UID}
	case TypeEnrollment:
		return RelationshipItem{Enrollment: ref.UID}
	case TypeEvent:
		return RelationshipItem{Event: ref.UID}
	case TypeRelationship:
	}
	return RelationshipItem{}
}

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (rel *Relationship) UnmarshalJSON(data []byte) error {
	*rel = Relationship{}
	return parse(data, "relationship", rel.decode)
}

// MarshalJSON implements [encoding/json.Marshaler].
func (rel Relationship) MarshalJSON() ([]byte, error) { return marshal(rel.encode), nil }

func (rel *Relationship) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "relationship":
			rel.Relationship = r.text()
		case "relationshipType":
			rel.RelationshipType = r.text()
		case "relationshipName":
			rel.RelationshipName = r.text()
		case "bidirectional":
			rel.Bidirectional = r.boolean()
		case "deleted":
			rel.Deleted = r.boolean()
		case "createdAt":
			rel.CreatedAt = r.text()
		case "createdAtClient":
			rel.CreatedAtClient = r.text()
		case "updatedAt":
			rel.UpdatedAt = r.text()
		case "from":
			rel.From = RelationshipItem{}
			rel.From.decode(r)
		case "to":
			rel.To = RelationshipItem{}
			rel.To.decode(r)
		default:
			rel.Extra = r.extra(rel.Extra, name)
		}
	}
}

func (rel *Relationship) encode(e *encoder) {
	e.begin('{')
	e.text("relationship", rel.Relationship)
	e.text("relationshipType", rel.RelationshipType)
	e.text("relationshipName", rel.RelationshipName)
	e.boolean("bidirectional", rel.Bidirectional)
	e.boolean("deleted", rel.Deleted)
	e.date("createdAt", rel.CreatedAt)
	e.date("createdAtClient", rel.CreatedAtClient)
	e.date("updatedAt", rel.UpdatedAt)
	rel.From.encode(e, "from")
	rel.To.encode(e, "to")
	e.extra(rel.Extra)
	e.end('}')
}

func (i *RelationshipItem) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "trackedEntity":
			i.TrackedEntity = i.decodeLinked(r, "trackedEntity")
		case "enrollment":
			i.Enrollment = i.decodeLinked(r, "enrollment")
		case "event":
			i.Event = i.decodeLinked(r, "event")
		default:
			r.skip()
		}
	}
}

// decodeLinked reads the object {"<member>": uid, …} and returns the UID.
func (i *RelationshipItem) decodeLinked(r *reader, member string) (uid string) {
	for more := r.begin('{'); more; more = r.more('}') {
		if name := r.name(); string(name) == member {
			uid = r.text()
		} else {
			i.Extra = r.extra(i.Extra, name)
		}
	}
	return uid
}

func (i *RelationshipItem) encode(e *encoder, name string) {
	if i.TrackedEntity == "" && i.Enrollment == "" && i.Event == "" {
		return
	}
	e.name(name)
	e.begin('{')
	extra := i.Extra
	for _, linked := range [...]struct{ member, uid string }{
		{"trackedEntity", i.TrackedEntity}, {"enrollment", i.Enrollment}, {"event", i.Event},
	} {
		if linked.uid == "" {
			continue
		}
		e.name(linked.member)
		e.begin('{')
		e.text(linked.member, linked.uid)
		e.extra(extra)
		e.end('}')
		extra = nil
	}
	e.end('}')
}
