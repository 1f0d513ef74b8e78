package heartbeat

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// The rules here are those for reading what a core has stored. They let pass
// what openhim.ValidateConfig refuses to send, but an older registration may
// have left behind: members of a struct that are in no template any more, null,
// and any name.

// checkSetting says where v, which is not nil, does not fit its definition.
// The place is the param, with the way into it.
func checkSetting(def openhim.ConfigDef, place string, v any) []error {
	if !def.Array {
		return checkValue(def, place, v)
	}
	list, ok := v.([]any)
	if !ok {
		return wrong(place, "must be a list")
	}
	var errs []error
	for i, e := range list {
		errs = append(errs, checkValue(def, place+"["+strconv.Itoa(i)+"]", e)...)
	}
	return errs
}

// checkValue is checkSetting for one value of the definition's type.
func checkValue(def openhim.ConfigDef, place string, v any) []error {
	switch def.Type {
	case openhim.ConfigString, openhim.ConfigBigString, openhim.ConfigPassword:
		if _, ok := v.(string); !ok {
			return wrong(place, "must be a text")
		}
	case openhim.ConfigNumber:
		n, ok := v.(json.Number)
		if !ok {
			return wrong(place, "must be a number")
		}
		if _, err := n.Float64(); err != nil {
			return wrong(place, "must be a number that fits 64 bits")
		}
	case openhim.ConfigBool:
		if _, ok := v.(bool); !ok {
			return wrong(place, "must be true or false")
		}
	case openhim.ConfigOption:
		if s, ok := v.(string); !ok || !slices.Contains(def.Values, s) {
			return wrong(place, "must be one of "+strings.Join(def.Values, ", "))
		}
	case openhim.ConfigMap:
		return checkMap(place, v)
	case openhim.ConfigStruct:
		return checkStruct(def, place, v)
	default: // no type, or one that only a newer core knows: any value
	}
	return nil
}

func checkMap(place string, v any) []error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrong(place, "must be an object of texts")
	}
	for _, e := range m {
		if _, ok := e.(string); !ok {
			// Keys of a map are the administrator's, so they are not named.
			return wrong(place, "must be an object of texts: it holds something else")
		}
	}
	return nil
}

// checkStruct looks at the fields too, which the core does not.
func checkStruct(def openhim.ConfigDef, place string, v any) []error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrong(place, "must be an object")
	}
	var errs []error
	for _, field := range def.Template {
		if e := m[field.Param]; e != nil {
			errs = append(errs, checkSetting(field, place+"."+field.Param, e)...)
		}
	}
	return errs
}

func wrong(place, reason string) []error {
	return []error{&ParamError{Param: place, Reason: reason}}
}

// sortedByText puts errors that were found in a map into one order.
func sortedByText(errs []error) []error {
	byText := make(map[string]error, len(errs))
	for _, err := range errs {
		byText[err.Error()] = err
	}
	sorted := make([]error, 0, len(errs))
	for _, text := range slices.Sorted(maps.Keys(byText)) {
		sorted = append(sorted, byText[text])
	}
	return sorted
}
