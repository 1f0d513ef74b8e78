package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// Cause is why records are parked. Records that fail for the same reason share one, so that a
// missing org-unit assignment is one entry for a person to solve and not ten thousand. It holds
// codes and UIDs of metadata, and nothing of a patient.
type Cause struct {
	// Class of the error, [dhis2.ClassPermission] for example.
	Class dhis2.Class
	// Code is the decisive one, "E1029"; "" where the whole request was refused.
	Code string
	// Type of the object that failed.
	Type Type
	// Program of that object, if it names one.
	Program string
	// OrgUnit of that object, only for codes about org units.
	OrgUnit string
	// Status is the HTTP status where the whole request was refused, else 0.
	Status int
}

// ID names the cause: the same in every run.
func (c Cause) ID() string {
	parts := []string{string(c.Class)}
	for _, part := range []string{c.Code, string(c.Type), c.Program, c.OrgUnit} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if c.Status != 0 {
		parts = append(parts, fmt.Sprint("HTTP", c.Status))
	}
	return strings.Join(parts, "/")
}

// String returns the ID.
func (c Cause) String() string { return c.ID() }

// Parked is a record that did not land, or of which a part did not.
type Parked struct {
	// ID of the entry; parking it again under the same one replaces it.
	ID string
	// Cause is the ID of Why.
	Cause string
	// Why it is parked.
	Why Cause
	// Source, Key, Version, Arrival and Strategy are the record's; they make that an old record
	// which is released late does not overwrite newer data.
	Source, Key string
	Version     int64
	Arrival     int64
	Strategy    Strategy
	// Refs are the objects that did not land.
	Refs []Ref
	// Payload holds them, if Config.ParkPayloads is set. It is patient data.
	Payload *Payload `json:",omitempty"`
	// At is when it was parked.
	At time.Time
}

// ParkStore keeps parked records until they are released. Its methods may be called from several
// goroutines at once. An error ends the run, as a record that is neither at the server nor parked
// would be lost.
//
// [MemoryPark] and [FilePark] are there.
type ParkStore interface {
	// Park adds entries, or replaces those with the same ID. They must be safe when it returns:
	// the checkpoint moves on then.
	Park(ctx context.Context, entries []Parked) error
	// Remove takes entries away that landed. Unknown IDs are none of its business.
	Remove(ctx context.Context, ids []string) error
	// Causes counts the entries by Cause.ID.
	Causes(ctx context.Context) (map[string]int64, error)
	// Entries yields those of a cause, "" for all, oldest first. Entries may be parked and removed
	// meanwhile.
	Entries(ctx context.Context, cause string) iter.Seq2[Parked, error]
}

// parked is the entry of a record, with the objects that did not land. Its ID is the same when the
// record is parked again, also by another run.
func (r *record) parked(c Cause, payloads bool, at time.Time) Parked {
	p := Parked{
		ID: r.parkedID, Cause: c.ID(), Why: c, Source: r.source, Key: r.key, Version: r.version, Arrival: r.seq,
		Strategy: r.strategy, At: at,
	}
	id := sha256.New()
	_, _ = fmt.Fprintf(id, "%q %q %d %s", r.source, r.key, r.version, r.strategy) // a hash takes everything
	if len(r.objects) == 1 && r.objects[0].ref == (Ref{}) {
		_, _ = fmt.Fprintf(id, " %d", r.position) // all that an unreadable record is known by
	}
	var payload Payload
	for i := range r.objects {
		o := &r.objects[i]
		_, _ = fmt.Fprintf(id, " %s %x", o.ref, o.hash) // of two records without a version one is not the other
		if o.fate == FateRejected && o.ref != (Ref{}) {
			p.Refs = append(p.Refs, o.ref)
			payload.add(o)
		}
	}
	if p.ID == "" {
		p.ID = hex.EncodeToString(id.Sum(nil)[:12])
	}
	if payloads && len(p.Refs) > 0 {
		p.Payload = &payload
	}
	return p
}

// add puts an object into a payload. Its body was encoded by this package, so it can be read.
func (p *Payload) add(o *object) {
	switch o.ref.Type {
	case TypeTrackedEntity:
		var te TrackedEntity
		if parse(o.body, "tracked entity", te.decode) == nil {
			p.TrackedEntities = append(p.TrackedEntities, te)
		}
	case TypeEnrollment:
		var en Enrollment
		if parse(o.body, "enrollment", en.decode) == nil {
			p.Enrollments = append(p.Enrollments, en)
		}
	case TypeEvent:
		var ev Event
		if parse(o.body, "event", ev.decode) == nil {
			p.Events = append(p.Events, ev)
		}
	case TypeRelationship:
		var rel Relationship
		if parse(o.body, "relationship", rel.decode) == nil {
			p.Relationships = append(p.Relationships, rel)
		}
	}
}

// aboutOrgUnits are the codes that one org unit causes, so that each is a cause of its own.
func aboutOrgUnits(code string) bool {
	switch code {
	case "E1000", "E1003", "E1011", "E1029", "E1041", "E1049", "E1070", "E1102", "E1105", "E1324":
		return true
	default:
		return false
	}
}

// causeOf is why a record is parked whose decisive object is o.
func causeOf(o *object) Cause {
	c := Cause{Class: o.class, Type: o.ref.Type, Program: o.program, Status: o.status}
	switch {
	case len(o.rootWhy) > 0:
		c.Type, c.Code = o.root.Type, decisive(o.rootWhy, o.class)
	case len(o.codes) > 0:
		c.Code = decisive(o.codes, o.class)
	}
	if aboutOrgUnits(c.Code) {
		c.OrgUnit = o.orgUnit
	}
	return c
}

// decisive is the first code of the class that decided.
func decisive(codes []string, class dhis2.Class) string {
	for _, code := range codes {
		if dhis2.ClassOf(code) == class {
			return code
		}
	}
	return codes[0]
}
