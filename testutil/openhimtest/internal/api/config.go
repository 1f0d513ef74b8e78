package api

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

const mask = "**********"

// maskPasswords hides the passwords of a configuration, which it changes; not
// those in lists of structs.
func maskPasswords(defs []any, config any) {
	values, isDoc := config.(mongo.Doc)
	if !isDoc {
		return
	}
	for _, element := range defs {
		def := docOf(element)
		param := text(def["param"])
		value := values[param]
		switch {
		case !truthy(value):
		case def["type"] == "password" && truthy(def["array"]):
			for i := range listOf(value) {
				listOf(value)[i] = mask
			}
		case def["type"] == "password":
			values[param] = mask
		case def["type"] == "struct":
			maskPasswords(listOf(def["template"]), value)
		}
	}
}

// restorePasswords puts the stored password where one comes back masked.
func restorePasswords(defs []any, masked, stored any) {
	values, isDoc := masked.(mongo.Doc)
	known, has := stored.(mongo.Doc)
	if !isDoc || !has {
		return
	}
	for _, element := range defs {
		def := docOf(element)
		param := text(def["param"])
		value, old := values[param], known[param]
		switch {
		case !truthy(value) || !truthy(old):
		case def["type"] == "password" && truthy(def["array"]):
			list, before := listOf(value), listOf(old)
			for i := range list {
				if list[i] == mask && i < len(before) {
					list[i] = before[i]
				}
			}
		case def["type"] == "password" && value == mask:
			values[param] = old
		case def["type"] == "struct":
			restorePasswords(listOf(def["template"]), value, old)
		}
	}
}

// validateDefs checks what mongoose's schema does not know about configDefs.
func validateDefs(defs any) error {
	for _, element := range listOf(defs) {
		def, isDoc := element.(mongo.Doc)
		if element == nil {
			return readingNull("type")
		}
		if !isDoc {
			continue
		}
		if err := validateDef(def); err != nil {
			return err
		}
	}
	return nil
}

func validateDef(def mongo.Doc) error {
	param := interpolate(def["param"])
	switch def["type"] {
	case "struct":
		if !truthy(def["template"]) {
			return invalid("Must specify a template for struct param '" + param + "'")
		}
		for _, element := range listOf(def["template"]) {
			item := docOf(element)
			switch {
			case element == nil:
				return readingNull("param")
			case !truthy(item["param"]):
				return invalid("Must specify field 'param' in template definition for param '" + param + "'")
			case !truthy(item["type"]):
				return invalid("Must specify field 'type' in template definition for param '" + param + "'")
			case item["type"] == "struct":
				return invalid("May not recursively specify 'struct' in template definitions (param '" + param + "')")
			}
		}
	case "option":
		values, isList := def["values"].([]any)
		if !isList {
			return invalid("Expected field 'values' to be an array (option param '" + param + "')")
		}
		if len(values) == 0 {
			return invalid("Must specify a values array for option param '" + param + "'")
		}
	}
	return nil
}

// interpolate is ${v} in a message.
func interpolate(v any) string {
	switch v := v.(type) {
	case nil:
		return "undefined"
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			if v[i] != nil {
				parts[i] = interpolate(v[i])
			}
		}
		return strings.Join(parts, ",")
	case mongo.Doc:
		return "[object Object]"
	default:
		return string(mongo.JSON(v))
	}
}

// entry is one key and value of an object or list.
type entry struct {
	key   string
	value any
}

// entries lists what Object.keys gives of a value; order knows how the keys were
// written.
func entries(v any, order []string) []entry {
	var out []entry
	switch v := v.(type) {
	case mongo.Doc:
		keys := slices.DeleteFunc(slices.Clone(order), func(key string) bool { _, has := v[key]; return !has })
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		for _, key := range keys {
			out = append(out, entry{key, v[key]})
		}
	case []any:
		for i, element := range v {
			out = append(out, entry{strconv.Itoa(i), element})
		}
	case string:
		for i, r := range []rune(v) {
			out = append(out, entry{strconv.Itoa(i), string(r)})
		}
	}
	return out
}

// validateConfig checks a configuration by its definitions; the first parameter
// that does not fit ends it. order gives the keys of the object at a path of the
// configuration as they were written.
func validateConfig(defs, config any, order func(path ...string) []string) error {
	params := entries(config, order())
	list, isList := defs.([]any)
	if !isList && len(params) > 0 {
		return typeError("configDef.filter is not a function")
	}
	for _, param := range params {
		found := false
		for _, element := range list {
			def := docOf(element)
			if element == nil {
				return readingNull("param")
			}
			if def["param"] != param.key {
				continue
			}
			found = true
			if err := validateParam(param, def, order); err != nil {
				return err
			}
		}
		if !found {
			return invalid("No config definition found for parameter " + param.key)
		}
	}
	return nil
}

func validateParam(param entry, def mongo.Doc, order func(path ...string) []string) error {
	if !truthy(def["array"]) {
		return validateField(param.key, def, param.value, order(param.key))
	}
	list, isList := param.value.([]any)
	if !isList {
		return invalid("Expected config param " + param.key + " to be an array of type " + interpolate(def["type"]))
	}
	for i, element := range list {
		if err := validateField(param.key+"["+strconv.Itoa(i)+"]", def, element, nil); err != nil {
			return err
		}
	}
	return nil
}

func validateField(param string, def mongo.Doc, field any, order []string) error {
	_, isText := field.(string)
	_, isNumber := field.(float64)
	_, isBool := field.(bool)
	isObject := !isText && !isNumber && !isBool // typeof null and of a list are object, too
	expected := "Expected config param " + param + " to "
	switch def["type"] {
	case "string":
		if !isText {
			return invalid(expected + "be a string.")
		}
	case "bigstring":
		if !isText {
			return invalid(expected + "be a large string.")
		}
	case "password":
		if !isText {
			return invalid(expected + "be a string representing a password.")
		}
	case "number":
		if !isNumber {
			return invalid(expected + "be a number.")
		}
	case "bool":
		if !isBool {
			return invalid(expected + "be a boolean.")
		}
	case "option":
		values, isList := def["values"].([]any)
		if !isList {
			return readingUndefined("indexOf")
		}
		if !slices.ContainsFunc(values, func(v any) bool { return mongo.Equal(v, field) }) {
			return invalid(expected + "be one of " + interpolate(def["values"]))
		}
	case "map":
		if !isObject {
			return invalid(expected + "be an object.")
		}
		for _, value := range entries(field, order) {
			if _, isText := value.value.(string); !isText {
				return invalid(expected + "only contain string values.")
			}
		}
	case "struct":
		return validateStruct(param, def, field, isObject, order)
	}
	return nil
}

// validateStruct looks at the names of the fields only, not at their values.
func validateStruct(param string, def mongo.Doc, field any, isObject bool, order []string) error {
	if !isObject {
		return invalid("Expected config param " + param + " to be an object.")
	}
	template, isList := def["template"].([]any)
	if !isList {
		return readingUndefined("map")
	}
	for _, value := range entries(field, order) {
		known := slices.ContainsFunc(template, func(item any) bool { return docOf(item)["param"] == value.key })
		if !known {
			return invalid("Field " + value.key + " is not defined in template definition for config param " + param + ".")
		}
	}
	return nil
}
