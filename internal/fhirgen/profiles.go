package main

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// readProfiles reads the profiles and extension definitions that R4 itself publishes, reduced to what validation needs.
func (s *definitionSet) readProfiles(dir string) error {
	s.profiles = map[string][]byte{}
	for _, file := range []string{"profiles-types.json", "profiles-others.json", "extension-definitions.json"} {
		err := eachResource(filepath.Join(dir, file), "StructureDefinition", func(raw json.RawMessage) error {
			var def map[string]any
			decoder := json.NewDecoder(bytes.NewReader(raw))
			decoder.UseNumber()
			if err := decoder.Decode(&def); err != nil {
				return err
			}
			if def["derivation"] != "constraint" {
				return nil
			}
			url, ok := def["url"].(string)
			if !ok {
				return fmt.Errorf("StructureDefinition %v has no url", def["id"])
			}
			mend(def)
			reduced, err := json.Marshal(reduceProfile(def))
			s.profiles[url] = reduced
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reduceProfile keeps what decides about instances; texts for people go, but for those of invariants.
func reduceProfile(def map[string]any) map[string]any {
	reduced := pick(def, "resourceType", "url", "version", "kind", "abstract", "type", "baseDefinition", "derivation", "context", "contextInvariant")
	var kept []any
	snapshot, _ := def["snapshot"].(map[string]any)
	list, _ := snapshot["element"].([]any)
	for _, item := range list {
		if el, ok := item.(map[string]any); ok {
			kept = append(kept, reduceElement(el))
		}
	}
	reduced["snapshot"] = map[string]any{"element": kept}
	return reduced
}

func reduceElement(el map[string]any) map[string]any {
	reduced := pick(el, "id", "path", "sliceName", "slicing", "min", "max", "contentReference", "type", "maxLength")
	for key, value := range el {
		for _, prefix := range []string{"fixed", "pattern", "minValue", "maxValue"} {
			if strings.HasPrefix(key, prefix) {
				reduced[key] = value
			}
		}
	}
	if el["isModifier"] == true {
		reduced["isModifier"] = true
	}
	if slicing, ok := reduced["slicing"].(map[string]any); ok {
		reduced["slicing"] = pick(slicing, "discriminator", "ordered", "rules")
	}
	if binding, ok := el["binding"].(map[string]any); ok {
		reduced["binding"] = reduceBinding(binding)
	}
	if rules, ok := el["constraint"].([]any); ok {
		if kept := reduceRules(rules); len(kept) > 0 {
			reduced["constraint"] = kept
		}
	}
	return reduced
}

func reduceBinding(binding map[string]any) map[string]any {
	reduced := pick(binding, "strength", "valueSet")
	extensions, _ := binding["extension"].([]any)
	for _, item := range extensions {
		if ext, ok := item.(map[string]any); ok && strings.HasSuffix(fmt.Sprint(ext["url"]), "/elementdefinition-maxValueSet") {
			reduced["extension"] = []any{ext}
		}
	}
	return reduced
}

func reduceRules(rules []any) []any {
	var kept []any
	for _, item := range rules {
		if rule, ok := item.(map[string]any); ok && rule["key"] != "ele-1" && rule["key"] != "ext-1" {
			kept = append(kept, pick(rule, "key", "severity", "human", "expression", "source", "extension"))
		}
	}
	return kept
}

func pick(from map[string]any, keys ...string) map[string]any {
	picked := map[string]any{}
	for _, key := range keys {
		if value, ok := from[key]; ok {
			picked[key] = value
		}
	}
	return picked
}

// profilesTable writes a dictionary, then each profile deflated with it. See elements/profile.go.
func profilesTable(defs *definitionSet) ([]byte, error) {
	urls := slices.Sorted(maps.Keys(defs.profiles))
	dictionary := slices.Concat(defs.profiles[baseURL+"bodyweight"], defs.profiles[baseURL+"patient-nationality"])
	e := newEncoder()
	e.count(len(dictionary))
	e.out = append(e.out, dictionary...)
	e.count(len(urls))
	var packed [][]byte
	for _, url := range urls {
		var out bytes.Buffer
		w, err := flate.NewWriterDict(&out, flate.BestCompression, dictionary)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(defs.profiles[url]); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		e.text(url)
		e.count(len(defs.profiles[url]))
		e.count(out.Len())
		packed = append(packed, out.Bytes())
	}
	e.out = append(e.out, slices.Concat(packed...)...)
	return e.finish("FHP1"), nil
}

// mend puts right what R4's own definitions contradict: the extension that says the FHIR type of a System type is defined for the code of a
// type, but stands on the type itself in every StructureDefinition.
func mend(def map[string]any) {
	if def["url"] != baseURL+"structuredefinition-fhir-type" {
		return
	}
	def["context"] = []any{
		map[string]any{"type": "element", "expression": "ElementDefinition.type"},
		map[string]any{"type": "element", "expression": "ElementDefinition.type.code"},
	}
}
