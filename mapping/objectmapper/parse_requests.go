package objectmapper

import (
	"fmt"
	"strconv"
	"strings"
)

// many returns the elements of a list; one object stands for a list of one, as mongoose casts it.
func many(v *value) []*value {
	switch {
	case v.absent():
		return nil
	case v.kind == kindArray:
		return v.list
	default:
		return []*value{v}
	}
}

func (p *parser) requests(root *value) error {
	requests, at, err := p.object(root, "", "requests")
	if err != nil || requests == nil {
		return err
	}
	p.unknown(requests, at, "lookup", "response")
	for _, side := range []struct {
		name  string
		known []string
		into  *[]RequestConfig
	}{
		{"lookup", []string{"id", "forwardExistingRequestBody", "forEach", "config", "allowedStatuses", "fhirResponse"}, &p.doc.Lookups},
		{"response", []string{"id", "forEach", "config", "kafkaProducerTopic"}, &p.doc.Responses},
	} {
		ids := make(map[string]bool)
		for i, v := range many(requests.get(side.name)) {
			where := pointer(at, side.name)
			if requests.get(side.name).kind == kindArray {
				where = pointer(where, strconv.Itoa(i))
			}
			if v.kind != kindObject {
				return p.fail(v, where, "a request is an object", "")
			}
			p.unknown(v, where, append(side.known, "_id")...)
			request, err := p.request(v, where)
			if err != nil {
				return err
			}
			if ids[request.ID] {
				return p.fail(v, where, fmt.Sprintf("two requests have the id %q", request.ID), "their answers would overwrite each other")
			}
			ids[request.ID] = true
			*side.into = append(*side.into, request)
		}
	}
	return nil
}

func (p *parser) request(v *value, at string) (RequestConfig, error) {
	r := RequestConfig{Method: methodGet, Concurrency: 1, Position: p.at(v.off, at)}
	r.ForwardBody = v.get("forwardExistingRequestBody").truthy()
	r.FHIRResponse = v.get("fhirResponse").truthy()
	r.Primary = v.get("primary").truthy()
	if err := p.text(v, at, "id", &r.ID); err != nil {
		return r, err
	}
	if r.ID == "" {
		return r, p.fail(v, at, "the request has no id", "")
	}
	if err := p.text(v, at, "kafkaProducerTopic", &r.KafkaTopic); err != nil {
		return r, err
	}
	for i, status := range many(v.get("allowedStatuses")) {
		text, err := p.scalar(status, pointer(at, "allowedStatuses"))
		if err != nil {
			return r, err
		}
		if !statusPattern(text) {
			return r, p.fail(status, pointer(pointer(at, "allowedStatuses"), strconv.Itoa(i)), "a status is written as 201 or 2xx", "")
		}
		r.AllowedStatuses = append(r.AllowedStatuses, text)
	}
	if err := p.forEach(v, at, &r); err != nil {
		return r, err
	}
	return r, p.config(v, at, &r)
}

func (p *parser) forEach(v *value, at string, r *RequestConfig) error {
	each, at, err := p.object(v, at, "forEach")
	if err != nil || each == nil {
		return err
	}
	p.unknown(each, at, "items", "concurrency")
	if err := p.text(each, at, "items", &r.ForEach); err != nil {
		return err
	}
	if err := checkTypedPath(r.ForEach); err != nil {
		return p.fail(each, pointer(at, "items"), err.Error(), "")
	}
	n := each.get("concurrency")
	if n.absent() {
		return nil
	}
	r.Concurrency, err = strconv.Atoi(n.text)
	if n.kind != kindNumber || err != nil || r.Concurrency < 1 || r.Concurrency > p.limits.Items {
		return p.fail(n, pointer(at, "concurrency"), "the concurrency must be a whole number from 1", "")
	}
	return nil
}

func (p *parser) config(v *value, at string, r *RequestConfig) error {
	c, at, err := p.object(v, at, "config")
	if err != nil || c == nil {
		return err
	}
	p.unknown(c, at, "method", "url", "headers", "params")
	if err := p.text(c, at, "method", &r.Method); err != nil {
		return err
	}
	r.Method = strings.ToUpper(r.Method)
	if err := p.text(c, at, "url", &r.URL); err != nil {
		return err
	}
	headers, where, err := p.object(c, at, "headers")
	if err != nil {
		return err
	}
	if headers != nil {
		for i, name := range headers.keys {
			text, err := p.scalar(headers.list[i], pointer(where, name))
			if err != nil {
				return err
			}
			r.Headers = append(r.Headers, Header{Name: name, Value: text})
		}
	}
	params, at, err := p.object(c, at, "params")
	if err != nil || params == nil {
		return err
	}
	p.unknown(params, at, "url", "query")
	if r.URLParams, err = p.params(params, at, "url"); err != nil {
		return err
	}
	r.QueryParams, err = p.params(params, at, "query")
	return err
}

func (p *parser) params(v *value, at, name string) ([]Param, error) {
	params, at, err := p.object(v, at, name)
	if err != nil || params == nil {
		return nil, err
	}
	var out []Param
	for i, name := range params.keys {
		entry, where := params.list[i], pointer(at, name)
		if entry.kind != kindObject {
			return nil, p.fail(entry, where, "a parameter is an object with a path", "")
		}
		p.unknown(entry, where, "path", "prefix", "postfix")
		param := Param{Name: name, Position: p.at(entry.off, where)}
		for _, m := range []struct {
			name string
			into *string
		}{{"path", &param.Path}, {"prefix", &param.Prefix}, {"postfix", &param.Postfix}} {
			if err := p.text(entry, where, m.name, m.into); err != nil {
				return nil, err
			}
		}
		if err := checkTypedPath(param.Path); err != nil {
			return nil, p.fail(entry, where, err.Error(), "")
		}
		out = append(out, param)
	}
	return out, nil
}

func (p *parser) state(root *value) error {
	p.doc.State = State{NetworkErrors: "no-filter", IncludeStatuses: []string{"*"}}
	state, at, err := p.object(root, "", "state")
	if err != nil || state == nil {
		return err
	}
	p.unknown(state, at, "extract", "config", "default")
	config, where, err := p.object(state, at, "config")
	if err != nil {
		return err
	}
	if config != nil {
		p.unknown(config, where, "networkErrors", "includeStatuses")
		if err := p.stateFilter(config, where); err != nil {
			return err
		}
	}
	extract, at, err := p.object(state, at, "extract")
	if err != nil || extract == nil {
		return err
	}
	p.unknown(extract, at, "requestBody", "responseBody", "query", "lookupRequests")
	for i, from := range extract.keys {
		v := extract.list[i]
		if v.kind != kindObject {
			return p.fail(v, pointer(at, from), "what is kept is an object of names and paths", "")
		}
		if from != "lookupRequests" {
			if err := p.extracts(v, from, "", pointer(at, from)); err != nil {
				return err
			}
			continue
		}
		for j, id := range v.keys {
			if err := p.extracts(v.list[j], from, id, pointer(pointer(at, from), id)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *parser) extracts(v *value, from, lookup, at string) error {
	if v.kind != kindObject {
		return p.fail(v, at, "what is kept is an object of names and paths", "")
	}
	for i, name := range v.keys {
		if v.list[i].kind != kindString {
			return p.fail(v.list[i], pointer(at, name), "the path must be a text", "")
		}
		p.doc.State.Extract = append(p.doc.State.Extract, Extract{From: from, Lookup: lookup, Name: name, Path: v.list[i].text})
	}
	return nil
}

func (p *parser) stateFilter(config *value, at string) error {
	if err := p.text(config, at, "networkErrors", &p.doc.State.NetworkErrors); err != nil {
		return err
	}
	switch p.doc.State.NetworkErrors {
	case "include", "exclude", "no-filter":
	default:
		return p.fail(config.get("networkErrors"), pointer(at, "networkErrors"), "networkErrors is include, exclude or no-filter", "")
	}
	statuses := many(config.get("includeStatuses"))
	if statuses == nil {
		return nil
	}
	p.doc.State.IncludeStatuses = nil
	for _, v := range statuses {
		text, err := p.scalar(v, pointer(at, "includeStatuses"))
		if err != nil {
			return err
		}
		if text != "*" && !statusPattern(text) {
			return p.fail(v, pointer(at, "includeStatuses"), "a status is written as 201, 2xx or *", "")
		}
		p.doc.State.IncludeStatuses = append(p.doc.State.IncludeStatuses, text)
	}
	return nil
}

func statusPattern(text string) bool {
	if len(text) != 3 || text[0] < '1' || text[0] > '5' {
		return false
	}
	return strings.EqualFold(text[1:], "xx") || allDigits(text)
}

// statusMatches reports whether a status is one of the patterns.
func statusMatches(patterns []string, status int) bool {
	text := strconv.Itoa(status)
	for _, p := range patterns {
		if p == "*" || p == text || len(text) == 3 && len(p) == 3 && strings.EqualFold(p[1:], "xx") && p[0] == text[0] {
			return true
		}
	}
	return false
}
