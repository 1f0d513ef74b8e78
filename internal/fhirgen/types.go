package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bits of an element's flags; package elements has the same (format.go).
const (
	flagChoice = 1 << iota
	flagSummary
	flagModifier
	flagXMLAttr
	flagBinding
)

// structure is a type or one of its inline backbones: the children of one path.
type structure struct {
	root     *elementDefinition
	children []*elementDefinition
}

// typesTable encodes the types: texts, rules, index of types by name, then one record a type. See elements/format.go.
func typesTable(defs *definitionSet) ([]byte, error) {
	e := newEncoder()
	rules := newRuleTable()
	sorted := slices.SortedFunc(slices.Values(defs.types), func(a, b *structureDefinition) int { return cmp.Compare(a.ID, b.ID) })
	records := make([][]byte, len(sorted))
	for i, def := range sorted {
		var err error
		records[i] = e.record(func() { err = defs.encodeType(e, rules, def) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", def.ID, err)
		}
	}
	rules.encode(e)
	e.count(len(sorted))
	for i, def := range sorted {
		e.text(def.ID)
		e.count(len(records[i]))
	}
	for _, record := range records {
		e.out = append(e.out, record...)
	}
	return e.finish("FHT1"), nil
}

func (s *definitionSet) encodeType(e *encoder, rules *ruleTable, def *structureDefinition) error {
	kinds := map[string]uint64{"primitive-type": 1, "complex-type": 2, "resource": 3, "logical": 4}
	kind, ok := kinds[def.Kind]
	if !ok {
		return fmt.Errorf("unknown kind %q", def.Kind)
	}
	structures, index := structuresOf(def)
	e.number(kind)
	e.number(bit(def.Abstract, 1))
	e.count(len(structures))
	for i, st := range structures {
		e.text(st.root.Path)
		if i > 0 {
			e.text(st.root.Type[0].Code)
		} else {
			e.text(s.typeName(def.BaseDefinition))
		}
		// The rules of a backbone's own element belong to the element; a type's own stand at its root.
		if i == 0 {
			rules.refer(e, st.root.Constraint, "")
		} else {
			e.count(0)
		}
		e.count(len(st.children))
		for _, child := range st.children {
			if err := s.encodeElement(e, rules, def, child, index); err != nil {
				return fmt.Errorf("%s: %w", child.Path, err)
			}
		}
	}
	return nil
}

// structuresOf groups the snapshot's elements by their parent; the first structure is the type itself.
func structuresOf(def *structureDefinition) ([]*structure, map[string]int) {
	elements := def.Snapshot.Element
	parents := map[string]bool{elements[0].Path: true}
	for _, el := range elements[1:] {
		parents[el.Path[:strings.LastIndexByte(el.Path, '.')]] = true
	}
	var structures []*structure
	index := map[string]int{}
	for i := range elements {
		el := &elements[i]
		if i > 0 {
			parent := structures[index[el.Path[:strings.LastIndexByte(el.Path, '.')]]]
			parent.children = append(parent.children, el)
		}
		if parents[el.Path] {
			index[el.Path] = len(structures)
			structures = append(structures, &structure{root: el})
		}
	}
	return structures, index
}

func (s *definitionSet) encodeElement(e *encoder, rules *ruleTable, def *structureDefinition, el *elementDefinition, index map[string]int) error {
	name := el.Path[strings.LastIndexByte(el.Path, '.')+1:]
	name, choice := strings.CutSuffix(name, "[x]")
	e.text(name)
	binding := el.Binding != nil && el.Binding.ValueSet != ""
	e.number(bit(choice, flagChoice) | bit(el.IsSummary, flagSummary) | bit(el.IsModifier, flagModifier) |
		bit(slices.Contains(el.Representation, "xmlAttr"), flagXMLAttr) | bit(binding, flagBinding))
	e.count(el.Min)
	highest, err := encodedMax(el.Max)
	if err != nil {
		return err
	}
	e.number(highest)

	content := 0
	types, constraints := el.Type, el.Constraint
	if el.ContentReference != "" {
		target := el.ContentReference[strings.IndexByte(el.ContentReference, '#')+1:]
		at, ok := index[target]
		if !ok {
			return fmt.Errorf("content reference %q does not lead to an element with children", el.ContentReference)
		}
		content = at + 1
		referred := elementAt(def, target)
		types = []elementType{{Code: referred.Type[0].Code}}
		constraints = referred.Constraint // what is the same content has the same invariants
	} else if at, ok := index[el.Path]; ok {
		content = at + 1
	}
	e.count(content)
	e.count(len(types))
	for _, t := range types {
		s.encodeTypeRef(e, def, el, t)
	}
	if binding {
		strengths := map[string]uint64{"required": 1, "extensible": 2, "preferred": 3, "example": 4}
		e.number(strengths[el.Binding.Strength])
		e.text(el.Binding.ValueSet)
		e.text(maxValueSet(el.Binding))
	}
	rules.refer(e, constraints, "ele-1 ext-1")
	return nil
}

// encodeTypeRef writes the name a type goes by in FHIR: System types are named by what they mean.
func (s *definitionSet) encodeTypeRef(e *encoder, def *structureDefinition, el *elementDefinition, t elementType) {
	code := t.Code
	if strings.HasPrefix(code, "http://hl7.org/fhirpath/System.") {
		code = def.ID // the value of a primitive
		if !strings.HasSuffix(el.Path, ".value") || def.Kind != "primitive-type" {
			code = "string"
			for _, ext := range t.Extension {
				if strings.HasSuffix(ext.URL, "/structuredefinition-fhir-type") {
					code = ext.ValueURL
				}
			}
			if def.Kind == "resource" && el.Path == def.ID+".id" {
				code = "id" // R4's definitions say string, its text (resource.html#id) and later versions id
			}
		}
	}
	e.text(code)
	e.count(len(t.TargetProfile))
	for _, target := range t.TargetProfile {
		e.text(s.typeName(target))
	}
	e.count(len(t.Profile))
	for _, profile := range t.Profile {
		e.text(profile)
	}
}

// elementAt returns the element of a path that structuresOf has found.
func elementAt(def *structureDefinition, path string) *elementDefinition {
	for i := range def.Snapshot.Element {
		if def.Snapshot.Element[i].Path == path {
			return &def.Snapshot.Element[i]
		}
	}
	return nil
}

func maxValueSet(b *elementBinding) string {
	for _, ext := range b.Extension {
		if strings.HasSuffix(ext.URL, "/elementdefinition-maxValueSet") {
			return ext.ValueCanonical
		}
	}
	return ""
}

// encodedMax is 0 for "*", else the number plus one.
func encodedMax(highest string) (uint64, error) {
	if highest == "*" {
		return 0, nil
	}
	n, err := strconv.ParseUint(highest, 10, 16)
	return n + 1, err
}

func bit(on bool, bit uint64) uint64 {
	if on {
		return bit
	}
	return 0
}
