package dhis2map

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/mapping"
)

type optionArgument struct {
	Set         string
	Attribute   string
	DataElement string `json:"dataElement"`
	By, As      string
	failing

	set   *dhis2.OptionSet
	label string // as the document names the set
}

// option holds a value against an option set.
func (o *operators) option() mapping.Operator {
	return mapping.Operator{
		Summary: "The code of an option of this option set, or {set | attribute | dataElement, by: code | name | uid, as: code | name | uid, unmapped: error | omit, default}.",
		In:      mapping.Text | mapping.Number | mapping.Bool, Out: mapping.Any,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","additionalProperties":false,"properties":{"set":{"type":"string"},"attribute":{"type":"string"},"dataElement":{"type":"string"},"by":{"enum":["code","name","uid"]},"as":{"enum":["code","name","uid"]},"unmapped":{"enum":["error","omit"]},"default":true}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			a := &optionArgument{By: "code", As: "code"}
			if err := decode(argument, func(text string) { a.Set = text }, a, "set", "attribute", "dataElement", "by", "as", "unmapped", "default"); err != nil {
				return nil, err
			}
			if err := o.checkOption(a); err != nil {
				return nil, err
			}
			return func(in mapping.Value) (mapping.Value, error) {
				text := strings.TrimSpace(in.Text())
				if text == "" {
					return mapping.Value{}, nil
				}
				return a.find(text)
			}, nil
		},
	}
}

func (o *operators) checkOption(a *optionArgument) error {
	said := 0
	for _, name := range []string{a.Set, a.Attribute, a.DataElement} {
		if name != "" {
			said++
			a.label = name
		}
	}
	if said != 1 {
		return errors.New("one of set, attribute and dataElement says which option set")
	}
	switch {
	case a.Attribute != "":
		attribute, err := named(o.config.Snapshot.Attributes(), ofAttribute, a.Attribute)
		if err != nil {
			return err
		}
		a.set = attribute.OptionSet
	case a.DataElement != "":
		element, err := named(o.config.Snapshot.DataElements(), ofElement, a.DataElement)
		if err != nil {
			return err
		}
		a.set = element.OptionSet
	default:
		var err error
		if a.set, err = named(o.config.Snapshot.OptionSets(), ofSet, a.Set); err != nil {
			return err
		}
	}
	if a.set == nil {
		return errors.New(a.label + " has no option set")
	}
	if a.set.Incomplete {
		return errors.New("the options of " + a.label + " are not in the metadata")
	}
	if err := oneOf("by", a.By, "code", "name", "uid"); err != nil {
		return err
	}
	if err := oneOf("as", a.As, "code", "name", "uid"); err != nil {
		return err
	}
	if err := a.check(); err != nil {
		return err
	}
	instead, err := a.fallback()
	if err != nil || instead == "" {
		return err
	}
	if _, ok := a.named(a.As, instead); !ok {
		return errors.New("the default " + instead + " is no option of " + a.label + " by " + a.As)
	}
	a.Default, err = json.Marshal(instead)
	return err
}

// named finds an option by its code, name or UID.
func (a *optionArgument) named(by, text string) (dhis2.Option, bool) {
	switch by {
	case "name":
		return a.set.ByName(text)
	case "uid":
		return a.set.ByUID(text)
	default:
		return a.set.ByCode(text)
	}
}

func (a *optionArgument) find(text string) (mapping.Value, error) {
	option, ok := a.named(a.By, text)
	if !ok {
		hint := "add it to the option set, or translate it before with a table"
		if a.By == "code" {
			if _, is := a.set.ByName(text); is {
				hint = "it is the name of an option: by: name"
			}
		}
		return mapping.Value{}, a.unmapped("options of "+a.label, text, "the option set of "+a.label+" has no option with this "+a.By, hint)
	}
	switch a.As {
	case "name":
		return mapping.TextValue(option.Name), nil
	case "uid":
		return mapping.TextValue(option.UID), nil
	default:
		return mapping.TextValue(option.Code), nil
	}
}
