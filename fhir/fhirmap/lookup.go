package fhirmap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/mapping"
)

// Translator translates codes: a *terminology.Service, Remote or Local is one.
type Translator interface {
	Translate(ctx context.Context, request terminology.TranslateRequest) (terminology.Translation, error)
}

// TranslateLookup makes a lookup of a document of translations that need a terminology server:
// its keys are codes, its values Codings. A run calls it once for all codes of its input, and
// with the run's context. A code with several translations that are equally precise is not
// found, like one without any. The request says all but the code, and with AtLeast how precise
// a translation has to be.
//
//	options.Lookups = map[string]mapping.Lookup{"icd": fhirmap.TranslateLookup(service, terminology.TranslateRequest{URL: "http://…"})}
//
//	lookups: {icd: {unmapped: omit}}
//	map: {code: {$from: diagnosis, $lookup: icd, $codeableConcept: true}}
func TranslateLookup(by Translator, request terminology.TranslateRequest) mapping.Lookup {
	return func(ctx context.Context, keys []string) ([]json.RawMessage, error) {
		found := make([]json.RawMessage, len(keys))
		for i, key := range keys {
			one := request
			one.Coding.Code = key
			t, err := by.Translate(ctx, one)
			if err != nil {
				return nil, fmt.Errorf("translate: %w", err)
			}
			best, ok := t.Best()
			if !ok || t.Ambiguous() {
				continue
			}
			v, err := encode(best.Coding)
			if err != nil {
				return nil, err
			}
			found[i] = v.JSON()
		}
		return found, nil
	}
}

// Looker tells what codes mean: a *terminology.Service, Remote or Local is one.
type Looker interface {
	Lookup(ctx context.Context, request terminology.LookupRequest) (terminology.Concept, error)
}

// CodeLookup makes a lookup of a document that finds the Coding, with its display, of a code
// of a system. A code that the system does not have is not found. The request says all but
// the code.
func CodeLookup(by Looker, request terminology.LookupRequest) mapping.Lookup {
	return func(ctx context.Context, keys []string) ([]json.RawMessage, error) {
		found := make([]json.RawMessage, len(keys))
		for i, key := range keys {
			one := request
			one.Coding.Code = key
			c, err := by.Lookup(ctx, one)
			if errors.Is(err, terminology.ErrUnknownCode) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("look a code up: %w", err)
			}
			v, err := encode(c.Coding)
			if err != nil {
				return nil, err
			}
			found[i] = v.JSON()
		}
		return found, nil
	}
}
