package fhir

import (
	"context"
	"errors"
	"strings"
)

// ErrUnresolvable means that a reference leads to nothing that can be read: a fragment
// without such a contained resource, a URN without such an entry, or a URL that
// names no resource.
var ErrUnresolvable = errors.New("fhir: the reference cannot be resolved")

// Resolve returns what a reference (Reference.reference) leads to. It looks, in
// this order, into the resources of within: for "#id" into the resource it
// stands in, for anything else into the Bundles among them, by fullUrl; then it
// asks the server, for relative references and absolute ones below the client's
// base or an alias of it. Other servers are not asked: [ErrOtherOrigin].
//
//	subject, err := client.Resolve(ctx, observation.Get("subject.reference").String(), observation)
func (c *Client) Resolve(ctx context.Context, reference string, within ...Resource) (Resource, error) {
	ref := ParseReference(reference)
	if ref.Kind == ReferenceFragment {
		return contained(ref.Fragment, within)
	}
	if found, ok := inBundles(reference, within); ok {
		return fragmentOf(found, ref.Fragment)
	}
	var found Resource
	var err error
	switch ref.Kind {
	case ReferenceAbsolute:
		if !c.isOwn(ref.Base) {
			return Resource{}, ErrOtherOrigin
		}
		found, err = c.read(ctx, ref.Type, ref.ID, ref.Version, nil)
	case ReferenceRelative:
		found, err = c.read(ctx, ref.Type, ref.ID, ref.Version, nil)
	case ReferenceConditional:
		if ref.Base != "" && !c.isOwn(ref.Base) {
			return Resource{}, ErrOtherOrigin
		}
		var query Query
		if query, err = ParseQuery(ref.Query); err == nil {
			found, err = c.SearchOne(ctx, ref.Type, query)
		}
	default:
		return Resource{}, ErrUnresolvable
	}
	if err != nil {
		return Resource{}, err
	}
	return fragmentOf(found, ref.Fragment)
}

// isOwn reports whether base is the client's, or an alias of it.
func (c *Client) isOwn(base string) bool {
	u, err := c.follow(base, "")
	return err == nil && strings.TrimRight(u.Path, "/") == c.base.Path && u.RawQuery == ""
}

func fragmentOf(r Resource, fragment string) (Resource, error) {
	if fragment == "" {
		return r, nil
	}
	return contained(fragment, []Resource{r})
}

// contained finds the contained resource of this id; "" is the container.
func contained(id string, within []Resource) (Resource, error) {
	for _, r := range within {
		if id == "" {
			return r, nil
		}
		for _, inner := range items(r.Get("contained")) {
			if text(inner.Get("id")) == id {
				return Parse([]byte(inner.Raw))
			}
		}
	}
	return Resource{}, ErrUnresolvable
}

func inBundles(reference string, within []Resource) (Resource, bool) {
	for _, r := range within {
		if r.Type() != "Bundle" {
			continue
		}
		b, err := BundleOf(r)
		if err != nil {
			continue
		}
		if e, ok := b.Resolve(entryOf(b, within), reference); ok {
			return e.Resource(), true
		}
	}
	return Resource{}, false
}

// entryOf is the entry of b that holds one of the other resources: relative
// references start from its fullUrl.
func entryOf(b *Bundle, within []Resource) BundleEntry {
	for _, r := range within {
		if r.Type() == "Bundle" {
			continue
		}
		for _, e := range b.Entries() {
			if e.Resource().Equal(r) {
				return e
			}
		}
	}
	return BundleEntry{}
}
