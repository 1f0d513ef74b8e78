package prune

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Place is where a JSON value comes from: its path, and the Go value that was
// marshalled, if it can be found.
type Place struct {
	up    *Place
	name  string // a member's name; of the root its type
	index int    // -1 but for elements of arrays
	value reflect.Value
	known bool
	// resource is the type of the resource at a root that had no name yet.
	resource string
}

// Root is the place of the whole value; v may be the zero reflect.Value.
func Root(typ string, v reflect.Value) *Place {
	return &Place{name: typ, index: -1, value: v, known: true}
}

// Member is the place of an object's member.
func (p *Place) Member(name string) *Place { return &Place{up: p, name: name, index: -1} }

// Index is the place of an array's element.
func (p *Place) Index(i int) *Place { return &Place{up: p, index: i} }

// Resource is the same place, told to be a resource of this type.
func (p *Place) Resource(typ string) *Place {
	q := *p
	q.resource = typ
	return &q
}

// String returns the path as FHIRPath writes it: "Patient.name[0].given[1]".
func (p *Place) String() string {
	var steps []string
	for q := p; q != nil; q = q.up {
		switch {
		case q.up == nil && q.resource != "":
			steps = append(steps, q.resource)
		case q.index >= 0:
			steps = append(steps, "["+strconv.Itoa(q.index)+"]")
		case q.up == nil:
			steps = append(steps, q.name)
		default:
			steps = append(steps, "."+q.name)
		}
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		b.WriteString(steps[i])
	}
	return strings.TrimPrefix(b.String(), ".")
}

// Value returns the Go value of the place, the zero reflect.Value if it cannot
// be found.
func (p *Place) Value() reflect.Value {
	if p.known {
		return p.value
	}
	p.known = true
	up := deref(p.up.Value())
	if !up.IsValid() {
		return reflect.Value{}
	}
	switch {
	case p.index >= 0:
		if (up.Kind() == reflect.Slice || up.Kind() == reflect.Array) && p.index < up.Len() {
			p.value = up.Index(p.index)
		}
	case up.Kind() == reflect.Struct:
		p.value = field(up, p.name)
	case up.Kind() == reflect.Map && up.Type().Key().Kind() == reflect.String:
		p.value = up.MapIndex(reflect.ValueOf(p.name).Convert(up.Type().Key()))
	}
	return p.value
}

// deref follows pointers and interfaces. Raw JSON is not looked into.
func deref(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	if v.IsValid() && v.Type() == reflect.TypeFor[json.RawMessage]() {
		return reflect.Value{}
	}
	return v
}

// field finds the field that encoding/json writes under this name.
func field(v reflect.Value, name string) reflect.Value {
	var embedded []reflect.Value
	for f, fv := range v.Fields() {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && tag == "":
			if e := deref(fv); e.IsValid() && e.Kind() == reflect.Struct {
				embedded = append(embedded, e)
			}
		case !f.IsExported() || tag == "-":
		case tag == name, tag == "" && f.Name == name:
			return fv
		}
	}
	for _, e := range embedded {
		if found := field(e, name); found.IsValid() {
			return found
		}
	}
	return reflect.Value{}
}
