package elements

import (
	_ "embed"
	"sync"
)

//go:embed terminology.bin
var terminologyData string

// terminology is the opened table: read-only.
var terminology = sync.OnceValue(func() *terminologyTable { return openTerminology(terminologyData) }) //nolint:gochecknoglobals // a read-only table

type terminologyTable struct {
	valueSets   *slots[ValueSet]
	codeSystems *slots[CodeSystem]
}

// ValueSet is a definition of R4, by what it includes and excludes. Immutable.
type ValueSet struct {
	URL, Version     string
	Include, Exclude []Include
}

// Include is one part of a value set: of System all codes, or those named, or those that all filters let through, and that are in all ValueSets.
type Include struct {
	System, Version string
	Codes           []string
	Filters         []Filter
	ValueSets       []string // canonical URLs
}

// Filter is a condition on a concept; Op is a code of http://hl7.org/fhir/filter-operator: "is-a".
type Filter struct{ Property, Op, Value string }

// CodeSystem is a code system that R4 publishes with its codes. Immutable.
type CodeSystem struct {
	URL, Version string
	// Complete: it has all codes; else an example, a fragment, or a mere name.
	Complete bool
	// CaseInsensitive: "A" and "a" are one code. Rare.
	CaseInsensitive bool
	Concepts        []Concept
}

// Concept is one code with the indices of the concepts right above it.
type Concept struct {
	Code    string
	Parents []int
}

// LookupValueSet returns a value set of R4 by its canonical URL, with or without "|4.0.1".
func LookupValueSet(canonical string) (*ValueSet, bool) {
	return terminology().valueSets.canonical(canonical, func(v *ValueSet) string { return v.Version })
}

// LookupCodeSystem returns a code system that R4 publishes, by its URL: those of hl7.org and terminology.hl7.org. LOINC, SNOMED CT and
// the like are not among them.
func LookupCodeSystem(canonical string) (*CodeSystem, bool) {
	return terminology().codeSystems.canonical(canonical, func(c *CodeSystem) string { return c.Version })
}

// ValueSetURLs lists the value sets in alphabetical order.
func ValueSetURLs() []string { return terminology().valueSets.list() }

// CodeSystemURLs lists the code systems in alphabetical order.
func CodeSystemURLs() []string { return terminology().codeSystems.list() }

func openTerminology(data string) *terminologyTable {
	r := newReader(data, "FHV1")
	shared := r.texts
	return &terminologyTable{
		valueSets: readSlots(r, func(s *slot[ValueSet]) *ValueSet {
			r := reader{data: s.record, texts: shared}
			return &ValueSet{URL: s.name, Version: r.text(), Include: r.includes(), Exclude: r.includes()}
		}),
		codeSystems: readSlots(r, func(s *slot[CodeSystem]) *CodeSystem {
			r := reader{data: s.record, texts: shared}
			version, flags := r.text(), r.number()
			return &CodeSystem{URL: s.name, Version: version, Complete: flags&1 != 0, CaseInsensitive: flags&2 != 0, Concepts: r.concepts()}
		}),
	}
}

func (r *reader) includes() []Include {
	list := make([]Include, r.count())
	for i := range list {
		in := &list[i]
		in.System, in.Version, in.Codes = r.text(), r.text(), r.list()
		in.Filters = make([]Filter, r.count())
		for j := range in.Filters {
			in.Filters[j] = Filter{Property: r.text(), Op: r.text(), Value: r.text()}
		}
		in.ValueSets = r.list()
	}
	return list
}

func (r *reader) concepts() []Concept {
	list := make([]Concept, r.count())
	for i := range list {
		list[i].Code = r.text()
		if n := r.count(); n > 0 {
			list[i].Parents = make([]int, n)
			for j := range list[i].Parents {
				list[i].Parents[j] = r.count()
			}
		}
	}
	return list
}
