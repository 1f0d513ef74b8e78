package mapcase

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/openhim/mediator-go/mapping"
	"github.com/openhim/mediator-go/mapping/internal/doc"
)

// LookupNames returns the names of the lookups that a mapping document declares, sorted. Of
// a document that cannot be read there are none: mapping.Parse tells what is wrong.
func LookupNames(document []byte) []string {
	d, err := mapping.Parse("", document)
	if err != nil {
		return nil
	}
	return d.Lookups()
}

// Fixtures reads values for lookups from YAML or JSON: {facility: {"0123": {uid: …}}}.
// Null, and what is not there, is not found.
func Fixtures(file string, raw []byte) (map[string]mapping.Lookup, error) {
	f := &faults{file: file}
	root, traps := doc.Read(raw)
	for _, t := range traps {
		if t.Error {
			f.add(t.Line, t.Column, t.Hint, "%s", t.Message)
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	all := fixtures(f, &doc.Node{Kind: doc.Map, Keys: []doc.Key{{Name: "lookups", Value: root}}})
	if err := f.err(); err != nil {
		return nil, err
	}
	out := make(map[string]mapping.Lookup, len(all))
	for name, values := range all {
		byKey := make(map[string]json.RawMessage, len(values.Keys))
		for _, key := range values.Keys {
			if key.Value.Kind != doc.Null {
				byKey[key.Name] = key.Value.AppendJSON(nil)
			}
		}
		out[name] = func(_ context.Context, keys []string) ([]json.RawMessage, error) {
			found := make([]json.RawMessage, len(keys))
			for i, key := range keys {
				found[i] = byKey[key]
			}
			return found, nil
		}
	}
	return out, nil
}

func found(values *doc.Node, keys []string) []json.RawMessage {
	out := make([]json.RawMessage, len(keys))
	for i, key := range keys {
		if v := values.Get(key); v != nil && v.Kind != doc.Null {
			out[i] = v.AppendJSON(nil)
		}
	}
	return out
}

// caseKey is the key of the running case in a context.
type caseKey struct{}

// fixture returns the lookup that answers from the running case.
func fixture(name string) mapping.Lookup {
	return func(ctx context.Context, keys []string) ([]json.RawMessage, error) {
		c, ok := ctx.Value(caseKey{}).(*Case)
		if !ok {
			return nil, fmt.Errorf("the lookup %s was called outside a case", name)
		}
		values := c.lookups[name]
		if values == nil {
			return nil, fmt.Errorf("the case has no fixture for the lookup: write lookups: {%s: {KEY: value}}", name)
		}
		return found(values, keys), nil
	}
}
