package fhir

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// Extension is an extension of an element, as it stands.
type Extension struct {
	// URL says what the extension means.
	URL string
	// ValueName is the name of the member with the value, such as
	// "valueCode"; "" if there are extensions inside instead, or nothing.
	ValueName string
	// Value is the value; its Raw is the text.
	Value gjson.Result

	raw gjson.Result
}

// Extension returns the extension with this URL inside of this one.
func (e Extension) Extension(url string) (Extension, bool) {
	return findExtension(e.raw.Get("extension"), url)
}

// Extensions returns the extensions inside of this one.
func (e Extension) Extensions() []Extension { return readExtensions(e.raw.Get("extension")) }

// Raw returns the extension as it stands.
func (e Extension) Raw() string { return e.raw.Raw }

// Extension returns the resource's own extension with this URL, the first if
// there are several. Modifier extensions count too.
func (r Resource) Extension(url string) (Extension, bool) { return r.ExtensionAt("", url) }

// Extensions returns the resource's own extensions, modifier extensions last.
func (r Resource) Extensions() []Extension { return r.ExtensionsAt("") }

// ExtensionAt is [Resource.Extension] for the element at a path, such as
// "name.0" or, of a primitive, "birthDate" and "name.0.given.1": those stand in
// a member with an underscore. The path has names and indexes only.
func (r Resource) ExtensionAt(path, url string) (Extension, bool) {
	for _, e := range r.ExtensionsAt(path) {
		if e.URL == url {
			return e, true
		}
	}
	return Extension{}, false
}

// ExtensionsAt returns the extensions of the element at a path.
func (r Resource) ExtensionsAt(path string) []Extension {
	holder := r.extensionHolder(path)
	all := readExtensions(r.Get(join(holder, "extension")))
	return append(all, readExtensions(r.Get(join(holder, "modifierExtension")))...)
}

// SetExtension returns the resource with an extension at the element, in the
// place of one with the same URL, else behind the others. path is that of the element as
// ExtensionAt has it, "" the resource itself; valueName such as "valueCode" is the
// member that takes the value.
func (r Resource) SetExtension(path, url, valueName string, value any) (Resource, error) {
	if !strings.HasPrefix(valueName, "value") {
		return Resource{}, &PathError{Op: "set", Path: path, Problem: "an extension's value goes by a name such as valueCode"}
	}
	at := join(r.extensionHolder(path), "extension")
	place := join(at, "-1")
	for i, e := range items(r.Get(at)) {
		if text(e.Get("url")) == url {
			place = join(at, strconv.Itoa(i))
			break
		}
	}
	return r.Set(place, map[string]any{"url": url, valueName: value})
}

// DeleteExtension returns the resource without the extensions with this URL at
// the element.
func (r Resource) DeleteExtension(path, url string) (Resource, error) {
	holder := r.extensionHolder(path)
	for _, name := range []string{"extension", "modifierExtension"} {
		at := join(holder, name)
		list := items(r.Get(at))
		for i := len(list) - 1; i >= 0; i-- {
			if text(list[i].Get("url")) != url {
				continue
			}
			var err error
			if r, err = r.Delete(join(at, strconv.Itoa(i))); err != nil {
				return Resource{}, err
			}
		}
	}
	return r, nil
}

// extensionHolder is the path of the object that holds the extensions of the
// element at a path: the element itself, or the member with an underscore of a
// primitive.
func (r Resource) extensionHolder(path string) string {
	if path == "" || r.Get(path).IsObject() {
		return path
	}
	steps := strings.Split(path, ".")
	name := len(steps) - 1
	if name > 0 && isIndex(steps[name]) {
		name--
	}
	steps[name] = "_" + strings.TrimPrefix(steps[name], "_")
	return strings.Join(steps, ".")
}

func join(path, step string) string {
	if path == "" {
		return step
	}
	return path + "." + step
}

func findExtension(list gjson.Result, url string) (Extension, bool) {
	for _, e := range readExtensions(list) {
		if e.URL == url {
			return e, true
		}
	}
	return Extension{}, false
}

func readExtensions(list gjson.Result) []Extension {
	var all []Extension
	for _, raw := range items(list) {
		if !raw.IsObject() {
			continue
		}
		e := Extension{URL: text(raw.Get("url")), raw: raw}
		raw.ForEach(func(key, value gjson.Result) bool {
			if strings.HasPrefix(key.Str, "value") {
				e.ValueName, e.Value = key.Str, value
				return false
			}
			return true
		})
		all = append(all, e)
	}
	return all
}
