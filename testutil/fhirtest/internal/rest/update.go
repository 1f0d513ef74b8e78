package rest

import (
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/shape"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// update is PUT [type]/[id]. What is not there is created under this id.
func update(x *exchange) (*answer, *failure) {
	n, f := x.parse(x.typ, "UPDATE")
	if f != nil {
		return nil, f
	}
	switch given := n.Str("id"); {
	case given == "" && (!x.e.config.HAPI || x.entry == ""):
		return nil, fail(http.StatusBadRequest, "required", "the body has no id").at(x.place(x.typ+".id")).hapi(0,
			"HAPI-0419: Can not update resource, resource body must contain an ID element for update (PUT) operation")
	case given != "" && given != x.id && (!x.e.config.HAPI || x.entry == ""):
		return nil, fail(http.StatusBadRequest, "invalid", "the id of the body is not that of the URL").at(x.place(x.typ+".id")).hapi(0,
			"HAPI-0420: Can not update resource, resource body must contain an ID element which matches the request URL for update (PUT) operation - Resource body ID of %q does not match URL ID of %q", given, x.id)
	case !shape.ValidID(x.id):
		return nil, fail(http.StatusBadRequest, "value", "the id is no valid id").at(x.place(x.typ+".id")).hapi(0,
			"HAPI-0521: Can not process entity with ID[%s], this is not a valid FHIR ID", x.id)
	}
	if n, f = x.accept(n); f != nil {
		return nil, f
	}
	current := x.tx.Current(x.typ, x.id)
	if f := x.precondition(current); f != nil {
		return nil, f
	}
	if current != nil && !current.Deleted {
		return x.change(current, n, x.storage("SUCCESSFUL_UPDATE", "Update succeeded.", "Successfully updated resource. Took 1ms."))
	}
	if x.e.config.HAPI && current == nil && index.PlainID(x.id) {
		return nil, fail(http.StatusBadRequest, "business-rule", "").hapi(0,
			"HAPI-0960: Can not create resource with ID[%s], no resource with this ID exists and clients may only assign IDs which contain at least one non-numeric character", x.id)
	}
	v := x.put(x.typ, x.id, http.MethodPut, n)
	return x.stored(v, http.StatusCreated, x.storage("SUCCESSFUL_UPDATE_AS_CREATE", "Update as create succeeded.",
		"Successfully created resource %q using update as create (ie. create with client assigned ID). Took 1ms.", ref(v))), nil
}

// change stores a new version of what is there.
func (x *exchange) change(current *store.Version, n *jsontree.Node, done *jsontree.Node) (*answer, *failure) {
	if x.e.config.HAPI {
		keepTags(current.Tree, n)
		if unchanged(current, n) {
			a := x.stored(current, http.StatusOK, x.storage("SUCCESSFUL_UPDATE_NO_CHANGE", "Update succeeded: No changes were detected so no action was taken.",
				"Successfully updated resource %q with no changes detected.", ref(current)))
			if a.tree == current.Tree && a.body != nil {
				a.tree, a.body = withoutSource(current.Tree), nil
			}
			return a, nil
		}
	}
	v := x.put(current.Type, current.ID, http.MethodPut, n)
	return x.stored(v, http.StatusOK, done), nil
}

// precondition is If-Match and If-None-Match. HAPI minds the first only where there is
// something to compare with, answers 409 and does not know the second.
func (x *exchange) precondition(current *store.Version) *failure {
	if x.e.config.HAPI && current == nil {
		return nil
	}
	if !x.e.config.HAPI && x.header.Get("If-None-Match") == "*" && current != nil && !current.Deleted {
		return fail(http.StatusPreconditionFailed, "conflict", "%s/%s exists", x.typ, x.id)
	}
	return x.checkIfMatch(current, "HAPI-0989: Trying to update %s/%s/_history/%s but this is not the current version")
}

// checkIfMatch compares If-Match with what is there. says is HAPI's text, with the
// places for type, id and version.
func (x *exchange) checkIfMatch(current *store.Version, says string) *failure {
	tag := x.header.Get("If-Match")
	if tag == "" {
		return nil
	}
	if current != nil && !current.Deleted {
		if strings.TrimSpace(tag) == "*" {
			return nil
		}
		for one := range strings.SplitSeq(tag, ",") {
			if n, ok := versionOf(one); ok && n == current.Number {
				return nil
			}
		}
	}
	plain := strings.Trim(strings.TrimPrefix(tag, "W/"), `"`)
	f := fail(http.StatusPreconditionFailed, "conflict", "If-Match does not name the current version of %s/%s", x.typ, x.id)
	if current == nil {
		return f
	}
	if strings.Count(says, "%s") == 1 {
		return f.hapi(http.StatusConflict, "HAPI-0550: "+says, plain)
	}
	return f.hapi(http.StatusConflict, "HAPI-0550: "+says, current.Type, current.ID, plain)
}

// keepTags adds the tags and security labels of the version before, as HAPI does; what a
// PUT does not name is not taken away. Profiles are.
func keepTags(before, n *jsontree.Node) {
	for _, kind := range []string{"tag", "security"} {
		kept := before.List("meta." + kind)
		if len(kept) == 0 {
			continue
		}
		meta := n.Get("meta")
		if meta == nil {
			meta = jsontree.NewObject()
			n.Set("meta", meta)
		}
		list := jsontree.NewArray()
		for _, tag := range kept {
			list.Items = append(list.Items, tag.Clone())
		}
		for _, tag := range meta.List(kind) {
			known := false
			for _, other := range kept {
				known = known || (other.Str("system") == tag.Str("system") && other.Str("code") == tag.Str("code"))
			}
			if !known {
				list.Items = append(list.Items, tag)
			}
		}
		meta.Set(kind, list)
	}
}

// unchanged tells whether only what the server sets by itself differs.
func unchanged(current *store.Version, n *jsontree.Node) bool {
	a, b := withoutServerMeta(current.Tree), withoutServerMeta(n)
	a.Delete("id")
	b.Delete("id")
	return jsontree.Equal(a, b)
}

func withoutServerMeta(n *jsontree.Node) *jsontree.Node {
	out := n.Clone()
	if meta := out.Get("meta"); meta != nil {
		meta.Delete("versionId")
		meta.Delete("lastUpdated")
		meta.Delete("source")
		if len(meta.Members) == 0 {
			out.Delete("meta")
		}
	}
	return out
}

func withoutSource(n *jsontree.Node) *jsontree.Node {
	out := n.Clone()
	out.Get("meta").Delete("source")
	return out
}
