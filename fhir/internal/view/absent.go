package view

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// markAbsent sets codes that are held by value and missing in the text to -1.
// Zero, which decoding leaves there, is a code of its own.
func markAbsent(v reflect.Value, data []byte) {
	a := &absent{data: data, path: make([]place, 0, 8)}
	a.walk(v)
}

type absent struct {
	data []byte
	path []place // from the root to the value looked at
}

// place is a step of a path: a field of a struct, or an element of a slice if
// typ is nil. Where it is in the text is found only when that is needed, which
// is rare, and kept: finding all elements of a slice takes one pass.
type place struct {
	typ   reflect.Type
	index int
	at    int // offset of the value; 0 is not looked for yet, -1 not there
	found int // the element of the slice that at is of
}

func (a *absent) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.Type().Elem().Kind() == reflect.Struct {
			a.walk(v.Elem())
		}
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k != reflect.Struct && k != reflect.Pointer {
			return
		}
		n := len(a.path)
		a.path = append(a.path, place{})
		for i := range v.Len() {
			a.path[n].index = i
			a.walk(v.Index(i))
		}
		a.path = a.path[:n]
	case reflect.Struct:
		if v.CanAddr() && v.Addr().CanInterface() {
			if _, own := v.Addr().Interface().(json.Unmarshaler); own {
				return // it reads itself
			}
		}
		for i := range v.NumField() {
			a.field(v, i)
		}
	default:
	}
}

func (a *absent) field(v reflect.Value, i int) {
	f := v.Field(i)
	switch f.Kind() {
	case reflect.Int:
		if f.Int() == 0 && f.CanSet() && isCode(f) && a.lacks(place{typ: v.Type(), index: i}) {
			f.SetInt(-1)
		}
	case reflect.Pointer, reflect.Slice:
		if !f.IsZero() {
			a.below(f, v.Type(), i)
		}
	case reflect.Struct:
		a.below(f, v.Type(), i)
	default:
	}
}

func (a *absent) below(f reflect.Value, t reflect.Type, i int) {
	if sf := t.Field(i); sf.Anonymous && sf.Tag.Get("json") == "" {
		a.walk(f)
		return
	}
	a.path = append(a.path, place{typ: t, index: i})
	a.walk(f)
	a.path = a.path[:len(a.path)-1]
}

func (p place) name() string {
	f := p.typ.Field(p.index)
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		return f.Name
	}
	return name
}

// lacks reports whether the text has the object looked at, without this member.
// A struct held by value whose object is missing is left alone.
func (a *absent) lacks(member place) bool {
	i := a.locate(len(a.path))
	if i < 0 || a.data[i] != '{' {
		return false
	}
	_, there := scan.Find(a.data, i, member.name())
	return !there
}

// locate returns the offset of the value at the first n steps, -1 if there is
// none.
func (a *absent) locate(n int) int {
	if n == 0 {
		return scan.Space(a.data, 0)
	}
	p := &a.path[n-1]
	if p.at == 0 {
		p.at = -1
		up := a.locate(n - 1)
		switch {
		case up < 0:
		case p.typ != nil && a.data[up] == '{':
			if m, ok := scan.Find(a.data, up, p.name()); ok {
				p.at = m.Value
			}
		case p.typ == nil && a.data[up] == '[':
			if first := scan.Space(a.data, up+1); a.data[first] != ']' {
				p.at = first
			}
		}
	}
	for p.typ == nil && p.at > 0 && p.found < p.index {
		i := scan.Space(a.data, scan.Skip(a.data, p.at))
		if p.at = -1; a.data[i] == ',' {
			p.at = scan.Space(a.data, i+1)
		}
		p.found++
	}
	return p.at
}
