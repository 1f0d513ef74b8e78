package validate

import (
	"encoding/json"
	"fmt"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// readValueSet reads a ValueSet: what it composes, or, where that is not there, what it was expanded to.
func readValueSet(data []byte) (*elements.ValueSet, error) {
	var read struct {
		URL     string `json:"url"`
		Version string `json:"version"`
		Compose *struct {
			Include []valueSetPart `json:"include"`
			Exclude []valueSetPart `json:"exclude"`
		} `json:"compose"`
		Expansion struct {
			Contains []expansionItem `json:"contains"`
		} `json:"expansion"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return nil, fmt.Errorf("value set: %w", err)
	}
	set := &elements.ValueSet{URL: read.URL, Version: read.Version}
	if read.Compose == nil {
		set.Include = expanded(read.Expansion.Contains, nil, 0)
		return set, nil
	}
	for _, part := range read.Compose.Include {
		set.Include = append(set.Include, part.include())
	}
	for _, part := range read.Compose.Exclude {
		set.Exclude = append(set.Exclude, part.include())
	}
	return set, nil
}

type valueSetPart struct {
	System   string        `json:"system"`
	Version  string        `json:"version"`
	Concept  []codeElement `json:"concept"`
	ValueSet []string      `json:"valueSet"`
	Filter   []struct {
		Property string `json:"property"`
		Op       string `json:"op"`
		Value    string `json:"value"`
	} `json:"filter"`
}

type codeElement struct {
	Code    string        `json:"code"`
	Concept []codeElement `json:"concept"`
}

type expansionItem struct {
	System   string          `json:"system"`
	Code     string          `json:"code"`
	Abstract bool            `json:"abstract"`
	Contains []expansionItem `json:"contains"`
}

func (p *valueSetPart) include() elements.Include {
	in := elements.Include{System: p.System, Version: p.Version, ValueSets: p.ValueSet}
	for _, c := range p.Concept {
		in.Codes = append(in.Codes, c.Code)
	}
	for _, f := range p.Filter {
		in.Filters = append(in.Filters, elements.Filter{Property: f.Property, Op: f.Op, Value: f.Value})
	}
	return in
}

// maxConceptDepth bounds how deeply codes are nested in a code system or an expansion.
const maxConceptDepth = 100

func expanded(items []expansionItem, into []elements.Include, depth int) []elements.Include {
	if depth > maxConceptDepth {
		return into
	}
	for _, item := range items {
		if item.Code != "" && !item.Abstract {
			into = append(into, elements.Include{System: item.System, Codes: []string{item.Code}})
		}
		into = expanded(item.Contains, into, depth+1)
	}
	return into
}

// readCodeSystem reads a CodeSystem's codes and what is above what.
func readCodeSystem(data []byte) (*elements.CodeSystem, error) {
	var read struct {
		URL           string        `json:"url"`
		Version       string        `json:"version"`
		Content       string        `json:"content"`
		CaseSensitive *bool         `json:"caseSensitive"`
		Concept       []codeElement `json:"concept"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return nil, fmt.Errorf("code system: %w", err)
	}
	system := &elements.CodeSystem{
		URL: read.URL, Version: read.Version, Complete: read.Content == "complete",
		CaseInsensitive: read.CaseSensitive != nil && !*read.CaseSensitive,
	}
	addConcepts(system, read.Concept, -1, 0)
	return system, nil
}

func addConcepts(system *elements.CodeSystem, list []codeElement, parent, depth int) {
	if depth > maxConceptDepth {
		return
	}
	for _, c := range list {
		item := elements.Concept{Code: c.Code}
		if parent >= 0 {
			item.Parents = []int{parent}
		}
		system.Concepts = append(system.Concepts, item)
		addConcepts(system, c.Concept, len(system.Concepts)-1, depth+1)
	}
}
