package fhir

import (
	"net/http"
	"strings"
	"time"
)

// BundleDraft is an entry of a Bundle that is being built. Its methods change it and return
// it, so that they can be written one after the other:
//
//	patient := tx.Create(p).As("patient-7").IfNoneExist(fhir.IdentifierQuery("urn:mrn", "7"))
//
// What is wrong with it is told by [BundleBuilder.Build].
type BundleDraft struct {
	bundle   *BundleBuilder
	place    int
	key      string
	fullURL  string
	method   string
	target   string // resource type
	id       string
	query    string // of a conditional interaction
	url      string // of any other request, as it was given
	resource Resource

	ifNoneExist, ifMatch, ifNoneMatch, ifModifiedSince string

	problems []error
	given    int // how many of them were there before Build
}

// As names the entry. Its fullUrl becomes the UUID of that key, always the same, and
// references of other entries to it can be written as the key alone.
func (d *BundleDraft) As(key string) *BundleDraft {
	if d.key != "" || d.fullURL != "" {
		d.fail("the entry has a key or a fullUrl already")
		return d
	}
	if d.key = key; key == "" {
		d.fail("the key is empty")
	}
	return d
}

// At gives the entry a fullUrl: an absolute URL without a version, "urn:uuid:…" or "urn:oid:…".
func (d *BundleDraft) At(fullURL string) *BundleDraft {
	if d.fullURL != "" {
		d.fail("the entry has a fullUrl already")
		return d
	}
	d.fullURL = fullURL
	return d
}

// When has the server find the resource by a search, see [IdentifierQuery]: an update
// stores a new one where nothing matches; more than one match is refused.
func (d *BundleDraft) When(query string) *BundleDraft {
	if d.query = searchPart(query); d.query == "" {
		d.fail("the condition is empty")
	}
	return d
}

// IfNoneExist has the server create the resource only if nothing matches the search; what
// does is taken instead of it, and references to the entry come to mean that.
func (d *BundleDraft) IfNoneExist(query string) *BundleDraft {
	if d.ifNoneExist = searchPart(query); d.ifNoneExist == "" {
		d.fail("the condition is empty")
	}
	return d
}

// IfMatch has the server refuse the change if the resource has another version by now. It
// takes a version or an ETag.
func (d *BundleDraft) IfMatch(version string) *BundleDraft {
	if d.ifMatch = FormatETag(version); d.ifMatch == "" {
		d.fail("the version is empty")
	}
	return d
}

// IfNoneMatch has the server answer 304 to a read if the resource still has that version. It
// takes a version or an ETag, or "*".
func (d *BundleDraft) IfNoneMatch(version string) *BundleDraft {
	if d.ifNoneMatch = version; version != "*" {
		d.ifNoneMatch = FormatETag(version)
	}
	return d
}

// IfModifiedSince has the server answer 304 to a read if the resource has not changed since.
func (d *BundleDraft) IfModifiedSince(t time.Time) *BundleDraft {
	d.ifModifiedSince = t.Format("2006-01-02T15:04:05.000Z07:00")
	return d
}

// Place returns where the entry is in the Bundle, from 0, and its result in the answer.
func (d *BundleDraft) Place() int { return d.place }

// Reference returns what other resources of the Bundle write as reference to this one: its
// fullUrl, or Type/id of a resource that the server has under that id. It is "" for an entry
// that nothing can refer to.
func (d *BundleDraft) Reference() string {
	if err := d.name(); err != nil {
		d.problems = append(d.problems, err)
	}
	switch {
	case d.fullURL != "":
		return d.fullURL
	case d.id != "" && d.query == "" && d.method != http.MethodDelete:
		return d.target + "/" + d.id
	default:
		return ""
	}
}

// name gives the entry its fullUrl. An update of a resource by its id needs none: the id stays.
func (d *BundleDraft) name() (err error) {
	config := d.bundle.config
	switch {
	case d.fullURL != "":
	case d.key != "":
		d.fullURL = UUIDURN(config.Namespace, d.key)
	case d.resource.IsZero() || d.method == http.MethodPatch || d.url != "":
	case config.Base != "" && d.keepsID():
		d.fullURL = config.Base + "/" + d.resource.Reference()
	case d.method == http.MethodPut && d.keepsID():
	default:
		d.fullURL, err = randomUUID(config.Random)
	}
	return err
}

// keepsID reports whether the resource has the id that it will have afterwards too.
func (d *BundleDraft) keepsID() bool {
	return d.resource.ID() != "" && d.method != http.MethodPost && d.query == ""
}

// requestURL returns what stands in request.url.
func (d *BundleDraft) requestURL() string {
	switch {
	case d.url != "":
		return d.url
	case d.query != "":
		return d.target + "?" + d.query
	case d.id != "" && d.method != http.MethodPost:
		return d.target + "/" + d.id
	default:
		return d.target
	}
}

// append writes the entry.
func (d *BundleDraft) append(out []byte, r Resource) []byte {
	out = append(out, '{')
	member := func(name, text string) {
		if text == "" {
			return
		}
		if last := out[len(out)-1]; last != '{' {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), name...), `":`...)
		out = appendJSONText(out, text)
	}
	member("fullUrl", d.fullURL)
	if !r.IsZero() {
		if d.fullURL != "" {
			out = append(out, ',')
		}
		out = append(append(out, `"resource":`...), r.data...)
	}
	if d.method != "" {
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(out, `"request":{`...)
		member("method", d.method)
		member("url", d.requestURL())
		member("ifNoneMatch", d.ifNoneMatch)
		member("ifModifiedSince", d.ifModifiedSince)
		member("ifMatch", d.ifMatch)
		member("ifNoneExist", d.ifNoneExist)
		out = append(out, '}')
	}
	return append(out, '}')
}

// searchPart returns what stands behind the question mark, whether or not the rest was given.
func searchPart(query string) string {
	if kind, rest, ok := strings.Cut(query, "?"); ok && (kind == "" || isTypeName(kind)) {
		return rest
	}
	return query
}
