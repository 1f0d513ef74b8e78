package fhirmap

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/mapping"
)

// codeForm is what a code may look like (R4 datatypes.html, code).
var codeForm = regexp.MustCompile(`^[^\s]+(\s[^\s]+)*$`)

type conceptArgument struct {
	System  string
	Version string
	Display string
	Text    string
	Check   bool
}

// codeableConcept makes a CodeableConcept of a code, or of Codings.
func (o *operators) codeableConcept() mapping.Operator {
	return mapping.Operator{
		Summary:  "A FHIR CodeableConcept of this code: its system, or {system, version, display, text, check: the system must have it}. true: of a Coding, or an array of them.",
		Out:      mapping.Object,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"const":true},{"type":"object","additionalProperties":false,"properties":{"system":{"type":"string"},"version":{"type":"string"},"display":{"type":"string"},"text":{"type":"string"},"check":{"type":"boolean"}}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			var a conceptArgument
			codings := string(argument) == "true"
			if !codings {
				if err := decode(argument, func(text string) { a.System = text }, &a, "system", "version", "display", "text", "check"); err != nil {
					return nil, err
				}
				if err := o.checkSystem(a.System); err != nil {
					return nil, err
				}
			}
			return func(in mapping.Value) (mapping.Value, error) {
				switch raw := in.JSON(); raw[0] {
				case '{', '[':
					return wrapCodings(raw, a.Text)
				case 't', 'f':
					return mapping.Value{}, &mapping.OperatorError{Code: mapping.CodeType, Message: "a boolean is no code"}
				}
				if codings {
					return mapping.Value{}, &mapping.OperatorError{Code: mapping.CodeType, Message: "a code without a system", Hint: "$codeableConcept: the URI of its system"}
				}
				return o.coded(a, in)
			}, nil
		},
	}
}

// wrapCodings puts Codings into a concept, with the bytes that they have.
func wrapCodings(raw json.RawMessage, text string) (mapping.Value, error) {
	list := raw
	if raw[0] == '{' {
		list = append(append(append(make([]byte, 0, len(raw)+2), '['), raw...), ']')
	}
	var codings []struct{ Code, System *string }
	if err := json.Unmarshal(list, &codings); err != nil {
		return mapping.Value{}, &mapping.OperatorError{Code: mapping.CodeType, Message: "not a Coding, nor an array of them"}
	}
	for _, c := range codings {
		if c.Code == nil {
			return mapping.Value{}, &mapping.OperatorError{Code: mapping.CodeRequired, Message: "a Coding without a code"}
		}
	}
	if len(codings) == 0 {
		return mapping.Value{}, nil
	}
	return encode(struct {
		Coding json.RawMessage `json:"coding"`
		Text   string          `json:"text,omitempty"`
	}{list, text})
}

func (o *operators) coded(a conceptArgument, in mapping.Value) (mapping.Value, error) {
	code, ok, err := textOf(in)
	if err != nil || !ok {
		return mapping.Value{}, err
	}
	if !codeForm.MatchString(code) {
		return mapping.Value{}, &mapping.OperatorError{Code: mapping.CodeFormat, Message: "the text is not a code: it has white space of more than one character", Hint: "make it single spaces with $replace"}
	}
	coding := fhir.Coding{System: a.System, Version: a.Version, Code: code, Display: a.Display}
	if a.Check {
		found, err := o.config.Terminology.Lookup(context.Background(), terminology.LookupRequest{Coding: coding})
		if errors.Is(err, terminology.ErrUnknownCode) {
			return mapping.Value{}, &mapping.OperatorError{
				Code: mapping.CodeUnmapped, Message: "the code system " + a.System + " does not have the code", Table: a.System, Unmapped: code,
			}
		}
		if err != nil {
			return mapping.Value{}, err
		}
		coding.Code = found.Coding.Code
		if coding.Display == "" {
			coding.Display = found.Coding.Display
		}
	}
	return encode(concept{Coding: []fhir.Coding{coding}, Text: a.Text})
}
