package fhir

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/edit"
	"github.com/openhim/mediator-go/fhir/internal/prune"
	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// Delete returns the resource without the element at the path, all other bytes
// as they were. The path is one of [Resource.Set]; -1 is the last of a list. A path
// that leads nowhere deletes nothing.
//
// An element is its value and its extensions together: "birthDate" deletes
// _birthDate too, and "name.0.given.1" the extensions in _given that belong to it;
// "_birthDate" deletes the extensions only. What is left empty goes as well, as
// FHIR knows no empty objects and arrays. The resourceType cannot be deleted.
func (r Resource) Delete(path string) (Resource, error) {
	if r.IsZero() {
		return Resource{}, errZero
	}
	steps, err := splitPath(path)
	if err == nil && path == "resourceType" {
		err = problem("a resource keeps its type")
	}
	if err != nil {
		return Resource{}, inPath("delete", path, err)
	}
	start := scan.Space(r.data, 0)
	end := scan.Skip(r.data, start)
	object, found := deleteIn(r.data[start:end], steps)
	if !found {
		return r, nil
	}
	return r.with(start, end, object)
}

// deleteIn deletes in an object. It returns nil if nothing is left, and false
// if the path leads nowhere.
func deleteIn(raw []byte, steps []string) ([]byte, bool) {
	o, key := edit.OpenObject(raw), steps[0]
	held, there := o.Get(key)
	partner := prune.PartnerOf(key)
	switch {
	case len(steps) == 1:
		_, extended := o.Get(partner)
		own := strings.HasPrefix(key, "_")
		if !there && (own || !extended) {
			return nil, false
		}
		o.Delete(key)
		if !own {
			o.Delete(partner)
		}
	case !there && !isIndex(steps[1]):
		return nil, false
	case there && held[0] == '{':
		changed, found := deleteIn(held, steps[1:])
		if !found {
			return nil, false
		}
		replaceOrDelete(o, key, changed)
	default:
		siblings, _ := o.Get(partner)
		changed, others, found := deleteAt(held, siblings, steps[1:], strings.HasPrefix(key, "_"))
		if !found {
			return nil, false
		}
		replaceOrDelete(o, key, changed)
		if siblings != nil {
			replaceOrDelete(o, partner, others)
		}
	}
	if len(o.Keys()) == 0 {
		return nil, true
	}
	return o.Bytes(), true
}

func replaceOrDelete(o *edit.Object, key string, value []byte) {
	if value == nil {
		o.Delete(key)
	} else {
		o.Replace(key, value)
	}
}

// deleteAt deletes in an array and the array of its siblings; either may be
// nil, and is so if nothing is left. half means that an element of raw goes
// alone, and its sibling stays.
func deleteAt(raw, siblings []byte, steps []string, half bool) (changed, others []byte, found bool) {
	if !isIndex(steps[0]) || len(raw) > 0 && raw[0] != '[' {
		return nil, nil, false
	}
	if len(siblings) > 0 && siblings[0] != '[' {
		siblings = nil
	}
	var lists []*edit.Array
	n := 0
	for _, text := range [][]byte{raw, siblings} {
		if len(text) == 0 {
			text = []byte("[]")
		}
		a := edit.OpenArray(text)
		lists, n = append(lists, a), max(n, a.Len())
	}
	if half {
		n = lists[0].Len()
	}
	index, err := indexOf(steps[0], n, "")
	if steps[0] == "-1" {
		index = n - 1
	}
	if err != nil || index < 0 || index >= n {
		return nil, nil, false
	}
	if len(steps) > 1 {
		if index >= lists[0].Len() || lists[0].Item(index)[0] != '{' {
			return nil, nil, false
		}
		item, found := deleteIn(lists[0].Item(index), steps[1:])
		if !found {
			return nil, nil, false
		}
		if item != nil {
			all := elementsOf(lists[0])
			all[index].Value = item
			return lists[0].Rebuild(all), siblings, true
		}
		half = true
	}
	if half && index < lists[1].Len() && lists[1].Item(index)[0] != 'n' {
		all := elementsOf(lists[0])
		all[index].Value = []byte("null")
		return rebuilt(lists[0], all), siblings, true
	}
	return without(lists[0], index), without(lists[1], index), true
}

func without(a *edit.Array, i int) []byte {
	all := elementsOf(a)
	if i < len(all) {
		all = slices.Delete(all, i, i+1)
	}
	return rebuilt(a, all)
}

// rebuilt is nil if there is nothing but nulls.
func rebuilt(a *edit.Array, all []edit.Element) []byte {
	for _, e := range all {
		if e.Value[0] != 'n' {
			return a.Rebuild(all)
		}
	}
	return nil
}
