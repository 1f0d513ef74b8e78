package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
)

// searchParameter is the part of a SearchParameter that definitions built on it must agree with.
type searchParameter struct {
	URL  string   `json:"url"`
	Type string   `json:"type"`
	Base []string `json:"base"`
}

// readSearchParameters reads R4's own; the package has others in files of their own.
func (s *definitionSet) readSearchParameters(dir string) error {
	s.searchParameters = map[string]*searchParameter{}
	return eachResource(filepath.Join(dir, "search-parameters.json"), "SearchParameter", func(raw json.RawMessage) error {
		read := &searchParameter{}
		err := json.Unmarshal(raw, read)
		if after, ok := strings.CutPrefix(read.URL, searchURL); ok {
			s.searchParameters[after] = read
		}
		return err
	})
}

// searchURL is where HL7 publishes the search parameters.
const searchURL = "http://hl7.org/fhir/SearchParameter/"

// searchTable encodes the search parameters as an index by the end of their URL and records. See elements/searchparameter.go.
func searchTable(defs *definitionSet) ([]byte, error) {
	e := newEncoder()
	encodeIndexed(e, defs.searchParameters, func(p *searchParameter) {
		e.text(p.Type)
		e.count(len(p.Base))
		for _, base := range p.Base {
			e.text(base)
		}
	})
	return e.finish("FHS1"), nil
}
