package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

type concept struct {
	Code    string    `json:"code"`
	Concept []concept `json:"concept"`
}

type codeSystem []concept

type include struct {
	System   string            `json:"system"`
	Concept  []concept         `json:"concept"`
	Filter   []json.RawMessage `json:"filter"`
	ValueSet []string          `json:"valueSet"`
}

type valueSet struct {
	Include []include `json:"include"`
	Exclude []include `json:"exclude"`
}

func (g *generator) addTerminology(raw json.RawMessage) error {
	var r struct {
		ResourceType string    `json:"resourceType"`
		URL          string    `json:"url"`
		Content      string    `json:"content"`
		Concept      []concept `json:"concept"`
		Compose      valueSet  `json:"compose"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("read a value set: %w", err)
	}
	if g.valueSets == nil {
		g.valueSets, g.codeSystems = map[string]valueSet{}, map[string]codeSystem{}
	}
	switch r.ResourceType {
	case "ValueSet":
		g.valueSets[r.URL] = r.Compose
	case "CodeSystem":
		if r.Content == "complete" {
			g.codeSystems[r.URL] = r.Concept
		}
	}
	return nil
}

// expand lists the codes of a value set, sorted; none when they cannot all be told.
func (g *generator) expand(url string, under map[string]bool) []string {
	vs, known := g.valueSets[url]
	if !known || under[url] || len(vs.Exclude) > 0 {
		return nil
	}
	under[url] = true
	defer delete(under, url)
	var codes []string
	for _, in := range vs.Include {
		switch {
		case len(in.Filter) > 0:
			return nil
		case len(in.Concept) > 0:
			codes = flatten(codes, in.Concept)
		case in.System != "":
			system, known := g.codeSystems[in.System]
			if !known {
				return nil
			}
			codes = flatten(codes, system)
		}
		for _, other := range in.ValueSet {
			base, _, _ := strings.Cut(other, "|")
			more := g.expand(base, under)
			if more == nil {
				return nil
			}
			codes = append(codes, more...)
		}
	}
	for _, code := range codes {
		if strings.ContainsAny(code, " \t\n") {
			return nil
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func flatten(out []string, concepts []concept) []string {
	for _, c := range concepts {
		out = flatten(append(out, c.Code), c.Concept)
	}
	return out
}
