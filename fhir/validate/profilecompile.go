package validate

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// profileCompiler makes a tree of parts ready: names, bindings and rules are looked up, and what the base definition asks anyway is taken out.
type profileCompiler struct {
	codes  *codebook
	rules  *rulebook
	byPath map[string]*part // for content references
}

func (c *profileCompiler) compile(root *part, typ *elements.Type) {
	c.byPath = map[string]*part{}
	root.base = typ
	c.ready(root, typ.Constraints, nil)
	c.collect(root, typ.Name)
	c.children(root, typ.Name)
	root.types, root.min, root.max = nil, 0, elements.Unbounded
}

// collect notes the parts that a content reference may name.
func (c *profileCompiler) collect(p *part, path string) {
	c.byPath[path] = p
	for _, child := range p.children {
		c.collect(child, path+"."+child.name)
	}
}

// children compiles the children of a part whose type is known, and drops those that ask nothing.
func (c *profileCompiler) children(p *part, path string) {
	c.expandShort(p)
	kept := p.children[:0]
	for _, child := range p.children {
		c.element(child, p.base, path+"."+child.name)
		if !child.plain() {
			kept = append(kept, child)
		}
	}
	p.children = kept
}

// expandShort turns "valueQuantity", the short form for a choice bound to one type (profiling.html), into the slice of value[x] that it stands for;
// other types are then out.
func (c *profileCompiler) expandShort(p *part) {
	if p.base == nil {
		return
	}
	var kept []*part
	var moved []*part
	for _, child := range p.children {
		if _, known := p.base.Child(child.name); known {
			kept = append(kept, child)
		} else {
			moved = append(moved, child)
		}
	}
	p.children = kept
	for _, child := range moved {
		el, ref, ok := p.base.Element(child.name)
		if !ok || !el.Choice {
			p.children = append(p.children, child)
			continue
		}
		choice := p.child(el.Name)
		slice := choice.sliced(child.name)
		name := slice.slice
		*slice = *child
		slice.name, slice.slice = el.Name, name
		if len(slice.types) == 0 {
			slice.types = []elementType{{Code: ref.Code}}
		}
		if choice.slicing == nil {
			choice.slicing = &slicingRule{Discriminator: []discriminator{{Type: "type", Path: "$this"}}, Rules: "closed"}
			choice.types = nil
		}
		if choice.slicing.Rules == "closed" {
			choice.types = append(slices.Clone(choice.types), slice.types...)
		}
	}
}

// element compiles one part against the element of the base type.
func (c *profileCompiler) element(p *part, parent *elements.Type, path string) {
	var el *elements.Element
	if parent != nil {
		el, _ = parent.Child(p.name)
	}
	c.names(p, el)
	c.inner(p, el)
	if el != nil {
		c.trim(p, el)
	}
	var inherited []*elements.Constraint
	if el != nil {
		inherited = el.Constraints
	}
	c.ready(p, inherited, p.base)
	if target := c.byPath[p.content]; p.content != "" && target != nil && target != p {
		p.linked = target
	}
	c.children(p, path)
	for _, s := range p.sliceKids {
		if len(s.types) == 0 {
			s.types = p.types
		}
		c.element(s, parent, path)
	}
}

// names lists the JSON members that values may be in.
func (c *profileCompiler) names(p *part, el *elements.Element) {
	p.names = nil
	switch {
	case el == nil:
		p.names = []memberName{{p.name, ""}}
	case !el.Choice:
		code := ""
		if len(el.Types) > 0 {
			code = el.Types[0].Code
		}
		p.names = []memberName{{el.Name, code}}
	default:
		for _, ref := range el.Types {
			p.names = append(p.names, memberName{el.JSONName(ref.Code), ref.Code})
		}
	}
}

// inner finds the type that children belong to.
func (c *profileCompiler) inner(p *part, el *elements.Element) {
	p.base = nil
	if el != nil && el.Content != nil {
		p.base = el.Content
		return
	}
	codes := p.types
	if len(codes) == 1 {
		p.base, _ = elements.Lookup(systemType(codes[0].Code))
	} else if el != nil && len(el.Types) == 1 && len(codes) == 0 {
		p.base, _ = elements.Lookup(el.Types[0].Code)
	}
	if p.base == nil {
		p.base, _ = elements.Lookup("Element")
	}
	if p.base != nil && p.base.Name == "Resource" {
		p.base = nil // any resource: its members are not known here
	}
}

// systemType names what FHIRPath's System types stand for in definitions.
func systemType(code string) string {
	if name, ok := strings.CutPrefix(code, "http://hl7.org/fhirpath/System."); ok {
		return strings.ToLower(name[:1]) + name[1:]
	}
	return code
}

// trim takes out what the base element asks anyway.
func (c *profileCompiler) trim(p *part, el *elements.Element) {
	if p.slice == "" {
		if p.min <= el.Min {
			p.min = 0
		}
		if p.max == el.Max {
			p.max = elements.Unbounded
		}
	}
	if sameTypes(p.types, el) {
		p.types = nil
	}
	if p.bound != nil && el.Binding != nil && p.bound.strength() == el.Binding.Strength &&
		bareURL(p.bound.ValueSet) == bareURL(el.Binding.ValueSet) && p.bound.maxValueSet() == el.Binding.MaxValueSet {
		for _, url := range p.bound.additional() {
			p.more = append(p.more, c.codes.bind(elements.Required, url, "", ""))
		}
		p.bound = nil
	}
}

func sameTypes(types []elementType, el *elements.Element) bool {
	if len(types) != len(el.Types) {
		return len(types) == 0
	}
	for i := range types {
		if systemType(types[i].Code) != systemType(el.Types[i].Code) && !strings.HasPrefix(types[i].Code, "http://hl7.org/fhirpath/") ||
			!slices.Equal(types[i].Profile, el.Types[i].Profiles) || len(types[i].TargetProfile) != len(el.Types[i].Targets) {
			return false
		}
		for j, target := range types[i].TargetProfile {
			if strings.TrimPrefix(target, baseURL) != el.Types[i].Targets[j] {
				return false
			}
		}
	}
	return true
}

// baseURL is where the base types are: baseURL + "Patient".
const baseURL = "http://hl7.org/fhir/StructureDefinition/"

// ready looks up binding and rules. Invariants that the base element or its type has are checked there.
func (c *profileCompiler) ready(p *part, inherited []*elements.Constraint, typ *elements.Type) {
	if typ == nil {
		typ = p.base
	}
	known := map[string]bool{}
	for _, rule := range inherited {
		known[rule.Key+rule.Expression] = true
	}
	if typ != nil {
		for _, rule := range typ.Constraints {
			known[rule.Key+rule.Expression] = true
		}
	}
	var own []*elements.Constraint
	for i := range p.rules {
		if rule := p.rules[i].constraint(); !known[rule.Key+rule.Expression] {
			own = append(own, rule)
		}
	}
	p.ready = c.rules.of(own, typ)
	p.binding = nil
	if p.bound != nil {
		code := ""
		if len(p.types) == 1 {
			code = p.types[0].Code
		} else if p.base != nil {
			code = p.base.Name
		}
		p.binding = c.codes.bind(p.bound.strength(), p.bound.ValueSet, p.bound.maxValueSet(), code)
		for _, url := range p.bound.additional() {
			p.more = append(p.more, c.codes.bind(elements.Required, url, "", code))
		}
	}
}
