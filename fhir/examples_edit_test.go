package fhir_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	models "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"github.com/openhim/mediator-go/fhir"
)

// spot is a place in a typed view and in its JSON.
type spot struct {
	path  []any // names and indexes
	field reflect.Value
}

func (s spot) name() string { return fmt.Sprint(s.path...) }

func (s spot) top() string { return s.path[0].(string) }

// in finds the same place in another view of the same resource.
func (s spot) in(v reflect.Value) reflect.Value {
	for _, step := range s.path {
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if i, ok := step.(int); ok {
			v = v.Index(i)
			continue
		}
		v = fieldNamed(v, step.(string))
	}
	return v
}

func fieldNamed(v reflect.Value, name string) reflect.Value {
	for f, fv := range v.Fields() {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name {
			return fv
		}
	}
	return reflect.Value{}
}

// spots lists all fields of a view that are there, the root's first.
func spots(v reflect.Value, path []any) []spot {
	var all []spot
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			all = spots(v.Elem(), path)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				all = append(all, spots(v.Index(i), append(slices.Clone(path), i))...)
			}
		}
	case reflect.Struct:
		for f, fv := range v.Fields() {
			if fv.IsZero() {
				continue
			}
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			at := append(slices.Clone(path), tag)
			all = append(all, spot{at, fv})
			all = append(all, spots(fv, at)...)
		}
	default:
	}
	return all
}

// sample picks at most n of the spots, spread over all of them.
func sample(all []spot, n int, want func(spot) bool) []spot {
	all = slices.DeleteFunc(slices.Clone(all), func(s spot) bool { return !want(s) })
	if len(all) <= n {
		return all
	}
	var some []spot
	for i := range n {
		some = append(some, all[i*len(all)/n])
	}
	return some
}

func editsOf(view reflect.Value, r fhir.Resource) []edit {
	whole := treeOf(r)
	all := slices.DeleteFunc(spots(view, nil), func(s spot) bool {
		_, there := at(whole, s.path) // samply's required choices are in the view only
		return !there
	})
	edits := []edit{setID(), appendProfile()}
	if fieldNamed(view, "extension").IsValid() {
		edits = append(edits, appendExtension())
	}
	isText := func(s spot) bool {
		return len(s.path) > 1 && (s.field.Type() == reflect.TypeFor[*string]() || s.field.Type() == reflect.TypeFor[string]())
	}
	for _, s := range sample(all, 5, isText) {
		edits = append(edits, changeText(s))
	}
	isOptional := func(s spot) bool { return s.field.Kind() == reflect.Pointer || s.field.Kind() == reflect.Slice }
	for _, s := range sample(all, 6, isOptional) {
		edits = append(edits, deleteElement(s))
	}
	isList := func(s spot) bool {
		return s.field.Kind() == reflect.Slice && s.field.Type() != reflect.TypeFor[json.RawMessage]()
	}
	for _, s := range sample(all, 4, func(s spot) bool { return isList(s) && s.field.Len() > 1 }) {
		edits = append(edits, removeFirst(s), reverse(s))
	}
	for _, s := range sample(all, 4, func(s spot) bool { return s.field.Type() == reflect.TypeFor[[]string]() }) {
		edits = append(edits, prepend(s), appendText(s))
	}
	return edits
}

func treeOf(r fhir.Resource) map[string]any {
	var v map[string]any
	if err := json.Unmarshal(r.Bytes(), &v); err != nil {
		panic(err)
	}
	return v
}

func setID() edit {
	return edit{
		name: "set id", top: "id",
		view: func(v reflect.Value) { fieldNamed(v, "id").Set(reflect.ValueOf(new("edited-1"))) },
		json: func(m map[string]any) { m["id"] = "edited-1" },
	}
}

func appendProfile() edit {
	const profile = "http://example.org/StructureDefinition/appended"
	return edit{
		name: "append profile", top: "meta",
		view: func(v reflect.Value) {
			f := fieldNamed(v, "meta")
			if f.IsNil() {
				f.Set(reflect.ValueOf(new(models.Meta{})))
			}
			m := f.Interface().(*models.Meta)
			m.Profile = append(m.Profile, profile)
		},
		json: func(m map[string]any) {
			if m["meta"] == nil {
				m["meta"] = map[string]any{}
			}
			meta := m["meta"].(map[string]any)
			profiles, _ := meta["profile"].([]any)
			meta["profile"] = append(profiles, profile)
		},
	}
}

func appendExtension() edit {
	return edit{
		name: "append extension", top: "extension",
		view: func(v reflect.Value) {
			f := fieldNamed(v, "extension")
			f.Set(reflect.Append(f, reflect.ValueOf(models.Extension{Url: "http://example.org/x", ValueString: new("<y> & z")})))
		},
		json: func(m map[string]any) {
			held, _ := m["extension"].([]any)
			m["extension"] = append(held, map[string]any{"url": "http://example.org/x", "valueString": "<y> & z"})
		},
	}
}

func changeText(s spot) edit {
	return edit{
		name: "change " + s.name(), top: s.top(),
		view: func(v reflect.Value) {
			f := s.in(v)
			if f.Kind() == reflect.Pointer {
				f.Set(reflect.ValueOf(new("changed")))
			} else {
				f.SetString("changed")
			}
		},
		json: func(m map[string]any) {
			holder, _ := at(m, s.path[:len(s.path)-1])
			holder.(map[string]any)[s.path[len(s.path)-1].(string)] = "changed"
		},
	}
}

func deleteElement(s spot) edit {
	return edit{
		name: "delete " + s.name(), top: s.top(),
		view: func(v reflect.Value) { s.in(v).SetZero() },
		json: func(m map[string]any) { remove(m, s.path) },
	}
}

func removeFirst(s spot) edit {
	return edit{
		name: "remove the first of " + s.name(), top: s.top(),
		view: func(v reflect.Value) { f := s.in(v); f.Set(f.Slice(1, f.Len())) },
		json: func(m map[string]any) { change(m, s.path, func(list []any) []any { return list[min(1, len(list)):] }) },
	}
}

func reverse(s spot) edit {
	return edit{
		name: "reverse " + s.name(), top: s.top(),
		view: func(v reflect.Value) {
			f := s.in(v)
			fresh := reflect.MakeSlice(f.Type(), 0, f.Len())
			for i := f.Len() - 1; i >= 0; i-- {
				fresh = reflect.Append(fresh, f.Index(i))
			}
			f.Set(fresh)
		},
		json: func(m map[string]any) {
			change(m, s.path, func(list []any) []any { slices.Reverse(list); return list })
		},
	}
}

func prepend(s spot) edit {
	return edit{
		name: "prepend to " + s.name(), top: s.top(),
		view: func(v reflect.Value) {
			f := s.in(v)
			f.Set(reflect.ValueOf(append([]string{"first"}, f.Interface().([]string)...)))
		},
		json: func(m map[string]any) {
			holder, _ := at(m, s.path[:len(s.path)-1])
			object, name := holder.(map[string]any), s.path[len(s.path)-1].(string)
			object[name] = append([]any{"first"}, object[name].([]any)...)
			if other, ok := object["_"+name].([]any); ok {
				object["_"+name] = append([]any{nil}, other...)
			}
		},
	}
}

func appendText(s spot) edit {
	return edit{
		name: "append to " + s.name(), top: s.top(),
		view: func(v reflect.Value) { f := s.in(v); f.Set(reflect.ValueOf(append(f.Interface().([]string), "last"))) },
		json: func(m map[string]any) {
			holder, _ := at(m, s.path[:len(s.path)-1])
			object, name := holder.(map[string]any), s.path[len(s.path)-1].(string)
			object[name] = append(object[name].([]any), "last")
			if other, ok := object["_"+name].([]any); ok {
				object["_"+name] = append(other, nil)
			}
		},
	}
}

// at is the value at a path.
func at(v any, path []any) (any, bool) {
	for _, step := range path {
		switch here := v.(type) {
		case map[string]any:
			next, ok := here[fmt.Sprint(step)]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			v = here[step.(int)]
		default:
			return nil, false
		}
	}
	return v, true
}

// change changes a list and the list of its extensions alike.
func change(m map[string]any, path []any, do func([]any) []any) {
	holder, _ := at(m, path[:len(path)-1])
	object, name := holder.(map[string]any), path[len(path)-1].(string)
	for _, n := range []string{name, "_" + name} {
		list, ok := object[n].([]any)
		if !ok {
			continue
		}
		list = do(list)
		object[n] = list
		if !slices.ContainsFunc(list, func(v any) bool { return v != nil }) {
			delete(object, n)
		}
	}
}

// remove deletes an element with its extensions, and what it leaves empty.
func remove(m map[string]any, path []any) {
	for n := len(path) - 1; n >= 0; n-- {
		holder, _ := at(m, path[:n])
		switch h := holder.(type) {
		case map[string]any:
			delete(h, path[n].(string))
			delete(h, "_"+path[n].(string))
			if len(h) > 0 {
				return
			}
		case []any:
			change(m, path[:n], func(list []any) []any { return slices.Delete(list, path[n].(int), path[n].(int)+1) })
			if len(h) > 1 {
				return
			}
		}
	}
}
