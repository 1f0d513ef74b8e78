package rest

import (
	"encoding/base64"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/patch"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/shape"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// patchInstance is PATCH [type]/[id].
func patchInstance(x *exchange) (*answer, *failure) {
	current := x.tx.Current(x.typ, x.id)
	if current == nil || current.Deleted {
		if current != nil {
			_, f := x.found(current)
			return nil, f
		}
		f := notKnown(x.typ, x.id)
		if x.entry != "" {
			return nil, f.hapi(0, "HAPI-1997: %s/%s", x.typ, x.id)
		}
		return nil, f
	}
	return x.patch(current)
}

// conditionalPatch is PATCH [type]?[condition].
func conditionalPatch(x *exchange) (*answer, *failure) {
	existing, f := x.one(x.typ, x.matchURL, "PATCH", "HAPI-0972")
	switch {
	case f != nil:
		return nil, f
	case existing == nil:
		return nil, fail(http.StatusNotFound, "not-found", "the condition selects nothing").
			hapi(0, "HAPI-0973: Invalid match URL %q - No resources match this search", x.typ+"?"+x.matchURL)
	}
	return x.patch(existing)
}

func (x *exchange) patch(current *store.Version) (*answer, *failure) {
	if f := x.checkIfMatch(current, "HAPI-0974: Version %s is not the most recent version of this resource, unable to apply patch"); f != nil {
		return nil, f
	}
	n := current.Tree.Clone()
	if f := x.applyPatch(n); f != nil {
		return nil, f
	}
	if x.e.config.HAPI { // what a patch does to the id is not looked at
		n.Set("id", jsontree.NewString(current.ID))
		if f := x.unknownElements(n); f != nil {
			return nil, f
		}
	}
	if n.Str("resourceType") != current.Type || n.Str("id") != current.ID {
		return nil, fail(http.StatusUnprocessableEntity, "business-rule", "a patch may not change the id or the type").
			hapi(http.StatusBadRequest, "HAPI-1271: The patch changes the identity of the resource")
	}
	x.body = nil // problems are told by element, the text is another one
	n, f := x.accept(n)
	if f != nil {
		f.hapiText = strings.Replace(f.hapiText, "HAPI-0450: Failed to parse request body as JSON resource. Error was: ", "HAPI-1271: Failed to apply JSON patch to "+ref(current)+": ", 1)
		return nil, f
	}
	if x.e.config.HAPI && unchanged(current, n) {
		return x.stored(current, http.StatusOK, x.storage("SUCCESSFUL_PATCH_NO_CHANGE", "Patch succeeded: No changes were detected so no action was taken.",
			"Successfully patched resource %q with no changes detected.", ref(current))), nil
	}
	v := x.put(current.Type, current.ID, http.MethodPut, n)
	return x.stored(v, http.StatusOK, x.storage("SUCCESSFUL_PATCH", "Patch succeeded.", "Successfully patched resource %q.", ref(v))), nil
}

// unknownElements is HAPI's refusal of a patch that adds what the type does not have; in
// other bodies it drops such elements.
func (x *exchange) unknownElements(n *jsontree.Node) *failure {
	for _, p := range shape.Check(x.e.table, n) {
		if p.Unknown {
			last := lastName(p.Expression)
			return fail(http.StatusBadRequest, p.Code, "%s", p.Text).
				hapi(0, "HAPI-1271: Failed to apply JSON patch: HAPI-1825: Unknown element '%s' found during parse", last)
		}
	}
	return nil
}

// applyPatch finds out what kind of patch the body is, and applies it.
func (x *exchange) applyPatch(n *jsontree.Node) *failure {
	content, text, parameters := x.header.Get("Content-Type"), x.body, x.resource
	if r := x.resource; r != nil && r.Str("resourceType") == "Binary" {
		decoded, err := base64.StdEncoding.DecodeString(r.Str("data"))
		if err != nil {
			return fail(http.StatusBadRequest, "value", "the data is no base64").at(x.entry + ".resource.data")
		}
		content, text, parameters = r.Str("contentType"), decoded, nil
	}
	media, _, _ := mime.ParseMediaType(content)
	switch {
	case parameters != nil:
	case media == "application/json-patch+json":
		operations, err := jsontree.Parse(text)
		if err != nil {
			return fail(http.StatusBadRequest, "structure", "the patch is no JSON: %v", err).hapi(0, "HAPI-1272: %v", err)
		}
		return patchFailure(patch.JSON(n, operations))
	case isFHIR(content):
		parsed, f := x.parseText(text)
		if f != nil {
			return f
		}
		parameters = parsed
	default:
		return fail(http.StatusUnsupportedMediaType, "not-supported", "a patch is application/json-patch+json, or Parameters as application/fhir+json").
			hapi(http.StatusBadRequest, "HAPI-1965: Invalid Content-Type for PATCH operation: %s", content)
	}
	if parameters.Str("resourceType") != "Parameters" {
		return fail(http.StatusBadRequest, "structure", "a FHIRPath patch is a Parameters resource").at("resourceType").
			hapi(http.StatusInternalServerError, "HAPI-0390: Failed to call access method: null")
	}
	return patchFailure(patch.FHIRPath(n, parameters))
}

// patchFailure is 400 for a patch that makes no sense and 422 for one that does not fit
// the resource (RFC 5789 2.2). HAPI answers 400 to both.
func patchFailure(err error) *failure {
	if err == nil {
		return nil
	}
	status, code := http.StatusBadRequest, "structure"
	if errors.Is(err, patch.ErrNotApplicable) {
		status, code = http.StatusUnprocessableEntity, "processing"
	}
	return fail(status, code, "%v", err).hapi(http.StatusBadRequest, "HAPI-1272: %v", err)
}
