package terminology

import (
	"sync"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// published holds what FHIR R4 itself publishes, as far as it was asked for. It is safe for
// concurrent use.
type published struct {
	systems   sync.Map // canonical -> *codeSystem
	valueSets sync.Map // canonical -> *valueSet
}

// system returns a code system of R4: its codes and their hierarchy, without displays and
// properties. Of those that it publishes in part, like LOINC, it knows nothing.
func (p *published) system(canonical string) (*codeSystem, bool) {
	if p == nil {
		return nil, false
	}
	if known, ok := p.systems.Load(canonical); ok {
		s, ok := known.(*codeSystem)
		return s, ok
	}
	raw, ok := elements.LookupCodeSystem(canonical)
	if !ok || !raw.Complete {
		return nil, false
	}
	s := &codeSystem{
		url: raw.URL, version: raw.Version, content: "complete", fold: raw.CaseInsensitive, bare: true,
		concepts: make([]*concept, len(raw.Concepts)), byCode: make(map[string]*concept, len(raw.Concepts)), related: map[[2]*concept]bool{},
	}
	for i, c := range raw.Concepts {
		s.concepts[i] = &concept{code: c.Code}
		s.byCode[s.key(c.Code)] = s.concepts[i]
	}
	for i, c := range raw.Concepts {
		for _, parent := range c.Parents {
			s.link(s.concepts[parent], s.concepts[i])
		}
	}
	known, _ := p.systems.LoadOrStore(canonical, s)
	s, ok = known.(*codeSystem)
	return s, ok
}

// valueSet returns a value set of R4.
func (p *published) valueSet(canonical string) (*valueSet, bool) {
	if p == nil {
		return nil, false
	}
	if known, ok := p.valueSets.Load(canonical); ok {
		v, ok := known.(*valueSet)
		return v, ok
	}
	raw, ok := elements.LookupValueSet(canonical)
	if !ok {
		return nil, false
	}
	known, _ := p.valueSets.LoadOrStore(canonical, &valueSet{
		url: raw.URL, version: raw.Version, composed: true,
		include: readComponents(publishedParts(raw.Include)), exclude: readComponents(publishedParts(raw.Exclude)),
	})
	v, ok := known.(*valueSet)
	return v, ok
}

func publishedParts(raw []elements.Include) []componentJSON {
	parts := make([]componentJSON, len(raw))
	for i, in := range raw {
		parts[i] = componentJSON{System: in.System, Version: in.Version, ValueSet: in.ValueSets}
		for _, code := range in.Codes {
			parts[i].Concept = append(parts[i].Concept, listed{Code: code})
		}
		for _, f := range in.Filters {
			parts[i].Filter = append(parts[i].Filter, filter{Property: f.Property, Op: f.Op, Value: f.Value})
		}
	}
	return parts
}
