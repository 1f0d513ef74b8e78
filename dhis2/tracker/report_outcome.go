package tracker

import (
	"errors"
	"slices"
	"strings"
)

// ErrNoReport is wrapped by errors about answers that are no import report.
var ErrNoReport = errors.New("no import report")

// codeParentFailed is the error of an object whose parent could not be stored.
const codeParentFailed = "E5000"

// State says what became of one object.
type State int

// The states of an [Outcome].
const (
	// Unknown: the report does not say. Read the object before doing anything else.
	Unknown State = iota
	// Stored: the object was created, updated or deleted, as the strategy asked; after a dry run,
	// it would be.
	Stored
	// Failed: the server refused the object, for the reasons in Errors.
	Failed
	// NotStored: the object has no error of its own and was not stored: another one failed with
	// atomicMode=ALL, its parent failed, or it exists already and is never updated.
	NotStored
)

// String returns the name of the state.
func (s State) String() string {
	switch s {
	case Stored:
		return "stored"
	case Failed:
		return "failed"
	case NotStored:
		return "not stored"
	case Unknown:
	}
	return "unknown"
}

// Outcome is what a report says about one object.
type Outcome struct {
	Ref   Ref
	State State
	// Errors and Warnings are those about this object.
	Errors, Warnings []Entry
	// Root is the object whose error made this one fail with E5000, when the report names it: the
	// last of the chain, which has an error of its own. It is the zero Ref otherwise.
	Root Ref
	// RootErrors are the errors of Root.
	RootErrors []Entry
	// Present says that a relationship was not stored because it, or one that links the same
	// objects, is there already: the server never updates relationships. It is known when the
	// report warns of it (E4015, reportMode FULL), or has no errors at all.
	Present bool
}

// Landed says that the server holds the object as it was sent: it was stored, or is [Outcome.Present].
func (o Outcome) Landed() bool { return o.State == Stored || o.Present }

// Codes returns the sorted, distinct codes of the object's errors.
func (o Outcome) Codes() []string {
	codes := make([]string, 0, len(o.Errors))
	for _, entry := range o.Errors {
		codes = append(codes, entry.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Parent says whether the object failed only because its parent did (E5000).
func (o Outcome) Parent() bool {
	return len(o.Errors) > 0 && !slices.ContainsFunc(o.Errors, func(e Entry) bool { return e.Code != codeParentFailed })
}

type objectState struct {
	listed           bool
	errors, warnings []Entry
}

func (r *Report) index() {
	r.byRef = make(map[Ref]*objectState, len(r.Errors))
	for _, entry := range r.Errors {
		state := r.state(entry.Ref)
		state.errors = append(state.errors, entry)
	}
	for _, entry := range r.Warnings {
		state := r.state(entry.Ref)
		state.warnings = append(state.warnings, entry)
	}
	for kind, part := range r.Types {
		for _, uid := range part.UIDs {
			r.state(Ref{kind, uid}).listed = true
		}
	}
}

func (r *Report) state(ref Ref) *objectState {
	state := r.byRef[ref]
	if state == nil {
		state = new(objectState)
		r.byRef[ref] = state
	}
	return state
}

// Outcome says what became of the object. HTTP status and report status play no part where the
// report names the object:
//
//   - an error about it: Failed;
//   - listed in the bundle report: Stored;
//   - not mentioned, while other errors rolled everything back (status ERROR): NotStored;
//   - not mentioned by a report that lists what it stored: NotStored. So it is with the
//     children of a failed parent that the server skips without an error, with an existing
//     relationship (E4015, shown with reportMode=FULL only) and with the second of two equal
//     relationships;
//   - not mentioned by a report that lists nothing: Stored if the stats say that nothing was
//     ignored and there are no errors, else Unknown.
//
// A dry run (Validated) stores nothing; Stored means there that the object would be.
func (r *Report) Outcome(ref Ref) Outcome {
	out := Outcome{Ref: ref}
	state := r.byRef[ref]
	if state != nil {
		out.Errors, out.Warnings = state.errors, state.warnings
	}
	switch {
	case len(out.Errors) > 0:
		out.State = Failed
		if out.Parent() {
			out.Root, out.RootErrors = r.root(ref)
		}
	case r.Status == StatusError && (len(r.Errors) > 0 || r.Message != ""):
		out.State = NotStored
		if r.Message != "" && len(r.Errors) == 0 {
			out.State = Unknown // the import died: where is not known
		}
	case state != nil && state.listed:
		out.State = Stored
	case r.Validated:
		out.State = r.validated(out)
	case r.lists():
		out.State = NotStored
	case r.Status == StatusOK && len(r.Errors) == 0 && r.Stats.Ignored == 0 && r.Stats.Stored() > 0:
		out.State = Stored
	}
	out.Present = out.State == NotStored && ref.Type == TypeRelationship && r.Status != StatusError &&
		(len(r.Errors) == 0 || slices.ContainsFunc(out.Warnings, func(e Entry) bool { return e.Code == "E4015" }))
	return out
}

// validated is the state of an object without errors in a dry run. The server says nothing of
// objects that pass, and nothing of some children of those that do not.
func (r *Report) validated(out Outcome) State {
	switch {
	case len(out.Warnings) > 0 && out.Ref.Type == TypeRelationship:
		return NotStored
	case len(r.Errors) == 0:
		return Stored
	}
	return Unknown
}

// lists says whether the report lists what it stored.
func (r *Report) lists() bool {
	for _, part := range r.Types {
		if len(part.UIDs) > 0 {
			return true
		}
	}
	return len(r.Types) > 0 && r.Stats.Stored() == 0
}

// root follows E5000 to the object that has another error. Objects hang on each other at most
// from a relationship over an event and an enrollment to a tracked entity.
func (r *Report) root(ref Ref) (Ref, []Entry) {
	const maxChain = 4
	for range maxChain {
		state := r.byRef[ref]
		if state == nil || len(state.errors) == 0 {
			return Ref{}, nil
		}
		if slices.ContainsFunc(state.errors, func(e Entry) bool { return e.Code != codeParentFailed }) {
			return ref, state.errors
		}
		ref = parentOf(state.errors[0])
	}
	return Ref{}, nil
}

// parentOf reads the parent from an E5000: its arguments are type, uid, type of parent, uid of
// parent; 2.40 has the same only in the message, between back-ticks.
func parentOf(entry Entry) Ref {
	if len(entry.Args) == 4 {
		return Ref{typeNamed(entry.Args[2]), entry.Args[3]}
	}
	parts := strings.Split(entry.Message, "`")
	if len(parts) < 4 {
		return Ref{}
	}
	words := strings.Fields(parts[2])
	if len(words) == 0 {
		return Ref{}
	}
	return Ref{typeNamed(strings.Trim(words[len(words)-1], `"`)), parts[3]}
}

func typeNamed(name string) Type {
	switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
	case "trackedentity":
		return TypeTrackedEntity
	case "enrollment":
		return TypeEnrollment
	case "event":
		return TypeEvent
	case "relationship":
		return TypeRelationship
	}
	return Type(name)
}

// Failed yields the objects that have errors, in the order of the report.
func (r *Report) Failed() []Ref {
	var refs []Ref
	seen := make(map[Ref]bool, len(r.Errors))
	for _, entry := range r.Errors {
		if !seen[entry.Ref] {
			seen[entry.Ref] = true
			refs = append(refs, entry.Ref)
		}
	}
	return refs
}

// OK says that the server named no error and did not give up: every object was stored, or exists
// already and is never updated (relationships). It reads the errors, not the status.
func (r *Report) OK() bool {
	return r.Status != StatusError && len(r.Errors) == 0 && r.Message == ""
}
