package rest

import (
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
)

// checkDuplicates refuses a transaction that means one resource twice.
func (x *exchange) checkDuplicates(steps []*step) *failure {
	fulls, targets, conditions := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range steps {
		if s.x.method == http.MethodGet {
			continue
		}
		if strings.HasPrefix(s.full, "urn:") {
			if fulls[s.full] {
				return fail(http.StatusBadRequest, "duplicate", "two entries have the same fullUrl").at(s.x.entry+".fullUrl").
					hapi(0, "HAPI-0534: Transaction bundle contains multiple resources with ID: %s", s.full)
			}
			fulls[s.full] = true
		}
		if target := s.x.typ + "/" + s.x.id; s.x.id != "" {
			if targets[target] {
				return fail(http.StatusBadRequest, "duplicate", "two entries change the same resource").at(s.x.entry).
					hapi(0, "HAPI-0535: Transaction bundle contains multiple resources with ID: %s", target)
			}
			targets[target] = true
		}
		if condition := s.x.header.Get("If-None-Exist"); condition != "" && s.x.method == http.MethodPost {
			_, query, found := strings.Cut(condition, "?")
			if !found {
				query = condition
			}
			key := s.x.typ + "?" + query
			if conditions[key] {
				return fail(http.StatusBadRequest, "duplicate", "two entries have the same condition").at(s.x.entry+".request.ifNoneExist").hapi(0,
					"HAPI-2008: Unable to process Transaction - Request contains multiple anonymous entries (Bundle.entry.fullUrl not populated) with conditional URL: %q. Does transaction request contain duplicates?", key)
			}
			conditions[key] = true
		}
	}
	return nil
}

// resolveFullURLs gives new resources their ids and puts these in place of the fullUrls
// in references, and in elements that hold a URL (R4 http 3.1.0.11.2).
func (x *exchange) resolveFullURLs(steps []*step) *failure {
	ids := map[string]string{}
	for _, s := range steps {
		target, f := s.target()
		if f != nil {
			return x.inEntry(f, s.at)
		}
		if target != "" && s.full != "" {
			ids[s.full] = target
		}
	}
	for _, s := range steps {
		if s.x.resource == nil {
			continue
		}
		replace(s.x.resource, ids)
		for _, link := range index.Links(s.x.resource) {
			if !strings.HasPrefix(link.Text, "urn:uuid:") && !strings.HasPrefix(link.Text, "urn:oid:") {
				continue
			}
			last := lastName(link.Path)
			return fail(http.StatusBadRequest, "not-found", "a reference names no entry of the transaction").at(s.x.place(link.Path)).
				hapi(0, "HAPI-0541: Unable to satisfy placeholder ID %s found in element named '%s' within resource of type: %s", link.Text, last, s.x.resource.Str("resourceType"))
		}
	}
	return nil
}

// target is Type/id of what the entry will be about; a new resource gets its id here.
func (s *step) target() (string, *failure) {
	x := s.x
	switch {
	case x.operation != "" || x.resource == nil || x.typ == "":
		return "", nil
	case x.method == http.MethodPost && x.header.Get("If-None-Exist") != "":
		existing, f := x.one(x.typ, x.header.Get("If-None-Exist"), "CREATE", "HAPI-0958")
		if f != nil {
			return "", f
		}
		if existing != nil {
			return x.typ + "/" + existing.ID, nil
		}
		x.unmatched = x.header.Get("If-None-Exist")
		s.x.header.Del("If-None-Exist") // nothing matches, nor will it after other entries
		x.id = x.newID()
		return x.typ + "/" + x.id, nil
	case x.method == http.MethodPost:
		x.id = x.newID()
	case x.method == http.MethodPut && x.id == "":
		existing, f := x.one(x.typ, x.matchURL, "UPDATE", "HAPI-0988")
		if f != nil {
			return "", f
		}
		if existing != nil {
			return x.typ + "/" + existing.ID, nil
		}
		if x.id = x.resource.Str("id"); x.id == "" || x.e.config.HAPI {
			x.id = x.newID()
		}
	}
	return x.typ + "/" + x.id, nil
}

// replace changes every string that is one of the URLs, and links in narratives.
func replace(n *jsontree.Node, urls map[string]string) {
	for _, item := range n.Items {
		replace(item, urls)
	}
	for _, m := range n.Members {
		switch {
		case m.Value.Kind != jsontree.String:
			replace(m.Value, urls)
		case m.Name == "div":
			for from, to := range urls {
				m.Value.Text = strings.ReplaceAll(m.Value.Text, `"`+from+`"`, `"`+to+`"`)
			}
		case m.Name == "reference" || m.Name == "url" || strings.HasPrefix(m.Name, "valueUr") || m.Name == "valueUuid":
			text, fragment, hash := strings.Cut(m.Value.Text, "#")
			if to, known := urls[text]; known {
				if hash {
					to += "#" + fragment
				}
				m.Value.Text = to
			}
		}
	}
	for _, item := range n.Items {
		if item.Kind == jsontree.String {
			if to, known := urls[item.Text]; known {
				item.Text = to
			}
		}
	}
}

// lastName is the last part of a path.
func lastName(path string) string { return path[strings.LastIndex(path, ".")+1:] }
