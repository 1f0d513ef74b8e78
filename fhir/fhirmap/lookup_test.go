package fhirmap_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/fhirmap"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/mapping"
)

type broken struct{}

func (broken) Translate(context.Context, terminology.TranslateRequest) (terminology.Translation, error) {
	return terminology.Translation{}, errors.New("no route")
}

func (broken) Lookup(context.Context, terminology.LookupRequest) (terminology.Concept, error) {
	return terminology.Concept{}, errors.New("no route")
}

func TestLookupsAskForAllCodesAtOnce(t *testing.T) {
	t.Parallel()
	service := terminology.NewService(sexMap(), nil)
	opts := options(fhirmap.Config{})
	opts.Lookups = map[string]mapping.Lookup{
		"sex":    fhirmap.TranslateLookup(service, terminology.TranslateRequest{URL: "http://example.org/fhir/ConceptMap/sex"}),
		"gender": fhirmap.CodeLookup(service, terminology.LookupRequest{Coding: fhir.Coding{System: "http://hl7.org/fhir/administrative-gender"}}),
	}
	m, err := compile(`lookups: {sex: {unmapped: omit}, gender: {unmapped: omit}}
map: {all: {$each: xs, a: {$from: ".", $lookup: sex, $codeableConcept: true}, b: {$from: ".", $lookup: gender, $get: code}}}`, opts)
	require.NoError(t, err)
	out, report, err := m.Run(t.Context(), []byte(`{"xs":["F","?","male"]}`), mapping.Options{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"all":[{"a":{"coding":[{"system":"http://hl7.org/fhir/administrative-gender","code":"female"}]}},{"b":"male"}]}`, string(out))
	assert.Len(t, report.Unmapped, 4)

	for name, lookup := range map[string]mapping.Lookup{
		"sex": fhirmap.TranslateLookup(broken{}, terminology.TranslateRequest{}), "gender": fhirmap.CodeLookup(broken{}, terminology.LookupRequest{}),
	} {
		opts.Lookups = map[string]mapping.Lookup{name: lookup}
		m, err := compile(`lookups: {`+name+`: {}}
map: {a: {$from: x, $lookup: `+name+`}}`, opts)
		require.NoError(t, err)
		_, _, err = m.Run(t.Context(), []byte(`{"x":"F"}`), mapping.Options{})
		require.ErrorContains(t, err, "no route")
	}
}
