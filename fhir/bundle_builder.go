package fhir

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// BundleConfig is how a Bundle is built. Only Type is needed.
type BundleConfig struct {
	// Type is transaction, batch, collection, document or message.
	Type BundleType
	// ID of the Bundle itself. Defaults to none.
	ID string
	// IdentifierSystem and IdentifierValue are Bundle.identifier, which documents need.
	// Default to none.
	IdentifierSystem, IdentifierValue string
	// Timestamp is Bundle.timestamp, which documents need. Defaults to none.
	Timestamp time.Time
	// Base is the server's URL without a slash at its end. With it, an entry whose resource has
	// an id of the server has the fullUrl Base/Type/id. Defaults to none.
	Base string
	// Namespace is the namespace of the UUIDs made of keys: see [UUIDURN].
	Namespace string
	// Random is where the UUIDs of entries without a key come from. Defaults to crypto/rand.
	Random io.Reader
	// LinkIDs has references of the form Type/id rewritten to the fullUrl of the entry whose
	// resource has that type and id, where the server will give it another one: in a
	// transaction for what is created, in other Bundles for all with a urn:uuid: fullUrl.
	// Defaults to false: such a reference means a resource that the server has.
	LinkIDs bool
	// AllowDangling lets references to urn:uuid:… stand that no entry has. Defaults to false:
	// they are an error, as they are to servers.
	AllowDangling bool
}

// BundleBuilder makes a Bundle of resources, whose bytes it does not change but for the
// references it was asked to rewrite. It is not safe for concurrent use.
//
// Entries refer to one another by the Reference of their [BundleDraft], or by the key of one:
// a reference in a resource whose whole text is the key of an entry is rewritten to its
// fullUrl.
type BundleBuilder struct {
	config BundleConfig
	drafts []*BundleDraft
}

// NewBundle begins a Bundle.
func NewBundle(config BundleConfig) *BundleBuilder {
	if config.Random == nil {
		config.Random = rand.Reader
	}
	config.Base = strings.TrimRight(config.Base, "/")
	return &BundleBuilder{config: config}
}

// NewTransaction begins a transaction: a server does all of it or nothing.
func NewTransaction() *BundleBuilder { return NewBundle(BundleConfig{Type: BundleTransaction}) }

// NewBatch begins a batch: a server does what it can of it, each entry by itself. Its entries
// may not refer to one another.
func NewBatch() *BundleBuilder { return NewBundle(BundleConfig{Type: BundleBatch}) }

// Len returns the number of entries so far.
func (b *BundleBuilder) Len() int { return len(b.drafts) }

// Reference returns the fullUrl that the entry of that key has, or will have when it is
// added, unless [BundleDraft.At] gives it another one.
func (b *BundleBuilder) Reference(key string) string {
	for _, d := range b.drafts {
		if d.key == key && d.fullURL != "" {
			return d.fullURL
		}
	}
	return UUIDURN(b.config.Namespace, key)
}

func (b *BundleBuilder) add(d *BundleDraft) *BundleDraft {
	d.bundle, d.place = b, len(b.drafts)
	b.drafts = append(b.drafts, d)
	return d
}

// Add adds a resource to a collection, a document or a message.
func (b *BundleBuilder) Add(r Resource) *BundleDraft { return b.add(&BundleDraft{resource: r}) }

// Create adds a resource that the server shall store as a new one, with an id of the server's:
// an id in it is ignored there.
func (b *BundleBuilder) Create(r Resource) *BundleDraft {
	return b.add(&BundleDraft{method: http.MethodPost, target: r.Type(), resource: r})
}

// Update adds a resource that the server shall store as the new version of the one with its
// id, or as a new one with that id. With [BundleDraft.When] the server finds it by a search.
func (b *BundleBuilder) Update(r Resource) *BundleDraft {
	return b.add(&BundleDraft{method: http.MethodPut, target: r.Type(), id: r.ID(), resource: r})
}

// Patch adds a change to the resource at target, "Patient/7" or "Patient?identifier=…": patch
// is a Parameters with a FHIRPath Patch or a Binary with a JSON Patch.
func (b *BundleBuilder) Patch(target string, patch Resource) *BundleDraft {
	return b.call(http.MethodPatch, target, patch)
}

// Delete adds the deletion of the resource at target, "Patient/7" or "Patient?identifier=…".
func (b *BundleBuilder) Delete(target string) *BundleDraft {
	return b.call(http.MethodDelete, target, Resource{})
}

// Get adds a read or a search: "Patient/7", "Patient?identifier=…", "Patient/7/_history/2".
func (b *BundleBuilder) Get(target string) *BundleDraft {
	return b.call(http.MethodGet, target, Resource{})
}

// Call adds any other request, like an operation: POST "Patient/$match" with Parameters.
func (b *BundleBuilder) Call(method, url string, r Resource) *BundleDraft {
	return b.add(&BundleDraft{method: method, url: url, resource: r})
}

func (b *BundleBuilder) call(method, target string, r Resource) *BundleDraft {
	d := &BundleDraft{method: method, url: strings.TrimPrefix(target, "/"), resource: r}
	path, query, conditional := strings.Cut(d.url, "?")
	d.target = path
	if conditional {
		d.query = query
	}
	if at := ParseLocation(path); at.Base == "" && at.Type != "" && at.Version == "" && !conditional {
		d.target, d.id = at.Type, at.ID
	}
	if method != http.MethodGet {
		d.url = ""
	}
	return b.add(d)
}

// Build makes the Bundle. The error is a *BundleError with everything that is wrong, entry by
// entry, by ErrBundleEntry and ErrBundleReference.
func (b *BundleBuilder) Build() (*Bundle, error) {
	links, err := b.link()
	if err != nil {
		return nil, err
	}
	out := b.head()
	for i, d := range b.drafts {
		if i > 0 {
			out = append(out, ',')
		} else {
			out = append(out, `,"entry":[`...)
		}
		out = d.append(out, links[i])
	}
	if len(b.drafts) > 0 {
		out = append(out, ']')
	}
	return BundleOf(parsedResource(append(out, '}')))
}

// head writes what stands before the entries.
func (b *BundleBuilder) head() []byte {
	size := 256
	for _, d := range b.drafts {
		size += len(d.resource.data) + 256
	}
	out := append(make([]byte, 0, size), `{"resourceType":"Bundle"`...)
	member := func(name, text string) {
		out = append(append(append(out, `,"`...), name...), `":`...)
		out = appendJSONText(out, text)
	}
	if b.config.ID != "" {
		member("id", b.config.ID)
	}
	if b.config.IdentifierSystem != "" || b.config.IdentifierValue != "" {
		out = append(out, `,"identifier":{`...)
		if b.config.IdentifierSystem != "" {
			out = appendJSONText(append(out, `"system":`...), b.config.IdentifierSystem)
			out = append(out, ',')
		}
		out = append(appendJSONText(append(out, `"value":`...), b.config.IdentifierValue), '}')
	}
	member("type", string(b.config.Type))
	if !b.config.Timestamp.IsZero() {
		member("timestamp", b.config.Timestamp.Format("2006-01-02T15:04:05.000Z07:00"))
	}
	return out
}

// MustBuild is Build for Bundles that cannot be wrong, as in tests. It panics otherwise.
func (b *BundleBuilder) MustBuild() *Bundle {
	bundle, err := b.Build()
	if err != nil {
		panic(fmt.Sprintf("fhir: MustBuild: %v", err))
	}
	return bundle
}
