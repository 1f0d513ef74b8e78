package fhirmap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/mapping"
)

type translateArgument struct {
	Map      string
	From, To string
	As       string
	Unmapped string
	Default  json.RawMessage
	AtLeast  terminology.Equivalence `json:"atLeast"`
	Reverse  bool
}

// translate translates codes by ConceptMaps. The names of tables it leaves to the engine.
func (o *operators) translate() mapping.Operator {
	return mapping.Operator{
		Summary: "Translates a code: by a table of the document, or by the FHIR ConceptMap with this URL, {map, from, to, as: code | coding | codeableConcept, unmapped: error | omit | keep, default, atLeast, reverse}.",
		In:      mapping.Text | mapping.Number | mapping.Object, Out: mapping.Any,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","required":["map"],"additionalProperties":false,"properties":{"map":{"type":"string"},"from":{"type":"string"},"to":{"type":"string"},"as":{"enum":["code","coding","codeableConcept"]},"unmapped":{"enum":["error","omit","keep"]},"default":true,"atLeast":{"enum":["equal","equivalent","subsumes","wider","specializes","narrower","inexact","relatedto"]},"reverse":{"type":"boolean"}}}]}`),
		Takes: func(argument json.RawMessage) bool {
			var name string
			return json.Unmarshal(argument, &name) != nil || strings.Contains(name, "://") || strings.HasPrefix(name, "urn:")
		},
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			a := translateArgument{As: "code", Unmapped: "error"}
			if err := decode(argument, func(text string) { a.Map = text }, &a, "map", "from", "to", "as", "unmapped", "default", "atLeast", "reverse"); err != nil {
				return nil, err
			}
			if err := o.checkTranslate(a); err != nil {
				return nil, err
			}
			return func(in mapping.Value) (mapping.Value, error) { return o.translated(a, in) }, nil
		},
	}
}

func (o *operators) checkTranslate(a translateArgument) error {
	if a.Map == "" {
		return errors.New("the map is missing: the URL of a ConceptMap")
	}
	if !o.config.Terminology.HasConceptMap(a.Map) {
		return fmt.Errorf("there is no ConceptMap %s in Config.Terminology", a.Map)
	}
	if err := oneOf("as", a.As, "code", "coding", "codeableConcept"); err != nil {
		return err
	}
	if err := oneOf("unmapped", a.Unmapped, "error", "omit", "keep"); err != nil {
		return err
	}
	if a.AtLeast != "" && !a.AtLeast.IsMatch() {
		return fmt.Errorf("atLeast: %q is not an equivalence that can be a match", string(a.AtLeast))
	}
	if a.Default != nil && a.Unmapped != "error" {
		return fmt.Errorf("a default beside unmapped: %s; leave one of them away", a.Unmapped)
	}
	for _, system := range []string{a.From, a.To} {
		if system == "" {
			continue
		}
		if err := o.checkSystem(system); err != nil {
			return err
		}
	}
	return nil
}

// source reads the code to translate: a text, a number, or a Coding.
func (a translateArgument) source(in mapping.Value) (c fhir.Coding, ok bool, err error) {
	if raw := in.JSON(); raw[0] == '{' {
		if json.Unmarshal(raw, &c) != nil || c.Code == "" {
			return c, false, &mapping.OperatorError{Code: mapping.CodeType, Message: "the object is not a Coding with a code"}
		}
		if a.From != "" && c.System != a.From {
			return c, false, &mapping.OperatorError{Code: mapping.CodeType, Message: "the Coding is not of the system " + a.From}
		}
		return c, true, nil
	}
	text, ok, err := textOf(in)
	return fhir.Coding{System: a.From, Code: text}, ok, err
}

func (o *operators) translated(a translateArgument, in mapping.Value) (mapping.Value, error) {
	source, ok, err := a.source(in)
	if err != nil || !ok {
		return mapping.Value{}, err
	}
	t, err := o.config.Terminology.Translate(context.Background(), terminology.TranslateRequest{
		URL: a.Map, Coding: source, TargetSystem: a.To, Reverse: a.Reverse, AtLeast: a.AtLeast,
	})
	if err != nil {
		return mapping.Value{}, err
	}
	best, found := t.Best()
	if found && !t.Ambiguous() {
		return a.write(best.Coding)
	}
	bad := &mapping.OperatorError{
		Code: mapping.CodeUnmapped, Message: "no translation by " + a.Map + ": " + t.Message, Table: a.Map, Unmapped: source.Code,
		Hint: "add it to the ConceptMap, or set unmapped: omit or keep, or a default",
	}
	if found {
		bad.Message = "no translation by " + a.Map + ": it has several codes that are all " + string(best.Equivalence)
		bad.Hint = "choose the code system with to, or mark one of them as the more precise one"
	}
	var instead mapping.Value
	switch {
	case a.Default != nil:
		instead = mapping.JSONValue(a.Default)
		var code string
		if json.Unmarshal(a.Default, &code) == nil {
			instead, err = a.write(fhir.Coding{System: a.To, Code: code})
		}
	case a.Unmapped == "keep":
		instead, err = a.write(source)
	case a.Unmapped != "omit":
		return mapping.Value{}, bad
	}
	if err != nil {
		return mapping.Value{}, err
	}
	bad.Instead = &instead
	return mapping.Value{}, bad
}

// write gives a translation the form that was asked for.
func (a translateArgument) write(c fhir.Coding) (mapping.Value, error) {
	switch a.As {
	case "coding":
		return encode(c)
	case "codeableConcept":
		return encode(concept{Coding: []fhir.Coding{c}})
	default:
		return mapping.TextValue(c.Code), nil
	}
}
