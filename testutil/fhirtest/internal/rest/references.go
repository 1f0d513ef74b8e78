package rest

import (
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// checkWritten looks at the references of all that was written: where they lead, and
// whether something leads to what was deleted. It comes last, so that the entries of a
// transaction may refer to each other.
func (x *exchange) checkWritten() *failure {
	if !x.e.config.References {
		return nil
	}
	written := x.tx.Written()
	for _, v := range written {
		if v.Deleted || x.tx.Current(v.Type, v.ID) != v {
			continue
		}
		if f := x.checkReferences(v); f != nil {
			return f
		}
	}
	for _, v := range written {
		if v.Deleted && x.tx.Current(v.Type, v.ID) == v {
			if f := x.checkUnreferenced(v); f != nil {
				return f
			}
		}
	}
	return nil
}

func (x *exchange) checkReferences(v *store.Version) *failure {
	indexed := x.e.indexedPaths(v.Type)
	for _, link := range v.Links() {
		targets, checked := indexed[link.Path]
		if !checked || strings.HasPrefix(link.Text, "#") || link.Text == "" {
			continue
		}
		to := index.ParseReference(link.Text)
		switch {
		case strings.Contains(link.Text, "://"):
			if !x.e.config.HAPI {
				continue
			}
			return fail(http.StatusBadRequest, "", "").hapi(0,
				"HAPI-0507: Resource contains external reference to URL %q but this server is not configured to allow external references", link.Text)
		case to.Type == "":
			return fail(http.StatusUnprocessableEntity, "value", "a reference leads nowhere").at(link.Path).hapi(http.StatusBadRequest,
				"HAPI-0505: Invalid resource reference found at path[%s] - Does not contain resource type - %s", link.Path, link.Text)
		case targets != nil && !targets.AllowsTarget(to.Type):
			return fail(http.StatusUnprocessableEntity, "business-rule", "%s may not be a %s", link.Path, to.Type).at(link.Path).hapi(0,
				"HAPI-0931: Invalid reference found at path '%s'. Resource type '%s' is not valid for this path", link.Path, to.Type)
		}
		if target := x.tx.Current(to.Type, to.ID); target == nil || target.Deleted {
			return fail(http.StatusUnprocessableEntity, "not-found", "%s leads to something that is not there", link.Path).at(link.Path).
				hapi(http.StatusBadRequest, "HAPI-1094: Resource %s/%s not found, specified in path: %s", to.Type, to.ID, link.Path)
		}
	}
	return nil
}

func (x *exchange) checkUnreferenced(v *store.Version) *failure {
	for _, typ := range x.tx.Types() {
		indexed := x.e.indexedPaths(typ)
		for other := range x.tx.All(typ) {
			for _, link := range other.Links() {
				to := index.ParseReference(link.Text)
				if _, checked := indexed[link.Path]; !checked || to.URL != "" || to.Type != v.Type || to.ID != v.ID {
					continue
				}
				text := "Unable to delete " + v.Type + "/" + v.ID + " because at least one resource has a reference to this resource. First reference found was resource " +
					other.Type + "/" + other.ID + " in path " + link.Path
				f := fail(http.StatusConflict, "conflict", "%s/%s is referred to by %s/%s", v.Type, v.ID, other.Type, other.ID).hapi(0, "%s", text)
				f.hapiEntry = "HAPI-0550: HAPI-0515: " + text
				return f
			}
		}
	}
	return nil
}

// indexedPaths are the paths of references that search parameters know, with what they
// may lead to. Others are not checked, as in HAPI.
func (e *Engine) indexedPaths(typ string) map[string]*definitions.TypeRef {
	if known, ok := e.indexed.Load(typ); ok {
		return known.(map[string]*definitions.TypeRef) // nothing else is stored
	}
	out := indexedPaths(e.table, typ)
	e.indexed.Store(typ, out)
	return out
}

func indexedPaths(table *definitions.Table, typ string) map[string]*definitions.TypeRef {
	out := map[string]*definitions.TypeRef{}
	for _, p := range table.Parameters(typ) {
		if p.Type != "reference" {
			continue
		}
		for i := range p.Paths {
			if p.Paths[i].Type != "Reference" {
				continue
			}
			path, at := []string{typ}, table.Type(typ)
			var last *definitions.TypeRef
			for _, step := range p.Paths[i].Steps {
				path = append(path, step.Name)
				if at == nil {
					break
				}
				m, _ := at.Member(step.Name)
				last, at = m.Type, nil
				if last != nil {
					at = table.Type(last.Name)
				}
			}
			out[strings.Join(path, ".")] = last
		}
	}
	return out
}
