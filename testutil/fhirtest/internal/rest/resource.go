package rest

import (
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/search"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/shape"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

type param = search.Param

// parse reads the body as a resource of the type (any type when it is empty). What it
// gives is the caller's to change.
func (x *exchange) parse(typ, interaction string) (*jsontree.Node, *failure) {
	n := x.resource
	if n == nil {
		if f := x.contentType(interaction); f != nil {
			return nil, f
		}
		var f *failure
		if n, f = x.parseText(x.body); f != nil {
			return nil, f
		}
	}
	found := n.Str("resourceType")
	const prefix = "HAPI-0450: Failed to parse request body as JSON resource. Error was: "
	switch {
	case found == "":
		return nil, fail(http.StatusBadRequest, "structure", "the body has no resourceType").at("resourceType").
			hapi(0, prefix+"HAPI-1838: Invalid JSON content detected, missing required element: 'resourceType'")
	case !x.e.table.IsResource(found) && (typ == "" || !x.e.config.HAPI):
		return nil, fail(http.StatusBadRequest, "structure", "the resourceType is not known").at("resourceType").
			hapi(0, prefix+"HAPI-1684: Unknown resource name %q (this name is not known in FHIR version \"R4\")", found)
	case typ != "" && found != typ:
		return nil, fail(http.StatusBadRequest, "invalid", "the body is of type %s, expected %s", found, typ).at("resourceType").
			hapi(0, prefix+"HAPI-1814: Incorrect resource type found, expected %q but found %q", typ, found)
	}
	return n, nil
}

// parseText reads JSON, and in HAPI's flavour says what its parser says.
func (x *exchange) parseText(text []byte) (*jsontree.Node, *failure) {
	const prefix = "HAPI-0450: Failed to parse request body as JSON resource. Error was: HAPI-1861: Failed to parse JSON encoded FHIR content: "
	trimmed := strings.TrimSpace(string(text))
	if trimmed == "" {
		return nil, fail(http.StatusBadRequest, "structure", "there is no body").hapi(0, prefix+"HAPI-1857: Did not find any content to parse")
	}
	if trimmed[0] != '{' {
		return nil, fail(http.StatusBadRequest, "structure", "the body is no JSON object").
			hapi(0, prefix+"HAPI-1859: Content does not appear to be FHIR JSON, first non-whitespace character was: '%c' (must be '{')", trimmed[0])
	}
	n, err := jsontree.Parse(text)
	if err != nil {
		f := fail(http.StatusBadRequest, "structure", "the body is no JSON: %v", err)
		return nil, f.hapi(0, prefix+"%v", err)
	}
	return n, nil
}

// contentType refuses bodies that are not said to be FHIR JSON.
func (x *exchange) contentType(interaction string) *failure {
	value := x.header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(value)
	switch {
	case value == "":
		return fail(http.StatusUnsupportedMediaType, "not-supported", "there is no Content-Type").
			hapi(http.StatusBadRequest, "HAPI-0448: No Content-Type header was provided in the request. This is required for %q operation", interaction)
	case err == nil && slices.Contains([]string{fhirJSON, "application/json", "text/json", "application/json+fhir"}, media):
		return nil
	}
	return fail(http.StatusUnsupportedMediaType, "not-supported", "the Content-Type is not supported; use %s", fhirJSON).
		hapi(http.StatusBadRequest, "HAPI-0449: Incorrect Content-Type header value of %q was provided in the request. A FHIR Content-Type is required for %q operation", value, interaction)
}

// accept checks a resource that is to be stored, and gives it as it will be stored.
func (x *exchange) accept(n *jsontree.Node) (*jsontree.Node, *failure) {
	if x.e.config.HAPI {
		taken, problem := shape.Coerce(x.e.table, n)
		if problem != nil {
			return nil, coerceFailure(problem)
		}
		n = taken
	} else {
		prefix := ""
		if x.entry != "" {
			prefix = x.entry + ".resource"
		}
		if problems := shape.Check(x.e.table, n); len(problems) > 0 {
			var text []byte
			if x.entry == "" {
				text = x.body
			}
			return nil, shapeFailure(problems, text, prefix)
		}
	}
	if f := x.resolveConditional(n); f != nil {
		return nil, f
	}
	if f := x.checkSubscription(n); f != nil {
		return nil, f
	}
	return n, x.validateWrite(n)
}

// put stores the next version of a resource. The tree is taken over.
func (x *exchange) put(typ, id, method string, n *jsontree.Node) *store.Version {
	number := 1
	if current := x.tx.Current(typ, id); current != nil {
		number = current.Number + 1
	}
	v := &store.Version{Type: typ, ID: id, Number: number, Updated: x.now, Method: method}
	meta := n.Get("meta").Clone()
	if meta == nil || meta.Kind != jsontree.Object {
		meta = jsontree.NewObject()
	}
	meta.Insert(0, "versionId", jsontree.NewString(itoa(number)))
	meta.Insert(1, "lastUpdated", jsontree.NewString(x.instant(x.now)))
	if x.e.config.HAPI {
		const place = 2
		source := "#" + x.requestID
		if given, _, _ := strings.Cut(meta.Str("source"), "#"); given != "" {
			source = given + source
		}
		meta.Insert(place, "source", jsontree.NewString(source))
	}
	n.Insert(0, "resourceType", jsontree.NewString(typ))
	n.Insert(1, "id", jsontree.NewString(id))
	const afterID = 2
	n.Insert(afterID, "meta", meta)
	v.Tree, v.Body = n, n.Bytes()
	x.tx.Put(v)
	return v
}

// instant writes a time as the server does.
func (x *exchange) instant(t time.Time) string {
	if x.e.config.HAPI {
		return t.UTC().Format("2006-01-02T15:04:05.000-07:00")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// stored answers with a version: headers, and a body unless less is preferred.
func (x *exchange) stored(v *store.Version, status int, done *jsontree.Node) *answer {
	a := &answer{status: status, header: x.versionHeader(v), version: v, outcome: done}
	if status == http.StatusCreated && (x.method == http.MethodPost || !x.e.config.HAPI) || x.method == http.MethodPost {
		a.header.Set("Location", x.versionURL(v))
	}
	if x.method == http.MethodPatch && x.e.config.HAPI {
		a.header.Del("Etag")
	}
	switch {
	case x.prefers("return=minimal"):
	case x.prefers("return=OperationOutcome"):
		a.tree = done
		if done == nil {
			a.tree = outcome(Issue{Severity: "information", Code: "informational", Text: "done"})
		}
	default:
		a.tree, a.body = v.Tree, v.Body
	}
	return a
}

func (x *exchange) versionURL(v *store.Version) string {
	return x.base + "/" + v.Type + "/" + v.ID + "/_history/" + itoa(v.Number)
}

func (x *exchange) versionHeader(v *store.Version) http.Header {
	h := http.Header{}
	h.Set("ETag", etag(v.Number))
	h.Set("Last-Modified", v.Updated.UTC().Format(http.TimeFormat))
	h.Set("Content-Location", x.versionURL(v))
	return h
}
