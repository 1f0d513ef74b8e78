package validate

import (
	"slices"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// profiles holds a resource against the profiles it claims (meta.profile), those of the options, and those of the call.
func (r *run) profiles(n node, sh *shape, sc *scope, asked []string) {
	t := r.tree
	var done []string
	list := t.Member(t.Member(n, "meta"), "profile")
	if t.Kind(list) == tree.Array {
		for c := range t.Children(list) {
			if t.Kind(c) != tree.String || t.Text(c) == "" {
				continue
			}
			url := t.Text(c)
			if slices.Contains(done, url) {
				continue
			}
			done = append(done, url)
			r.claimed(n, c, url, sh, sc)
		}
	}
	for _, url := range asked {
		if !slices.Contains(done, url) {
			done = append(done, url)
			r.askedFor(n, url, sh, sc, true)
		}
	}
	for _, urls := range [][]string{r.v.profileURLs, r.v.definitions.global} {
		for _, url := range urls {
			if !slices.Contains(done, url) {
				done = append(done, url)
				r.askedFor(n, url, sh, sc, false)
			}
		}
	}
}

// claimed holds a resource against a profile that it names itself.
func (r *run) claimed(n, at node, url string, sh *shape, sc *scope) {
	if name := typeOfURL(url); name != "" && r.v.shapes.of(name) != nil {
		if name != sh.typ.Name {
			r.fail(n, fhir.IssueInvalid, "meta.profile names the definition of %s, but this is a %s", quoted(name), sh.typ.Name)
		}
		return
	}
	p, err := r.v.definitions.find(url)
	switch {
	case err != nil && r.v.allowUnknown:
		r.warn(at, fhir.IssueNotFound, "%s", err.Error())
		return
	case err != nil:
		r.fail(at, fhir.IssueStructure, "%s", err.Error())
		return
	}
	if p.typ != sh.typ.Name && !sh.typ.IsA(p.typ) {
		r.fail(n, fhir.IssueInvalid, "meta.profile names a profile on %s, but this is a %s", p.typ, sh.typ.Name)
		return
	}
	r.conform(n, p, sh.typ.Name, sc)
}

// askedFor holds a resource against a profile that the caller names; must says whether another type is an error.
func (r *run) askedFor(n node, url string, sh *shape, sc *scope, must bool) {
	p := r.v.definitions.profile(url)
	switch {
	case p == nil:
	case p.typ == sh.typ.Name || sh.typ.IsA(p.typ):
		r.conform(n, p, sh.typ.Name, sc)
	case must:
		r.fail(n, fhir.IssueInvalid, "the profile asked for is one on %s, but this is a %s", p.typ, sh.typ.Name)
	}
}
