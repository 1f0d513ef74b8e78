package aggregate

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/openhim/mediator-go/dhis2"
)

// Strategy says what becomes of values that are there, or not.
type Strategy string

// The strategies. [CreateOnly] and [UpdateOnly] are refused for 2.43, which
// takes them and overwrites, or creates, all the same.
const (
	CreateAndUpdate Strategy = "CREATE_AND_UPDATE"
	CreateOnly      Strategy = "CREATE"
	UpdateOnly      Strategy = "UPDATE"
	deleteOnly      Strategy = "DELETE" // see Delete
)

// EmptyPolicy says what becomes of rows without a value. Servers refuse them
// (E7618, E8120): unlike the tracker's, aggregate values are not deleted by "".
type EmptyPolicy int

const (
	// EmptyRefused reports such a row as rejected, and does not send it.
	EmptyRefused EmptyPolicy = iota
	// EmptySkipped reports such a row as skipped, and does not send it.
	EmptySkipped
)

// IDSchemes says how metadata are named in a request. A zero field is ID, and
// ID is UID.
type IDSchemes struct {
	ID, DataSet, DataElement, OrgUnit dhis2.IDScheme
	CategoryOptionCombo               dhis2.IDScheme
	AttributeOptionCombo              dhis2.IDScheme
}

func (s IDSchemes) set(q url.Values) error {
	for _, p := range []struct {
		name   string
		scheme dhis2.IDScheme
	}{
		{"idScheme", s.ID},
		{"dataSetIdScheme", s.DataSet},
		{"dataElementIdScheme", s.DataElement},
		{"orgUnitIdScheme", s.OrgUnit},
		{"categoryOptionComboIdScheme", s.CategoryOptionCombo},
		{"attributeOptionComboIdScheme", s.AttributeOptionCombo},
	} {
		if p.scheme == "" {
			continue
		}
		if !p.scheme.Valid() {
			return &dhis2.ArgumentError{Argument: p.name, Reason: "is no id scheme: use dhis2.SchemeCode and the like"}
		}
		q.Set(p.name, string(p.scheme))
	}
	return nil
}

// Strict asks a server before 2.43 to refuse what it would take by default.
// 2.43 always does most of it. See [Check] for the same before anything is
// sent.
type Strict struct {
	// Periods of another type than the data set's (E7632).
	Periods bool
	// DataElements outside of the data set (E7633).
	DataElements bool
	// OrgUnits that the data set is not assigned to (E7636).
	OrgUnits bool
	// CategoryOptionCombos of another combination than the data element's (E7634).
	CategoryOptionCombos bool
	// AttributeOptionCombos of another combination than the data set's (E7635).
	AttributeOptionCombos bool
	// Approval refuses values of approved data (E7642).
	Approval bool
	// Locking refuses values of a period that has expired (E7640).
	Locking bool
	// InputPeriods refuses values outside of the data set's input periods (E7643).
	InputPeriods bool
}

// AllStrict asks for all of it.
func AllStrict() Strict {
	return Strict{
		Periods: true, DataElements: true, OrgUnits: true, CategoryOptionCombos: true, AttributeOptionCombos: true,
		Approval: true, Locking: true, InputPeriods: true,
	}
}

// Options of an import. The zero value creates and updates.
type Options struct {
	// IDSchemes says how metadata are named. Defaults to UIDs.
	IDSchemes IDSchemes
	// Strategy defaults to CreateAndUpdate.
	Strategy Strategy
	// DryRun checks and stores nothing.
	DryRun bool
	// SkipAudit keeps changes out of the audit, for who may.
	SkipAudit bool
	// Force writes to locked and expired periods, for who may.
	Force bool
	// Strict asks an older server to refuse more.
	Strict Strict
	// Empty says what becomes of rows without a value. Defaults to EmptyRefused.
	Empty EmptyPolicy
	// Async has the server import in a job, and waits for that: for requests that
	// take longer than what is in between allows. Jobs come one after the other.
	Async bool
	// ChunkRows is how many rows a request has at most. Defaults to 1,000: 2.43
	// takes long over more.
	ChunkRows int
}

func (o Options) withDefaults() Options {
	defaultTo(&o.ChunkRows, 1000)
	if o.Strategy == "" {
		o.Strategy = CreateAndUpdate
	}
	return o
}

// query is the parameters of a POST to dataValueSets.
func (o Options) query(v dhis2.Version) (url.Values, error) {
	q := url.Values{"importStrategy": {string(o.Strategy)}, "async": {strconv.FormatBool(o.Async)}}
	if err := o.IDSchemes.set(q); err != nil {
		return nil, err
	}
	switch o.Strategy {
	case CreateAndUpdate, deleteOnly:
	case CreateOnly, UpdateOnly:
		if v.StrictAggregate() {
			return nil, fmt.Errorf("aggregate: importStrategy %s: %s would create and update all the same: %w", o.Strategy, v, dhis2.ErrUnsupported)
		}
	default:
		return nil, &dhis2.ArgumentError{Argument: "Strategy", Reason: "is none of this package"}
	}
	s := o.Strict
	for name, on := range map[string]bool{
		"dryRun": o.DryRun, "skipAudit": o.SkipAudit, "force": o.Force,
		"strictPeriods": s.Periods, "strictDataElements": s.DataElements, "strictOrganisationUnits": s.OrgUnits,
		"strictCategoryOptionCombos": s.CategoryOptionCombos, "strictAttributeOptionCombos": s.AttributeOptionCombos,
		"strictDataSetApproval": s.Approval, "strictDataSetLocking": s.Locking, "strictDataSetInputPeriods": s.InputPeriods,
	} {
		if on {
			q.Set(name, "true")
		}
	}
	return q, nil
}
