package terminology

import (
	"regexp"
	"slices"
	"strings"
)

// filter is a condition on the concepts of a code system (R4 ValueSet.compose.include.filter).
type filter struct {
	Property string
	Op       string
	Value    string
	pattern  *regexp.Regexp
}

// matcher compiles a filter for a code system. The reason tells why it cannot be applied.
func (f filter) matcher(s *codeSystem) (match func(*concept) bool, reason string) {
	switch f.Op {
	case "is-a", "descendent-of", "is-not-a", "generalizes", "child-of", "descendent-leaf":
		return f.hierarchical(s)
	case "=", "in", "not-in", "regex", "exists":
	default:
		return nil, "the filter operation " + f.Op + " is not known"
	}
	if !s.hasProperty(f.Property) {
		return nil, "it has no property " + f.Property + ", which a filter asks for"
	}
	switch f.Op {
	case "=":
		want := f.Value
		return func(c *concept) bool { return slices.ContainsFunc(c.values(f.Property), s.same(f.Property, want)) }, ""
	case "in", "not-in":
		var wanted []string
		for text := range strings.SplitSeq(f.Value, ",") {
			wanted = append(wanted, strings.TrimSpace(text))
		}
		return func(c *concept) bool {
			found := slices.ContainsFunc(wanted, func(want string) bool {
				return slices.ContainsFunc(c.values(f.Property), s.same(f.Property, want))
			})
			return found == (f.Op == "in")
		}, ""
	case "exists":
		return func(c *concept) bool {
			return (len(c.values(f.Property)) > 0) == (f.Value == "true")
		}, ""
	default: // regex
		if f.pattern == nil {
			return nil, "a regular expression that cannot be read (RE2)"
		}
		return func(c *concept) bool { return slices.ContainsFunc(c.values(f.Property), f.pattern.MatchString) }, ""
	}
}

// hierarchical compiles the operations on the hierarchy.
func (f filter) hierarchical(s *codeSystem) (match func(*concept) bool, reason string) {
	if f.Property != "concept" && f.Property != "code" {
		return nil, "the filter operation " + f.Op + " is for the property concept, not " + f.Property
	}
	of := s.find(f.Value)
	if of == nil {
		return nil, "it has not the code that a filter names"
	}
	switch f.Op {
	case "is-a":
		return func(c *concept) bool { return c.within(of) }, ""
	case "descendent-of":
		return func(c *concept) bool { return c != of && c.within(of) }, ""
	case "is-not-a":
		return func(c *concept) bool { return !c.within(of) }, ""
	case "child-of":
		return func(c *concept) bool { return slices.Contains(c.parents, of) }, ""
	case "descendent-leaf":
		return func(c *concept) bool { return len(c.children) == 0 && c != of && c.within(of) }, ""
	default: // generalizes
		return func(c *concept) bool { return of.within(c) }, ""
	}
}

// hasProperty reports whether filters can ask for a property.
func (s *codeSystem) hasProperty(name string) bool {
	switch name {
	case "code", "concept", "parent", "child":
		return true
	case "display", "definition", "inactive":
		return !s.bare
	default:
		return s.properties[name]
	}
}

// same compares values of a property: codes as the system does, other texts as they are.
func (s *codeSystem) same(property, want string) func(string) bool {
	switch property {
	case "code", "concept", "parent", "child":
		want = s.key(want)
		return func(has string) bool { return s.key(has) == want }
	default:
		return func(has string) bool { return has == want }
	}
}

// anchored compiles the regular expression of a filter, which has to match the whole value.
func anchored(pattern string) *regexp.Regexp {
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		return nil
	}
	return re
}
