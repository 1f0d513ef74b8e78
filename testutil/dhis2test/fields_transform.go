package dhis2test

import "strings"

// fieldTransform is one transformer of the fields parameter, such as
// ~rename(id) or ~size.
type fieldTransform struct{ name, arg string }

// readFieldTransform reads NAME or NAME(ARG) and returns what follows it.
func readFieldTransform(text string) (fieldTransform, string) {
	end := strings.IndexAny(text, ",[]()~|")
	if end < 0 {
		return fieldTransform{name: strings.TrimSpace(text)}, ""
	}
	t := fieldTransform{name: strings.TrimSpace(text[:end])}
	if text[end] != '(' {
		return t, text[end:]
	}
	arg, rest, _ := strings.Cut(text[end+1:], ")")
	t.arg = strings.TrimSpace(arg)
	return t, rest
}

// apply returns the field under its new name with its new value; a transformer
// that is not known changes nothing.
func (t fieldTransform) apply(key string, value any) (string, any) {
	list, isList := value.([]any)
	switch strings.ToLower(t.name) {
	case "rename":
		if t.arg != "" {
			key = t.arg
		}
	case "size":
		switch v := value.(type) {
		case []any:
			value = len(v)
		case string:
			value = len(v)
		}
	case "isempty":
		if isList {
			value = len(list) == 0
		}
	case "isnotempty":
		if isList {
			value = len(list) > 0
		}
	case "pluck":
		if isList {
			value = pluckField(list, t.arg)
		}
	case "keyby":
		if isList {
			value = keyByField(list, t.arg)
		}
	}
	return key, value
}

func pluckField(list []any, field string) []any {
	out := make([]any, 0, len(list))
	for _, item := range list {
		if m, ok := item.(map[string]any); ok && m[field] != nil {
			out = append(out, m[field])
		}
	}
	return out
}

func keyByField(list []any, field string) map[string]any {
	out := map[string]any{}
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			if key, ok := m[field].(string); ok {
				same, _ := out[key].([]any)
				out[key] = append(same, item)
			}
		}
	}
	return out
}
