package validate

import (
	"strings"

	"github.com/openhim/mediator-go/fhir"
	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// slices finds the slice of each value and checks what that asks, how often slices occur, and that closed slicings hold nothing else.
func (c *conformer) slices(v occurrence, p *part, values []occurrence, rule *slicingRule) {
	if rule == nil {
		rule = &slicingRule{Rules: "open"}
		if len(p.sliceKids) > 0 {
			rule.Discriminator = implied(p)
		}
	}
	counts := make([]int, len(p.sliceKids))
	order := 0
	for _, value := range values {
		at, second := c.sliceOf(value, p, rule)
		if second >= 0 {
			c.fail(value.node, fhir.IssueStructure, "the value is of two slices of profile %s at once: %s and %s", c.profile.url,
				quoted(p.sliceKids[at].slice), quoted(p.sliceKids[second].slice))
		}
		if at < 0 {
			if rule.Rules == "closed" {
				c.fail(value.node, fhir.IssueStructure, "the value is none of those that profile %s allows for %s: %s", c.profile.url, quoted(p.name), sliceNames(p))
			}
			continue
		}
		counts[at]++
		if rule.Ordered && at < order {
			c.fail(value.node, fhir.IssueStructure, "profile %s wants these in order: %s", c.profile.url, sliceNames(p))
		}
		order = at
		s := p.sliceKids[at]
		c.value(value, s)
		if len(s.sliceKids) > 0 {
			c.slices(v, s, []occurrence{value}, s.slicing)
		}
	}
	for i, s := range p.sliceKids {
		if counts[i] < s.min {
			c.missing(v.node, p.name, "%s needs a value for slice %s by profile %s: at least %d, but there are %d",
				quoted(p.name), quoted(s.slice), c.profile.url, s.min, counts[i])
		}
		if s.max >= 0 && counts[i] > s.max {
			c.fail(v.node, fhir.IssueStructure, "%s has too many values for slice %s of profile %s: at most %d, but there are %d",
				quoted(p.name), quoted(s.slice), c.profile.url, s.max, counts[i])
		}
	}
}

func sliceNames(p *part) string {
	names := make([]string, len(p.sliceKids))
	for i, s := range p.sliceKids {
		names[i] = s.slice
	}
	return strings.Join(names, ", ")
}

// implied discriminators: extensions are told by url, choices by type.
func implied(p *part) []discriminator {
	if p.name == "extension" || p.name == "modifierExtension" {
		return []discriminator{{Type: "value", Path: "url"}}
	}
	if len(p.names) > 1 {
		return []discriminator{{Type: "type", Path: "$this"}}
	}
	return nil
}

// sliceOf returns which slice a value belongs to, and a second one where it is not the only one; -1 for none.
func (c *conformer) sliceOf(v occurrence, p *part, rule *slicingRule) (first, second int) {
	first = -1
	for i, s := range p.sliceKids {
		switch {
		case !c.belongsTo(v, s, rule):
		case first < 0:
			first = i
		case len(rule.Discriminator) > 0:
			return first, i
		}
	}
	return first, -1
}

// belongsTo reports whether all discriminators say that a value is of a slice. Without discriminators, the slice's whole content decides.
func (c *conformer) belongsTo(v occurrence, s *part, rule *slicingRule) bool {
	if c.work++; c.work > maxWork || c.over() {
		return false
	}
	if len(rule.Discriminator) == 0 {
		return c.quietly(func() { c.value(v, s) })
	}
	told := false
	for _, d := range rule.Discriminator {
		switch c.discriminate(v, s, d) {
		case no:
			return false
		case yes:
			told = true
		case unknown:
		}
	}
	return told
}

// discriminate holds a value against one discriminator; unknown when the slice says nothing about it.
func (c *conformer) discriminate(v occurrence, s *part, d discriminator) verdict {
	steps, ok := discriminatorPath(d.Path)
	if !ok {
		return unknown
	}
	parts := c.partsAt(s, steps)
	values, types := c.reach(v, steps)
	result := unknown
	for _, at := range parts {
		switch c.tells(d.Type, at, values, types) {
		case yes:
			result = yes
		case no:
			return no
		case unknown:
		}
	}
	return result
}

// tells: does what one part says of the discriminating element hold for the values there?
func (c *conformer) tells(kind string, at *part, values []occurrence, types []string) verdict {
	switch kind {
	case "exists":
		switch {
		case at.max == 0:
			return truth(len(values) == 0)
		case at.min > 0:
			return truth(len(values) > 0)
		}
		return unknown
	case "type":
		if len(at.types) == 0 {
			return unknown
		}
		for _, typ := range types {
			if c.typeFits(occurrence{code: typ}, at.types) {
				return yes
			}
		}
		return no
	case "profile":
		return c.tellsProfile(at, values)
	default:
		return c.tellsValue(at, values)
	}
}

func (c *conformer) tellsProfile(at *part, values []occurrence) verdict {
	result := unknown
	for _, t := range at.types {
		for _, url := range append(append([]string(nil), t.Profile...), t.TargetProfile...) {
			p := c.v.definitions.profile(url)
			name := typeOfURL(url)
			if p == nil && name == "" {
				continue
			}
			result = better(result, no)
			for _, v := range values {
				if v.code == name || p != nil && p.typ == v.code && c.satisfies(v.node, p, v.code, c.scopeOf(v.node)) {
					return yes
				}
			}
			if result == unknown {
				result = no
			}
		}
	}
	return result
}

// tellsValue: fixed values, patterns and required bindings, of the element or of what is below it.
func (c *conformer) tellsValue(at *part, values []occurrence) verdict {
	if !decides(at, 0) {
		return unknown
	}
	for _, v := range values {
		if c.quietly(func() { c.value(v, at) }) {
			return yes
		}
	}
	return no
}

// decides reports whether a part says anything about the value that could tell slices apart.
func decides(p *part, depth int) bool {
	if p.fixed != nil || p.pattern != nil || p.binding != nil && p.binding.strength == elements.Required {
		return true
	}
	for _, child := range p.children {
		if depth < 10 && (decides(child, depth+1) || child.min > 0 && len(child.sliceKids) > 0) {
			return true
		}
	}
	for _, s := range p.sliceKids {
		if depth < 10 && s.min > 0 && decides(s, depth+1) {
			return true
		}
	}
	return false
}
