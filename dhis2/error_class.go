package dhis2

// Class is what kind of thing went wrong (dhis2.md 2.1). Those of the tracker's
// codes come first; the last five are of requests as a whole.
type Class string

const (
	// ClassUnknown is of a code that is not in the table.
	ClassUnknown Class = ""
	// ClassAlreadyExists means: it is there already, from an earlier attempt if its UID
	// is derived; E4018 is the same link under another UID.
	ClassAlreadyExists Class = "already-exists"
	// ClassNotFoundTarget means: what is to be changed or deleted is not there.
	ClassNotFoundTarget Class = "not-found-target"
	// ClassTombstone means: it was deleted, and its UID can never be used again.
	ClassTombstone Class = "tombstone"
	// ClassDependency means: what it belongs to is not there, or was not accepted
	// (E5000, whose cause is another error of the same report).
	ClassDependency Class = "dependency"
	// ClassConflict means: another object holds the unique value, the active
	// enrollment, the event of a stage that has one.
	ClassConflict Class = "conflict"
	// ClassPermission means: the user may not, until somebody changes sharing, org units
	// or authorities.
	ClassPermission Class = "permission"
	// ClassMetadata means: it does not fit the server's metadata, until they or the
	// mapping change.
	ClassMetadata Class = "metadata"
	// ClassWindow means: too late, too early, or locked after completion.
	ClassWindow Class = "window"
	// ClassImmutable means: what cannot change was to be changed.
	ClassImmutable Class = "immutable"
	// ClassData means: a value is wrong or missing.
	ClassData Class = "data"
	// ClassRule means: a program rule refuses it.
	ClassRule Class = "rule"
	// ClassWarningOnly means: a warning, which never stops anything.
	ClassWarningOnly Class = "warning-only"
	// ClassInternal means: the server failed over it (500, a job that died).
	ClassInternal Class = "internal"
	// ClassRace means: it lost against another request at the same moment, and passes
	// when it is sent again.
	ClassRace Class = "race"
	// ClassTransport means: no whole answer, or that of something in between (408, 425,
	// 429, 502, 503, 504, HTML). Whether the server acted is not known.
	ClassTransport Class = "transport"
	// ClassAuthentication means: the credentials are missing, wrong or ended (401, a
	// redirect to the login page, a token with a bad checksum).
	ClassAuthentication Class = "authentication"
	// ClassRequest means: the request as a whole cannot be served (400, 404 of an
	// endpoint, 405, 406, 413, 415, 422).
	ClassRequest Class = "request"
)

// Verdict is what to do next about something that was refused.
type Verdict int

const (
	// VerdictPark means: nothing will change by itself; keep it for a person. The same
	// again is never right.
	VerdictPark Verdict = iota
	// VerdictDone means: what was wanted is so already.
	VerdictDone
	// VerdictIgnore means: it is a warning.
	VerdictIgnore
	// VerdictRetry means: the same bytes again after a pause, a bounded number of times.
	VerdictRetry
	// VerdictBisect means: the same bytes again a few times; if it goes on, and there is
	// more than one object in the request, send halves until the one at fault is
	// found, and park that.
	VerdictBisect
	// VerdictSplit means: never the same again; if there is more than one object in the
	// request, send halves to find the one at fault, and park that.
	VerdictSplit
	// VerdictAfterParent means: again once what it belongs to is there, a bounded number
	// of times.
	VerdictAfterParent
	// VerdictLookUp means: find who holds it, and update that object; if that is not
	// clear, park.
	VerdictLookUp
	// VerdictUpsert means: send it as CREATE_AND_UPDATE.
	VerdictUpsert
	// VerdictReincarnate means: send it under the UID of its next incarnation, if it is
	// to come back; else park.
	VerdictReincarnate
	// VerdictRefresh means: read the metadata anew, map and check again, once; then park
	// it by its cause.
	VerdictRefresh
	// VerdictOperator means: park it by its cause, and tell an operator once for each
	// cause.
	VerdictOperator
)

// String is the verdict's name, such as "retry".
func (v Verdict) String() string {
	names := [...]string{
		"park", "done", "ignore", "retry", "bisect", "split", "after-parent",
		"look-up", "upsert", "reincarnate", "refresh", "operator",
	}
	if v < 0 || int(v) >= len(names) {
		return "unknown"
	}
	return names[v]
}

// Verdict is what to do about an object with an error of this class that was
// sent with CREATE, UPDATE or CREATE_AND_UPDATE. See [Class.VerdictOnDelete].
func (c Class) Verdict() Verdict {
	switch c {
	case ClassAlreadyExists:
		return VerdictDone
	case ClassNotFoundTarget:
		return VerdictUpsert
	case ClassTombstone:
		return VerdictReincarnate
	case ClassDependency:
		return VerdictAfterParent
	case ClassConflict:
		return VerdictLookUp
	case ClassPermission, ClassAuthentication:
		return VerdictOperator
	case ClassMetadata:
		return VerdictRefresh
	case ClassWarningOnly:
		return VerdictIgnore
	case ClassInternal:
		return VerdictBisect
	case ClassRace, ClassTransport:
		return VerdictRetry
	case ClassRequest:
		return VerdictSplit
	case ClassUnknown, ClassWindow, ClassImmutable, ClassData, ClassRule:
	}
	return VerdictPark
}

// VerdictOnDelete is what to do about an object with an error of this class that
// was sent with DELETE: one that is not there, or was deleted, is done.
func (c Class) VerdictOnDelete() Verdict {
	if c == ClassNotFoundTarget || c == ClassTombstone {
		return VerdictDone
	}
	return c.Verdict()
}

// Classes returns all classes but [ClassUnknown].
func Classes() []Class {
	return []Class{
		ClassAlreadyExists, ClassNotFoundTarget, ClassTombstone, ClassDependency, ClassConflict, ClassPermission,
		ClassMetadata, ClassWindow, ClassImmutable, ClassData, ClassRule, ClassWarningOnly,
		ClassInternal, ClassRace, ClassTransport, ClassAuthentication, ClassRequest,
	}
}
