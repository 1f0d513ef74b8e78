package fhir

import (
	"context"
	"errors"
	"net/http"
)

// Read returns the current version of a resource. One that is not there gives
// [ErrNotFound], one that was deleted too. The answer is checked: another
// resource than was asked for is a *[ResponseError].
func (c *Client) Read(ctx context.Context, typ, id string, opts ...ReadOption) (Resource, error) {
	return c.read(ctx, typ, id, "", opts)
}

// ReadVersion returns one version of a resource (vread).
func (c *Client) ReadVersion(ctx context.Context, typ, id, version string, opts ...ReadOption) (Resource, error) {
	if err := checkID("version", version); err != nil {
		return Resource{}, err
	}
	return c.read(ctx, typ, id, version, opts)
}

func (c *Client) read(ctx context.Context, typ, id, version string, opts []ReadOption) (Resource, error) {
	if err := errors.Join(checkType(typ), checkID("id", id)); err != nil {
		return Resource{}, err
	}
	segments := []string{typ, id}
	if version != "" {
		segments = append(segments, "_history", version)
	}
	q := c.newRequest(http.MethodGet, segments...)
	for _, o := range opts {
		o.applyRead(q)
	}
	answer, err := c.send(ctx, q)
	if err != nil {
		return Resource{}, err
	}
	if answer.Status == http.StatusNotModified {
		return Resource{}, ErrNotModified
	}
	r, err := answer.need(typ)
	switch {
	case err != nil:
		return Resource{}, err
	case r.ID() != id && typ != "Binary":
		return Resource{}, answer.broken(errors.New("it is another resource than was asked for"))
	case version != "" && r.VersionID() != "" && r.VersionID() != version:
		return Resource{}, answer.broken(errors.New("it is another version than was asked for"))
	}
	return r, nil
}
