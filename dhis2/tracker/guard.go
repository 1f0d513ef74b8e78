package tracker

import (
	"context"
	"time"
)

// Guard remembers what landed, so that the importer neither overwrites newer data by older nor
// sends what the server has already: CREATE_AND_UPDATE replaces every scalar, and a late retry
// would undo a later change without any error (dhis2.md 2.2).
//
// The contract of an implementation:
//
//   - Load returns one entry for each ref, in that order; the zero [Landed] means unknown.
//   - Save replaces entries by their Ref. When it returns, they must be seen by every later Load,
//     also of another process that imports the same objects.
//   - An entry may be lost only together with the data at the server. A lost one costs a request
//     for unchanged data, lets an older change overwrite a newer one once, and forgets a UID that
//     was adopted, whose object is then looked up again.
//   - It is called from several goroutines at once; never for one object at the same time.
//
// A guard knows what the importer did, not what others do at the server: an object that somebody
// deleted there stays unchanged for it. To have it sent again, save its Ref with nothing else.
//
// An error ends the run: nothing is sent unguarded.
type Guard interface {
	Load(ctx context.Context, refs []Ref) ([]Landed, error)
	Save(ctx context.Context, landed []Landed) error
}

// Landed is what a [Guard] keeps of one object: no patient data but the UID.
type Landed struct {
	// Ref is the object as the source names it.
	Ref Ref
	// UID is the object's at the server if that is another one, because the importer adopted it
	// or began a new incarnation; else "".
	UID string
	// Version is the highest of the records that landed, 0 if they had none.
	Version int64
	// Arrival is when the importer read the record that landed, in nanoseconds since 1970; it
	// orders records without a version.
	Arrival int64
	// Hash is of the object's canonical bytes, as the source has them. Zero while only UID is
	// known; the hash of no bytes from the moment a change of it is sent to the moment the server
	// has confirmed it.
	Hash [16]byte
	// Deleted says that the importer deleted the object.
	Deleted bool
}

// known reports whether something landed at all.
func (l *Landed) known() bool { return l.Hash != [16]byte{} || l.Deleted }

// unsure is the Hash of an object that may hold what landed last, or what was sent after that. No
// object has it.
//
//nolint:gochecknoglobals // an array cannot be a constant
var unsure = hashOf(nil)

// verdict compares an object that is to be sent with what landed last.
func (l *Landed) verdict(version, arrival int64, hash [16]byte, remove bool) Fate {
	if !l.known() {
		return ""
	}
	older := arrival < l.Arrival
	if version != 0 && l.Version != 0 && version != l.Version {
		older = version < l.Version
	}
	switch {
	case older:
		return FateStale
	case remove == l.Deleted && hash == l.Hash:
		return FateUnchanged
	default:
		return ""
	}
}

// VersionOf is a [Record]'s version made of the time its data changed at the source, such as
// meta.lastUpdated of a FHIR resource.
func VersionOf(t time.Time) int64 { return t.UnixNano() }
