package fhir

import (
	"strings"
	"sync"
)

// bundleIndex finds entries by their fullUrl and by "Type/id". It is made when it is needed.
type bundleIndex struct {
	once    sync.Once
	byURL   map[string][]int
	byLocal map[string][]int
}

func (b *Bundle) indexed() *bundleIndex {
	b.index.once.Do(func() {
		b.index.byURL = make(map[string][]int, len(b.entries))
		b.index.byLocal = make(map[string][]int, len(b.entries))
		for i, e := range b.entries {
			if url := e.FullURL(); url != "" {
				b.index.byURL[url] = append(b.index.byURL[url], i)
			}
			if r := e.Resource(); r.ID() != "" {
				b.index.byLocal[r.Reference()] = append(b.index.byLocal[r.Reference()], i)
			}
		}
	})
	return &b.index
}

// Find returns the entry with that fullUrl, the one last updated where there are several
// versions, and false if there is none.
func (b *Bundle) Find(fullURL string) (BundleEntry, bool) {
	return b.newest(b.indexed().byURL[fullURL], "")
}

// Resolve returns the entry that a reference in the resource of an entry means, and false if
// it is not in the Bundle. It follows R4 bundle.html, "Resolving references in Bundles": an
// absolute reference is a fullUrl; a relative one is made absolute with the server's URL in
// the fullUrl of the entry it stands in. Where that leads nowhere, a relative reference means
// the entry whose resource has that type and id, if there is just one: many systems send
// Bundles whose fullUrls are missing or urn:uuid:… but whose references are not. A version is
// compared with meta.versionId; a fragment is left to the caller; "#id" is in no entry.
func (b *Bundle) Resolve(from BundleEntry, reference string) (BundleEntry, bool) {
	reference, _, _ = strings.Cut(reference, "#")
	if reference == "" {
		return BundleEntry{}, false
	}
	index := b.indexed()
	if found, ok := b.newest(index.byURL[reference], ""); ok {
		return found, true
	}
	at := ParseLocation(reference)
	if at.IsZero() || strings.Contains(reference, "?") {
		return BundleEntry{}, false
	}
	base := at.Base
	if base == "" {
		base = ParseLocation(from.FullURL()).Base
	}
	if base != "" {
		if found, ok := b.newest(index.byURL[base+"/"+at.Reference()], at.Version); ok {
			return found, true
		}
	}
	if at.Base != "" {
		return BundleEntry{}, false
	}
	return b.only(index.byLocal[at.Reference()], at.Version)
}

// newest returns the entry of that version, or the one last updated.
func (b *Bundle) newest(places []int, version string) (found BundleEntry, ok bool) {
	for _, i := range places {
		e := b.entries[i]
		if version != "" {
			if v := e.Resource().VersionID(); v == version {
				return e, true
			}
			continue
		}
		if !ok || len(places) > 1 && e.Resource().Meta().LastUpdated.After(found.Resource().Meta().LastUpdated) {
			found, ok = e, true
		}
	}
	return found, ok
}

// only returns the one entry of that version, or of all where none is asked for. The versions
// of one resource count as one.
func (b *Bundle) only(places []int, version string) (BundleEntry, bool) {
	urls := map[string]bool{}
	for _, i := range places {
		urls[b.entries[i].FullURL()] = true
	}
	if len(urls) > 1 {
		return BundleEntry{}, false
	}
	return b.newest(places, version)
}
