package validate

import (
	"errors"
	"strings"
)

// maxProfileElements bounds a profile: the largest of R4 have some hundred elements.
const maxProfileElements = 20000

// buildParts makes the tree of parts from a snapshot, or from a differential on top of a copy of the base profile's tree.
func buildParts(list []elementDefinition, root *part) error {
	if len(list) > maxProfileElements {
		return errors.New("more elements than a profile may have")
	}
	var before []string // segments of the element before, for lists without ids
	for i := range list {
		el := &list[i]
		segments := segmentsOf(el, before)
		before = segments
		if len(segments) > 40 {
			return errors.New("elements are nested too deeply")
		}
		at := root
		for _, segment := range segments[1:] {
			name, slice, sliced := strings.Cut(segment, ":")
			at = at.child(strings.TrimSuffix(name, "[x]"))
			if sliced {
				at = at.sliced(slice)
			}
		}
		at.apply(el)
	}
	return nil
}

// segmentsOf says where an element stands: "component:systolic", "value[x]". Its id says so (ElementDefinition.id); without a good one,
// path and order do, as what belongs to a slice follows it.
func segmentsOf(el *elementDefinition, before []string) []string {
	path := strings.Split(el.Path, ".")
	if id := splitID(el.ID); len(id) == len(path) {
		return id
	}
	segments := make([]string, len(path))
	same := true
	for i, name := range path {
		segments[i] = name
		if i == len(path)-1 {
			break
		}
		if same = same && i < len(before) && nameOf(before[i]) == name; same {
			segments[i] = before[i]
		}
	}
	if el.SliceName != "" {
		segments[len(segments)-1] += ":" + el.SliceName
	}
	return segments
}

// splitID cuts an id at its dots; slice names may hold dots only in brackets or quotes, which ids do not have.
func splitID(id string) []string {
	if id == "" {
		return nil
	}
	return strings.Split(id, ".")
}

func nameOf(segment string) string {
	name, _, _ := strings.Cut(segment, ":")
	return name
}
