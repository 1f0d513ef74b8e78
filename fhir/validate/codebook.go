package validate

import (
	"sync"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// verdict is what is known about a code offline.
type verdict uint8

const (
	unknown verdict = iota // another system would have to say
	yes
	no
)

// codebook answers which codes belong to which value sets and code systems, from R4's own and the user's. It expands each when it is first
// asked for and keeps it. Safe for concurrent use.
type codebook struct {
	ownValueSets   map[string]*elements.ValueSet // the user's, by URL and by URL|version
	ownCodeSystems map[string]*elements.CodeSystem

	mu         sync.RWMutex
	valueSets  map[string]*valueSet
	codeSystem map[string]*codeSystem
}

func newCodebook() *codebook {
	return &codebook{
		ownValueSets: map[string]*elements.ValueSet{}, ownCodeSystems: map[string]*elements.CodeSystem{},
		valueSets: map[string]*valueSet{}, codeSystem: map[string]*codeSystem{},
	}
}

// codeSystem is a code system with all its codes; nil stands for one that is not known completely.
type codeSystem struct {
	codes    map[string]int // to the index of the concept
	concepts []elements.Concept
}

// valueSet is a value set, expanded as far as that can be done.
type valueSet struct {
	url     string
	systems map[string]map[string]struct{}
	// open are the systems of which more codes may belong to it; "" stands for any system.
	open map[string]bool
	// checked are systems that belong to it with all codes, told by their syntax or a list elsewhere.
	checked map[string]func(code string) bool
	// any holds the codes of all systems, for elements that name none.
	any map[string]struct{}
}

// contains says whether a code of a system belongs to the value set.
func (v *valueSet) contains(system, code string) verdict {
	if _, ok := v.systems[system][code]; ok {
		return yes
	}
	if check := v.checked[system]; check != nil {
		return truth(check(code))
	}
	if v.open[system] || v.open[""] {
		return unknown
	}
	return no
}

// containsCode does that for elements of type code, which name no system.
func (v *valueSet) containsCode(code string) verdict {
	if _, ok := v.any[code]; ok {
		return yes
	}
	for _, check := range v.checked {
		if check(code) {
			return yes
		}
	}
	if len(v.open) > 0 {
		return unknown
	}
	return no
}

// inSystem says whether a code is one of a code system's.
func (b *codebook) inSystem(system, code string) verdict {
	if check := externalSystem(system); check != nil {
		return truth(check(code))
	}
	known := b.system(system)
	if known == nil {
		return unknown
	}
	if _, ok := known.codes[code]; ok {
		return yes
	}
	return no
}

// system returns a code system that is known completely, or nil.
func (b *codebook) system(url string) *codeSystem {
	b.mu.RLock()
	found, ok := b.codeSystem[url]
	b.mu.RUnlock()
	if ok {
		return found
	}
	defined, ok := b.ownCodeSystems[url]
	if !ok {
		defined, ok = elements.LookupCodeSystem(url)
	}
	var built *codeSystem
	if ok && defined.Complete && !defined.CaseInsensitive {
		built = &codeSystem{codes: make(map[string]int, len(defined.Concepts)), concepts: defined.Concepts}
		for i, concept := range defined.Concepts {
			built.codes[concept.Code] = i
		}
	}
	if !ok {
		return nil // not kept: the names in a message are no bound for a cache
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.codeSystem[url] = built
	return built
}

// valueSet returns a value set by its canonical URL, or nil if it is not known.
func (b *codebook) valueSet(url string) *valueSet {
	b.mu.RLock()
	found, ok := b.valueSets[url]
	b.mu.RUnlock()
	if ok {
		return found
	}
	left := maxExpansions
	built := b.expand(url, nil, &left)
	if built == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.valueSets) < maxValueSets {
		b.valueSets[url] = built
	}
	return built
}

// maxValueSets bounds the cache: contained questionnaires may name one value set by many versions.
const maxValueSets = 10_000

// definition finds a value set: the user's first, then R4's.
func (b *codebook) definition(url string) *elements.ValueSet {
	if own, ok := b.ownValueSets[url]; ok {
		return own
	}
	if own, ok := b.ownValueSets[bareURL(url)]; ok {
		return own
	}
	if found, ok := elements.LookupValueSet(url); ok {
		return found
	}
	return nil
}
