package fhir

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Result is what became of a write.
type Result struct {
	// Resource is what the server stored, the zero Resource where it does not
	// show it, see [Return].
	Resource Resource
	// Outcome is what the server has to say about a success, often nothing.
	Outcome OperationOutcome
	// Type and ID are of the resource. ID is empty only where the server does
	// not tell it, as with a conditional write and [ReturnMinimal].
	Type, ID string
	// VersionID is the version that was stored, empty where the server does not
	// tell. HAPI sends no ETag with a patch: it is taken from the resource.
	VersionID string
	// LastModified is when it was stored, the zero time where the server does
	// not tell.
	LastModified time.Time
	// Created is whether the resource is new (201). After a repetition of a
	// request whose first answer was lost it may be false for a new one.
	Created bool
	// Status is the HTTP status.
	Status int
}

// Reference returns "Type/id", "" if the id is not known.
func (r Result) Reference() string {
	if r.ID == "" {
		return ""
	}
	return r.Type + "/" + r.ID
}

// Create stores a new resource; the server gives it an id. It is repeated only
// when nothing can have come of it, unless [IfNoneExist] makes it safe.
func (c *Client) Create(ctx context.Context, r Resource, opts ...CreateOption) (Result, error) {
	if r.IsZero() {
		return Result{}, errZero
	}
	q := c.newRequest(http.MethodPost, r.Type()).content(r.Bytes(), mediaFHIR)
	for _, o := range opts {
		o.applyCreate(q)
	}
	return c.write(ctx, q, r.Type(), "")
}

// Update stores a resource under its own id. Where there is none of that id
// yet, servers that allow it make it. With [IfMatch] it is refused with
// [ErrVersionConflict] when somebody else was faster; see [Client.Modify].
func (c *Client) Update(ctx context.Context, r Resource, opts ...UpdateOption) (Result, error) {
	if r.IsZero() {
		return Result{}, errZero
	}
	if err := checkID("id of the resource", r.ID()); err != nil {
		return Result{}, err
	}
	q := c.newRequest(http.MethodPut, r.Type(), r.ID()).content(r.Bytes(), mediaFHIR)
	return c.update(ctx, q, r.Type(), r.ID(), opts)
}

// UpdateWhere stores a resource in place of the one that the search finds, or
// as a new one where it finds none. Several give [ErrMultipleMatches], a search
// without parameters an *[ArgumentError].
//
// HAPI has kept two copies when several made the same one at the same moment:
// let one process at a time do so, or use a [Client.Create] with [IfNoneExist].
func (c *Client) UpdateWhere(ctx context.Context, r Resource, where Query, opts ...UpdateOption) (Result, error) {
	if r.IsZero() {
		return Result{}, errZero
	}
	q := c.newRequest(http.MethodPut, r.Type()).content(r.Bytes(), mediaFHIR)
	q.where(where)
	return c.update(ctx, q, r.Type(), "", opts)
}

func (c *Client) update(ctx context.Context, q *request, typ, id string, opts []UpdateOption) (Result, error) {
	q.races = racesAll
	for _, o := range opts {
		o.applyUpdate(q)
	}
	return c.write(ctx, q, typ, id)
}

// Delete deletes a resource. One that is not there, or not any more, is no
// error for some servers (HAPI) and [ErrNotFound] for others. One that others
// refer to gives [ErrConflict] where the server watches over references.
func (c *Client) Delete(ctx context.Context, typ, id string, opts ...DeleteOption) (Result, error) {
	if err := errors.Join(checkType(typ), checkID("id", id)); err != nil {
		return Result{}, err
	}
	return c.delete(ctx, c.newRequest(http.MethodDelete, typ, id), typ, id, opts)
}

// DeleteWhere deletes what the search finds: nothing and one are a success,
// several give [ErrMultipleMatches] unless the server deletes them all. A search
// without parameters is an *[ArgumentError].
func (c *Client) DeleteWhere(ctx context.Context, typ string, where Query, opts ...DeleteOption) (Result, error) {
	if err := checkType(typ); err != nil {
		return Result{}, err
	}
	q := c.newRequest(http.MethodDelete, typ)
	q.where(where)
	return c.delete(ctx, q, typ, "", opts)
}

func (c *Client) delete(ctx context.Context, q *request, typ, id string, opts []DeleteOption) (Result, error) {
	q.races = racesKnown
	for _, o := range opts {
		o.applyDelete(q)
	}
	return c.write(ctx, q, typ, id)
}

// where makes a write conditional.
func (q *request) where(where Query) {
	if _, err := where.condition(); err != nil {
		q.fail(err)
	}
	q.query, q.conditional = append(q.query, where...), true
}

// write makes the call and reads what became of it.
func (c *Client) write(ctx context.Context, q *request, typ, id string) (Result, error) {
	answer, err := c.send(ctx, q)
	if err != nil {
		return Result{}, err
	}
	out := Result{
		Type: typ, ID: id, Status: answer.Status, Created: answer.Status == http.StatusCreated,
		VersionID: answer.VersionID, LastModified: answer.LastModified,
	}
	r, err := answer.Resource()
	if err != nil {
		return Result{}, err
	}
	switch {
	case r.IsZero():
	case r.Type() == "OperationOutcome" && typ != "OperationOutcome":
		out.Outcome, _ = answer.outcome()
	case r.Type() != typ:
		return Result{}, answer.broken(errors.New("it is a resource of another type than was written"))
	default:
		out.Resource = r
	}
	out, ok := out.with(answer.Location)
	if !ok {
		return Result{}, answer.broken(errors.New("it is another resource than was written"))
	}
	return out, nil
}

// with completes the result with what the resource and the location tell, the
// resource first: ETags need not be versions. It reports false where they tell
// of another resource than was written.
func (r Result) with(at Location) (Result, bool) {
	if at.Type == r.Type && r.ID == "" {
		r.ID = at.ID
	}
	if at.Type == r.Type && at.ID != r.ID {
		return r, false
	}
	if r.Resource.IsZero() {
		return r, true
	}
	meta := r.Resource.Meta()
	if meta.VersionID != "" {
		r.VersionID = meta.VersionID
	}
	if !meta.LastUpdated.IsZero() {
		r.LastModified = meta.LastUpdated
	}
	if r.ID == "" {
		r.ID = r.Resource.ID()
	}
	return r, r.Resource.ID() == r.ID || r.Resource.ID() == ""
}
