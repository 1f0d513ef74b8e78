package heartbeat

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// decodesItself says whether T has a decoding of its own, which may make any
// claim on a config.
func decodesItself[T any]() bool {
	_, own := any(new(T)).(json.Unmarshaler)
	return own
}

// typesFit says whether the field of a T, if it has one, can take the values of
// def.
func typesFit[T any](def openhim.ConfigDef) []error {
	if decodesItself[T]() {
		return nil // only its author knows
	}
	var t T
	err := json.Unmarshal(appendCanonical(nil, map[string]any{def.Param: sample(def)}), &t)
	// Another error is that of a type which did not like the sample.
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return wrong(def.Param, fmt.Sprintf("has no place in %T: a JSON %s does not fit Go type %s", t, kindOf(te), te.Type))
	}
	return nil
}

// fieldsDefined says which fields of t have no definition. A misspelled json
// tag would else show as a setting that never changes. The embedded structs on
// the way to t are in within.
func fieldsDefined(t reflect.Type, defs []openhim.ConfigDef, place string, within []reflect.Type) []error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || hasOwnDecoding(t) || slices.Contains(within, t) {
		return nil
	}
	var errs []error
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-":
		case f.Anonymous && name == "" && isStruct(f.Type):
			errs = append(errs, fieldsDefined(f.Type, defs, place, append(within, t))...)
		case f.IsExported():
			if name == "" {
				name = f.Name
			}
			errs = append(errs, fieldDefined(f.Type, name, defs, place)...)
		}
	}
	return errs
}

// fieldDefined says whether the field has a definition, and its fields theirs.
func fieldDefined(t reflect.Type, name string, defs []openhim.ConfigDef, place string) []error {
	for _, def := range defs {
		if !strings.EqualFold(def.Param, name) { // encoding/json does not look at case
			continue
		}
		if def.Type != openhim.ConfigStruct {
			return nil
		}
		if def.Array && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
			t = t.Elem()
		}
		return fieldsDefined(t, def.Template, place+name+".", nil)
	}
	return wrong(place+name, `has a field but no definition: correct its json tag, or set json:"-"`)
}

func isStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct || (t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct)
}

func hasOwnDecoding(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// sample returns a value that fits def.
func sample(def openhim.ConfigDef) any {
	if def.Array {
		def.Array = false
		return []any{sample(def)}
	}
	switch def.Type {
	case openhim.ConfigString, openhim.ConfigBigString, openhim.ConfigPassword:
		return ""
	case openhim.ConfigNumber:
		return json.Number("0")
	case openhim.ConfigBool:
		return false
	case openhim.ConfigOption:
		if len(def.Values) > 0 {
			return def.Values[0]
		}
		return ""
	case openhim.ConfigMap:
		return map[string]any{}
	case openhim.ConfigStruct:
		m := map[string]any{}
		for _, field := range def.Template {
			m[field.Param] = sample(field)
		}
		return m
	}
	return nil
}
