package fhirmap

import (
	"errors"
	"fmt"
	"maps"

	"github.com/openhim/mediator-go/fhir/fhirpath"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/mapping"
)

// Config is what the operators may use. The zero value is good for documents without
// ConceptMaps.
type Config struct {
	// Terminology has the ConceptMaps of $translate, and the code systems of $codeableConcept
	// with check. Defaults to what FHIR R4 publishes.
	Terminology *terminology.Local
	// FHIRPath evaluates $fhirpath. Defaults to an engine with Terminology for memberOf, and
	// without a clock: now(), today() and timeOfDay() are refused.
	FHIRPath *fhirpath.Engine
	// Systems are the URIs that identifiers and codes of a document may have as system; others
	// are an error, found when the document is compiled. Defaults to any absolute URI.
	Systems []string
}

// operators is what the operators of one Options share. It is immutable.
type operators struct {
	config Config
	clock  bool // expressions may ask for the time
}

// Options returns options with the operators and the lint of this package. Operators that are
// there already under one of its names are an error; a lint that is there is asked first.
func Options(options mapping.CompileOptions, config Config) (mapping.CompileOptions, error) {
	o := &operators{config: config, clock: config.FHIRPath != nil}
	var err error
	if o.config.Terminology == nil {
		if o.config.Terminology, err = terminology.NewLocal(terminology.LocalConfig{}); err != nil {
			return options, fmt.Errorf("fhirmap: %w", err)
		}
	}
	if o.config.FHIRPath == nil {
		checks := terminology.NewService(o.config.Terminology, nil).Checks()
		if o.config.FHIRPath, err = fhirpath.New(fhirpath.Config{Terminology: checks}); err != nil {
			return options, fmt.Errorf("fhirmap: %w", err)
		}
	}
	all := map[string]mapping.Operator{
		"$fhirpath": o.fhirpath(), "$reference": o.reference(), "$identifier": o.identifier(),
		"$codeableConcept": o.codeableConcept(), "$translate": o.translate(),
	}
	for name := range options.Operators {
		if _, twice := all[name]; twice {
			return options, errors.New("fhirmap: there is an operator " + name + " already")
		}
	}
	maps.Copy(all, options.Operators)
	options.Operators = all
	l := &linter{terminology: o.config.Terminology, next: options.Output}
	options.Output = l.output
	return options, nil
}
