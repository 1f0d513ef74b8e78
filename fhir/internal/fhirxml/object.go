package fhirxml

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// object is a JSON object being made, members in the order they came.
type object struct {
	members []*jsonMember
	byName  map[string]*jsonMember
}

type jsonMember struct {
	name   string
	list   bool
	values [][]byte // nil where a primitive has no value
	rests  [][]byte // nil where a primitive has neither id nor extensions
}

func newObject() *object { return &object{byName: map[string]*jsonMember{}} }

func (o *object) has(name string) bool { return o.byName[name] != nil }

// add adds a value and what goes into the member with the underscore.
func (o *object) add(name string, list bool, value, rest []byte) {
	m := o.byName[name]
	if m == nil {
		m = &jsonMember{name: name, list: list}
		o.byName[name] = m
		o.members = append(o.members, m)
	}
	m.values, m.rests = append(m.values, value), append(m.rests, rest)
}

func (o *object) bytes() []byte {
	out := []byte{'{'}
	for _, m := range o.members {
		out = m.appendTo(out, m.name, m.values)
		out = m.appendTo(out, "_"+m.name, m.rests)
	}
	return append(out, '}')
}

func (m *jsonMember) appendTo(out []byte, name string, values [][]byte) []byte {
	some := false
	for _, v := range values {
		some = some || v != nil
	}
	if !some {
		return out
	}
	if out[len(out)-1] != '{' {
		out = append(out, ',')
	}
	out = append(append(out, quote(name)...), ':')
	if !m.list {
		return append(out, values[0]...)
	}
	for i, v := range values {
		if v == nil {
			v = []byte("null")
		}
		separator := byte(',')
		if i == 0 {
			separator = '['
		}
		out = append(append(out, separator), v...)
	}
	return append(out, ']')
}

// The forms that JSON can take over; R4 (datatypes.html) allows a plus sign
// before integers too.
var (
	decimalForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	integerForm = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)$`)
)

// literal is the JSON of a primitive's value, and whether it has the form of
// its type. The text of numbers stays.
func literal(code, value string) ([]byte, bool) {
	switch code {
	case "boolean":
		return []byte(value), value == "true" || value == "false"
	case "integer", "positiveInt", "unsignedInt":
		return []byte(strings.TrimPrefix(value, "+")), integerForm.MatchString(value)
	case "decimal":
		return []byte(value), decimalForm.MatchString(value)
	default:
		return quote(value), true
	}
}

// quote is the JSON of a text, < > and & as they are.
func quote(text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return []byte(`""`) // a string always marshals
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
