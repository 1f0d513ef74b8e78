package tracker

import (
	"fmt"
	"log/slog"

	"github.com/openhim/mediator-go/dhis2"
)

// Fate is what finally became of one object of an import.
type Fate string

// The fates of an object. The first seven mean that the server holds what it should.
const (
	FateCreated Fate = "created"
	FateUpdated Fate = "updated"
	// FateStored means created or updated: the server counts the objects of a request together, and a
	// request whose answer was lost may have created what its repetition updated.
	FateStored  Fate = "stored"
	FateDeleted Fate = "deleted"
	// FateUnchanged means that the same bytes landed before, so that nothing was sent, or that the
	// server had the object already and never updates it (a relationship).
	FateUnchanged Fate = "unchanged"
	// FateStale means that a newer version landed before, so that nothing was sent.
	FateStale Fate = "stale"
	// FateRejected means that the object did not land; see Codes, Class, Root and Cause.
	FateRejected Fate = "rejected"
	// FateUnfinished means that the run ended before the object's fate was known. It is behind the
	// checkpoint, so the run that resumes imports it.
	FateUnfinished Fate = "unfinished"
)

// Landed reports whether the server holds the object as it should.
func (f Fate) Landed() bool { return f != FateRejected && f != FateUnfinished }

// Result is the final account of one object: each object that goes into an [Importer] comes out
// as exactly one. It holds UIDs, codes and the caller's own source reference, and no value of a
// patient.
type Result struct {
	// Ref is the object as its record names it; the zero Ref for a place in the source that holds
	// no record.
	Ref Ref
	// UID is the object's at the server: another than Ref.UID if it was adopted from a holder of
	// the same unique value, or began a new incarnation.
	UID string
	// Source is the record's.
	Source string
	// Position of the record in the source, from 0; -1 for a released record.
	Position int64
	// Fate of the object.
	Fate Fate
	// Adopted says that UID is not Ref.UID.
	Adopted bool
	// Class and Codes say why an object was rejected, or landed in an unusual way, for example
	// E1030 of an object that was there already. Codes are sorted. An object that was left out
	// because of another one has none.
	Class dhis2.Class
	Codes []string
	// Reason says in words, free of values, why the object was not sent or the whole request was
	// refused; "" where Codes say it.
	Reason string
	// Warnings are the codes of the server's warnings, if Params.Report asked for them.
	Warnings []string
	// Root is the object that kept this one from landing, if it was another one: its parent
	// (E5000), or one of the same record where the record is all or nothing. Codes of the root are
	// RootCodes.
	Root      Ref
	RootCodes []string
	// Status is the HTTP status where the whole request was refused, else 0.
	Status int
	// Attempts is how many requests held the object; 0 if none did.
	Attempts int
	// Cause is the ID of the [Cause] the record is parked under, "" if it is not.
	Cause string
}

// String names fate, object and codes.
func (r Result) String() string {
	if len(r.Codes) == 0 && r.Root != (Ref{}) {
		return fmt.Sprintf("%s %s: %s %v", r.Ref, r.Fate, r.Root, r.RootCodes)
	}
	return fmt.Sprintf("%s %s %v", r.Ref, r.Fate, r.Codes)
}

// LogValue implements [slog.LogValuer].
func (r Result) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Tally counts objects by fate.
type Tally struct {
	Created, Updated, Stored, Deleted, Unchanged, Stale, Rejected, Unfinished int64
}

// Total is the number of objects.
func (t Tally) Total() int64 { return t.Landed() + t.Rejected + t.Unfinished }

// Landed is the number of objects that the server holds as it should.
func (t Tally) Landed() int64 {
	return t.Created + t.Updated + t.Stored + t.Deleted + t.Unchanged + t.Stale
}

// with is the tally with one more object.
func (t Tally) with(f Fate) Tally {
	switch f {
	case FateCreated:
		t.Created++
	case FateUpdated:
		t.Updated++
	case FateStored:
		t.Stored++
	case FateDeleted:
		t.Deleted++
	case FateUnchanged:
		t.Unchanged++
	case FateStale:
		t.Stale++
	case FateRejected:
		t.Rejected++
	case FateUnfinished:
		t.Unfinished++
	}
	return t
}
