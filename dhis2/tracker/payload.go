package tracker

import (
	"iter"
)

// Type is a kind of tracker object, spelled as import reports spell it.
type Type string

// The four kinds of objects a tracker payload holds, in the order the server stores them.
const (
	TypeTrackedEntity Type = "TRACKED_ENTITY"
	TypeEnrollment    Type = "ENROLLMENT"
	TypeEvent         Type = "EVENT"
	TypeRelationship  Type = "RELATIONSHIP"
)

// Ref names one tracker object. Objects of different types may share a UID, so the UID alone
// does not.
type Ref struct {
	Type Type
	UID  string
}

// String returns the type and the UID, "EVENT/u01bS7TBPU6".
func (r Ref) String() string { return string(r.Type) + "/" + r.UID }

// Payload is the body of POST /api/tracker and of the answers of the export. Children may stand
// inside of their parents (nested), in the lists of the payload (flat), or partly so: the server
// takes all three. A Payload and what it holds are plain values, not safe to change from several
// goroutines at once.
type Payload struct { //nolint:recvcheck // MarshalJSON must be found on values, UnmarshalJSON changes them
	TrackedEntities []TrackedEntity
	Enrollments     []Enrollment
	Events          []Event
	Relationships   []Relationship
}

// ParsePayload reads a payload. Members it does not know are kept in each object's Extra, those
// beside the four lists are left out, as the server does. It refuses what the server would break
// on: a null item in a list, a list that is none, text behind the payload, text that is not UTF-8.
// Errors name the place, never a value.
func ParsePayload(data []byte) (Payload, error) {
	var p Payload
	err := parse(data, "payload", p.decode)
	return p, err
}

// UnmarshalJSON implements [encoding/json.Unmarshaler]. [ParsePayload] is faster.
func (p *Payload) UnmarshalJSON(data []byte) error {
	*p = Payload{}
	return parse(data, "payload", p.decode)
}

// MarshalJSON implements [encoding/json.Marshaler] with the spelling of 2.41 and later. [Payload.Encode]
// is faster and knows the version.
func (p Payload) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// AppendJSON appends the compact text of the payload, with the spelling of 2.41 and later. The
// same payload always gives the same bytes: members have a fixed order, those of Extra come last
// and sorted.
func (p Payload) AppendJSON(dst []byte) []byte {
	e := encoder{buf: dst, separator: ','}
	p.encode(&e)
	return e.buf
}

func (p *Payload) decode(r *reader) {
	for more := r.begin('{'); more; more = r.more('}') {
		switch name := r.name(); string(name) {
		case "trackedEntities":
			p.TrackedEntities = list(r, (*TrackedEntity).decode)
		case "enrollments":
			p.Enrollments = list(r, (*Enrollment).decode)
		case "events":
			p.Events = list(r, (*Event).decode)
		case "relationships":
			p.Relationships = list(r, (*Relationship).decode)
		default:
			r.skip()
		}
	}
}

func (p *Payload) encode(e *encoder) {
	e.begin('{')
	encodeList(e, "trackedEntities", p.TrackedEntities, (*TrackedEntity).encode)
	encodeList(e, "enrollments", p.Enrollments, (*Enrollment).encode)
	encodeList(e, "events", p.Events, (*Event).encode)
	encodeList(e, "relationships", p.Relationships, (*Relationship).encode)
	e.end('}')
}

// Counts says how many objects of each type a payload holds, at all levels.
type Counts struct {
	TrackedEntities, Enrollments, Events, Relationships int
}

// Total returns the number of objects, which is what the server's stats count.
func (c Counts) Total() int {
	return c.TrackedEntities + c.Enrollments + c.Events + c.Relationships
}

// Counts counts the objects of the payload at all levels.
func (p *Payload) Counts() Counts {
	c := Counts{
		TrackedEntities: len(p.TrackedEntities), Enrollments: len(p.Enrollments),
		Events: len(p.Events), Relationships: len(p.Relationships),
	}
	for i := range p.TrackedEntities {
		te := &p.TrackedEntities[i]
		c.Relationships += len(te.Relationships)
		c.Enrollments += len(te.Enrollments)
		for j := range te.Enrollments {
			countEnrollment(&c, &te.Enrollments[j])
		}
	}
	for i := range p.Enrollments {
		countEnrollment(&c, &p.Enrollments[i])
	}
	for i := range p.Events {
		c.Relationships += len(p.Events[i].Relationships)
	}
	return c
}

func countEnrollment(c *Counts, e *Enrollment) {
	c.Relationships += len(e.Relationships)
	c.Events += len(e.Events)
	for i := range e.Events {
		c.Relationships += len(e.Events[i].Relationships)
	}
}

// Size returns the number of bytes of the payload's compact text. It encodes the payload to know.
func (p *Payload) Size() int { return len(p.AppendJSON(nil)) }

// Refs yields the type and UID of every object at all levels: tracked entities with what is in
// them, then enrollments, events and relationships. Objects without a UID are yielded with "".
func (p *Payload) Refs() iter.Seq[Ref] {
	return func(yield func(Ref) bool) { p.walk(refVisitor(yield)) }
}
