package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/internal/tree"
)

// partsAt finds what a slice says at a path: in its own tree, or in the profile that its type asks for.
func (c *conformer) partsAt(s *part, steps []pathStep) []*part {
	if len(steps) == 0 {
		return []*part{s}
	}
	var found []*part
	step := steps[0]
	switch step.function {
	case "resolve":
		return c.partsAt(c.targetPart(s), steps[1:])
	case "ofType":
		return c.partsAt(s, steps[1:])
	}
	for _, child := range s.children {
		if child.name != step.name {
			continue
		}
		if step.extension == "" {
			found = append(found, c.partsAt(child, steps[1:])...)
			for _, s := range child.sliceKids {
				if s.min > 0 && len(steps) > 1 {
					found = append(found, c.partsAt(s, steps[1:])...)
				}
			}
			continue
		}
		for _, ext := range child.sliceKids {
			if c.extensionURL(ext) == step.extension {
				found = append(found, c.partsAt(ext, steps[1:])...)
			}
		}
	}
	for _, t := range s.types {
		for _, url := range t.Profile {
			if p := c.v.definitions.profile(url); p != nil {
				found = append(found, c.partsAt(p.root, steps)...)
			}
		}
	}
	return found
}

// targetPart stands for what a reference leads to: the types and profiles it may have.
func (c *conformer) targetPart(s *part) *part {
	to := &part{name: s.name, max: elements.Unbounded}
	for _, t := range s.types {
		for _, url := range t.TargetProfile {
			typ := elementType{Code: typeOfURL(url)}
			if p := c.v.definitions.profile(url); p != nil {
				typ = elementType{Code: p.typ, Profile: []string{url}}
			}
			if typ.Code != "" {
				to.types = append(to.types, typ)
			}
		}
	}
	return to
}

// extensionURL is the URL that a slice of extensions is for.
func (c *conformer) extensionURL(s *part) string {
	for _, child := range s.children {
		if child.name == "url" && child.fixed != nil {
			return child.fixed.tree.Text(child.fixed.tree.Root())
		}
	}
	for _, t := range s.types {
		for _, url := range t.Profile {
			return bareURL(url)
		}
	}
	return ""
}

// reach collects the values at a path below one, and their types.
func (c *conformer) reach(v occurrence, steps []pathStep) ([]occurrence, []string) {
	values := []occurrence{v}
	for _, step := range steps {
		var next []occurrence
		for _, at := range values {
			next = c.follow(at, step, next)
		}
		values = next
	}
	var types []string
	for _, at := range values {
		types = append(types, at.code)
	}
	return values, types
}

// follow takes one step from a value.
func (c *conformer) follow(v occurrence, step pathStep, into []occurrence) []occurrence {
	switch step.function {
	case "resolve":
		if text := c.str(v.node, "reference"); text != "" {
			var to target
			c.quietly(func() { to, _ = c.resolve(text, v.node, c.scope) })
			if to.typ != "" {
				into = append(into, occurrence{node: to.node, code: to.typ, holder: to.node})
			}
		}
		return into
	case "ofType":
		if v.code == step.name {
			into = append(into, v)
		}
		return into
	}
	before := len(into)
	into = c.values(v.holder, &part{names: c.memberNames(v, step.name)}, into)
	if step.extension == "" {
		return into
	}
	kept := into[:before]
	for _, ext := range into[before:] {
		if c.str(ext.node, "url") == step.extension {
			kept = append(kept, ext)
		}
	}
	return kept
}

// memberNames lists the JSON members of an element of a value's type; without a type, the name itself.
func (c *conformer) memberNames(v occurrence, name string) []memberName {
	typ, ok := elements.Lookup(v.code)
	if !ok || v.code == "BackboneElement" || v.code == "Element" {
		if sh := c.shapeAt(v.node); sh != nil {
			typ, ok = sh.typ, true
		}
	}
	if ok {
		if el, found := typ.Child(name); found {
			p := &part{name: name}
			(&profileCompiler{}).names(p, el)
			return p.names
		}
	}
	names := []memberName{{name, ""}}
	for m := range c.tree.Children(v.node) {
		if c.tree.Kind(v.node) == tree.Object && strings.HasPrefix(c.tree.Name(m), name) && name == "value" {
			names = append(names, memberName{c.tree.Name(m), ""})
		}
	}
	return names
}
