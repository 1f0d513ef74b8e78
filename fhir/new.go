package fhir

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/openhim/mediator-go/fhir/internal/prune"
	"github.com/openhim/mediator-go/fhir/internal/view"
)

// New returns the resource that a Go value marshals to, as valid FHIR JSON:
// resourceType first, no empty strings, objects or arrays and no null (R4,
// json.html), and of each choice such as occurrence[x] the alternative that
// was set. samply's structs marshal all alternatives of required choices, in 34
// of its resources. Texts of numbers stay as they are.
//
//	immunization, err := fhir.New(models.Immunization{
//		Status: models.ImmunizationStatusCodesCompleted,
//		…
//	})
//
// v is a samply struct or anything else that marshals to an object with a
// resourceType. Members keep the order that v has them in.
//
// What a struct holds by value cannot be told from unset when it is zero:
//   - a code is written as the type's first one: Status of a models.Bundle that
//     nobody set is "document". The constructors ([NewObservation], [NewTask] ...)
//     take the required codes, so that none is forgotten.
//   - a required boolean or integer is written as false or 0.
//   - a required choice of which no alternative is set, though it could be
//     false or 0 (Task.input.value[x]), is refused with a [*PathError], as are two
//     alternatives of one choice. Give such values with [Resource.Set].
func New(v any) (Resource, error) {
	if r, ok := v.(Resource); ok {
		return r, nil
	}
	rv := reflect.ValueOf(v)
	if !rv.IsValid() || rv.Kind() == reflect.Pointer && rv.IsNil() {
		return Resource{}, errors.New("fhir: build a resource: the value is nil")
	}
	text, err := view.Marshal(pointerTo(rv))
	if err != nil {
		return Resource{}, fmt.Errorf("fhir: marshal %T: %w", v, marshalProblem(err))
	}
	if name := gjson.GetBytes(text, "resourceType"); name.Type != gjson.String || name.Str == "" {
		return Resource{}, fmt.Errorf("fhir: build a resource: a %T marshals without resourceType", v)
	}
	clean, err := prune.Clean(text, prune.Shape{}, prune.Root("", rv))
	if err != nil {
		return Resource{}, pathError("build", err)
	}
	return Parse(clean)
}

// MustNew is [New] for values written out in a program. It panics if that
// fails.
func MustNew(v any) Resource {
	r, err := New(v)
	if err != nil {
		panic(err)
	}
	return r
}

// marshalProblem is the error without the value that encoding/json quotes.
func marshalProblem(err error) error {
	if strings.Contains(err.Error(), "invalid number literal") {
		return errors.New("a json.Number holds no JSON number")
	}
	return err
}

// pointerTo returns a pointer to the value, or the pointer that it is.
func pointerTo(v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		return v.Interface()
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Interface()
}
