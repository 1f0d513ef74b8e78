package dhis2map

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/mapping"
)

type uidArgument struct {
	Kind        string
	System      string
	Namespace   string
	Incarnation int
	Keys        []string
}

// uid derives a UID of what a source knows an object by.
func (o *operators) uid() mapping.Operator {
	return mapping.Operator{
		Summary: "The UID that is always the same for what the source knows an object by: its kind, or {kind, system, namespace, incarnation, keys}.",
		In:      mapping.Text | mapping.Number | mapping.List, Out: mapping.Text,
		Argument: json.RawMessage(`{"anyOf":[{"type":"string"},{"type":"object","required":["kind"],"additionalProperties":false,"properties":{"kind":{"type":"string"},"system":{"type":"string"},"namespace":{"type":"string"},"incarnation":{"type":"integer","minimum":0},"keys":{"type":"array","items":{"type":"string"}}}}]}`),
		Make: func(argument json.RawMessage) (func(mapping.Value) (mapping.Value, error), error) {
			a := uidArgument{System: o.config.System, Namespace: o.config.Namespace}
			if err := decode(argument, func(text string) { a.Kind = text }, &a, "kind", "system", "namespace", "incarnation", "keys"); err != nil {
				return nil, err
			}
			if err := (dhis2.Identity{System: a.System, ID: "x", Kind: a.Kind, Incarnation: a.Incarnation}).Check(); err != nil {
				if a.System == "" {
					return nil, errors.New("no system: say it, or set Config.System")
				}
				return nil, err
			}
			return func(in mapping.Value) (mapping.Value, error) {
				id, keys, err := identified(in)
				if err != nil || id == "" {
					return mapping.Value{}, err
				}
				return mapping.TextValue(o.derive(a, id, append(a.Keys[:len(a.Keys):len(a.Keys)], keys...))), nil
			}, nil
		},
	}
}

// derive makes the UID. With keys the object is one within the tracked entity of that id.
func (o *operators) derive(a uidArgument, id string, keys []string) string {
	identity := dhis2.Identity{Namespace: a.Namespace, System: a.System, ID: id, Kind: a.Kind}
	if len(keys) > 0 {
		identity.Kind = dhis2.KindTrackedEntity
		identity.Incarnation = o.incarnation(identity)
		identity = identity.Child(a.Kind, keys...)
	}
	identity.Incarnation = a.Incarnation + o.incarnation(identity)
	return identity.UID()
}

func (o *operators) incarnation(of dhis2.Identity) int {
	if o.config.Incarnation == nil {
		return 0
	}
	return max(0, o.config.Incarnation(of))
}

// identified reads an id, or a list of an id and what tells an object from others within it.
// id is "" where there is none: then there is no UID either.
func identified(in mapping.Value) (id string, keys []string, err error) {
	raw := in.JSON()
	if raw[0] != '[' {
		return in.Text(), nil, nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return "", nil, err
	}
	for _, item := range items {
		if item[0] == '{' || item[0] == '[' || string(item) == "null" {
			return "", nil, &mapping.OperatorError{Code: mapping.CodeType, Message: "what identifies an object is a list of texts and numbers"}
		}
		keys = append(keys, mapping.JSONValue(item).Text())
	}
	if slices.Contains(keys, "") {
		return "", nil, &mapping.OperatorError{Code: mapping.CodeRequired, Message: "a part of what identifies the object is empty: others would have the same UID"}
	}
	if len(keys) == 0 {
		return "", nil, nil
	}
	return keys[0], keys[1:], nil
}
