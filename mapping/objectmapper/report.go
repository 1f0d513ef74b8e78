package objectmapper

// Code says what kind of remark an [Issue] is.
type Code string

// The kinds of remarks.
const (
	// CodeUnknownField is a member of the document that the peer's database drops without a word.
	CodeUnknownField Code = "unknown-field"
	// CodeDuplicateMember is a name that stands twice in one object of the document; the last wins.
	CodeDuplicateMember Code = "duplicate-member"
	// CodeUnmappedCode is a value that a mapCodes table does not hold and that has no default.
	CodeUnmappedCode Code = "unmapped-code"
	// CodeNotNumber is a value that numberify could not read; it became null.
	CodeNotNumber Code = "not-a-number"
	// CodeOverwritten is a target where a filled object or array was replaced by a later rule.
	CodeOverwritten Code = "overwritten"
	// CodeNoArray is a oneToAllElements rule whose array no rule has built, or a source that must be an object or a list and is not.
	CodeNoArray Code = "no-array"
)

// Issue is one remark about a document or a run. It never holds values of the input.
type Issue struct {
	Code     Code
	Position Position
	// Source and Target are the rule's paths; empty for remarks about the document.
	Source, Target string
	// Message says what was seen, without the input's values.
	Message string
	// Count is how often the rule met it in this run; 1 for remarks about the document.
	Count int
}

// Report is what one run has to say beside its output.
type Report struct {
	// Issues are in the order of their first occurrence, one an rule and code. At most [Limits.Issues] are kept.
	Issues []Issue
	// Dropped counts the issues that were not kept.
	Dropped int
}

func (r *Report) add(limit int, issue Issue) {
	for i := range r.Issues {
		if known := &r.Issues[i]; known.Code == issue.Code && known.Position == issue.Position && known.Target == issue.Target {
			known.Count++
			return
		}
	}
	if len(r.Issues) >= limit {
		r.Dropped++
		return
	}
	issue.Count = 1
	r.Issues = append(r.Issues, issue)
}
