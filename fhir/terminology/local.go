package terminology

import (
	"errors"
	"fmt"
	"slices"

	"github.com/openhim/mediator-go/fhir"
)

// LocalConfig is how Local works. The zero value is fine.
type LocalConfig struct {
	// MaxExpansion bounds how many codes an expansion may have before it is cut to a page.
	// More is an *OfflineError. Defaults to 50,000.
	MaxExpansion int
	// WithoutR4 leaves out the value sets and code systems that FHIR R4 itself publishes:
	// those of hl7.org and terminology.hl7.org, with codes and hierarchy but without displays.
	// Those that are supplied come before them. Defaults to false.
	WithoutR4 bool
}

// Local answers from resources that are in memory. It is safe for concurrent use. What its
// answers hold is shared: do not change the slices in them.
type Local struct {
	max        int
	r4         *published // nil for none
	systems    registry[*codeSystem]
	valueSets  registry[*valueSet]
	maps       registry[*conceptMap]
	mapOrder   []*conceptMap          // the newest version of each
	allOf      map[string]*codeSystem // by the value set of all its codes
	maxNesting int
}

// NewLocal reads CodeSystems, ValueSets and ConceptMaps, and those in Bundles; other resources
// are an error. Of resources with the same URL and version the last one counts. Supplements
// add to their code systems, wherever in the list they are.
func NewLocal(config LocalConfig, resources ...fhir.Resource) (*Local, error) {
	l := &Local{
		max: config.MaxExpansion, systems: registry[*codeSystem]{}, valueSets: registry[*valueSet]{}, maps: registry[*conceptMap]{},
		allOf: map[string]*codeSystem{}, maxNesting: 32,
	}
	if !config.WithoutR4 {
		l.r4 = &published{}
	}
	if l.max <= 0 {
		l.max = 50_000
	}
	var supplements []*codeSystem
	for i, r := range resources {
		if err := l.add(r, &supplements); err != nil {
			return nil, fmt.Errorf("terminology: resource %d, %s %s: %w", i, r.Type(), r.Get("url").String(), err)
		}
	}
	for _, s := range supplements {
		of, ok := l.systems.find(s.supplements)
		if !ok {
			return nil, fmt.Errorf("terminology: supplement %s: %w", s.url, &NotSuppliedError{"CodeSystem", s.supplements})
		}
		of.supplement(s)
	}
	l.mapOrder = slices.DeleteFunc(l.mapOrder, func(m *conceptMap) bool {
		current, _ := l.maps.find(m.url)
		return m.url != "" && m != current
	})
	for _, versions := range l.systems {
		for _, v := range versions {
			if v.of.valueSet != "" {
				l.allOf[v.of.valueSet], _ = l.systems.find(v.of.url)
			}
		}
	}
	return l, nil
}

func (l *Local) add(r fhir.Resource, supplements *[]*codeSystem) error {
	switch r.Type() {
	case "CodeSystem":
		s, err := readCodeSystem(r)
		if err != nil {
			return err
		}
		if s.content == "supplement" {
			*supplements = append(*supplements, s)
			return nil
		}
		l.systems.add(s.url, s.version, s)
	case "ValueSet":
		v, err := readValueSet(r)
		if err != nil {
			return err
		}
		l.valueSets.add(v.url, v.version, v)
	case "ConceptMap":
		m, err := readConceptMap(r)
		if err != nil {
			return err
		}
		l.maps.add(m.url, m.version, m)
		l.mapOrder = append(l.mapOrder, m)
	case "Bundle":
		b, err := fhir.BundleOf(r)
		if err != nil {
			return err
		}
		for inner := range b.Resources() {
			if err := l.add(inner, supplements); err != nil {
				return fmt.Errorf("%s %s: %w", inner.Type(), inner.Get("url").String(), err)
			}
		}
	default:
		return errors.New("not a CodeSystem, ValueSet or ConceptMap")
	}
	return nil
}

// system returns a code system, or a NotSuppliedError.
func (l *Local) system(url, version string) (*codeSystem, error) {
	if s, ok := l.systems.find(joinCanonical(url, version)); ok {
		return s, nil
	}
	if s, ok := l.r4.system(joinCanonical(url, version)); ok {
		return s, nil
	}
	return nil, &NotSuppliedError{"CodeSystem", joinCanonical(url, version)}
}

// concept returns a concept, or why there is none.
func (l *Local) concept(coding fhir.Coding) (*codeSystem, *concept, error) {
	s, err := l.system(coding.System, coding.Version)
	if err != nil {
		return nil, nil, err
	}
	if c := s.find(coding.Code); c != nil {
		return s, c, nil
	}
	if !s.complete() {
		return nil, nil, &OfflineError{System: s.url, Reason: s.lacking()}
	}
	return nil, nil, &CodeError{System: s.url, Code: coding.Code}
}

// HasConceptMap reports whether a ConceptMap was supplied. The canonical may have a |version.
func (l *Local) HasConceptMap(canonical string) bool {
	_, ok := l.maps.find(canonical)
	return ok
}
