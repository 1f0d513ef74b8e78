package main

import (
	"cmp"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
)

// valueSet is the part of a ValueSet that says which codes belong to it.
type valueSet struct {
	URL     string `json:"url"`
	Version string `json:"version"`
	Compose struct {
		Include []valueSetPart `json:"include"`
		Exclude []valueSetPart `json:"exclude"`
	} `json:"compose"`
}

type valueSetPart struct {
	System   string     `json:"system"`
	Version  string     `json:"version"`
	Concept  []codeOnly `json:"concept"`
	ValueSet []string   `json:"valueSet"`
	Filter   []struct {
		Property string `json:"property"`
		Op       string `json:"op"`
		Value    string `json:"value"`
	} `json:"filter"`
}

type codeOnly struct {
	Code string `json:"code"`
}

// codeSystem is the part of a CodeSystem that says which codes it has and which is above which.
type codeSystem struct {
	URL           string    `json:"url"`
	Version       string    `json:"version"`
	Content       string    `json:"content"`
	CaseSensitive *bool     `json:"caseSensitive"`
	Concept       []concept `json:"concept"`
}

type concept struct {
	Code     string    `json:"code"`
	Concept  []concept `json:"concept"`
	Property []struct {
		Code      string `json:"code"`
		ValueCode string `json:"valueCode"`
	} `json:"property"`
}

// readTerminology reads value sets and code systems; where two files have one, the first counts.
func (s *definitionSet) readTerminology(dir string) error {
	s.valueSets, s.codeSystems = map[string]*valueSet{}, map[string]*codeSystem{}
	for _, file := range []string{"valuesets.json", "v2-tables.json", "v3-codesystems.json"} {
		path := filepath.Join(dir, file)
		if err := eachResource(path, "ValueSet", func(raw json.RawMessage) error {
			read := &valueSet{}
			err := json.Unmarshal(raw, read)
			if _, twice := s.valueSets[read.URL]; !twice {
				s.valueSets[read.URL] = read
			}
			return err
		}); err != nil {
			return err
		}
		if err := eachResource(path, "CodeSystem", func(raw json.RawMessage) error {
			read := &codeSystem{}
			err := json.Unmarshal(raw, read)
			if _, twice := s.codeSystems[read.URL]; !twice {
				s.codeSystems[read.URL] = read
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// terminologyTable encodes value sets, then code systems, each as an index by URL and records. See elements/terminology.go.
func terminologyTable(defs *definitionSet) ([]byte, error) {
	e := newEncoder()
	encodeIndexed(e, defs.valueSets, func(v *valueSet) {
		e.text(v.Version)
		encodeParts(e, v.Compose.Include)
		encodeParts(e, v.Compose.Exclude)
	})
	encodeIndexed(e, defs.codeSystems, func(c *codeSystem) {
		e.text(c.Version)
		e.number(bit(c.Content == "complete", 1) | bit(c.CaseSensitive != nil && !*c.CaseSensitive, 2))
		encodeConcepts(e, c.Concept)
	})
	return e.finish("FHV1"), nil
}

func encodeIndexed[T any](e *encoder, all map[string]T, write func(T)) {
	urls := slices.Sorted(maps.Keys(all))
	var records []byte
	e.count(len(urls))
	for _, url := range urls {
		record := e.record(func() { write(all[url]) })
		e.text(url)
		e.count(len(record))
		records = append(records, record...)
	}
	e.out = append(e.out, records...)
}

func encodeParts(e *encoder, parts []valueSetPart) {
	e.count(len(parts))
	for _, part := range parts {
		e.text(part.System)
		e.text(part.Version)
		e.count(len(part.Concept))
		for _, c := range part.Concept {
			e.text(c.Code)
		}
		e.count(len(part.Filter))
		for _, f := range part.Filter {
			e.text(f.Property)
			e.text(f.Op)
			e.text(f.Value)
		}
		e.count(len(part.ValueSet))
		for _, url := range part.ValueSet {
			e.text(url)
		}
	}
}

// encodeConcepts writes the codes in their order, each with the numbers of those right above it: by nesting, and by "child" properties.
func encodeConcepts(e *encoder, roots []concept) {
	type flat struct {
		code    string
		parents []int
	}
	var all []flat
	numbers := map[string]int{}
	var children []struct{ parent, child string }
	var walk func(list []concept, parent int)
	walk = func(list []concept, parent int) {
		for _, c := range list {
			number := len(all)
			numbers[c.Code] = number
			item := flat{code: c.Code}
			if parent >= 0 {
				item.parents = append(item.parents, parent)
			}
			all = append(all, item)
			for _, p := range c.Property {
				if p.Code == "child" {
					children = append(children, struct{ parent, child string }{c.Code, p.ValueCode})
				}
			}
			walk(c.Concept, number)
		}
	}
	walk(roots, -1)
	for _, edge := range children {
		if child, ok := numbers[edge.child]; ok && !slices.Contains(all[child].parents, numbers[edge.parent]) {
			all[child].parents = append(all[child].parents, numbers[edge.parent])
		}
	}
	e.count(len(all))
	for _, c := range all {
		slices.SortFunc(c.parents, cmp.Compare[int])
		e.text(c.code)
		e.count(len(c.parents))
		for _, parent := range c.parents {
			e.count(parent)
		}
	}
}
