package fhir

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"time"
)

// Version is one version of a resource in a history.
type Version struct {
	// Resource is the content, the zero Resource for a deletion, and where the
	// server does not show it.
	Resource Resource
	// Type, ID and VersionID say what it is a version of. VersionID is empty
	// where the server does not tell.
	Type, ID, VersionID string
	// Deleted is whether the resource was deleted by it.
	Deleted bool
	// Method is what made the version: POST, PUT, PATCH or DELETE; "" where the
	// server does not tell.
	Method string
	// LastModified is when it was stored, the zero time where the server does
	// not tell.
	LastModified time.Time
}

// History yields the versions of a resource, the newest first as servers sort
// them; of all resources of a type, if id is empty; of all resources of the
// server, if typ is empty too. Options are [Since], [PageSize], [Fresh] and so
// on. Deletions are among them.
func (c *Client) History(ctx context.Context, typ, id string, opts ...SearchOption) iter.Seq2[Version, error] {
	return func(yield func(Version, error) bool) {
		for p, err := range c.HistoryPages(ctx, typ, id, opts...) {
			if err != nil {
				yield(Version{}, err)
				return
			}
			for _, e := range p.Bundle.Entries() {
				if e.SearchMode() == SearchOutcome {
					continue
				}
				if !yield(versionOf(e), nil) {
					return
				}
			}
		}
	}
}

// HistoryPages yields the pages of a history.
func (c *Client) HistoryPages(ctx context.Context, typ, id string, opts ...SearchOption) iter.Seq2[*Page, error] {
	return c.pages(ctx, func() (*Page, error) {
		var err error
		if typ != "" {
			err = checkType(typ)
		}
		if id != "" {
			err = errors.Join(checkType(typ), checkID("id", id))
		}
		if err != nil {
			return nil, err
		}
		q := c.newRequest(http.MethodGet, typ, id, "_history")
		for _, o := range opts {
			o.applySearch(q)
		}
		return c.page(ctx, q, "")
	})
}

// Since shows only what was stored at or after an instant (_since).
func Since(t time.Time) Param {
	p := ByTime("_since", Eq, t)
	return p
}

// versionOf reads an entry of a history. Servers tell most of it twice, and
// differ in what they leave out.
func versionOf(e BundleEntry) Version {
	request, _ := e.Request()
	response, _ := e.Response()
	r := e.Resource()
	v := Version{Method: strings.ToUpper(request.Method), Deleted: strings.EqualFold(request.Method, http.MethodDelete)}
	if !r.IsZero() && !v.Deleted {
		meta := r.Meta()
		v.Resource, v.Type, v.ID, v.VersionID, v.LastModified = r, r.Type(), r.ID(), meta.VersionID, meta.LastUpdated
	}
	for _, at := range []Location{ParseLocation(request.URL), response.Location, ParseLocation(e.FullURL())} {
		if v.Type == "" {
			v.Type = at.Type
		}
		if at.Type != v.Type {
			continue
		}
		if v.ID == "" {
			v.ID = at.ID
		}
		if v.VersionID == "" && at.ID == v.ID {
			v.VersionID = at.Version
		}
	}
	if v.VersionID == "" {
		v.VersionID = response.ETag
	}
	if t, err := time.Parse(time.RFC3339Nano, response.LastModified); err == nil && v.LastModified.IsZero() {
		v.LastModified = t
	}
	return v
}
