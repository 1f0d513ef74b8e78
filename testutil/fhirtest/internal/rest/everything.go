package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/search"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// everything is Patient/[id]/$everything and, without id, of all patients: the patient's
// compartment and what its resources refer to. Of parameters it knows _count, _type and
// _since.
func everything(x *exchange) (*answer, *failure) {
	var patients []*store.Version
	if x.id != "" {
		v := x.tx.Current("Patient", x.id)
		if v != nil && v.Deleted {
			return nil, fail(http.StatusGone, "deleted", "Patient/%s was deleted", x.id).hapi(0, "HAPI-2572: Resource Patient/%s has been deleted", x.id)
		}
		if v == nil {
			return nil, fail(http.StatusNotFound, "not-found", "Patient/%s is not known", x.id).
				hapi(0, "HAPI-2841: Resource [[TokenParam[system=,value=%s]]] is not known.", x.id)
		}
		patients = append(patients, v)
	} else {
		patients = slices.Collect(x.tx.All("Patient"))
	}
	var since index.Span
	if text := x.param("_since"); text != "" {
		var ok bool
		if since, ok = index.ParseSpan(text); !ok {
			return nil, fail(http.StatusBadRequest, "value", "_since is no instant")
		}
	}
	var types []string
	if text := x.param("_type"); text != "" {
		types = strings.Split(text, ",")
	}
	all := x.compartments(patients)
	all = slices.DeleteFunc(all, func(v *store.Version) bool {
		return v.Updated.Before(since.From) || (types != nil && !slices.Contains(types, v.Type))
	})
	count := -1
	if text := x.param("_count"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			return nil, fail(http.StatusBadRequest, "value", "_count is no number").hapi(0, "HAPI-0375: Invalid _count value: %s", text)
		}
		count = n
	}
	path := x.base + "/Patient"
	if x.id != "" {
		path += "/" + x.id
	}
	s := &session{
		id: newUUID(), self: withQuery(path+"/$everything", x.params), kind: "searchset", matches: all, made: x.now, whole: x.id != "", once: true,
		query: &search.Query{Count: count},
	}
	x.e.pages.add(s)
	size := x.pageSize(count)
	if count < 0 && !x.e.config.HAPI {
		size = max(len(all), 1) // R4 operation-patient-everything: all at once unless _count asks for pages
	}
	a, f := x.page(s, 0, size, true)
	if f == nil && x.e.config.HAPI {
		a.header.Set("Content-Location", x.base+"/Bundle/"+s.id)
	}
	return a, f
}

// compartments are the patients, the resources of their compartments, and what these
// refer to.
func (x *exchange) compartments(patients []*store.Version) []*store.Version {
	seen := map[*store.Version]bool{}
	var out []*store.Version
	add := func(v *store.Version) {
		if v != nil && !v.Deleted && !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	for _, p := range patients {
		add(p)
		for _, typ := range x.tx.Types() {
			for v := range x.tx.All(typ) {
				if x.inCompartment(v, p.ID) {
					add(v)
				}
			}
		}
	}
	for _, v := range slices.Clone(out) {
		for _, l := range v.Links() {
			if to := index.ParseReference(l.Text); to.URL == "" && to.Type != "" && to.Type != "Patient" {
				add(x.tx.Current(to.Type, to.ID))
			}
		}
	}
	return out
}
