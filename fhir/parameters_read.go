package fhir

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// Get returns the first parameter of a name, the zero Parameter if there is
// none.
func (p Parameters) Get(name string) Parameter {
	for _, param := range p {
		if param.Name == name {
			return param
		}
	}
	return Parameter{}
}

// All returns the parameters of a name.
func (p Parameters) All(name string) Parameters {
	var out Parameters
	for _, param := range p {
		if param.Name == name {
			out = append(out, param)
		}
	}
	return out
}

// Has reports whether there is a parameter of a name.
func (p Parameters) Has(name string) bool { return p.Get(name).Name == name && name != "" }

// Text returns the value of a string, code, uri, date or any other type that is
// written as one in JSON; "" for any other.
func (p Parameter) Text() string { return text(p.JSON()) }

// Bool returns a boolean value, and false for ok if it is none.
func (p Parameter) Bool() (value, ok bool) {
	r := p.JSON()
	return r.Type == gjson.True, r.Type == gjson.True || r.Type == gjson.False
}

// Int returns an integer value, and false for ok if it is none.
func (p Parameter) Int() (value int64, ok bool) {
	r := p.JSON()
	if r.Type != gjson.Number || strings.ContainsAny(r.Raw, ".eE") {
		return 0, false
	}
	return r.Int(), true
}

// Number returns a number with the digits it came with, "" if it is none.
func (p Parameter) Number() string {
	r := p.JSON()
	if r.Type != gjson.Number {
		return ""
	}
	return r.Raw
}

// JSON returns the value for reading with gjson's paths.
func (p Parameter) JSON() gjson.Result { return gjson.ParseBytes(p.Value) }

// Parameters that come from elsewhere are read to a depth of maxParts groups.
const maxParts = 32

// ParseParameters reads a Parameters resource. A resource of another type is
// an error.
func ParseParameters(r Resource) (Parameters, error) {
	if err := r.needType("Parameters"); err != nil {
		return nil, err
	}
	return readParameters(r.Get("parameter"), 0)
}

func readParameters(raw gjson.Result, depth int) (Parameters, error) {
	if depth > maxParts {
		return nil, errors.New("fhir: read Parameters: parts are nested too deeply")
	}
	var out Parameters
	for _, item := range items(raw) {
		var param Parameter
		var err error
		item.ForEach(func(key, value gjson.Result) bool {
			switch name := key.String(); {
			case name == "name":
				param.Name = text(value)
			case name == "resource":
				param.Resource, err = Parse([]byte(value.Raw))
			case name == "part":
				param.Parts, err = readParameters(value, depth+1)
			case strings.HasPrefix(name, "value") && len(name) > len("value"):
				param.Type, param.Value = valueType(name[len("value"):]), json.RawMessage(value.Raw)
			default: // extensions
			}
			return err == nil
		})
		if err != nil {
			return nil, fmt.Errorf("fhir: read Parameters: %w", err)
		}
		out = append(out, param)
	}
	return out, nil
}

// primitiveTypes are the types whose name begins with a small letter, where
// value[x] has a capital one.
//
//nolint:gochecknoglobals // a read-only table
var primitiveTypes = map[string]bool{
	"base64Binary": true, "boolean": true, "canonical": true, "code": true, "date": true, "dateTime": true,
	"decimal": true, "id": true, "instant": true, "integer": true, "integer64": true, "markdown": true, "oid": true,
	"positiveInt": true, "string": true, "time": true, "unsignedInt": true, "uri": true, "url": true, "uuid": true,
}

// valueType is the type's name for what follows "value" in JSON.
func valueType(suffix string) string {
	if small := strings.ToLower(suffix[:1]) + suffix[1:]; primitiveTypes[small] {
		return small
	}
	return suffix
}
