// Package prune makes FHIR JSON of what encoding/json makes of Go structs.
//
// FHIR knows no empty strings, objects or arrays and no null but as a
// placeholder in arrays of primitives (R4, json.html); structs that hold
// required elements by value write them. Of a choice such as occurrence[x]
// one alternative at most may stand, such structs write all. Clean takes away
// what is empty, keeps the alternative that was set, and refuses what it could
// only guess.
package prune

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// Error says which element cannot be written, and why. It quotes no value.
type Error struct {
	// Path is the element's, such as "Task.input[0].value[x]".
	Path string
	// Problem is what is wrong with it.
	Problem string
}

// Error returns path and problem.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Path, e.Problem) }

// Clean returns the JSON value src without what is empty, nil if nothing is
// left. Texts of numbers stay; the escapes that encoding/json makes for HTML are
// undone. src must be valid JSON and is not changed.
//
// s is the shape of src, or of the elements of an array src. Objects with a
// resourceType tell their own. at is where src comes from.
func Clean(src []byte, s Shape, at *Place) ([]byte, error) {
	p := &pruner{src: src, out: make([]byte, 0, len(src))}
	kept := p.value(scan.Space(src, 0), s, at, -1)
	if p.err != nil {
		return nil, p.err
	}
	if !kept {
		return nil, nil
	}
	return p.out, nil
}

// Shape is what is known of a value's type; the zero Shape, if nothing is.
// Choices of an unknown type are left alone.
type Shape struct {
	// Type has the elements of an object; nil for primitives and resources,
	// which tell theirs.
	Type *elements.Type
	// Code is the name of the FHIR type: "Quantity", "code".
	Code string
}

// Child returns the shape of a member of an object of type typ, which may be nil.
func Child(typ *elements.Type, name string) Shape {
	if typ == nil {
		return Shape{}
	}
	if name != "" && name[0] == '_' {
		t, _ := elements.Lookup("Element")
		return Shape{Type: t}
	}
	el, ref, ok := typ.Element(name)
	if !ok {
		return Shape{}
	}
	if el.Content != nil {
		return Shape{el.Content, ref.Code}
	}
	if ref.Primitive() || ref.Code == "Resource" {
		return Shape{Code: ref.Code}
	}
	t, _ := elements.Lookup(ref.Code)
	return Shape{t, ref.Code}
}

type pruner struct {
	src []byte
	out []byte
	err error
}

func (p *pruner) fail(at *Place, problem string) {
	if p.err == nil {
		p.err = &Error{Path: at.String(), Problem: problem}
	}
}

// value appends the value at i to out, unless it is empty. partner is where
// the value of the sibling with or without underscore begins, -1 if there is none.
func (p *pruner) value(i int, s Shape, at *Place, partner int) (kept bool) {
	if i >= len(p.src) || p.err != nil {
		return false
	}
	switch p.src[i] {
	case '{':
		return p.object(i, s.Type, at)
	case '[':
		return p.array(i, s, at, partner)
	case '"':
		end := scan.Skip(p.src, i)
		if end-i <= 2 {
			return false
		}
		if s.Code == "code" && scan.Unquote(p.src[i:end]) == "<unknown>" {
			p.fail(at, "the code is none that its Go type knows")
		}
		p.text(p.src[i:end])
		return true
	case 'n':
		return false
	default:
		end := scan.Skip(p.src, i)
		if s.Code == "decimal" && string(p.src[i:end]) == "0" && isUnsetNumber(at) {
			return false
		}
		p.out = append(p.out, p.src[i:end]...)
		return true
	}
}

// isUnsetNumber reports whether the value comes from a json.Number that holds
// nothing: encoding/json writes it as 0.
func isUnsetNumber(at *Place) bool {
	v := at.Value()
	return v.IsValid() && v.Kind() == reflect.String && v.Len() == 0
}

func (p *pruner) array(i int, s Shape, at *Place, partner int) (kept bool) {
	start := len(p.out)
	p.out = append(p.out, '[')
	var partners []scan.Item
	if partner >= 0 && p.src[partner] == '[' {
		for it := range scan.Items(p.src, partner) {
			partners = append(partners, it)
		}
	}
	index := 0
	for it := range scan.Items(p.src, i) {
		mark := len(p.out)
		if mark > start+1 {
			p.out = append(p.out, ',')
		}
		filled := p.value(it.Start, s, at.Index(index), -1)
		switch {
		case filled:
			kept = true
		case index < len(partners) && !Empty(p.src, partners[index].Start):
			p.out = append(p.out, "null"...)
		default:
			p.out = p.out[:mark]
		}
		index++
	}
	if !kept {
		p.out = p.out[:start]
	} else {
		p.out = append(p.out, ']')
	}
	return kept
}

func (p *pruner) object(i int, typ *elements.Type, at *Place) (kept bool) {
	members := p.members(i)
	start := len(p.out)
	p.out = append(p.out, '{')
	if t := find(members, "resourceType"); t != nil && p.src[t.Value] == '"' && t.End-t.Value > 2 {
		typ, _ = elements.Lookup(scan.Unquote(p.src[t.Value:t.End]))
		at = at.Resource(scan.Unquote(p.src[t.Value:t.End]))
		p.member(t, Shape{}, at, members)
		t.dropped = true
	}
	p.choose(members, typ, at)
	for k := range members {
		if m := &members[k]; !m.dropped {
			p.member(m, Child(typ, m.key), at.Member(m.key), members)
		}
	}
	if len(p.out) == start+1 {
		p.out = p.out[:start]
		return false
	}
	p.out = append(p.out, '}')
	return true
}

// members lists the members of the object at i.
func (p *pruner) members(i int) []member {
	var members []member
	for m := range scan.Members(p.src, i) {
		members = append(members, member{Member: m, key: string(m.Key(p.src))})
	}
	return members
}

type member struct {
	scan.Member
	key     string
	dropped bool
}

func find(members []member, key string) *member {
	for k := range members {
		if members[k].key == key {
			return &members[k]
		}
	}
	return nil
}

// member appends name and value, unless the value is empty.
func (p *pruner) member(m *member, s Shape, at *Place, all []member) {
	mark := len(p.out)
	if p.out[mark-1] != '{' {
		p.out = append(p.out, ',')
	}
	p.out = append(p.out, p.src[m.Name:m.NameEnd]...)
	p.out = append(p.out, ':')
	partner := -1
	if p.src[m.Value] == '[' {
		if other := find(all, PartnerOf(m.key)); other != nil {
			partner = other.Value
		}
	}
	if p.src[m.Value] == '{' && s.Type != nil && isZeroStruct(at) {
		p.out = p.out[:mark]
		return
	}
	if kept := p.value(m.Value, s, at, partner); !kept {
		p.out = p.out[:mark]
	}
}

// isZeroStruct reports whether an object comes from a struct held by value in
// which nothing is set. Its codes would be those that happen to be number 0.
func isZeroStruct(at *Place) bool {
	v := at.Value()
	if !v.IsValid() || v.Kind() != reflect.Struct || !v.IsZero() {
		return false
	}
	return !v.Type().Implements(reflect.TypeFor[json.Marshaler]()) // such a type knows what its zero means
}

// PartnerOf returns the name of the member that holds the other half of a
// primitive: "_birthDate" for "birthDate", and the other way round.
func PartnerOf(key string) string {
	if key != "" && key[0] == '_' {
		return key[1:]
	}
	return "_" + key
}

// text appends a string literal with the escapes undone that encoding/json
// makes for HTML and JavaScript.
func (p *pruner) text(literal []byte) {
	for {
		i := bytes.IndexByte(literal, '\\')
		if i < 0 {
			p.out = append(p.out, literal...)
			return
		}
		p.out = append(p.out, literal[:i]...)
		literal = literal[i:]
		plain := ""
		if len(literal) >= 6 && literal[1] == 'u' {
			switch string(literal[2:6]) {
			case "003c":
				plain = "<"
			case "003e":
				plain = ">"
			case "0026":
				plain = "&"
			case "2028":
				plain = "\u2028"
			case "2029":
				plain = "\u2029"
			}
		}
		if plain != "" {
			p.out = append(p.out, plain...)
			literal = literal[6:]
			continue
		}
		n := min(2, len(literal))
		p.out = append(p.out, literal[:n]...)
		literal = literal[n:]
	}
}

// Empty reports whether the value at i says nothing: null, "", or an array or
// object of nothing but such.
func Empty(src []byte, i int) bool {
	if i >= len(src) {
		return true
	}
	switch src[i] {
	case 'n':
		return true
	case '"':
		return i+1 < len(src) && src[i+1] == '"'
	case '{':
		for m := range scan.Members(src, i) {
			if !Empty(src, m.Value) {
				return false
			}
		}
		return true
	case '[':
		for it := range scan.Items(src, i) {
			if !Empty(src, it.Start) {
				return false
			}
		}
		return true
	default:
		return false
	}
}
