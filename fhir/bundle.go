package fhir

import (
	"fmt"
	"iter"
	"strconv"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// BundleType is what a Bundle is for (R4 Bundle.type).
type BundleType string

// The types of Bundles of FHIR R4.
const (
	BundleTransaction         BundleType = "transaction"
	BundleTransactionResponse BundleType = "transaction-response"
	BundleBatch               BundleType = "batch"
	BundleBatchResponse       BundleType = "batch-response"
	BundleSearchset           BundleType = "searchset"
	BundleHistory             BundleType = "history"
	BundleCollection          BundleType = "collection"
	BundleDocument            BundleType = "document"
	BundleMessage             BundleType = "message"
)

// Bundle is a Bundle that was read: the bytes it came in, with the places of its entries.
// Nothing of it is copied or decoded before it is asked for, and a resource in it has the very
// bytes it has in the Bundle. It is immutable and safe for concurrent use. To make one, use
// [NewBundle].
type Bundle struct {
	resource Resource
	kind     BundleType
	links    []byte
	total    []byte
	entries  []BundleEntry
	index    bundleIndex
}

// ParseBundle reads a Bundle of FHIR R4, R4B or R5 from JSON. It keeps data, which the caller
// must not change. The error is a *ParseError for what is not a resource, and says so for a
// resource of another type. What a Bundle's type demands is not checked: see [Bundle.Check].
func ParseBundle(data []byte) (*Bundle, error) {
	r, err := Parse(data)
	if err != nil {
		return nil, err
	}
	return BundleOf(r)
}

// BundleOf reads a resource as a Bundle, as one that a client got.
func BundleOf(r Resource) (*Bundle, error) {
	if r.Type() != "Bundle" {
		return nil, fmt.Errorf("fhir: read a Bundle: this is a resource %s", safeType(r.Type()))
	}
	b := &Bundle{resource: r}
	data := r.Bytes()
	walkObject(data, scan.Space(data, 0), func(name []byte, at int) int {
		if string(name) == "entry" && at < len(data) && data[at] == '[' {
			return walkArray(data, at, func(at int) int { return b.readEntry(data, at) })
		}
		end := scan.Skip(data, at)
		switch string(name) {
		case "type":
			b.kind = BundleType(jsonText(data[at:end]))
		case "link":
			b.links = data[at:end]
		case "total":
			b.total = data[at:end]
		default: // kept as it is
		}
		return end
	})
	return b, nil
}

// readEntry notes the entry that begins at a place and returns the place behind it.
func (b *Bundle) readEntry(data []byte, at int) (end int) {
	e := BundleEntry{place: len(b.entries)}
	if data[at] == '{' {
		end = walkObject(data, at, func(name []byte, at int) int {
			end := scan.Skip(data, at)
			noteMember(&e, name, data[at:end:end])
			return end
		})
	} else {
		end = scan.Skip(data, at)
	}
	e.raw = data[at:end:end]
	b.entries = append(b.entries, e)
	return end
}

// Resource returns the Bundle as a resource, with the bytes it came in.
func (b *Bundle) Resource() Resource { return b.resource }

// Bytes returns the Bundle as it came. The caller must not change it.
func (b *Bundle) Bytes() []byte { return b.resource.Bytes() }

// MarshalJSON returns the Bundle as it came.
func (b *Bundle) MarshalJSON() ([]byte, error) { return b.resource.Bytes(), nil }

// Type returns what the Bundle is for, "" if it does not say.
func (b *Bundle) Type() BundleType { return b.kind }

// Total returns how many matches a search has on all its pages, or a history versions, and
// false where the server does not tell: HAPI leaves it away on pages before it knows.
func (b *Bundle) Total() (int, bool) {
	n, err := strconv.Atoi(string(b.total))
	return n, err == nil && n >= 0
}

// Link returns the URL of the first link of that relation, "self", "next" or "previous" for
// example, and "" if there is none.
func (b *Bundle) Link(relation string) string {
	for name, url := range b.Links() {
		if name == relation {
			return url
		}
	}
	return ""
}

// Links yields the relation and the URL of each link, in their order.
func (b *Bundle) Links() iter.Seq2[string, string] {
	return func(yield func(relation, url string) bool) {
		for link := range jsonItems(b.links) {
			if !yield(jsonText(jsonMember(link, "relation")), jsonText(jsonMember(link, "url"))) {
				return
			}
		}
	}
}

// Len returns the number of entries.
func (b *Bundle) Len() int { return len(b.entries) }

// Entry returns an entry by its place, from 0. It panics if there is no such place, as an
// index of a slice does.
func (b *Bundle) Entry(i int) BundleEntry { return b.entries[i] }

// Entries yields all entries with their places, from 0.
func (b *Bundle) Entries() iter.Seq2[int, BundleEntry] {
	return func(yield func(int, BundleEntry) bool) {
		for i, e := range b.entries {
			if !yield(i, e) {
				return
			}
		}
	}
}

// Resources yields the resources of all entries that have one, whatever they are there for:
// in a searchset that is included ones and outcomes too, see [Bundle.Matches].
func (b *Bundle) Resources() iter.Seq[Resource] {
	return b.where(func(BundleEntry) bool { return true })
}

// Matches yields the resources that a search was for: those of mode "match", and those without
// a mode that are no OperationOutcome.
func (b *Bundle) Matches() iter.Seq[Resource] { return b.ofMode(SearchMatch) }

// Included yields the resources that came along with the matches, by _include and _revinclude.
func (b *Bundle) Included() iter.Seq[Resource] { return b.ofMode(SearchInclude) }

// Outcomes yields what the server said about a search: warnings of parameters that it ignored,
// for example.
func (b *Bundle) Outcomes() iter.Seq[OperationOutcome] {
	return func(yield func(OperationOutcome) bool) {
		for r := range b.ofMode(SearchOutcome) {
			var outcome OperationOutcome
			if outcome.UnmarshalJSON(r.Bytes()) == nil && !yield(outcome) {
				return
			}
		}
	}
}

func (b *Bundle) ofMode(mode SearchMode) iter.Seq[Resource] {
	return b.where(func(e BundleEntry) bool { return e.SearchMode() == mode })
}

func (b *Bundle) where(keep func(BundleEntry) bool) iter.Seq[Resource] {
	return func(yield func(Resource) bool) {
		for _, e := range b.entries {
			if e.HasResource() && keep(e) && !yield(e.Resource()) {
				return
			}
		}
	}
}
