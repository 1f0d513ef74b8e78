package fhir

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/openhim/mediator-go/fhir/internal/edit"
	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/prune"
	"github.com/openhim/mediator-go/fhir/internal/scan"
	"github.com/openhim/mediator-go/fhir/internal/view"
)

// Set returns the resource with a value at the path, all other bytes as they were.
//
// The path has names of members and indexes of arrays, with dots between them, as Get
// reads it: "name.0.given.1", "meta.profile.-1" (-1, or the array's length, appends), "_birthDate.extension.0.url"; a
// dot in a name is written "\.". What is missing on the way is made. New members are put where
// FHIR's order has them, laid out like their neighbours.
//
// The value is anything encoding/json marshals, a json.RawMessage, or a
// Resource; it is cleaned as [New] does it. Give decimals as json.Number or
// json.RawMessage, as a float64 forgets how many digits were measured.
//
// A [*PathError] says why a value cannot stand there: R4's type does not have the
// element, the element is a list and the path has no index, a text was given for
// a boolean, nothing of the value is left (use [Resource.Delete]), and so
// on. Types that R4 does not have, and members that are there already, take anything.
func (r Resource) Set(path string, value any) (Resource, error) {
	if r.IsZero() {
		return Resource{}, errZero
	}
	steps, err := splitPath(path)
	if err == nil {
		var text []byte
		if text, err = valueText(value); err == nil {
			if path == "resourceType" {
				return r.setType(path, text)
			}
			start := scan.Space(r.data, 0)
			end := scan.Skip(r.data, start)
			s := setter{steps: steps, value: text, view: reflect.ValueOf(value)}
			var object []byte
			if object, err = s.object(r.data[start:end], prune.Shape{}, 0); err == nil {
				return r.with(start, end, object)
			}
		}
	}
	return Resource{}, inPath("set", path, err)
}

// with is the resource with another object in the place of its own.
func (r Resource) with(start, end int, object []byte) (Resource, error) {
	out := make([]byte, 0, start+len(object)+len(r.data)-end)
	out = append(out, r.data[:start]...)
	out = append(out, object...)
	return Parse(append(out, r.data[end:]...))
}

func (r Resource) setType(path string, text []byte) (Resource, error) {
	if scan.Unquote(text) == r.typ {
		return r, nil
	}
	return Resource{}, &PathError{Op: "set", Path: path, Problem: "a resource keeps its type"}
}

// inPath makes an error one of this path.
func inPath(op, path string, err error) error {
	if p, ok := errors.AsType[*prune.Error](err); ok {
		return &PathError{Op: op, Path: path, Problem: p.Problem}
	}
	return fmt.Errorf("fhir: %s %s: %w", op, path, err)
}

func problem(format string, args ...any) error {
	return &prune.Error{Problem: fmt.Sprintf(format, args...)}
}

// valueText is the value as compact JSON.
func valueText(value any) ([]byte, error) {
	var text []byte
	switch v := value.(type) {
	case nil:
		return nil, problem("there is no value; use Delete to remove an element")
	case json.RawMessage:
		text = v
	case Resource:
		if v.IsZero() {
			return nil, problem("the resource holds nothing")
		}
		text = v.data
	default:
		rv := reflect.ValueOf(value)
		if rv.Kind() == reflect.Pointer && rv.IsNil() {
			return nil, problem("there is no value; use Delete to remove an element")
		}
		marshalled, err := view.Marshal(pointerTo(rv))
		if err != nil {
			return nil, problem("the value cannot be marshalled: %v", marshalProblem(err))
		}
		return marshalled, nil
	}
	if !json.Valid(text) {
		return nil, problem("the value is not JSON")
	}
	return compact(text), nil
}

// setter puts a value at a path.
type setter struct {
	steps []string
	value []byte
	view  reflect.Value
}

func (s *setter) last(i int) bool { return i == len(s.steps)-1 }

// object returns the object raw with the value at steps[i:].
func (s *setter) object(raw []byte, shape prune.Shape, i int) ([]byte, error) {
	typ := shape.Type
	if name, ok := scan.Find(raw, 0, "resourceType"); ok {
		typ, _ = elements.Lookup(scan.Unquote(raw[name.Value:name.End]))
	}
	o, key := edit.OpenObject(raw), s.steps[i]
	rank := func(string) int { return -1 }
	if typ != nil {
		rank = func(k string) int { return prune.Rank(typ, k) }
	}
	if !s.last(i) && isIndex(s.steps[i+1]) {
		fillSiblings(o, key, rank)
	}
	held, there := o.Get(key)
	if !there || held[0] == 'n' {
		if typ != nil && rank(key) < 0 {
			return nil, problem("%s has no element %s in FHIR R4", typ.Name, key)
		}
		made, err := s.make(typ, key, i)
		if err != nil {
			return nil, err
		}
		o.Set(key, made, rank)
		return o.Bytes(), onlyAlternative(o, typ, key)
	}
	child := prune.Child(typ, key)
	if s.last(i) {
		clean, err := s.clean(typ, key, s.value[0] == '[')
		if err != nil {
			return nil, err
		}
		o.Set(key, clean, rank)
		return o.Bytes(), nil
	}
	switch held[0] {
	case '{':
		if isIndex(s.steps[i+1]) && typ != nil {
			return nil, problem("%s does not repeat: leave out the index", key)
		}
		changed, err := s.object(held, child, i+1)
		if err != nil {
			return nil, err
		}
		o.Replace(key, changed)
	case '[':
		partner, _ := o.Get(prune.PartnerOf(key))
		changed, siblings, err := s.array(held, partner, child, i+1)
		if err != nil {
			return nil, err
		}
		o.Replace(key, changed)
		if siblings != nil {
			o.Replace(prune.PartnerOf(key), siblings)
		}
	default:
		return nil, problem("%s is a single value: nothing is below it", key)
	}
	return o.Bytes(), nil
}

// fillSiblings makes the array of a primitive list's extensions as long as the
// list, so that there is a place to write to.
func fillSiblings(o *edit.Object, key string, rank func(string) int) {
	values, ok := o.Get(prune.PartnerOf(key))
	if key[0] != '_' || !ok || values[0] != '[' {
		return
	}
	held, there := o.Get(key)
	if !there {
		held = []byte("[]")
	} else if held[0] != '[' {
		return
	}
	siblings := edit.OpenArray(held)
	all := elementsOf(siblings)
	for range edit.OpenArray(values).Len() - siblings.Len() {
		all = append(all, null())
	}
	if text := siblings.Rebuild(all); there {
		o.Replace(key, text)
	} else {
		o.Set(key, text, rank)
	}
}

// array returns the array raw with the value at steps[i:], and the array of its
// siblings if that had to grow along.
func (s *setter) array(raw, partner []byte, shape prune.Shape, i int) (changed, siblings []byte, err error) {
	a := edit.OpenArray(raw)
	index, err := indexOf(s.steps[i], a.Len(), s.steps[i-1])
	if err != nil {
		return nil, nil, err
	}
	all := elementsOf(a)
	var other *edit.Array
	if len(partner) > 0 && partner[0] == '[' {
		other = edit.OpenArray(partner)
	}
	if index == a.Len() {
		made, err := s.below(shape, i)
		if err != nil {
			return nil, nil, err
		}
		if other != nil && s.steps[i] == "-1" { // behind the elements that have no value, too
			for range other.Len() - a.Len() {
				all = append(all, null())
			}
		}
		all = append(all, edit.Element{From: -1, Value: made})
		if other != nil && other.Len() < len(all) {
			kept := elementsOf(other)
			for range len(all) - other.Len() {
				kept = append(kept, null())
			}
			siblings = other.Rebuild(kept)
		}
		return a.Rebuild(all), siblings, nil
	}
	var text []byte
	switch {
	case s.last(i):
		text, err = s.cleanItem(shape, s.steps[i-1])
	case a.Item(index)[0] == '{':
		text, err = s.object(a.Item(index), shape, i+1)
	case a.Item(index)[0] == 'n':
		text, err = s.below(shape, i)
	default:
		err = problem("%s.%s is a single value: nothing is below it", s.steps[i-1], s.steps[i])
	}
	if err != nil {
		return nil, nil, err
	}
	all[index].Value = text
	return a.Rebuild(all), nil, nil
}

// make returns the value of a member that is missing, for steps[i:].
func (s *setter) make(typ *elements.Type, key string, i int) ([]byte, error) {
	list, known := repeats(typ, key)
	child := prune.Child(typ, key)
	if s.last(i) {
		return s.clean(typ, key, s.value[0] == '[')
	}
	if isIndex(s.steps[i+1]) {
		if known && !list {
			return nil, problem("%s does not repeat: leave out the index", key)
		}
		if _, err := indexOf(s.steps[i+1], 0, key); err != nil {
			return nil, err
		}
		item, err := s.below(child, i+1)
		if err != nil {
			return nil, err
		}
		return append(append([]byte{'['}, item...), ']'), nil
	}
	if known && list {
		return nil, problem("%s repeats: name an index, %s.0, or %s.-1 to append", key, key, key)
	}
	return s.below(child, i)
}

// below returns the value that stands at steps[i], made of what is below it.
func (s *setter) below(shape prune.Shape, i int) ([]byte, error) {
	if s.last(i) {
		return s.cleanItem(shape, s.steps[max(i-1, 0)])
	}
	if shape.Type == nil && shape.Code != "" && shape.Code != "Resource" {
		return nil, problem("%s is a single value: nothing is below it", s.steps[i])
	}
	if isIndex(s.steps[i+1]) {
		return nil, problem("an array cannot hold an array")
	}
	return s.object([]byte("{}"), shape, i+1)
}

// clean checks and cleans the value for a member; asList, if it is an array.
func (s *setter) clean(typ *elements.Type, key string, asList bool) ([]byte, error) {
	if list, known := repeats(typ, key); known && list != asList {
		if list {
			return nil, problem("%s repeats: give a slice, or name an index as in %s.0", key, key)
		}
		return nil, problem("%s does not repeat: give one value", key)
	}
	shape := prune.Child(typ, key)
	if asList {
		for it := range scan.Items(s.value, 0) {
			if err := fitting(s.value[it.Start:it.End], shape, key); err != nil {
				return nil, err
			}
		}
		return s.cleaned(shape)
	}
	return s.cleanItem(shape, key)
}

func (s *setter) cleanItem(shape prune.Shape, key string) ([]byte, error) {
	if err := fitting(s.value, shape, key); err != nil {
		return nil, err
	}
	return s.cleaned(shape)
}

func (s *setter) cleaned(shape prune.Shape) ([]byte, error) {
	text, err := prune.Clean(s.value, shape, prune.Root("", s.view))
	if err == nil && text == nil {
		err = problem("the value is empty, which FHIR does not know; use Delete to remove an element")
	}
	return text, err
}
