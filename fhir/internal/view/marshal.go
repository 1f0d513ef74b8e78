package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// Marshal returns the compact JSON of the value that target points to, < and >
// unescaped where it is in its hands.
func Marshal(target any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(target); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Member is a member of an object: its name and the text of its value.
type Member struct {
	Key   string
	Value []byte
}

// Members returns the members of the object that target points to.
//
// Of structs of the package plain, all of whose methods do no more than add a
// resourceType, the fields are marshalled one by one: that halves the time.
// The resourceType is missing then.
func Members(target any, plain string) ([]Member, error) {
	v := reflect.ValueOf(target).Elem()
	if v.Kind() == reflect.Struct && v.Type().PkgPath() == plain {
		return fieldMembers(v)
	}
	text, err := Marshal(target)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 || text[0] != '{' {
		return nil, fmt.Errorf("%s does not marshal to an object", v.Type())
	}
	return MembersOf(text), nil
}

// MembersOf returns the members of an object.
func MembersOf(object []byte) []Member {
	members := make([]Member, 0, 8)
	for m := range scan.Members(object, 0) {
		members = append(members, Member{string(m.Key(object)), object[m.Value:m.End]})
	}
	return members
}

// usualSize is what most resources fit in, in bytes.
const usualSize = 4096

// fieldMembers marshals the fields of a struct that has neither embedded nor
// unexported ones, and no options in its tags but omitempty.
func fieldMembers(v reflect.Value) ([]Member, error) {
	t := v.Type()
	members := make([]Member, 0, v.NumField())
	ends := make([]int, 0, v.NumField())
	var b bytes.Buffer
	b.Grow(usualSize)
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i := range v.NumField() {
		f := v.Field(i)
		if k := f.Kind(); (k == reflect.Pointer || k == reflect.Slice) && f.IsZero() {
			continue // nearly all are omitted; tags need not be looked at
		}
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if options == "omitempty" && isEmpty(f) {
			continue
		}
		if err := e.Encode(f.Addr().Interface()); err != nil {
			return nil, err
		}
		members = append(members, Member{Key: name})
		ends = append(ends, b.Len())
	}
	start := 0
	for i, end := range ends {
		members[i].Value = b.Bytes()[start : end-1] // without the line's end
		start = end
	}
	return members, nil
}

// isEmpty is what omitempty means.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}
