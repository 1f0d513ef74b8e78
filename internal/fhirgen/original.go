package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
)

// original is what HL7 published of each element, by path. The package's profiles hold changes of its authors: elements of R5 and of their
// own server, other targets and value sets. Its dataelements.json is HL7's file as it was, with every element that is not a backbone.
type original struct {
	elements map[string]*elementDefinition
	order    map[string]int
	children map[string][]string // paths below a path
}

// requiredBackbones are backbones that HL7 requires and the package does not: dataelements.json has no backbones.
var requiredBackbones = map[string]int{"EvidenceVariable.characteristic": 1} //nolint:gochecknoglobals // a read-only table

func readOriginal(dir string) (*original, error) {
	o := &original{elements: map[string]*elementDefinition{}, order: map[string]int{}, children: map[string][]string{}}
	err := eachResource(filepath.Join(dir, "dataelements.json"), "StructureDefinition", func(raw json.RawMessage) error {
		def := &structureDefinition{}
		if err := json.Unmarshal(raw, def); err != nil {
			return err
		}
		el := &def.Snapshot.Element[0]
		if o.elements[el.Path] != nil || el.Path != def.Type {
			return nil // SimpleQuantity's after Quantity's
		}
		parent := parentPath(el.Path)
		o.order[el.Path] = len(o.order)
		o.children[parent] = append(o.children[parent], el.Path)
		o.elements[el.Path] = el
		return nil
	})
	return o, err
}

func parentPath(path string) string {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return ""
	}
	return path[:i]
}

// restore gives a type the elements that HL7 defined: what was added goes, what was taken comes back, what was changed is as it was.
// Types that the original does not have (abstract ones, primitives, Age and the like) stay as they are.
func (o *original) restore(def *structureDefinition) {
	if !o.covers(def.ID) {
		return
	}
	kept := def.Snapshot.Element[:0:0]
	has := map[string]bool{}
	for _, el := range def.Snapshot.Element {
		was := o.elements[el.Path]
		switch {
		case was != nil:
			el.Min, el.Max, el.Type, el.Binding = was.Min, was.Max, was.Type, was.Binding
		case !o.knowsWithout(&el, has):
			continue
		}
		el.Min = max(el.Min, requiredBackbones[el.Path])
		has[el.Path] = true
		kept = append(kept, el)
	}
	def.Snapshot.Element = o.addMissing(kept, has)
}

// covers: the original has elements of the type beyond id and extension, which it has of all.
func (o *original) covers(typ string) bool {
	return slices.ContainsFunc(o.children[typ], func(path string) bool {
		return path != typ+".id" && path != typ+".extension"
	})
}

// longestPath is how long the path of a data element may be: ids have 64 characters, "de-" among them, and of those that would be
// longer the file keeps one for each beginning.
const longestPath = 61

// knowsWithout: what the file leaves out though HL7 has it, where its parent is kept: the type's root, ids and extensions of data types,
// backbones, repeated content, and long paths.
func (o *original) knowsWithout(el *elementDefinition, kept map[string]bool) bool {
	parent := parentPath(el.Path)
	switch {
	case parent == "":
		return true
	case !kept[parent]:
		return false
	case el.ContentReference != "":
		return true
	case slices.Contains([]string{".id", ".extension", ".modifierExtension"}, el.Path[len(parent):]):
		return true
	default:
		return len(o.children[el.Path]) > 0 || len(el.Path) > longestPath
	}
}

// addMissing puts elements that are gone behind the sibling that HL7 has before them.
func (o *original) addMissing(elements []elementDefinition, has map[string]bool) []elementDefinition {
	var paths []string
	for path := range has {
		for _, child := range o.children[path] {
			if !has[child] {
				paths = append(paths, child)
			}
		}
	}
	slices.SortFunc(paths, func(a, b string) int { return o.order[a] - o.order[b] })
	for _, path := range paths {
		before := parentPath(path)
		siblings := o.children[before]
		if at := slices.Index(siblings, path); at > 0 {
			before = siblings[at-1]
		}
		i := 1 + slices.IndexFunc(elements, func(el elementDefinition) bool { return el.Path == before })
		elements = slices.Insert(elements, i, *o.elements[path])
		has[path] = true
	}
	return elements
}
