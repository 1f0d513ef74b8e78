package fhirxml

import (
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/prune"
	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// Encode returns the XML of a resource in JSON, elements in the order of the
// specification. What XML has no place for, unknown members first of all, is a
// *prune.Error.
func Encode(data []byte) ([]byte, error) {
	e := &encoder{data: data}
	e.out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	e.resource(scan.Space(data, 0), prune.Root("", reflect.Value{}), ` xmlns="`+namespace+`"`)
	if e.err != nil {
		return nil, e.err
	}
	return []byte(e.out.String()), nil
}

type encoder struct {
	data []byte
	out  strings.Builder
	err  error
}

func (e *encoder) fail(at *prune.Place, problem string) {
	if e.err == nil {
		e.err = &prune.Error{Path: at.String(), Problem: problem}
	}
}

// members of an object: by name, where the values begin.
type members map[string]int

func (e *encoder) members(i int) members {
	all := members{}
	for m := range scan.Members(e.data, i) {
		all[string(m.Key(e.data))] = m.Value
	}
	return all
}

func (e *encoder) resource(i int, at *prune.Place, attributes string) {
	all := e.members(i)
	name := ""
	if t, ok := all["resourceType"]; ok && e.data[t] == '"' {
		name = scan.Unquote(e.data[t:scan.Skip(e.data, t)])
	}
	typ, ok := elements.Lookup(name)
	if !ok || typ.Kind != elements.Resource || typ.Abstract {
		e.fail(at, "the resourceType is none of FHIR R4's")
		return
	}
	delete(all, "resourceType")
	at = at.Resource(name)
	e.out.WriteString("<" + name + attributes)
	e.body(all, typ, at, name)
}

// body writes what follows the name and attributes of a start tag: the rest of
// the tag, the children, and the end.
func (e *encoder) body(all members, typ *elements.Type, at *prune.Place, tag string) {
	for i := range typ.Elements {
		if el := &typ.Elements[i]; el.XMLAttr {
			if v, ok := all[el.Name]; ok {
				e.attribute(el.Name, v, true, at.Member(el.Name))
				delete(all, el.Name)
			}
		}
	}
	if len(all) == 0 {
		e.out.WriteString("/>")
		return
	}
	e.out.WriteString(">")
	for i := range typ.Elements {
		el := &typ.Elements[i]
		if el.XMLAttr {
			continue // what else there is of it has no place
		}
		if !el.Choice {
			e.element(all, typ, el.Name, at)
			continue
		}
		for k := range el.Types {
			e.element(all, typ, el.JSONName(el.Types[k].Code), at)
		}
	}
	for name := range all {
		e.fail(at.Member(name), "FHIR R4 has no such element, so XML has no place for it")
	}
	e.out.WriteString("</" + tag + ">")
}

// attribute writes an attribute; text is whether only a string will do.
func (e *encoder) attribute(name string, i int, text bool, at *prune.Place) {
	if text && e.data[i] != '"' {
		e.fail(at, "a text is wanted")
		return
	}
	e.out.WriteString(" " + name + `="`)
	e.escaped(e.scalar(i, at), at)
	e.out.WriteString(`"`)
}

// scalar is the text of a string, number or boolean.
func (e *encoder) scalar(i int, at *prune.Place) string {
	switch raw := e.data[i:scan.Skip(e.data, i)]; raw[0] {
	case '"':
		return scan.Unquote(raw)
	case '{', '[', 'n':
		e.fail(at, "a single value is wanted")
		return ""
	default:
		return string(raw)
	}
}

// escaped writes the text of an attribute.
func (e *encoder) escaped(text string, at *prune.Place) {
	for _, r := range text {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			e.fail(at, "the text holds a character that XML does not have")
			return
		}
	}
	if !utf8.ValidString(text) {
		e.fail(at, "the text is not UTF-8")
		return
	}
	escape(&e.out, text, true)
}

// element writes all occurrences of an element.
func (e *encoder) element(all members, typ *elements.Type, name string, at *prune.Place) {
	value, hasValue := all[name]
	rest, hasRest := all["_"+name]
	if !hasValue && !hasRest {
		return
	}
	delete(all, name)
	delete(all, "_"+name)
	el, ref, _ := typ.Element(name)
	here := at.Member(name)
	values, isList := e.items(value, hasValue)
	rests, restIsList := e.items(rest, hasRest)
	if hasValue && isList != el.List() || hasRest && restIsList != el.List() {
		e.fail(here, "the element is a list where it should be none, or the other way round")
		return
	}
	if hasValue && e.nothing(values) || hasRest && e.nothing(rests) {
		e.fail(here, "the element is empty, which XML cannot show")
		return
	}
	for k := range max(len(values), len(rests)) {
		v, r, spot := -1, -1, here
		if k < len(values) {
			v = values[k]
		}
		if k < len(rests) {
			r = rests[k]
		}
		if isList || restIsList {
			spot = here.Index(k)
		}
		e.one(name, el, ref, v, r, spot)
	}
}

// items are where the values of a member begin, one if it is no array.
func (e *encoder) items(i int, there bool) (starts []int, list bool) {
	if !there {
		return nil, false
	}
	if e.data[i] != '[' {
		return []int{i}, false
	}
	for it := range scan.Items(e.data, i) {
		starts = append(starts, it.Start)
	}
	return starts, true
}

// nothing reports whether there are no values but null.
func (e *encoder) nothing(starts []int) bool {
	for _, i := range starts {
		if e.data[i] != 'n' {
			return false
		}
	}
	return true
}

// one writes one element: value and rest are where they begin, or -1.
func (e *encoder) one(name string, el *elements.Element, ref elements.TypeRef, value, rest int, at *prune.Place) {
	if value >= 0 && e.data[value] == 'n' {
		value = -1
	}
	if rest >= 0 && e.data[rest] == 'n' {
		rest = -1
	}
	switch {
	case el.Content == nil && ref.Code == "xhtml":
		e.narrative(value, rest, at)
	case el.Content == nil && ref.Primitive():
		e.primitive(name, ref.Code, value, rest, at)
	case value < 0 || e.data[value] != '{':
		e.fail(at, "an object is wanted")
	case el.Content == nil && ref.Code == "Resource":
		e.out.WriteString("<" + name + ">")
		e.resource(value, at, "")
		e.out.WriteString("</" + name + ">")
	default:
		typ := el.Content
		if typ == nil {
			typ, _ = elements.Lookup(ref.Code)
		}
		if typ == nil || rest >= 0 {
			e.fail(at, "FHIR R4 has no such element, so XML has no place for it")
			return
		}
		e.out.WriteString("<" + name)
		e.body(e.members(value), typ, at, name)
	}
}

func (e *encoder) primitive(name, code string, value, rest int, at *prune.Place) {
	if value < 0 && rest < 0 {
		e.fail(at, "the element has neither value nor extension")
		return
	}
	e.out.WriteString("<" + name)
	if value >= 0 {
		// What would be read back as something else is refused.
		if !e.is(code, value, at) {
			e.fail(at, "the value is no "+code)
		}
		e.attribute("value", value, false, at)
	}
	if rest < 0 {
		e.out.WriteString("/>")
		return
	}
	if e.data[rest] != '{' {
		e.fail(at, "an object is wanted")
		return
	}
	all := e.members(rest)
	if len(all) == 0 {
		e.fail(at, "the element is empty, which XML cannot show")
		return
	}
	base, _ := elements.Lookup("Element")
	e.body(all, base, at, name)
}

// is reports whether the value has the form that its type has in JSON.
func (e *encoder) is(code string, i int, at *prune.Place) bool {
	isText := e.data[i] == '"'
	switch code {
	case "boolean", "integer", "positiveInt", "unsignedInt", "decimal":
		if isText {
			return false
		}
		_, ok := literal(code, e.scalar(i, at))
		return ok
	default:
		if !isText {
			e.scalar(i, at) // tells of an object as such
		}
		return isText
	}
}

func (e *encoder) narrative(value, rest int, at *prune.Place) {
	if value < 0 || rest >= 0 {
		e.fail(at, "a narrative is a text without extensions")
		return
	}
	div, err := checkDiv(e.scalar(value, at))
	if err != nil {
		e.fail(at, err.Error())
		return
	}
	e.out.WriteString(div)
}
