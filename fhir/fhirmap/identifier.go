package fhirmap

import (
	"encoding/json"
	"errors"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/mapping"
)

type identifierArgument struct {
	System   string
	Use      string
	Type     *fhir.Coding
	Assigner string
}

type concept struct {
	Coding []fhir.Coding `json:"coding,omitempty"`
	Text   string        `json:"text,omitempty"`
}

type display struct {
	Display string `json:"display"`
}

type identifier struct {
	Use      string   `json:"use,omitempty"`
	Type     *concept `json:"type,omitempty"`
	System   string   `json:"system,omitempty"`
	Value    string   `json:"value"`
	Assigner *display `json:"assigner,omitempty"`
}

// identifier makes an Identifier of its value.
func (o *operators) identifier() mapping.Operator {
	return mapping.Operator{
		Summary: "A FHIR Identifier of this value: its system, or {system, use, type: {system, code, display}, assigner}.",
		In:      mapping.Text | mapping.Number, Out: mapping.Object,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","required":["system"],"additionalProperties":false,"properties":{"system":{"type":"string"},"use":{"enum":["usual","official","temp","secondary","old"]},"type":{"type":"object","required":["code"],"properties":{"system":{"type":"string"},"code":{"type":"string"},"display":{"type":"string"}}},"assigner":{"type":"string"}}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			var a identifierArgument
			if err := decode(argument, func(text string) { a.System = text }, &a, "system", "use", "type", "assigner"); err != nil {
				return nil, err
			}
			if err := o.checkSystem(a.System); err != nil {
				return nil, err
			}
			if a.Use != "" {
				if err := oneOf("use", a.Use, "usual", "official", "temp", "secondary", "old"); err != nil {
					return nil, err
				}
			}
			made := identifier{Use: a.Use, System: a.System}
			if a.Type != nil {
				if a.Type.System == "" {
					a.Type.System = "http://terminology.hl7.org/CodeSystem/v2-0203"
				}
				if a.Type.Code == "" {
					return nil, errors.New("type has no code")
				}
				made.Type = &concept{Coding: []fhir.Coding{*a.Type}}
			}
			if a.Assigner != "" {
				made.Assigner = &display{a.Assigner}
			}
			return func(in mapping.Value) (mapping.Value, error) {
				text, ok, err := textOf(in)
				if err != nil || !ok {
					return mapping.Value{}, err
				}
				of := made
				of.Value = text
				return encode(of)
			}, nil
		},
	}
}
