package openhim

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
)

// ValidateConfig checks settings against their definitions, as a core does
// for a registration and for PUT /mediators/:urn/config (openhim-core.md
// section 3), and stricter in two points: members of a struct must have the
// type their template says, and names must be storable. It takes values as
// encoding/json reads them, and Go numbers, texts, slices and maps. Missing
// settings are no error. The error is a *[ValidationError]; it never tells a
// value.
func ValidateConfig(defs []ConfigDef, config map[string]any) error {
	r := newRules(nil)
	r.config("", defs, config)
	return r.result("config")
}

// configDefs checks definitions.
func (r *rules) configDefs(field string, defs []ConfigDef) {
	params := map[string]int{}
	for i, d := range defs {
		f := index(field, i)
		r.configDef(f, d)
		if first, twice := params[d.Param]; twice && d.Param != "" {
			r.add(join(f, "param"), "%q is the param of %s too", d.Param, index(field, first))
		}
		params[d.Param] = i
	}
}

func (r *rules) configDef(field string, d ConfigDef) {
	if r.required(join(field, "param"), d.Param) {
		r.storableKey(join(field, "param"), d.Param)
	}
	types := []string{
		string(ConfigString), string(ConfigBool), string(ConfigNumber), string(ConfigOption),
		string(ConfigBigString), string(ConfigMap), string(ConfigStruct), string(ConfigPassword),
	}
	r.oneOf(join(field, "type"), string(d.Type), types...)
	if d.Type == ConfigOption && len(d.Values) == 0 {
		r.add(join(field, "values"), "at least one is required for an option")
	}
	if d.Type == ConfigStruct && len(d.Template) == 0 {
		r.add(join(field, "template"), "is required for a struct")
	}
	for i, t := range d.Template {
		f := join(field, index("template", i))
		if t.Type == "" {
			r.add(join(f, "type"), "is required in a template")
		}
		if t.Type == ConfigStruct {
			r.add(join(f, "type"), "cannot be struct again")
		}
		r.configDef(f, t)
		for j, other := range d.Template[:i] {
			if other.Param == t.Param && t.Param != "" {
				r.add(join(f, "param"), "%q is the param of template[%d] too", t.Param, j)
			}
		}
	}
}

// config checks values.
func (r *rules) config(field string, defs []ConfigDef, config map[string]any) {
	for _, param := range sortedKeys(config) {
		f := join(field, param)
		r.storableKey(f, param)
		i := slices.IndexFunc(defs, func(d ConfigDef) bool { return d.Param == param })
		if i < 0 {
			r.add(f, "has no definition")
			continue
		}
		r.setting(f, defs[i], config[param])
	}
}

// setting checks the value of one param, or of each element of an array.
func (r *rules) setting(field string, d ConfigDef, value any) {
	if !d.Array {
		r.value(field, d, value)
		return
	}
	list, ok := elements(value)
	if !ok {
		r.add(field, "must be an array")
		return
	}
	for i, v := range list {
		r.value(index(field, i), d, v)
	}
}

func (r *rules) value(field string, d ConfigDef, value any) {
	switch d.Type {
	case ConfigString, ConfigBigString, ConfigPassword:
		if _, ok := text(value); !ok {
			r.add(field, "must be a text")
		}
	case ConfigNumber:
		if !isNumber(value) {
			r.add(field, "must be a number")
		}
	case ConfigBool:
		if reflect.ValueOf(value).Kind() != reflect.Bool {
			r.add(field, "must be true or false")
		}
	case ConfigOption:
		s, ok := text(value)
		switch {
		case !ok:
			r.add(field, "must be a text, one of %s: cores keep the values of options as texts", strings.Join(d.Values, ", "))
		case !slices.Contains(d.Values, s):
			r.add(field, "must be one of %s", strings.Join(d.Values, ", "))
		}
	case ConfigMap:
		r.textMap(field, value)
	case ConfigStruct:
		r.structValue(field, d, value)
	default: // no type: anything that can be stored
		r.storable(field, value, 0)
	}
}

// textMap checks an object of texts. Cores let null pass.
func (r *rules) textMap(field string, value any) {
	if isNull(value) {
		return
	}
	m, ok := members(value)
	if !ok {
		r.add(field, "must be an object whose values are texts")
		return
	}
	for _, k := range sortedKeys(m) {
		r.storableKey(join(field, k), k)
		if _, ok := text(m[k]); !ok {
			r.add(join(field, k), "must be a text")
		}
	}
}

// structValue checks an object by its template.
func (r *rules) structValue(field string, d ConfigDef, value any) {
	m, ok := members(value)
	if !ok {
		r.add(field, "must be an object")
		return
	}
	for _, k := range sortedKeys(m) {
		i := slices.IndexFunc(d.Template, func(t ConfigDef) bool { return t.Param == k })
		if i < 0 {
			r.add(join(field, k), "is not in the template")
			continue
		}
		r.setting(join(field, k), d.Template[i], m[k])
	}
}

// text returns the text a value is, by its kind.
func text(v any) (string, bool) {
	if _, number := v.(json.Number); number {
		return "", false
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.String {
		return "", false
	}
	return rv.String(), true
}

func isNumber(v any) bool {
	if n, ok := v.(json.Number); ok {
		f, err := n.Float64()
		return err == nil && !math.IsInf(f, 0)
	}
	rv := reflect.ValueOf(v)
	switch {
	case rv.CanInt(), rv.CanUint():
		return true
	case rv.CanFloat():
		f := rv.Float()
		return !math.IsNaN(f) && !math.IsInf(f, 0)
	default:
		return false
	}
}

func isNull(v any) bool {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() {
		return true
	}
	switch rv.Kind() {
	case reflect.Map, reflect.Pointer, reflect.Interface, reflect.Slice:
		return rv.IsNil()
	default:
		return false
	}
}

// elements returns the elements of a slice or array.
func elements(v any) ([]any, bool) {
	if list, ok := v.([]any); ok {
		return list, list != nil
	}
	rv := reflect.ValueOf(v)
	if kind := rv.Kind(); kind != reflect.Array && (kind != reflect.Slice || rv.IsNil()) {
		return nil, false
	}
	out := make([]any, rv.Len())
	for i := range out {
		out[i] = rv.Index(i).Interface()
	}
	return out, true
}

// members returns the members of a map with text keys.
func members(v any) (map[string]any, bool) {
	if m, ok := v.(map[string]any); ok {
		return m, m != nil
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Map || rv.IsNil() || rv.Type().Key().Kind() != reflect.String {
		return nil, false
	}
	out := make(map[string]any, rv.Len())
	for it := rv.MapRange(); it.Next(); {
		out[it.Key().String()] = it.Value().Interface()
	}
	return out, true
}
