package terminology

import (
	"encoding/json"
	"fmt"

	"github.com/openhim/mediator-go/fhir"
)

// valueSet is a ValueSet that was supplied. It is immutable.
type valueSet struct {
	url, version string
	composed     bool
	include      []component
	exclude      []component
	activeOnly   bool // compose.inactive is false
	// stored is the expansion that the resource brings along, nil if it is none or not whole.
	stored []item
	byCode map[string][]int // in stored
}

func (v *valueSet) canonical() string { return joinCanonical(v.url, v.version) }

// component is an include or an exclude.
type component struct {
	system, version string
	concepts        []listed
	byCode          map[string]int // in concepts
	filters         []filter
	valueSets       []string
}

// listed is a code that a value set names.
type listed struct {
	Code        string
	Display     string
	Designation []Designation
}

// item is a member of an expansion.
type item struct {
	coding             fhir.Coding
	designations       []Designation
	inactive, abstract bool
}

type valueSetJSON struct {
	URL     string
	Version string
	Compose *struct {
		Inactive *bool
		Include  []componentJSON
		Exclude  []componentJSON
	}
	Expansion *struct {
		Total     *int
		Offset    int
		Extension []struct {
			URL          string
			ValueBoolean bool
		}
		Parameter []struct {
			Name         string
			ValueBoolean bool
		}
		Contains []containsJSON
	}
}

// partial reports whether an expansion says that it leaves codes out: what it was made with, or
// the extensions valueset-toocostly and valueset-unclosed.
func (raw valueSetJSON) partial() bool {
	for _, e := range raw.Expansion.Extension {
		if e.ValueBoolean && (e.URL == tooCostly || e.URL == unclosed) {
			return true
		}
	}
	for _, p := range raw.Expansion.Parameter {
		switch p.Name {
		case "filter", "context", "contextDirection":
			return true
		case "activeOnly", "excludeNotForUI", "excludePostCoordinated", "limitedExpansion":
			if p.ValueBoolean {
				return true
			}
		}
	}
	return false
}

// Extensions of an expansion: it has too many codes to list them, or endlessly many.
const (
	tooCostly = "http://hl7.org/fhir/StructureDefinition/valueset-toocostly"
	unclosed  = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed"
)

type componentJSON struct {
	System, Version string
	Concept         []listed
	Filter          []filter
	ValueSet        []string
}

type containsJSON struct {
	System, Version, Code, Display string
	Abstract, Inactive             bool
	Designation                    []Designation
	Contains                       []containsJSON
}

func readValueSet(r fhir.Resource) (*valueSet, error) {
	var raw valueSetJSON
	if err := json.Unmarshal(r.Bytes(), &raw); err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	v := &valueSet{url: raw.URL, version: raw.Version}
	if raw.Compose != nil {
		v.composed = true
		v.activeOnly = raw.Compose.Inactive != nil && !*raw.Compose.Inactive
		v.include, v.exclude = readComponents(raw.Compose.Include), readComponents(raw.Compose.Exclude)
	}
	if e := raw.Expansion; e != nil {
		items := flatten(nil, e.Contains)
		if e.Offset == 0 && (e.Total == nil || *e.Total <= len(items)) && !raw.partial() {
			v.stored, v.byCode = append([]item{}, items...), make(map[string][]int, len(items))
			for i, it := range items {
				v.byCode[it.coding.Code] = append(v.byCode[it.coding.Code], i)
			}
		}
	}
	return v, nil
}

func readComponents(raw []componentJSON) []component {
	components := make([]component, len(raw))
	for i, one := range raw {
		c := component{system: one.System, version: one.Version, concepts: one.Concept, filters: one.Filter, valueSets: one.ValueSet}
		c.byCode = make(map[string]int, len(c.concepts))
		for n, listed := range c.concepts {
			if _, twice := c.byCode[listed.Code]; !twice {
				c.byCode[listed.Code] = n
			}
		}
		for n := range c.filters {
			if c.filters[n].Op == "regex" {
				c.filters[n].pattern = anchored(c.filters[n].Value)
			}
		}
		components[i] = c
	}
	return components
}

// flatten lists the concepts of an expansion with those below them. What has no code is a
// heading.
func flatten(items []item, contains []containsJSON) []item {
	for _, c := range contains {
		if c.Code != "" {
			items = append(items, item{
				fhir.Coding{System: c.System, Version: c.Version, Code: c.Code, Display: c.Display},
				c.Designation, c.Inactive, c.Abstract,
			})
		}
		items = flatten(items, c.Contains)
	}
	return items
}
