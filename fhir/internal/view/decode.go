// Package view moves resources into Go values and back. Decoding never gives
// up: a value that does not fit its Go type is left out and told, the rest is read.
package view

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// MaxProblems bounds how many problems are told.
const MaxProblems = 1000

// Problem is a value that its Go type cannot hold.
type Problem struct {
	// Path begins with a dot or bracket: ".name[0].use"; it is "" for the whole.
	Path string
	// Offset is that of the value in the text.
	Offset int
	// Text says what is wrong, without the value.
	Text string
	// Code means that the value is a code that the type does not know.
	Code bool
}

// Decode fills the value that target points to from data, a valid JSON object.
// exact makes it heed the case of names, as encoding/json does not.
func Decode(data []byte, target any, exact bool) []Problem {
	v := reflect.ValueOf(target).Elem()
	if !exact {
		if err := json.Unmarshal(data, target); err == nil {
			markAbsent(v, data)
			return nil
		}
		v.SetZero()
	}
	d := &decoder{data: data}
	d.value(v, scan.Space(data, 0), nil)
	markAbsent(v, data)
	return d.problems
}

type decoder struct {
	data     []byte
	problems []Problem
}

// step is one step of a path, linked to those before it.
type step struct {
	up    *step
	name  string
	index int // -1 for a name
}

func (s *step) String() string {
	if s == nil {
		return ""
	}
	if s.index >= 0 {
		return s.up.String() + "[" + strconv.Itoa(s.index) + "]"
	}
	return s.up.String() + "." + s.name
}

// value fills v from the value at i. It reports whether v holds it now.
func (d *decoder) value(v reflect.Value, i int, at *step) bool {
	if d.data[i] == 'n' && v.Kind() != reflect.Interface {
		return true // null leaves a zero value, as encoding/json has it
	}
	if isLeaf(v) {
		return d.leaf(v, i, at)
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		if !d.value(fresh.Elem(), i, at) {
			return false
		}
		v.Set(fresh)
		return true
	case reflect.Struct:
		if d.data[i] != '{' {
			return d.wrong(v, i, at, "an object")
		}
		d.object(v, i, at)
		return true
	case reflect.Slice:
		if d.data[i] != '[' {
			return d.wrong(v, i, at, "an array")
		}
		var items []scan.Item
		for it := range scan.Items(d.data, i) {
			items = append(items, it)
		}
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for k, it := range items {
			d.value(v.Index(k), it.Start, &step{up: at, index: k})
		}
		return true
	default:
		return d.leaf(v, i, at)
	}
}

// isLeaf reports whether v is read in one go, by its own method or as bytes.
func isLeaf(v reflect.Value) bool {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		return true
	}
	if v.Kind() == reflect.Pointer || !v.CanAddr() {
		return false
	}
	if !v.Addr().CanInterface() {
		return false
	}
	switch v.Addr().Interface().(type) {
	case json.Unmarshaler, encoding.TextUnmarshaler:
		return true
	default:
		return false
	}
}

func (d *decoder) object(v reflect.Value, i int, at *step) {
	for m := range scan.Members(d.data, i) {
		key := string(m.Key(d.data))
		f, quoted := fieldOf(v, key)
		if !f.IsValid() {
			continue
		}
		here := &step{up: at, name: key, index: -1}
		if quoted && d.data[m.Value] == '"' {
			inner := &decoder{data: []byte(scan.Unquote(d.data[m.Value:m.End]))}
			if json.Valid(inner.data) && inner.value(f, scan.Space(inner.data, 0), here) {
				continue
			}
			d.wrong(f, m.Value, here, "a number or boolean in quotes")
			continue
		}
		d.value(f, m.Value, here)
	}
}

// leaf leaves a value to encoding/json.
func (d *decoder) leaf(v reflect.Value, i int, at *step) bool {
	err := json.Unmarshal(d.data[i:scan.Skip(d.data, i)], v.Addr().Interface())
	if err == nil {
		return true
	}
	v.SetZero()
	if isCode(v) {
		v.SetInt(-1)
		d.report(Problem{Path: at.String(), Offset: i, Text: "not a code of " + v.Type().Name(), Code: true})
		return false
	}
	return d.wrong(v, i, at, kindName(v))
}

// isCode reports whether v is a code held as a number, as samply has them.
func isCode(v reflect.Value) bool {
	if v.Kind() != reflect.Int || !v.CanAddr() || !v.Addr().CanInterface() {
		return false
	}
	_, own := v.Addr().Interface().(json.Unmarshaler)
	return own
}

func (d *decoder) wrong(v reflect.Value, i int, at *step, want string) bool {
	if want == "" {
		d.report(Problem{Path: at.String(), Offset: i, Text: "cannot be read as " + v.Type().String()})
		return false
	}
	d.report(Problem{Path: at.String(), Offset: i, Text: want + " is wanted, this is " + found(d.data[i])})
	return false
}

func (d *decoder) report(p Problem) {
	if len(d.problems) < MaxProblems {
		d.problems = append(d.problems, p)
	}
}

// kindName is what a value of this kind is read from; "" if it is its own affair.
func kindName(v reflect.Value) string {
	if isLeaf(v) {
		return ""
	}
	switch v.Kind() {
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		if v.Type() == reflect.TypeFor[json.Number]() {
			return "a number"
		}
		return "a string"
	case reflect.Map:
		return "an object"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer that " + v.Kind().String() + " can hold"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return ""
	}
}

func found(first byte) string {
	switch first {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}

// fieldOf finds the field for a JSON name, of the case it has, and whether the
// tag wants it quoted.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	var embedded []reflect.Value
	for f, fv := range v.Fields() {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && tag == "":
			if fv.Kind() == reflect.Pointer && fv.Type().Elem().Kind() == reflect.Struct && f.IsExported() {
				if fv.IsNil() {
					fv.Set(reflect.New(fv.Type().Elem()))
				}
				fv = fv.Elem()
			}
			if fv.Kind() == reflect.Struct {
				embedded = append(embedded, fv)
			}
		case !f.IsExported() || tag == "-" && options == "":
		case tag == name, tag == "" && f.Name == name:
			return fv, bytes.Contains([]byte(options), []byte("string"))
		}
	}
	for _, e := range embedded {
		if found, quoted := fieldOf(e, name); found.IsValid() {
			return found, quoted
		}
	}
	return reflect.Value{}, false
}
