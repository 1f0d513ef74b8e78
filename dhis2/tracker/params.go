package tracker

import (
	"net/url"
	"slices"

	"github.com/openhim/mediator-go/dhis2"
)

// Strategy says what the server does with the objects of a payload.
type Strategy string

// The import strategies. The server's default is CREATE_AND_UPDATE, whatever its manual says.
const (
	CreateAndUpdate Strategy = "CREATE_AND_UPDATE"
	Create          Strategy = "CREATE"
	Update          Strategy = "UPDATE"
	Delete          Strategy = "DELETE"
)

// ImportMode says whether an import stores anything.
type ImportMode string

// The import modes. VALIDATE is a dry run.
const (
	Commit       ImportMode = "COMMIT"
	ValidateOnly ImportMode = "VALIDATE"
)

// AtomicMode says what one bad object does to the others.
type AtomicMode string

// The atomic modes. With OBJECT the status is OK and HTTP 200 whatever happened.
const (
	AtomicAll    AtomicMode = "ALL"
	AtomicObject AtomicMode = "OBJECT"
)

// FlushMode says when the server writes to its database.
type FlushMode string

// The flush modes. OBJECT is for debugging the server.
const (
	FlushAuto   FlushMode = "AUTO"
	FlushObject FlushMode = "OBJECT"
)

// ValidationMode says how much the server checks.
type ValidationMode string

// The validation modes. SKIP is honoured for superusers only.
const (
	ValidationFull     ValidationMode = "FULL"
	ValidationFailFast ValidationMode = "FAIL_FAST"
	ValidationSkip     ValidationMode = "SKIP"
)

// ReportMode says what the report holds.
type ReportMode string

// The report modes. ERRORS, the server's default, leaves warnings out.
const (
	ReportErrors   ReportMode = "ERRORS"
	ReportWarnings ReportMode = "WARNINGS"
	ReportFull     ReportMode = "FULL"
)

// Params are the parameters of an import. The zero value is the server's defaults: create and
// update, all or nothing, with full validation, metadata named by UID. It is a plain value.
type Params struct {
	Strategy   Strategy       // defaults to CreateAndUpdate
	Mode       ImportMode     // defaults to Commit
	Atomic     AtomicMode     // defaults to AtomicAll
	Flush      FlushMode      // defaults to FlushAuto
	Validation ValidationMode // defaults to ValidationFull
	Report     ReportMode     // defaults to ReportErrors

	// SkipRuleEngine leaves program rules out: only where none assigns or checks.
	SkipRuleEngine bool
	// SkipSideEffects leaves notifications out, for bulk loads.
	SkipSideEffects bool

	// IDScheme is how the payload names metadata. Defaults to UID. Types of tracked entities,
	// attributes and relationship types follow it; the others may differ.
	IDScheme                    dhis2.IDScheme
	DataElementIDScheme         dhis2.IDScheme
	OrgUnitIDScheme             dhis2.IDScheme
	ProgramIDScheme             dhis2.IDScheme
	ProgramStageIDScheme        dhis2.IDScheme
	CategoryOptionComboIDScheme dhis2.IDScheme
	CategoryOptionIDScheme      dhis2.IDScheme

	// AllowMissingUIDs lets objects and notes without a UID pass. The server makes UIDs for them:
	// a retry then creates them again, and the report cannot be matched to them.
	AllowMissingUIDs bool
}

// Query returns the parameters of a synchronous import (async=false, to the letter: before 2.42
// any other spelling makes it asynchronous). For an asynchronous one delete "async". The strategy
// and atomicMode are always written, so that nothing rests on defaults that the manual tells
// wrongly. It returns a *dhis2.ArgumentError for words the server would answer with 400, or, as an
// unknown parameter, ignore.
func (p Params) Query() (url.Values, error) {
	query := url.Values{"async": {"false"}}
	for _, word := range []struct {
		name, value, fallback string
		known                 []string
	}{
		{"importStrategy", string(p.Strategy), string(CreateAndUpdate), []string{string(CreateAndUpdate), string(Create), string(Update), string(Delete)}},
		{"atomicMode", string(p.Atomic), string(AtomicAll), []string{string(AtomicAll), string(AtomicObject)}},
		{"importMode", string(p.Mode), "", []string{string(Commit), string(ValidateOnly)}},
		{"flushMode", string(p.Flush), "", []string{string(FlushAuto), string(FlushObject)}},
		{"validationMode", string(p.Validation), "", []string{string(ValidationFull), string(ValidationFailFast), string(ValidationSkip)}},
		{"reportMode", string(p.Report), "", []string{string(ReportErrors), string(ReportWarnings), string(ReportFull)}},
	} {
		if word.value == "" {
			word.value = word.fallback
		} else if !slices.Contains(word.known, word.value) {
			return nil, &dhis2.ArgumentError{Argument: word.name, Reason: "is none of the words the server knows"}
		}
		if word.value != "" {
			query.Set(word.name, word.value)
		}
	}
	if p.SkipRuleEngine {
		query.Set("skipRuleEngine", "true")
	}
	if p.SkipSideEffects {
		query.Set("skipSideEffects", "true")
	}
	for name, scheme := range map[string]dhis2.IDScheme{
		"idScheme": p.IDScheme, "dataElementIdScheme": p.DataElementIDScheme, "orgUnitIdScheme": p.OrgUnitIDScheme,
		"programIdScheme": p.ProgramIDScheme, "programStageIdScheme": p.ProgramStageIDScheme,
		"categoryOptionComboIdScheme": p.CategoryOptionComboIDScheme, "categoryOptionIdScheme": p.CategoryOptionIDScheme,
	} {
		if scheme == "" {
			continue
		}
		if !scheme.Valid() {
			return nil, &dhis2.ArgumentError{Argument: name, Reason: "is none of UID, CODE, NAME and ATTRIBUTE:uid"}
		}
		query.Set(name, string(scheme))
	}
	return query, nil
}

// namesMetadata says whether the payload names metadata by anything but UIDs.
func (p Params) namesMetadata() bool {
	for _, scheme := range []dhis2.IDScheme{
		p.IDScheme, p.DataElementIDScheme, p.OrgUnitIDScheme, p.ProgramIDScheme,
		p.ProgramStageIDScheme, p.CategoryOptionComboIDScheme, p.CategoryOptionIDScheme,
	} {
		if scheme != "" && scheme != dhis2.SchemeUID {
			return true
		}
	}
	return false
}

// Repeat says whether the same request may be sent again when its outcome is not known. Creating
// twice fails with E1002 and its like, deleting twice with E1063: those are not repeated.
func (p Params) Repeat() dhis2.Repeat {
	switch {
	case p.AllowMissingUIDs && p.Mode != ValidateOnly:
		return dhis2.RepeatNever
	case p.Mode == ValidateOnly, p.Strategy == "", p.Strategy == CreateAndUpdate, p.Strategy == Update:
		return dhis2.RepeatSafe
	}
	return dhis2.RepeatAuto
}
