package openhim

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// UnmarshalJSON implements [json.Unmarshaler]. Cores 4.x store orchestrations
// and errors as the mediators sent them, whatever they are. What does not fit
// is read as far as it goes: a value of another type becomes its JSON text
// where a text belongs, and is left out elsewhere.
func (t *Transaction) UnmarshalJSON(b []byte) error {
	type plain Transaction
	var strict plain
	err := json.Unmarshal(b, &strict)
	if err == nil {
		*t = Transaction(strict)
		return nil
	}
	if !json.Valid(b) {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return err
	}
	fitted, err := json.Marshal(fit(document, reflect.TypeFor[plain]()))
	if err != nil {
		return err
	}
	var lenient plain
	if err := json.Unmarshal(fitted, &lenient); err != nil {
		return err
	}
	*t = Transaction(lenient)
	return nil
}

// fit changes a generic JSON value so that it can be decoded into t: nil where
// nothing of it can be.
func fit(v any, t reflect.Type) any {
	if v == nil {
		return nil
	}
	if t.Kind() == reflect.Pointer {
		return fit(v, t.Elem())
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return fitScalar(v, t)
	}
	switch t.Kind() {
	case reflect.Struct:
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		return fitStruct(object, t)
	case reflect.Slice:
		list, ok := v.([]any)
		if !ok {
			return nil
		}
		out := make([]any, len(list))
		for i, e := range list {
			out[i] = fit(e, t.Elem())
		}
		return out
	case reflect.String:
		if s, ok := v.(string); ok {
			return s
		}
		b, err := json.Marshal(v)
		if err != nil {
			return nil
		}
		return string(b)
	default:
		return fitScalar(v, t)
	}
}

func fitStruct(object map[string]any, t reflect.Type) map[string]any {
	out := make(map[string]any, t.NumField())
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if e, ok := object[name]; ok {
			out[name] = fit(e, field.Type)
		}
	}
	return out
}

// fitScalar keeps v if it can be decoded into t.
func fitScalar(v any, t reflect.Type) any {
	b, err := json.Marshal(v)
	if err != nil || json.Unmarshal(b, reflect.New(t).Interface()) != nil {
		return nil
	}
	return v
}
