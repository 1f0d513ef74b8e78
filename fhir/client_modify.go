package fhir

import (
	"context"
	"errors"
	"fmt"
)

// maxModifies bounds how often [Client.Modify] begins anew.
const maxModifies = 8

// Modify reads a resource, has change make another one of it and stores that
// with If-Match, so that no other change is lost: where somebody else was
// faster, it begins anew with what they stored, several times if need be. So
// change is called once or more, and should do nothing but compute. An error of
// change ends it and is handed over; a resource that change leaves as it was is
// not sent.
//
//	client.Modify(ctx, "Patient", id, func(p fhir.Resource) (fhir.Resource, error) {
//		return p.Set("active", false)
//	})
//
// A server that tells no versions gives an *[ArgumentError]: changes could be
// lost there.
func (c *Client) Modify(
	ctx context.Context, typ, id string, change func(Resource) (Resource, error), opts ...UpdateOption,
) (Result, error) {
	wait := attempts{client: c}
	for {
		var answer Answer
		current, err := c.Read(ctx, typ, id, WithAnswer(&answer), Fresh())
		if err != nil {
			return Result{}, err
		}
		version := current.VersionID()
		if version == "" {
			version = answer.VersionID
		}
		if version == "" {
			return Result{}, &ArgumentError{Argument: "version", Reason: "the server tells none; changes of others could be lost"}
		}
		next, err := change(current)
		if err != nil {
			return Result{}, err
		}
		if next.Equal(current) {
			return Result{
				Resource: current, Type: typ, ID: id, VersionID: version,
				LastModified: current.Meta().LastUpdated, Status: answer.Status,
			}, nil
		}
		if next.Type() != typ || next.ID() != id {
			return Result{}, fmt.Errorf("fhir: modify a %s: the change made another resource of it", typ)
		}
		out, err := c.Update(ctx, next, append(opts[:len(opts):len(opts)], IfMatch(version))...)
		wait.made++
		if err == nil || !errors.Is(err, ErrVersionConflict) || wait.made >= maxModifies || !wait.pause(ctx) {
			return out, err
		}
	}
}
