package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// bundle is an index of a Bundle's entries, built before they are walked.
type bundle struct {
	typ     string
	entries []bundleEntry
	byURL   map[string][]int
	byID    map[string][]int // "Patient/1"
	index   map[node]int     // of the entries
}

type bundleEntry struct {
	node     node
	fullURL  string
	resource node
	typ, id  string
	linksTo  []int // entries that references of this one lead to; kept for documents and messages
}

func (r *run) newBundle(n node) *bundle {
	t := r.tree
	b := &bundle{typ: r.str(n, "type"), byURL: map[string][]int{}, byID: map[string][]int{}, index: map[node]int{}}
	list := t.Member(n, "entry")
	if t.Kind(list) != tree.Array {
		return b
	}
	b.entries = make([]bundleEntry, 0, t.Len(list))
	for c := range t.Children(list) {
		e := bundleEntry{node: c, fullURL: r.str(c, "fullUrl"), resource: t.Member(c, "resource")}
		if t.Kind(e.resource) == tree.Object {
			e.typ, e.id = r.typeName(e.resource), r.str(e.resource, "id")
		}
		i := len(b.entries)
		b.index[c] = i
		if e.fullURL != "" {
			b.byURL[e.fullURL] = append(b.byURL[e.fullURL], i)
		}
		if e.typ != "" && e.id != "" {
			b.byID[e.typ+"/"+e.id] = append(b.byID[e.typ+"/"+e.id], i)
		}
		b.entries = append(b.entries, e)
	}
	return b
}

// resolveInBundle finds an entry by the rules of https://hl7.org/fhir/R4/bundle.html#references: an absolute reference is a fullUrl, a
// relative one continues the base of the entry it stands in. done is false when the reference may lead out of the Bundle.
func (r *run) resolveInBundle(text string, n node, sc *scope) (to target, done bool) {
	b := sc.bundle
	to.scope = sc
	source := &b.entries[sc.entry]
	bare, version, versioned := strings.Cut(text, "/_history/")
	bare, _, _ = strings.Cut(bare, "#")
	url := bare
	if !isAbsolute(bare) {
		base, restful := baseOf(source.fullURL)
		if !restful {
			return r.unresolvable(bare, n, sc)
		}
		url = base + bare
	}
	hits := b.byURL[url]
	if versioned {
		hits = r.ofVersion(b, hits, version)
	}
	switch len(hits) {
	case 0:
		return r.unresolvable(bare, n, sc)
	case 1:
		hit := &b.entries[hits[0]]
		source.linksTo = append(source.linksTo, hits[0])
		return target{node: hit.resource, typ: hit.typ, scope: sc}, true
	default:
		source.linksTo = append(source.linksTo, hits...)
		r.fail(n, fhir.IssueInvalid, "reference leads to several entries of the Bundle: fullUrl must be unique, or the reference name a version")
		return target{}, true
	}
}

func (r *run) ofVersion(b *bundle, hits []int, version string) []int {
	var kept []int
	for _, i := range hits {
		if r.str(r.tree.Member(b.entries[i].resource, "meta"), "versionId") == version {
			kept = append(kept, i)
		}
	}
	return kept
}

// unresolvable decides about a reference that no entry's fullUrl fits: a document holds everything it refers to from its Composition;
// elsewhere it leads out of the Bundle.
func (r *run) unresolvable(bare string, n node, sc *scope) (target, bool) {
	b := sc.bundle
	source := &b.entries[sc.entry]
	if hits := b.byID[bare]; len(hits) > 0 && b.typ == "document" {
		r.fail(n, fhir.IssueInvalid, "no entry's fullUrl fits this reference, though an entry has this type and id: "+
			"relative references continue the base of the fullUrl of the entry they stand in")
		return target{}, true
	}
	if b.typ == "document" && source.typ == "Composition" && sc.entry == 0 {
		r.fail(n, fhir.IssueNotFound, "no entry of the document fits this reference: add what the Composition refers to")
		return target{}, true
	}
	if strings.HasPrefix(bare, "urn:uuid:") {
		r.warn(n, fhir.IssueNotFound, "no entry's fullUrl is this urn:uuid, and nothing else can be found by it")
	}
	return target{}, false
}

// baseOf cuts "Type/id" off a RESTful fullUrl.
func baseOf(fullURL string) (base string, restful bool) {
	if !strings.HasPrefix(fullURL, "http://") && !strings.HasPrefix(fullURL, "https://") {
		return "", false
	}
	end := strings.LastIndexByte(fullURL, '/')
	if end < 0 {
		return "", false
	}
	end = strings.LastIndexByte(fullURL[:end], '/')
	if end < len("http://") {
		return "", false
	}
	return fullURL[:end+1], true
}
