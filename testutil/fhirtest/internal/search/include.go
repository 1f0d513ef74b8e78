package search

import (
	"strings"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/definitions"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// include is one _include or _revinclude: Source:parameter[:Target], or * for all.
type include struct {
	source    string                       // empty for every type
	parameter *definitions.SearchParameter // nil for all
	target    string
	iterate   bool
}

// mostIncluded bounds what one search includes.
const mostIncluded = 10000

func (p *parser) include(name, modifier, value string) error {
	in := include{iterate: modifier == "iterate" || modifier == "recurse", source: p.query.Type}
	if value != "*" {
		const parts = 3
		f := strings.SplitN(value, ":", parts)
		in.source = f[0]
		if len(f) < 2 {
			return p.badInclude(BadIncludeForm, name, value)
		}
		if !p.table.IsResource(f[0]) {
			return p.badInclude(BadIncludeType, name, value)
		}
		if f[1] != "*" {
			in.parameter = p.table.Parameter(f[0], f[1])
			if in.parameter == nil || in.parameter.Type != "reference" {
				return p.badInclude(BadInclude, name, value)
			}
		}
		if len(f) == parts {
			in.target = f[2]
		}
	}
	if name == "_revinclude" && value == "*" {
		in.source = ""
	}
	if name == "_include" {
		p.query.includes = append(p.query.includes, in)
	} else {
		p.query.revincludes = append(p.query.revincludes, in)
	}
	return nil
}

func (p *parser) badInclude(problem Problem, name, value string) error {
	if p.manner.Lenient {
		return nil
	}
	return &Error{Problem: problem, Type: p.query.Type, Name: name, Value: value}
}

// Included are the resources the matches bring along, each once and none of them a match.
func (q *Query) Included(tx *store.Tx, base string, matches []*store.Version) []*store.Version {
	if len(q.includes)+len(q.revincludes) == 0 {
		return nil
	}
	r := &run{tx: tx, base: base}
	seen := map[*store.Version]bool{}
	for _, v := range matches {
		seen[v] = true
	}
	var out []*store.Version
	add := func(v *store.Version) bool {
		if v == nil || v.Deleted || seen[v] || len(out) >= mostIncluded {
			return false
		}
		seen[v] = true
		out = append(out, v)
		return true
	}
	from, first := matches, true
	for len(from) > 0 {
		before := len(out)
		for i := range q.includes {
			if in := &q.includes[i]; first || in.iterate {
				r.forward(in, from, add)
			}
		}
		for i := range q.revincludes {
			if in := &q.revincludes[i]; first || in.iterate {
				r.backward(in, from, add)
			}
		}
		from, first = out[before:], false
	}
	return out
}

func (r *run) forward(in *include, from []*store.Version, add func(*store.Version) bool) {
	for _, v := range from {
		if v.Type != in.source {
			continue
		}
		for _, p := range in.parameters(in.source) {
			for _, value := range v.Values(p) {
				ref := r.local(value.Reference)
				if ref.URL == "" && ref.ID != "" && (in.target == "" || in.target == ref.Type) {
					add(r.tx.Current(ref.Type, ref.ID))
				}
			}
		}
	}
}

func (r *run) backward(in *include, from []*store.Version, add func(*store.Version) bool) {
	wanted := map[string]bool{}
	for _, v := range from {
		wanted[v.Type+"/"+v.ID] = true
	}
	sources := []string{in.source}
	if in.source == "" {
		sources = r.tx.Types()
	}
	for _, source := range sources {
		parameters := in.parameters(source)
		for v := range r.tx.All(source) {
			for _, p := range parameters {
				for _, value := range v.Values(p) {
					if ref := r.local(value.Reference); ref.URL == "" && wanted[ref.Type+"/"+ref.ID] {
						add(v)
					}
				}
			}
		}
	}
}

func (in *include) parameters(source string) []*definitions.SearchParameter {
	if in.parameter != nil {
		return []*definitions.SearchParameter{in.parameter}
	}
	var out []*definitions.SearchParameter
	for _, p := range definitions.R4().Parameters(source) {
		if p.Type == "reference" {
			out = append(out, p)
		}
	}
	return out
}
