package dhis2

import (
	"context"
	"net/http"
	"net/url"
)

// TransferOwnership makes another org unit the owner of a tracked entity in a
// program: who works there may then see and change what the program knows of it.
// All three are UIDs. The user must own it now.
func (c *Client) TransferOwnership(ctx context.Context, trackedEntity, program, orgUnit string) error {
	for _, uid := range []string{trackedEntity, program, orgUnit} {
		if !ValidUID(uid) {
			return &ArgumentError{Argument: "trackedEntity, program, orgUnit", Reason: "must be UIDs"}
		}
	}
	version, err := c.Version(ctx)
	if err != nil {
		return err
	}
	entity, unit := "trackedEntity", "orgUnit"
	if !version.AtLeast(2, 42) {
		entity, unit = "trackedEntityInstance", "ou"
	}
	_, err = c.Do(ctx, Request{
		Method: http.MethodPut, Path: "tracker/ownership/transfer",
		Query: url.Values{entity: {trackedEntity}, "program": {program}, unit: {orgUnit}},
	})
	return err
}
