package validate

import (
	"maps"
	"regexp"
	"slices"

	"github.com/openhim/mediator-go/fhir/internal/elements"
)

// maxExpansions bounds how many value sets one may be made of.
const maxExpansions = 10_000

// expand works out a value set. Those on the way are named in path, so that value sets that include each other end; left is how many more
// may be expanded.
func (b *codebook) expand(url string, path []string, left *int) *valueSet {
	if *left--; *left < 0 || slices.Contains(path, url) || len(path) > 20 {
		return nil
	}
	defined := b.definition(url)
	if defined == nil {
		return nil
	}
	path = append(path, url)
	v := &valueSet{url: url, systems: map[string]map[string]struct{}{}, open: map[string]bool{}, checked: map[string]func(string) bool{}}
	shared := map[string]bool{} // maps that belong to others: copied before they are changed
	for i := range defined.Include {
		v.merge(b.part(&defined.Include[i], path, left), shared)
	}
	for i := range defined.Exclude {
		v.exclude(b.part(&defined.Exclude[i], path, left), shared)
	}
	v.any = map[string]struct{}{}
	if len(v.systems) == 1 {
		for _, codes := range v.systems {
			v.any = codes
		}
		return v
	}
	for _, codes := range v.systems {
		maps.Copy(v.any, codes)
	}
	return v
}

// part works out one include or exclude: the codes it names or filters, of its system, in all its value sets.
func (b *codebook) part(in *elements.Include, path []string, left *int) *valueSet {
	v := &valueSet{systems: map[string]map[string]struct{}{}, open: map[string]bool{}, checked: map[string]func(string) bool{}}
	if in.System != "" {
		b.systemPart(in, v)
	}
	for i, url := range in.ValueSets {
		other := b.expand(url, path, left)
		if other == nil {
			other = &valueSet{open: map[string]bool{"": true}}
		}
		if i > 0 || in.System != "" {
			v.intersect(other)
			continue
		}
		maps.Copy(v.systems, other.systems)
		maps.Copy(v.open, other.open)
		maps.Copy(v.checked, other.checked)
	}
	return v
}

func (b *codebook) systemPart(in *elements.Include, v *valueSet) {
	codes := map[string]struct{}{}
	known := b.system(in.System)
	switch {
	case len(in.Codes) > 0:
		for _, code := range in.Codes {
			codes[code] = struct{}{}
		}
	case known == nil && len(in.Filters) == 0 && externalSystem(in.System) != nil:
		v.checked[in.System] = externalSystem(in.System)
	case known == nil:
		v.open[in.System] = true
	default:
		for code, i := range known.codes {
			keep, certain := known.passes(i, in.Filters)
			if !certain {
				v.open[in.System] = true
			}
			if keep && certain {
				codes[code] = struct{}{}
			}
		}
	}
	if len(codes) > 0 {
		v.systems[in.System] = codes
	}
}

// merge adds what another has.
func (v *valueSet) merge(other *valueSet, shared map[string]bool) {
	maps.Copy(v.open, other.open)
	maps.Copy(v.checked, other.checked)
	for system, codes := range other.systems {
		have, ok := v.systems[system]
		if !ok {
			v.systems[system] = codes
			shared[system] = true
			continue
		}
		if shared[system] {
			have = maps.Clone(have)
			v.systems[system] = have
			shared[system] = false
		}
		maps.Copy(have, codes)
	}
}

func (v *valueSet) exclude(other *valueSet, shared map[string]bool) {
	for system, codes := range other.systems {
		have, ok := v.systems[system]
		if !ok {
			continue
		}
		if shared[system] {
			have = maps.Clone(have)
			v.systems[system] = have
			shared[system] = false
		}
		for code := range codes {
			delete(have, code)
		}
	}
}

// intersect keeps what both have; what one cannot tell stays open.
func (v *valueSet) intersect(other *valueSet) {
	kept := map[string]map[string]struct{}{}
	open := map[string]bool{}
	for system, codes := range v.systems {
		for code := range codes {
			switch other.contains(system, code) {
			case yes:
				if kept[system] == nil {
					kept[system] = map[string]struct{}{}
				}
				kept[system][code] = struct{}{}
			case unknown:
				open[system] = true
			case no:
			}
		}
	}
	for system := range v.open {
		if system == "" || other.open[""] || other.open[system] || len(other.systems[system]) > 0 {
			open[system] = true
		}
	}
	for system := range v.checked {
		open[system] = true
	}
	v.systems, v.open, v.checked = kept, open, map[string]func(string) bool{}
}

// passes reports whether a concept passes all filters, and whether that could be told.
func (c *codeSystem) passes(i int, filters []elements.Filter) (keep, certain bool) {
	for _, f := range filters {
		if f.Property != "concept" && f.Property != "code" {
			return false, false
		}
		root, known := c.codes[f.Value]
		switch f.Op {
		case "is-a":
			keep = known && c.isA(i, root)
		case "descendent-of":
			keep = known && i != root && c.isA(i, root)
		case "is-not-a":
			keep = !known || !c.isA(i, root)
		case "=":
			keep = known && i == root
		case "regex":
			pattern, err := regexp.Compile("^(?:" + f.Value + ")$")
			if err != nil {
				return false, false
			}
			keep = pattern.MatchString(c.concepts[i].Code)
		default:
			return false, false
		}
		if !keep {
			return false, true
		}
	}
	return true, true
}

// isA reports whether concept i is root or below it. A hierarchy that turns in circles ends: no path is longer than the list.
func (c *codeSystem) isA(i, root int) bool {
	seen := map[int]bool{}
	open := []int{i}
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		if at == root {
			return true
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		open = append(open, c.concepts[at].Parents...)
	}
	return false
}
