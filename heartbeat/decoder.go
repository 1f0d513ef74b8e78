package heartbeat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// Typed returns a [Config.OnConfig] that reads a config into a T and gives it
// to fn: the shortest use of a [Decoder], without defaults. When defs and T do
// not fit each other, every config is answered with the error of
// [NewDecoder].
func Typed[T any](defs []openhim.ConfigDef, fn func(ctx context.Context, settings T) error) func(ctx context.Context, config json.RawMessage) error {
	d, err := NewDecoder[T](defs, nil)
	if err != nil {
		return func(context.Context, json.RawMessage) error { return err }
	}
	return d.OnConfig(fn)
}

// Decoder reads configs into a T, a struct with the params as the names in its
// json tags, or a map. It is safe for concurrent use.
//
// A value must fit its definition, also where the core does not look (the
// fields of a struct, an array in place of a map: openhim-core.md, section 3)
// and when it was stored under an older definition. A number fits an integer
// field when its value is integral and in range. A setting that is absent or
// null has its default or leaves its field at zero. Params without a
// definition are passed over: the core refuses them, but keeps those of older
// versions of a mediator. Without any definition all params are read. One
// value that does not fit makes the whole config unfit, also when T has no
// field for it.
type Decoder[T any] struct {
	defs     []openhim.ConfigDef
	defaults map[string]any
}

// NewDecoder returns a Decoder for the settings of defs. The defaults, usually
// the config that the mediator registers, stand in for settings that a config
// leaves out; nil means none. An administrator who saves a config replaces all
// of it, so settings do get lost.
//
// The error holds a [*ParamError] for each definition without param, with one
// that occurs twice, or with values that the field of T cannot take; for each
// field of T without definition, as it would never be filled; and for each
// default that does not fit. T need not have a field for every definition.
func NewDecoder[T any](defs []openhim.ConfigDef, defaults map[string]any) (*Decoder[T], error) {
	d := &Decoder[T]{defs: defs}
	var errs []error
	seen := map[string]bool{}
	for i, def := range defs {
		switch {
		case def.Param == "":
			errs = append(errs, &ParamError{Param: fmt.Sprintf("configDefs[%d]", i), Reason: "has no name: set its Param"})
		case seen[def.Param]:
			errs = append(errs, &ParamError{Param: def.Param, Reason: "is defined twice"})
		default:
			errs = append(errs, typesFit[T](def)...)
		}
		seen[def.Param] = true
	}
	if len(defs) > 0 {
		errs = append(errs, fieldsDefined(reflect.TypeFor[T](), defs, "", nil)...)
	}
	if len(defaults) > 0 {
		b, err := json.Marshal(defaults)
		if err != nil {
			return nil, &ParamError{Reason: "defaults have no JSON form"}
		}
		if d.defaults, err = parseConfig(b); err != nil {
			return nil, err
		}
		maps.DeleteFunc(d.defaults, func(_ string, v any) bool { return v == nil })
	}
	for _, param := range slices.Sorted(maps.Keys(d.defaults)) {
		if len(defs) > 0 && !seen[param] {
			errs = append(errs, &ParamError{Param: param, Reason: "has a default but no definition"})
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if _, err := d.settings(nil); err != nil {
		return nil, err
	}
	if len(d.defaults) > 0 && !decodesItself[T]() {
		if _, err := d.Decode(nil); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// OnConfig returns a [Config.OnConfig] that gives the decoded settings to fn.
func (d *Decoder[T]) OnConfig(fn func(ctx context.Context, settings T) error) func(ctx context.Context, config json.RawMessage) error {
	return func(ctx context.Context, config json.RawMessage) error {
		t, err := d.Decode(config)
		if err != nil {
			return err
		}
		return fn(ctx, t)
	}
}

// Decode reads one config. A config without content, such as "OK" or nothing,
// is an empty one. The error holds a [*ParamError] for each setting that does
// not fit, and no value.
func (d *Decoder[T]) Decode(config json.RawMessage) (T, error) {
	var zero T
	obj, err := parseConfig(config)
	if err != nil {
		return zero, err
	}
	settings, err := d.settings(obj)
	if err != nil {
		return zero, err
	}
	var t T
	if json.Unmarshal(appendCanonical(nil, settings), &t) == nil {
		return t, nil
	}
	// Find out which ones: each alone.
	var errs []error
	for param, v := range settings {
		one := appendCanonical(nil, map[string]any{param: v})
		var t T
		if err := json.Unmarshal(one, &t); err != nil {
			errs = append(errs, misfit[T](param, err))
		}
	}
	if len(errs) == 0 {
		errs = append(errs, &ParamError{Reason: fmt.Sprintf("is refused by the decoding of %T", zero)})
	}
	return zero, errors.Join(sortedByText(errs)...)
}

// settings returns the settings of obj that have a definition, with the
// defaults of those that have no value.
func (d *Decoder[T]) settings(obj map[string]any) (map[string]any, error) {
	all := make(map[string]any, len(obj))
	maps.Copy(all, d.defaults)
	if len(d.defs) == 0 {
		for param, v := range obj {
			if v != nil {
				all[param] = v
			}
		}
		return all, nil
	}
	var errs []error
	for _, def := range d.defs {
		if v := obj[def.Param]; v != nil {
			all[def.Param] = v
		}
		if v, ok := all[def.Param]; ok {
			errs = append(errs, checkSetting(def, def.Param, v)...)
		}
	}
	return all, errors.Join(errs...)
}

// misfit says why a setting does not fit into T, without its value.
func misfit[T any](param string, err error) *ParamError {
	te, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		var t T
		return &ParamError{Param: param, Reason: fmt.Sprintf("is refused by the decoding of its field in %T", t)}
	}
	if strings.HasPrefix(te.Field, param+".") {
		param = te.Field
	}
	kind := kindOf(te)
	if kind == "number" && te.Type.Kind() >= reflect.Int && te.Type.Kind() <= reflect.Uintptr {
		return &ParamError{Param: param, Reason: fmt.Sprintf("must be an integer in the range of Go type %s", te.Type)}
	}
	return &ParamError{Param: param, Reason: fmt.Sprintf("does not fit: a JSON %s into Go type %s", kind, te.Type)}
}

// kindOf returns the JSON type that an error is about. What follows it in
// Value is the value.
func kindOf(te *json.UnmarshalTypeError) string {
	kind, _, _ := strings.Cut(te.Value, " ")
	return kind
}
