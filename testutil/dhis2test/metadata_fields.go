package dhis2test

import (
	"slices"
	"strings"
)

// metaFields is the fields parameter of metadata endpoints:
// id,code,programStages[id],!sharing,:owner,name~rename(n),children::size
// (dhis2.md 1.5). It differs from the tracker's in presets and transformers.
type metaFields struct {
	items []metaField
}

type metaField struct {
	name    string // a property, "*" or a preset such as ":owner"
	exclude bool
	sub     *metaFields
	steps   []string // transformers, such as rename(n) or size
}

// parseMetaFields never fails: DHIS2 drops what it does not know.
func parseMetaFields(text string) *metaFields {
	tree, _ := parseMetaList(text, 0)
	return tree
}

// maxFieldDepth bounds the nesting of fields; deeper brackets are left out.
const maxFieldDepth = 20

func parseMetaList(text string, depth int) (tree *metaFields, rest string) {
	tree = &metaFields{}
	for text != "" {
		end := metaNameEnd(text)
		item := newMetaField(strings.TrimSpace(text[:end]))
		text = text[end:]
		if strings.HasPrefix(text, "[") {
			item.sub, text = parseMetaList(text[1:], depth+1)
			if depth > maxFieldDepth {
				item.sub = nil
			}
			end := metaNameEnd(text) // a transformer may follow the bracket
			item.steps = append(item.steps, transformers(text[:end])...)
			text = text[end:]
		}
		if item.name != "" {
			tree.items = append(tree.items, item)
		}
		closing := strings.HasPrefix(text, "]")
		if text != "" {
			text = text[1:]
		}
		if closing {
			return tree, text
		}
	}
	return tree, ""
}

// metaNameEnd is where a name with its transformers ends: at a comma or
// bracket that is not inside of parentheses.
func metaNameEnd(text string) int {
	open := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			open++
		case ')':
			open--
		case ',', '[', ']':
			if open <= 0 {
				return i
			}
		}
	}
	return len(text)
}

func newMetaField(text string) metaField {
	name, exclude := strings.CutPrefix(text, "!")
	if at := strings.IndexAny(name, "~|"); at >= 0 {
		return metaField{name: name[:at], exclude: exclude, steps: transformers(name[at:])}
	}
	if at := strings.Index(name, "::"); at > 0 {
		return metaField{name: name[:at], exclude: exclude, steps: transformers(name[at:])}
	}
	if name == ":all" {
		name = "*"
	}
	return metaField{name: name, exclude: exclude}
}

func transformers(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("~|:", r) })
}

// transform applies the transformers of a field and returns its name and
// value in the answer.
func (f metaField) transform(v any) (name string, out any) {
	name, out = f.name, v
	for _, step := range f.steps {
		verb, arg, _ := strings.Cut(strings.TrimSuffix(step, ")"), "(")
		list, isList := out.([]any)
		switch {
		case verb == "rename" && arg != "":
			name = arg
		case verb == "size" && isList:
			out = len(list)
		case verb == "isEmpty" && isList:
			out = len(list) == 0
		case verb == "isNotEmpty" && isList:
			out = len(list) > 0
		case (verb == "pluck" || verb == "ids") && isList:
			out = pluck(list, arg)
		}
	}
	return name, out
}

func pluck(list []any, property string) []any {
	if property == "" {
		property = "id"
	}
	out := []any{}
	for _, item := range list {
		if o, ok := item.(map[string]any); ok {
			out = append(out, o[property])
		}
	}
	return out
}

// presets are the named sets of properties.
func (f metaField) preset(property string, v any) bool {
	switch f.name {
	case "*":
		return true
	case ":owner", ":persisted":
		return !slices.Contains(derivedProperties, property)
	case ":identifiable":
		return slices.Contains([]string{"id", "name", "code", "created", "lastUpdated", "lastUpdatedBy"}, property)
	case ":nameable":
		return slices.Contains([]string{"id", "name", "shortName", "description", "code", "created", "lastUpdated"}, property)
	case ":simple":
		switch v.(type) {
		case map[string]any, []any:
			return false
		}
		return true
	}
	return false
}

// derivedProperties are not an object's own: the server makes them up or
// takes them from other objects.
var derivedProperties = []string{ //nolint:gochecknoglobals // read-only table
	"access", "displayDescription", "displayFormName", "displayName", "displayShortName", "favorite", "favorites",
	"href", "leaf", "level", "children", "optionSetValue", "programIndicators", "programRuleVariables",
	"registration", "user", "withoutRegistration", "userRoles (program)",
}
