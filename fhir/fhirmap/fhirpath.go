package fhirmap

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/openhim/mediator-go/fhir/fhirpath"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/mapping"
)

type pathArgument struct {
	Path string
	Type string
	All  bool
}

// clock finds the functions that read the clock.
var clock = regexp.MustCompile(`\b(now|today|timeOfDay)\s*\(\s*\)`)

// fhirpath evaluates an expression on a value.
func (o *operators) fhirpath() mapping.Operator {
	return mapping.Operator{
		Summary: "Evaluates FHIRPath on a resource, or on a value of a data type: an expression, or {path, type: HumanName, all: true for an array}. Without all there may be one result at most.",
		In:      mapping.Object, Out: mapping.Any,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","required":["path"],"additionalProperties":false,"properties":{"path":{"type":"string"},"type":{"type":"string"},"all":{"type":"boolean"}}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			var a pathArgument
			if err := decode(argument, func(text string) { a.Path = text }, &a, "path", "type", "all"); err != nil {
				return nil, err
			}
			if a.Path == "" {
				return nil, errors.New("the expression is missing")
			}
			if _, known := elements.Lookup(a.Type); !known && a.Type != "" {
				return nil, errors.New("there is no type " + a.Type + " in FHIR R4")
			}
			if !o.clock && clock.MatchString(a.Path) {
				return nil, errors.New("a mapping has no clock: pass the time in as $ctx.now")
			}
			expression, err := o.config.FHIRPath.Compile(a.Path)
			if err != nil {
				return nil, err
			}
			return func(in mapping.Value) (mapping.Value, error) {
				document, err := fhirpath.ParseElement(in.JSON(), a.Type)
				if err != nil {
					return mapping.Value{}, err
				}
				found, err := expression.Eval(context.Background(), document)
				if err != nil {
					return mapping.Value{}, err
				}
				return a.result(found)
			}, nil
		},
	}
}

// result makes a value of what an expression found. Primitives that have extensions only are
// no values.
func (a pathArgument) result(found fhirpath.Collection) (mapping.Value, error) {
	var values []string
	for _, item := range found {
		if text := item.JSON(); text != "" {
			values = append(values, text)
		}
	}
	switch {
	case len(values) == 0:
		return mapping.Value{}, nil
	case a.All:
		return mapping.JSONValue([]byte("[" + strings.Join(values, ",") + "]")), nil
	case len(values) > 1:
		return mapping.Value{}, &mapping.OperatorError{
			Code: mapping.CodeType, Message: "the expression finds more than one value", Hint: "end it with .first(), or write {path: …, all: true} for an array",
		}
	}
	return mapping.JSONValue([]byte(values[0])), nil
}
