package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// profile is a StructureDefinition compiled to what it asks beyond the base type. Immutable.
type profile struct {
	url, version string
	typ          string
	kind         string
	root         *part
	source       *part              // the tree before it was compiled, for profiles derived from this one
	contexts     []extensionContext // of an extension
	modifier     bool               // an extension that changes meanings
}

type extensionContext struct{ kind, expression string }

// part is one element of a profile, or a slice of one: what is asked of it beyond the base definition.
type part struct {
	name  string // "value" for value[x]
	slice string // name of the slice, "" for the element itself

	min, max  int // max is elements.Unbounded when nothing is asked
	types     []elementType
	fixed     *literal
	pattern   *literal
	minValue  *literal
	maxValue  *literal
	maxLength int
	bound     *elementBinding
	rules     []elementRule
	slicing   *slicingRule
	content   string // path that a contentReference names
	sliceKids []*part
	children  []*part

	// Made ready by the compiler:
	names   []memberName   // the JSON members it may be in
	base    *elements.Type // what its children belong to; nil when not known
	binding *binding
	more    []*binding // required besides binding
	ready   []*rule
	linked  *part // what content leads to
}

// memberName is a JSON name and the type that a value there has.
type memberName struct{ name, code string }

// child returns the part of a name, made if need be.
func (p *part) child(name string) *part {
	for _, c := range p.children {
		if c.name == name {
			return c
		}
	}
	c := &part{name: name, max: elements.Unbounded}
	p.children = append(p.children, c)
	return c
}

// sliced returns the slice of a name, made if need be; "a/b" is the slice b of the slice a.
func (p *part) sliced(name string) *part {
	for _, s := range p.sliceKids {
		if s.slice == name {
			return s
		}
	}
	if i := strings.LastIndexByte(name, '/'); i > 0 {
		for _, s := range p.sliceKids {
			if s.slice == name[:i] {
				inner := &part{name: p.name, slice: name, max: elements.Unbounded}
				s.sliceKids = append(s.sliceKids, inner)
				return inner
			}
		}
	}
	s := &part{name: p.name, slice: name, max: elements.Unbounded}
	p.sliceKids = append(p.sliceKids, s)
	return s
}

// copied is a deep copy, for a profile derived from this one. What the compiler made ready is left out.
func (p *part) copied() *part {
	c := *p
	c.names, c.base, c.binding, c.more, c.ready, c.linked = nil, nil, nil, nil, nil, nil
	c.children, c.sliceKids = nil, nil
	for _, child := range p.children {
		c.children = append(c.children, child.copied())
	}
	for _, s := range p.sliceKids {
		c.sliceKids = append(c.sliceKids, s.copied())
	}
	c.rules = append([]elementRule(nil), p.rules...)
	return &c
}

// apply takes over what an element definition says.
func (p *part) apply(el *elementDefinition) {
	if el.Min != nil {
		p.min = *el.Min
	}
	if el.Max != "" {
		p.max, _ = maxOf(el.Max) // checked when it was read
	}
	if len(el.Type) > 0 {
		p.types = el.Type
	}
	if el.Fixed != nil {
		p.fixed = el.Fixed
	}
	if el.Pattern != nil {
		p.pattern = el.Pattern
	}
	if el.MinValue != nil {
		p.minValue = el.MinValue
	}
	if el.MaxValue != nil {
		p.maxValue = el.MaxValue
	}
	if el.MaxLength > 0 {
		p.maxLength = el.MaxLength
	}
	if el.Binding != nil && el.Binding.ValueSet != "" {
		p.bound = el.Binding
	}
	if el.Slicing != nil {
		p.slicing = el.Slicing
	}
	if el.ContentReference != "" {
		p.content = el.ContentReference[strings.IndexByte(el.ContentReference, '#')+1:]
	}
	for _, rule := range el.Constraint {
		p.addRule(rule)
	}
}

// addRule adds an invariant; one of the same key is replaced.
func (p *part) addRule(rule elementRule) {
	for i := range p.rules {
		if p.rules[i].Key == rule.Key {
			p.rules[i] = rule
			return
		}
	}
	p.rules = append(p.rules, rule)
}

// plain reports whether nothing is asked, so that the walk may pass by.
func (p *part) plain() bool {
	return p.min == 0 && p.max == elements.Unbounded && len(p.types) == 0 && p.fixed == nil && p.pattern == nil && p.minValue == nil &&
		p.maxValue == nil && p.maxLength == 0 && p.binding == nil && len(p.more) == 0 && len(p.ready) == 0 && len(p.sliceKids) == 0 &&
		(p.slicing == nil || p.slicing.Rules != "closed") && len(p.children) == 0 && p.linked == nil
}
