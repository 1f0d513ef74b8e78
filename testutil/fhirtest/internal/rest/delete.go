package rest

import (
	"net/http"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// remove is DELETE [type]/[id].
func remove(x *exchange) (*answer, *failure) {
	current := x.tx.Current(x.typ, x.id)
	if !x.e.config.HAPI {
		if f := x.checkIfMatch(current, "%s"); f != nil {
			return nil, f
		}
	}
	switch {
	case current == nil:
		a := &answer{status: http.StatusNoContent}
		if x.e.config.HAPI {
			a.status = http.StatusOK
			a.header = http.Header{"Content-Location": {x.base + "/" + x.typ + "/" + x.id}}
			a.outcome = x.storage("SUCCESSFUL_DELETE_NOT_FOUND", "Delete succeeded: No existing resource was found so no action was taken.",
				"Not deleted, resource %s/%s does not exist.", x.typ, x.id)
			a.tree = a.outcome
		}
		return a, nil
	case current.Deleted:
		a := &answer{status: http.StatusNoContent, version: current}
		if x.e.config.HAPI {
			a.status = http.StatusOK
			a.header = http.Header{"Content-Location": {x.versionURL(current)}}
			a.outcome = x.storage("SUCCESSFUL_DELETE_ALREADY_DELETED", "Delete succeeded: Resource was already deleted so no action was taken.",
				"Not deleted, resource %s was already deleted.", ref(current))
			a.tree = a.outcome
		}
		return a, nil
	}
	return x.erase(current)
}

func (x *exchange) erase(current *store.Version) (*answer, *failure) {
	v := &store.Version{
		Type: current.Type, ID: current.ID, Number: current.Number + 1, Updated: x.now, Method: http.MethodDelete, Deleted: true,
	}
	x.tx.Put(v)
	a := &answer{status: http.StatusNoContent, version: v}
	if x.e.config.HAPI {
		a.status = http.StatusOK
		// of the version before, although the deletion is one of its own
		a.header = http.Header{"Content-Location": {x.versionURL(current)}}
		a.outcome = x.storage("SUCCESSFUL_DELETE", "Delete succeeded.", "Successfully deleted 1 resource(s). Took 1ms.")
		a.tree = a.outcome
		return a, nil
	}
	a.header = http.Header{}
	a.header.Set("ETag", etag(v.Number))
	return a, nil
}
