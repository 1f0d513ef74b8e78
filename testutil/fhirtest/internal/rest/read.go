package rest

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// read is GET [type]/[id].
func read(x *exchange) (*answer, *failure) {
	v := x.tx.Current(x.typ, x.id)
	if v == nil && x.typ == "Binary" {
		v = x.exportedFile(x.id)
	}
	if v == nil {
		return nil, notKnown(x.typ, x.id)
	}
	return x.found(v)
}

// vread is GET [type]/[id]/_history/[vid].
func vread(x *exchange) (*answer, *failure) {
	if x.tx.Current(x.typ, x.id) == nil {
		return nil, notKnown(x.typ, x.id)
	}
	number, err := strconv.Atoi(x.version)
	f := fail(http.StatusNotFound, "not-found", "%s/%s has no such version", x.typ, x.id)
	if err != nil {
		return nil, f.hapi(0, "HAPI-0978: Version %q is not valid for resource %s/%s", x.version, x.typ, x.id)
	}
	v := x.tx.Version(x.typ, x.id, number)
	if v == nil {
		return nil, f.hapi(0, "HAPI-0979: Version %q is not valid for resource %s/%s", x.version, x.typ, x.id)
	}
	return x.found(v)
}

func (x *exchange) found(v *store.Version) (*answer, *failure) {
	if v.Deleted {
		f := fail(http.StatusGone, "deleted", "%s/%s was deleted", v.Type, v.ID).
			hapi(0, "Resource was deleted at %s", x.instant(v.Updated))
		f.header = http.Header{"Location": {x.versionURL(v)}}
		if !x.e.config.HAPI {
			f.header = x.versionHeader(v)
		}
		return nil, f
	}
	a := &answer{status: http.StatusOK, header: x.versionHeader(v), tree: v.Tree, body: v.Body, version: v}
	if x.unmodified(v) {
		a.status, a.tree, a.body = http.StatusNotModified, nil, nil
		if x.e.config.HAPI {
			a.header = http.Header{}
		}
		return a, nil
	}
	if v.Type == "Binary" && x.wantsRaw(v) {
		return x.raw(a, v)
	}
	tree, f := x.subset(v.Tree)
	if f != nil {
		return nil, f
	}
	if tree != v.Tree {
		a.tree, a.body = tree, nil
	}
	return a, nil
}

// unmodified is If-None-Match, else If-Modified-Since.
func (x *exchange) unmodified(v *store.Version) bool {
	if x.method != http.MethodGet {
		return false
	}
	if tags := x.header.Get("If-None-Match"); tags != "" {
		for tag := range strings.SplitSeq(tags, ",") {
			if n, ok := versionOf(tag); strings.TrimSpace(tag) == "*" || (ok && n == v.Number) {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(x.header.Get("If-Modified-Since"))
	return err == nil && !v.Updated.Truncate(time.Second).After(since)
}

// versionOf reads W/"3", "3" and 3.
func versionOf(tag string) (int, bool) {
	tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
	n, err := strconv.Atoi(strings.Trim(tag, `"`))
	return n, err == nil
}

// wantsRaw tells whether a Binary is asked for as what it holds (R4 http 3.1.0.1.9).
func (x *exchange) wantsRaw(v *store.Version) bool {
	accept := strings.Join(x.header.Values("Accept"), ",")
	if strings.Contains(accept, "fhir+json") || strings.Contains(accept, "fhir+xml") {
		return strings.Contains(accept, v.Tree.Str("contentType"))
	}
	return accept != "" && !strings.HasPrefix(accept, "application/json")
}

func (x *exchange) raw(a *answer, v *store.Version) (*answer, *failure) {
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v.Tree.Str("data")), ""))
	if err != nil {
		return nil, fail(http.StatusInternalServerError, "exception", "the content is no base64")
	}
	a.tree, a.body, a.contentType = nil, data, v.Tree.Str("contentType")
	if x.e.config.HAPI {
		a.header.Del("Last-Modified")
		a.header.Set("Content-Disposition", "Attachment;")
	}
	return a, nil
}

// isFHIR tells whether a content type is that of a resource.
func isFHIR(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.Contains(media, "fhir+") || media == "application/json")
}
