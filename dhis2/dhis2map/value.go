package dhis2map

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/mapping"
)

type valueArgument struct {
	Code    string
	Stage   string
	Program string
	Type    string
	By      string
	Read    bool
	failing

	member string // dataElement or attribute
	name   string // what the payload calls it
	what   written
}

// written is what values are written to.
type written struct {
	uid, code string
	value     dhis2.ValueType
	options   *dhis2.OptionSet
	limit     int                           // of the text, in characters as Java counts them
	units     *dhis2.Objects[dhis2.OrgUnit] // for ORGANISATION_UNIT
}

const (
	maxDataValue      = 50_000 // dhis2.md 1.1, value checks
	maxAttributeValue = 1200   // E1077
)

// dataValue makes a data value of an event.
func (o *operators) dataValue() mapping.Operator {
	return mapping.Operator{
		Summary: "A data value of an event, {dataElement, value}, of the data element with this code, or {code, stage, by: code | name, unmapped: error | omit, default, read: true to read it}.",
		In:      mapping.Any, Out: mapping.Any,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","required":["code"],"additionalProperties":false,"properties":{"code":{"type":"string"},"stage":{"type":"string"},"by":{"enum":["code","name"]},"unmapped":{"enum":["error","omit"]},"default":true,"read":{"type":"boolean"}}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			a := &valueArgument{member: "dataElement", By: "code"}
			if err := decode(argument, func(text string) { a.Code = text }, a, "code", "stage", "by", "unmapped", "default", "read"); err != nil {
				return nil, err
			}
			element, err := named(o.config.Snapshot.DataElements(), ofElement, a.Code)
			if err != nil {
				return nil, err
			}
			if a.Stage != "" {
				stage, err := named(o.config.Snapshot.ProgramStages(), ofStage, a.Stage)
				if err != nil {
					return nil, err
				}
				if _, ok := stage.Element(element.UID); !ok {
					return nil, fmt.Errorf("data element %s is not in stage %s (E1305)", a.Code, a.Stage)
				}
			}
			a.what = written{element.UID, element.Code, element.ValueType, element.OptionSet, maxDataValue, o.config.Snapshot.OrgUnits()}
			return a.make(element.By(o.config.Names), o.config.Names)
		},
	}
}

// attribute makes an attribute of a tracked entity or an enrollment.
func (o *operators) attribute() mapping.Operator {
	return mapping.Operator{
		Summary: "An attribute, {attribute, value}, with this code, or {code, program, type, by: code | name, unmapped: error | omit, default, read: true to read it}.",
		In:      mapping.Any, Out: mapping.Any,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","required":["code"],"additionalProperties":false,"properties":{"code":{"type":"string"},"program":{"type":"string"},"type":{"type":"string"},"by":{"enum":["code","name"]},"unmapped":{"enum":["error","omit"]},"default":true,"read":{"type":"boolean"}}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			a := &valueArgument{member: "attribute", By: "code"}
			if err := decode(argument, func(text string) { a.Code = text }, a, "code", "program", "type", "by", "unmapped", "default", "read"); err != nil {
				return nil, err
			}
			attribute, err := named(o.config.Snapshot.Attributes(), ofAttribute, a.Code)
			if err != nil {
				return nil, err
			}
			if a.Program != "" {
				program, err := named(o.config.Snapshot.Programs(), ofProgram, a.Program)
				if err != nil {
					return nil, err
				}
				if _, ok := program.Attribute(attribute.UID); !ok {
					return nil, fmt.Errorf("attribute %s is not in program %s (E1019)", a.Code, a.Program)
				}
			}
			if a.Type != "" {
				kind, err := named(o.config.Snapshot.TrackedEntityTypes(), ofType, a.Type)
				if err != nil {
					return nil, err
				}
				if _, ok := kind.Attribute(attribute.UID); !ok {
					return nil, fmt.Errorf("attribute %s is not in tracked entity type %s", a.Code, a.Type)
				}
			}
			a.what = written{attribute.UID, attribute.Code, attribute.ValueType, attribute.OptionSet, maxAttributeValue, o.config.Snapshot.OrgUnits()}
			return a.make(attribute.By(o.config.Names), o.config.Names)
		},
	}
}

func (a *valueArgument) make(name string, scheme dhis2.IDScheme) (func(mapping.Value) (mapping.Value, error), error) {
	if err := oneOf("by", a.By, "code", "name"); err != nil {
		return nil, err
	}
	if a.By == "name" && a.what.options == nil {
		return nil, errors.New("by: name, and " + a.Code + " has no option set")
	}
	if name == "" {
		return nil, fmt.Errorf("%s has no %s, by which the payload names metadata", a.Code, scheme)
	}
	if a.what.options != nil && (a.what.options.Incomplete || a.what.options.Missing) && (!a.Read || a.By == "name") {
		return nil, errors.New("the options of " + a.Code + " are not in the metadata")
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	a.name = name
	if err := a.checkDefault(); err != nil {
		return nil, err
	}
	if a.Read {
		return a.read, nil
	}
	return func(in mapping.Value) (mapping.Value, error) {
		text, err := a.text(in)
		if err != nil {
			return mapping.Value{}, err
		}
		if text == "" { // nothing, and never "", which deletes the value
			return mapping.Value{}, nil
		}
		return a.encode(text)
	}, nil
}

func (a *valueArgument) encode(text string) (mapping.Value, error) {
	if a.member == "attribute" {
		return encode(struct {
			Attribute string `json:"attribute"`
			Value     string `json:"value"`
		}{a.name, text})
	}
	return encode(struct {
		DataElement string `json:"dataElement"`
		Value       string `json:"value"`
	}{a.name, text})
}

// checkDefault makes a whole data value of the default, which is a code where there are options.
func (a *valueArgument) checkDefault() error {
	instead, err := a.fallback()
	if err != nil || instead == "" {
		return err
	}
	byCode := *a
	byCode.By, byCode.failing = "code", failing{}
	text, err := byCode.text(mapping.TextValue(instead))
	if err != nil {
		return fmt.Errorf("default %s: %w", instead, err)
	}
	if text == "" {
		return fmt.Errorf("default %s: it would be no value of %s; to write nothing say unmapped: omit", instead, a.Code)
	}
	made, err := a.encode(text)
	a.Default = made.JSON()
	return err
}

// read finds the value in an object with attributes or dataValues, or in such a list.
func (a *valueArgument) read(in mapping.Value) (mapping.Value, error) {
	raw := in.JSON()
	lists := []json.RawMessage{raw}
	if raw[0] == '{' {
		var of struct{ Attributes, DataValues json.RawMessage }
		if err := json.Unmarshal(raw, &of); err != nil {
			return mapping.Value{}, err
		}
		lists = []json.RawMessage{of.Attributes, of.DataValues}
	} else if raw[0] != '[' {
		return mapping.Value{}, &mapping.OperatorError{Code: mapping.CodeType, Message: "values are read of an object of the tracker, or of its list of values"}
	}
	for _, list := range lists {
		var values []struct {
			Attribute   string  `json:"attribute"`
			DataElement string  `json:"dataElement"`
			Value       *string `json:"value"`
		}
		if len(list) == 0 || string(list) == "null" {
			continue
		}
		if err := json.Unmarshal(list, &values); err != nil {
			return mapping.Value{}, &mapping.OperatorError{Code: mapping.CodeType, Message: "the list has what is no value of the tracker"}
		}
		for _, v := range values {
			if v.Value != nil && *v.Value != "" && (a.member == "attribute" && v.Attribute == a.name || a.member == "dataElement" && v.DataElement == a.name) {
				return a.give(*v.Value), nil
			}
		}
	}
	return mapping.Value{}, nil
}

// give writes a value that was read: the name of an option by: name, otherwise as it is.
func (a *valueArgument) give(text string) mapping.Value {
	if a.By == "name" {
		if option, ok := a.what.options.ByCode(text); ok {
			return mapping.TextValue(option.Name)
		}
	}
	return mapping.TextValue(text)
}
