package dhis2

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// DuplicateStatus is what was found about a potential duplicate.
type DuplicateStatus string

// States of potential duplicates.
const (
	DuplicateOpen    DuplicateStatus = "OPEN"
	DuplicateInvalid DuplicateStatus = "INVALID"
	DuplicateMerged  DuplicateStatus = "MERGED"
	DuplicateAll     DuplicateStatus = "ALL" // to ask for, not of one
)

// PotentialDuplicate is a pair of tracked entities that may be one person.
type PotentialDuplicate struct {
	// UID of the pair; given by the server.
	UID string `json:"id,omitempty"`
	// Original is the tracked entity that stays when they are merged, Duplicate
	// the one that is deleted then.
	Original  string `json:"original"`
	Duplicate string `json:"duplicate"`
	// Status defaults to OPEN.
	Status DuplicateStatus `json:"status,omitempty"`
}

// PotentialDuplicates lists pairs that any of these tracked entities is in (none
// for all), one page of pageSize from page 1 on.
func (c *Client) PotentialDuplicates(
	ctx context.Context, status DuplicateStatus, page, pageSize int, trackedEntities ...string,
) ([]PotentialDuplicate, error) {
	version, err := c.Version(ctx)
	if err != nil {
		return nil, err
	}
	for _, uid := range trackedEntities {
		if !ValidUID(uid) {
			return nil, &ArgumentError{Argument: "trackedEntities", Reason: "must be UIDs"}
		}
	}
	if page < 1 || pageSize < 1 {
		return nil, &ArgumentError{Argument: "page, pageSize", Reason: "must be at least 1"}
	}
	query := url.Values{
		"status": {orElse(string(status), string(DuplicateOpen))},
		"page":   {strconv.Itoa(page)}, "pageSize": {strconv.Itoa(pageSize)},
	}
	if len(trackedEntities) > 0 {
		query.Set(duplicatesOf(version), strings.Join(trackedEntities, ","))
	}
	var answer struct {
		Duplicates []PotentialDuplicate `json:"potentialDuplicates"`
		Objects    []PotentialDuplicate `json:"identifiableObjects"`
	}
	if err := c.Get(ctx, "potentialDuplicates", query, &answer); err != nil {
		return nil, err
	}
	if answer.Duplicates == nil {
		return answer.Objects, nil // of 2.40
	}
	return answer.Duplicates, nil
}

// duplicatesOf is the parameter that selects by tracked entity.
func duplicatesOf(v Version) string {
	if !v.AtLeast(2, 41) {
		return "teis"
	}
	return "trackedEntities"
}

// FlagDuplicate tells the server that two tracked entities may be one, and
// returns the pair with its UID. A pair that is known already gives an *[Error]
// with status 409.
func (c *Client) FlagDuplicate(ctx context.Context, original, duplicate string) (PotentialDuplicate, error) {
	if !ValidUID(original) || !ValidUID(duplicate) || original == duplicate {
		return PotentialDuplicate{}, &ArgumentError{Argument: "original, duplicate", Reason: "must be two UIDs"}
	}
	pair := PotentialDuplicate{Original: original, Duplicate: duplicate}
	body, err := json.Marshal(pair)
	if err != nil {
		return pair, &ArgumentError{Argument: "original, duplicate", Reason: "cannot be written as JSON"}
	}
	r := Request{Method: http.MethodPost, Path: "potentialDuplicates", Body: body}
	if err := c.getJSON(ctx, r, &pair); err != nil {
		return PotentialDuplicate{}, err
	}
	return pair, nil
}

// MarkDuplicate sets the status of a pair by hand to OPEN or INVALID; MERGED
// comes of merging.
func (c *Client) MarkDuplicate(ctx context.Context, uid string, status DuplicateStatus) error {
	if !ValidUID(uid) {
		return &ArgumentError{Argument: "uid", Reason: "is no UID"}
	}
	if status != DuplicateOpen && status != DuplicateInvalid {
		return &ArgumentError{Argument: "status", Reason: "must be OPEN or INVALID"}
	}
	_, err := c.Do(ctx, Request{
		Method: http.MethodPut, Path: "potentialDuplicates/" + uid, Query: url.Values{"status": {string(status)}},
	})
	return err
}

// Merge names what of a duplicate goes over to the original in a merge by hand.
type Merge struct {
	// Attributes, Enrollments and Relationships are the UIDs of what moves; all
	// else of the duplicate is deleted with it.
	Attributes    []string `json:"trackedEntityAttributes"`
	Enrollments   []string `json:"enrollments"`
	Relationships []string `json:"relationships"`
}

// MergeDuplicate merges a pair: the original gets what the duplicate has, and the
// duplicate is deleted, for good: its UID can never be used again. Where merge is
// nil the server decides what moves, and refuses pairs that differ in an attribute
// or are enrolled in one program (409). It is not sent again after a fault that
// leaves open whether it was done.
func (c *Client) MergeDuplicate(ctx context.Context, uid string, merge *Merge) error {
	if !ValidUID(uid) {
		return &ArgumentError{Argument: "uid", Reason: "is no UID"}
	}
	r := Request{
		Method: http.MethodPost, Path: "potentialDuplicates/" + uid + "/merge",
		Query: url.Values{"mergeStrategy": {"AUTO"}},
	}
	if merge != nil {
		for _, moved := range [][]string{merge.Attributes, merge.Enrollments, merge.Relationships} {
			for _, one := range moved {
				if !ValidUID(one) {
					return &ArgumentError{Argument: "merge", Reason: "must name UIDs"}
				}
			}
		}
		body, err := json.Marshal(merge)
		if err != nil {
			return errors.New("dhis2: merge: cannot be written as JSON")
		}
		r.Body, r.Query = body, url.Values{"mergeStrategy": {"MANUAL"}}
	}
	_, err := c.Do(ctx, r)
	return err
}
