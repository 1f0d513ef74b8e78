package elements

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed searchparameters.bin
var searchData string

// searchParameters is the opened table: read-only.
var searchParameters = sync.OnceValue(func() *slots[SearchParameter] { return openSearchParameters(searchData) }) //nolint:gochecknoglobals // a read-only table

// SearchParameter is one that R4 publishes. Immutable.
type SearchParameter struct {
	// Type is a code of http://hl7.org/fhir/search-param-type: "token".
	Type string
	// Bases are the resource types that it searches.
	Bases []string
}

// LookupSearchParameter returns a search parameter of R4 by its canonical URL, with or without "|4.0.1".
func LookupSearchParameter(canonical string) (*SearchParameter, bool) {
	name, ok := strings.CutPrefix(canonical, "http://hl7.org/fhir/SearchParameter/")
	if !ok {
		return nil, false
	}
	return searchParameters().canonical(name, func(*SearchParameter) string { return "4.0.1" })
}

func openSearchParameters(data string) *slots[SearchParameter] {
	r := newReader(data, "FHS1")
	shared := r.texts
	return readSlots(r, func(s *slot[SearchParameter]) *SearchParameter {
		r := reader{data: s.record, texts: shared}
		return &SearchParameter{Type: r.text(), Bases: r.list()}
	})
}
