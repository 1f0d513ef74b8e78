package dhis2

import (
	"errors"
	"strconv"
	"strings"
)

// Kinds of objects that have identities.
const (
	KindTrackedEntity = "trackedEntity"
	KindEnrollment    = "enrollment"
	KindEvent         = "event"
)

// Identity is what an object is known by at its source. Its UID is derived from
// all of it, so that a message that is sent twice updates what it created
// instead of making another one.
//
//	patient := dhis2.Identity{System: "urn:oid:1.2.3", ID: "NID-1001", Kind: dhis2.KindTrackedEntity}
//	enrollment := patient.Child(dhis2.KindEnrollment, program)
//	visit := enrollment.Child(dhis2.KindEvent, encounterID)
//
// It is comparable. Derive UIDs only for what this sender creates: a person whom
// somebody else may have registered is looked up first.
type Identity struct {
	// Namespace keeps apart senders whose systems have the same names, such as
	// a test and a production stage. Defaults to none.
	Namespace string
	// System is the source's, such as the system of a FHIR identifier.
	System string
	// ID is what the source calls it.
	ID string
	// Kind of the object: one source record may become several.
	Kind string
	// Incarnation counts deletions: the UID of a deleted object can never be
	// used again (E1114, E1113, E1082), so what comes back needs the next one.
	// Defaults to 0. [Identity.Child] of a later incarnation have other UIDs, too.
	Incarnation int

	keys  string // of a child: encoded parts after ID
	above string // of a child: the incarnations of what it is in
}

// Child is an object within i, such as an enrollment of a patient: keys tell it
// from others of its kind there, for example the program and the date. Its
// Incarnation begins at 0.
func (i Identity) Child(kind string, keys ...string) Identity {
	c := i
	c.Kind, c.Incarnation = kind, 0
	c.keys = i.keys + string(appendParts(nil, keys...))
	c.above = i.above + strconv.Itoa(i.Incarnation) + "."
	return c
}

// Next is the same object after it was deleted: one incarnation later.
func (i Identity) Next() Identity {
	i.Incarnation++
	return i
}

// Check tells why i cannot identify anything: System, ID or Kind is empty, so
// that several objects would be one, or the incarnation is negative.
func (i Identity) Check() error {
	switch {
	case i.System == "":
		return errors.New("dhis2: identity: no system")
	case i.ID == "":
		return errors.New("dhis2: identity: no id")
	case i.Kind == "":
		return errors.New("dhis2: identity: no kind")
	case i.Incarnation < 0:
		return errors.New("dhis2: identity: a negative incarnation")
	}
	return nil
}

// UID is the object's; "" if [Identity.Check] has something against i.
//
// The rule never changes: [DeriveUID] of kind, system, id and keys; before them,
// if there is a namespace or any incarnation is not 0, a NUL character, the
// namespace and the incarnations from the outermost object to this one.
func (i Identity) UID() string {
	if i.Check() != nil {
		return ""
	}
	var content []byte
	if incarnations := i.above + strconv.Itoa(i.Incarnation); i.Namespace != "" || strings.Trim(incarnations, "0.") != "" {
		content = appendParts(content, "\x00", i.Namespace, incarnations)
	}
	content = appendParts(content, i.Kind, i.System, i.ID)
	return uidOf(append(content, i.keys...))
}

// NoteIdentity is what a note is known by. Notes without a UID are appended once
// more by each repetition of a request.
type NoteIdentity struct {
	// Owner is the UID of the enrollment or event.
	Owner string
	// Key tells it from the owner's other notes: the id it has at its source,
	// else its time and text. With the text alone the same note made twice is
	// one note.
	Key string
}

// UID is the note's; "" if Owner or Key is empty.
func (n NoteIdentity) UID() string {
	if n.Owner == "" || n.Key == "" {
		return ""
	}
	return DeriveUID("note", n.Owner, n.Key)
}

// RelationshipIdentity is what a relationship is known by: its type and its two
// ends, as DHIS2 holds it (E4018).
type RelationshipIdentity struct {
	// Type is the UID of the relationship type.
	Type string
	// From and To are the UIDs of the ends.
	From, To string
	// Bidirectional says that the type makes no difference between the ends.
	Bidirectional bool
	// Incarnation counts deletions, as that of [Identity] does. Defaults to 0.
	Incarnation int
}

// UID is the relationship's; "" if Type, From or To is empty, the ends are one
// (E4000), or the incarnation is negative.
func (r RelationshipIdentity) UID() string {
	if r.Type == "" || r.From == "" || r.To == "" || r.From == r.To || r.Incarnation < 0 {
		return ""
	}
	from, to := r.From, r.To
	if r.Bidirectional {
		from, to = min(from, to), max(from, to)
	}
	if r.Incarnation == 0 {
		return DeriveUID("relationship", r.Type, from, to)
	}
	return DeriveUID("relationship", r.Type, from, to, strconv.Itoa(r.Incarnation))
}
