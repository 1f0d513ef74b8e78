// Package merge applies what changed between two JSON texts to a third: a
// typed view's text before and after an edit to the text the view was read
// from. What the view does not show, or shows wrongly, stands in both or in
// neither of the two, and so never reaches the third.
package merge

import (
	"bytes"
	"reflect"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/prune"
	"github.com/openhim/mediator-go/fhir/internal/scan"
	"github.com/openhim/mediator-go/fhir/internal/view"
)

// Apply returns raw with the changes that lead from base to next: the members
// of what the view of raw marshals to before and after an edit. raw is a valid JSON
// object; view is the Go value that next was made of. If nothing changed, raw
// itself is returned.
//
// An element is value and underscore member together: when one is deleted or
// moved, the other is too; when the value changes, the other stays.
func Apply(raw []byte, base, next []view.Member, of reflect.Value) ([]byte, error) {
	start := scan.Space(raw, 0)
	end := scan.Skip(raw, start)
	object := raw[start:end]
	merged, err := mergeMembers(object, base, next, nil, prune.Root("", of))
	if err != nil {
		return nil, err
	}
	if merged == nil {
		return nil, &prune.Error{Path: "the resource", Problem: "the edit leaves nothing of it"}
	}
	if &merged[0] == &object[0] {
		return raw, nil
	}
	out := make([]byte, 0, len(raw)-len(object)+len(merged))
	out = append(out, raw[:start]...)
	out = append(out, merged...)
	return append(out, raw[end:]...), nil
}

// mergeValue merges one value; nil means nothing of it is left.
func mergeValue(raw, base, next []byte, s prune.Shape, at *prune.Place) ([]byte, error) {
	if bytes.Equal(base, next) {
		return raw, nil
	}
	kind := raw[0]
	switch {
	case kind == '{' && base[0] == '{' && next[0] == '{':
		return mergeObject(raw, base, next, s.Type, at)
	case kind == '[' && base[0] == '[' && next[0] == '[':
		merged, _, err := mergeArray(raw, base, next, nil, s, at)
		return merged, err
	case (kind == '{' || kind == '[') && base[0] != kind:
		return nil, shapeError(at)
	default:
		return prune.Clean(next, s, at)
	}
}

// mergeObject merges one object; nil means nothing of it is left.
func mergeObject(raw, base, next []byte, t *elements.Type, at *prune.Place) ([]byte, error) {
	return mergeMembers(raw, view.MembersOf(base), view.MembersOf(next), t, at)
}

func mergeMembers(raw []byte, base, next []view.Member, t *elements.Type, at *prune.Place) ([]byte, error) {
	if name, ok := scan.Find(raw, 0, "resourceType"); ok {
		typ := scan.Unquote(raw[name.Value:name.End])
		t, _ = elements.Lookup(typ)
		at = at.Resource(typ)
	}
	o := &objectMerge{src: raw, base: base, next: next, typ: t, at: at}
	if err := o.run(); err != nil {
		return nil, err
	}
	if o.opened == nil {
		return raw, nil
	}
	if len(o.opened.Keys()) == 0 && !prune.Empty(raw, 0) {
		return nil, nil
	}
	return o.opened.Bytes(), nil
}

func shapeError(at *prune.Place) error {
	return &prune.Error{Path: at.String(), Problem: "the text has another shape here than the type that is edited; use Set"}
}

// lookup finds a member, looking at hint first: both sides list their members
// in the same order nearly always.
func lookup(members []view.Member, key string, hint int) ([]byte, bool) {
	if hint < len(members) && members[hint].Key == key {
		return members[hint].Value, true
	}
	for i := range members {
		if members[i].Key == key {
			return members[i].Value, true
		}
	}
	return nil, false
}
