package tracker

import (
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// Record is the unit of an import: objects that belong to one tracked entity and come from one
// place in the source, such as a patient with all visits, or one event.
//
// Every object needs its own UID, best a derived one ([dhis2.Identity]): the answer of the server
// names objects by UID only, and a repeated request then updates what the first one created. A
// record may hold the tracked entity or not; parents may be in an earlier record, or at the
// server. The importer does not change a record, and keeps no part of it when its results are out.
type Record struct {
	// Key is the UID of the tracked entity. Records of one key go to the server one after the
	// other, in the order of the source. Defaults to the first tracked entity that Payload names.
	// Set it when Payload holds events only: nothing in an event names its tracked entity.
	Key string
	// Source says where the record comes from, in the caller's words: it comes back in every
	// [Result] and [Parked]. It is written to park stores and must name no patient: a line number,
	// a message id. Defaults to "".
	Source string
	// Version orders the changes of an object: a record with a lower version than what landed last
	// is stale and not sent. See [VersionOf]. Defaults to 0: the order in which records are read.
	Version int64
	// Strategy is what the server shall do. Defaults to CREATE_AND_UPDATE. With DELETE objects need
	// nothing but their UIDs.
	Strategy Strategy
	// Payload holds the objects, nested or flat.
	Payload Payload
}

// ErrRecord is wrapped by the errors of a source that concern one record only: it is rejected and
// parked, and the import goes on. Any other error of a source ends the run. The text must hold no
// patient data.
var ErrRecord = errors.New("record cannot be read")

// object is one object of a record on its way.
type object struct {
	ref     Ref    // as the source names it
	uid     string // at the server; ref.UID but for adopted ones
	parents []Ref  // as the source names them; ends of a relationship
	program string
	orgUnit string
	body    []byte // as the source has it
	wire    []byte // what is sent: body, unless UIDs in it were replaced
	hash    [16]byte

	fate     Fate // "" while it is pending
	class    dhis2.Class
	codes    []string
	warnings []string
	root     Ref
	rootWhy  []string
	status   int
	attempts int
	lost     bool // an answer about it was lost
	before   bool // it had landed before
	reason   string
	version  int64 // the highest that landed
}

// record is a Record on its way.
type record struct {
	seq      int64 // order of arrival, also in nanoseconds since 1970
	position int64
	source   string
	key      string
	version  int64
	strategy Strategy
	objects  []object
	keys     []string
	weight   int   // bytes of its objects
	cause    Cause // why it is parked
	final    bool  // it is over: what did not land is parked

	separator byte // of the server's version

	names    map[string]bool // the UIDs it mentions, which are its keys
	aliases  map[Ref]string  // names at the server of objects it mentions
	ready    bool            // it is in lanes.ready
	batch    *batch
	parkedID string // it comes from a park store, under this ID

	// What was tried already.
	sentAt     time.Time
	tries      int  // waits for a parent
	lastChance bool // no more of them
	rewrites   int  // other UIDs
	repeats    int
	refreshed  bool
	ghost      bool // a request whose answer was lost may still be at work
}

// newRecord takes a Record apart. One that must not be sent has its fate already.
func newRecord(in Record, position, seq int64, separator byte, params Params) *record {
	flat := in.Payload.Flatten()
	r := &record{
		seq: seq, position: position, source: in.Source, key: in.Key, version: in.Version,
		strategy: in.Strategy, separator: separator, objects: make([]object, 0, flat.Counts().Total()),
	}
	if r.strategy == "" {
		r.strategy = CreateAndUpdate
	}
	for i := range flat.TrackedEntities {
		te := &flat.TrackedEntities[i]
		r.append(object{ref: Ref{TypeTrackedEntity, te.TrackedEntity}, orgUnit: te.OrgUnit, body: r.encode(te.encode)})
	}
	for i := range flat.Enrollments {
		en := &flat.Enrollments[i]
		r.append(object{
			ref: Ref{TypeEnrollment, en.Enrollment}, parents: parentRef(TypeTrackedEntity, en.TrackedEntity),
			program: en.Program, orgUnit: en.OrgUnit, body: r.encode(en.encode),
		})
	}
	for i := range flat.Events {
		ev := &flat.Events[i]
		r.append(object{
			ref: Ref{TypeEvent, ev.Event}, parents: parentRef(TypeEnrollment, ev.Enrollment),
			program: ev.Program, orgUnit: ev.OrgUnit, body: r.encode(ev.encode),
		})
	}
	for i := range flat.Relationships {
		rel := &flat.Relationships[i]
		o := object{ref: Ref{TypeRelationship, rel.Relationship}, body: r.encode(rel.encode)}
		for _, end := range []RelationshipItem{rel.From, rel.To} {
			if ref, ok := end.Ref(); ok {
				o.parents = append(o.parents, ref)
			}
		}
		r.append(o)
	}
	params.Strategy = r.strategy
	problems := flat.Refusals(params)
	if !slices.Contains([]Strategy{CreateAndUpdate, Create, Update, Delete}, r.strategy) {
		problems = append(problems, Problem{Reason: "its Strategy is none the server knows"})
	}
	r.refuse(problems)
	if r.key == "" {
		r.key = r.ownKey()
	}
	r.rekey()
	return r
}

// encode writes one object in the spelling of the server's version.
func (r *record) encode(object func(*encoder)) []byte {
	e := encoder{separator: r.separator}
	object(&e)
	return e.buf
}

// unreadable is what became of a place in the source that holds no record.
func unreadable(source string, position, seq int64, err error) *record {
	return &record{
		seq: seq, position: position, source: source, strategy: CreateAndUpdate,
		objects: []object{{fate: FateRejected, class: dhis2.ClassData, reason: err.Error()}},
	}
}

// refuse gives a record its fate that must not be sent.
func (r *record) refuse(problems []Problem) {
	if len(problems) == 0 {
		return
	}
	root := problems[0].Ref
	for i := range r.objects {
		o := &r.objects[i]
		o.fate, o.class, o.root = FateRejected, dhis2.ClassData, root
		for _, p := range problems {
			if p.Ref == o.ref || i == 0 && p.Ref.UID == "" {
				o.reason, o.root = p.Reason, Ref{}
				break
			}
		}
	}
}

// ownKey is the first tracked entity that the record names.
func (r *record) ownKey() string {
	for i := range r.objects {
		if o := &r.objects[i]; o.ref.Type == TypeTrackedEntity {
			return o.ref.UID
		}
		for _, parent := range r.objects[i].parents {
			if parent.Type == TypeTrackedEntity {
				return parent.UID
			}
		}
	}
	return ""
}

func parentRef(kind Type, uid string) []Ref {
	if uid == "" {
		return nil
	}
	return []Ref{{kind, uid}}
}

func (r *record) append(o object) {
	o.uid, o.wire, o.hash = o.ref.UID, o.body, hashOf(o.body)
	r.weight += len(o.body)
	r.objects = append(r.objects, o)
}

// rekey finds the keys of the record's lanes: every UID it mentions, by the names of the source
// and of the server, so that whoever touches one of them waits. A record that is in lanes must not
// be rekeyed.
func (r *record) rekey() {
	if r.names == nil {
		r.names = make(map[string]bool, 2*len(r.objects)+1)
	}
	before := len(r.names)
	r.name(Ref{TypeTrackedEntity, r.key})
	for i := range r.objects {
		r.name(r.objects[i].ref)
		for _, parent := range r.objects[i].parents {
			r.name(parent)
		}
	}
	if len(r.names) > before {
		r.keys = slices.Sorted(maps.Keys(r.names))
	}
}

func (r *record) name(ref Ref) {
	for _, uid := range []string{ref.UID, r.aliases[ref]} {
		if uid != "" {
			r.names[uid] = true
		}
	}
}

// pendingCount is the number of objects without a fate.
func (r *record) pendingCount() int {
	n := 0
	for i := range r.objects {
		if r.objects[i].fate == "" {
			n++
		}
	}
	return n
}

// bytes is about what the record weighs in memory and in a request.
func (r *record) bytes() int {
	n := 0
	for i := range r.objects {
		if r.objects[i].fate == "" {
			n += len(r.objects[i].wire) + 1
		}
	}
	return n
}

// hashOf tells two texts of an object apart.
func hashOf(body []byte) [16]byte {
	sum := sha256.Sum256(body)
	return [16]byte(sum[:16])
}
