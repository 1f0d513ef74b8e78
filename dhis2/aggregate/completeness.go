package aggregate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/openhim/mediator-go/dhis2"
)

// Registration says that a data set is complete for a period and org unit.
type Registration struct {
	DataSet string `json:"dataSet"`
	Period  string `json:"period"`
	OrgUnit string `json:"organisationUnit"`
	// AttributeOptionCombo defaults to the one of what is not disaggregated.
	AttributeOptionCombo string `json:"attributeOptionCombo,omitempty"`
	// Date since when, as 2026-02-05. Defaults to today.
	Date string `json:"date,omitempty"`
	// StoredBy is who said so. Defaults to the client's user.
	StoredBy string `json:"storedBy,omitempty"`
	// Completed is false for a registration that was taken back.
	Completed bool `json:"completed"`
}

// ErrRegistrations means that a server of 2.43 could not store registrations:
// 2.43.1 never can (its import ends in "Failed to flush BatchHandler"). Set
// CompleteDate of a [DataValueSet] instead.
var ErrRegistrations = errors.New("aggregate: 2.43 cannot store registrations by themselves: set CompleteDate of a DataValueSet")

const registrationsPath = "completeDataSetRegistrations"

// Registrations reads which data sets are complete. Of q it uses DataSets,
// OrgUnits, Periods, Start and End, LastUpdated, Children, Limit and IDSchemes.
func Registrations(ctx context.Context, c *dhis2.Client, q Query) ([]Registration, error) {
	q.DataElementGroups, q.IncludeDeleted = nil, false
	values, err := q.values()
	if err != nil {
		return nil, err
	}
	var answer struct {
		Registrations []Registration `json:"completeDataSetRegistrations"`
	}
	if err := c.Get(ctx, registrationsPath, values, &answer); err != nil {
		return nil, fmt.Errorf("read registrations: %w", err)
	}
	return answer.Registrations, nil
}

// Register stores registrations, or takes those back that are not Completed. An
// error of a 2.43 server is [ErrRegistrations] if that is why.
func Register(ctx context.Context, c *dhis2.Client, registrations []Registration, schemes IDSchemes) (*Summary, error) {
	for _, r := range registrations {
		if r.DataSet == "" || r.Period == "" || r.OrgUnit == "" {
			return nil, &dhis2.ArgumentError{Argument: "registrations", Reason: "need DataSet, Period and OrgUnit"}
		}
	}
	q := url.Values{"async": {"false"}}
	if err := schemes.set(q); err != nil {
		return nil, err
	}
	body, err := marshal(map[string]any{registrationsPath: registrations})
	if err != nil {
		return nil, err
	}
	v, err := c.Version(ctx)
	if err != nil {
		return nil, fmt.Errorf("store registrations: %w", err)
	}
	res, err := c.Do(ctx, dhis2.Request{
		Method: http.MethodPost, Path: registrationsPath, Query: q, Body: body, Repeat: dhis2.RepeatSafe,
	})
	var summary *Summary
	if res != nil {
		summary, _ = ParseSummary(res.Body)
	}
	switch {
	case err != nil && summary != nil && summary.aborted() && v.StrictAggregate():
		return summary, fmt.Errorf("store registrations: %w: %w", ErrRegistrations, err)
	case err != nil && (summary == nil || summary.Status == statusError):
		return summary, fmt.Errorf("store registrations: %w", err)
	case summary == nil:
		return nil, fmt.Errorf("store registrations: %w", ErrNoSummary)
	}
	return summary, nil
}

// Unregister deletes the registration of a data set for a period and org unit,
// all by UID. One that is not there is no error.
func Unregister(ctx context.Context, c *dhis2.Client, dataSet, period, orgUnit string) error {
	if dataSet == "" || period == "" || orgUnit == "" {
		return &dhis2.ArgumentError{Argument: "registration", Reason: "needs data set, period and org unit"}
	}
	_, err := c.Do(ctx, dhis2.Request{
		Method: http.MethodDelete, Path: registrationsPath,
		Query: url.Values{"ds": {dataSet}, "pe": {period}, "ou": {orgUnit}},
	})
	if err != nil {
		return fmt.Errorf("delete a registration: %w", err)
	}
	return nil
}
