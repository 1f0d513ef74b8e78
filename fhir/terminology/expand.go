package terminology

import (
	"context"
	"strings"

	"github.com/openhim/mediator-go/fhir"
)

// ExpandRequest asks for the codes of a value set (R4 ValueSet/$expand).
type ExpandRequest struct {
	// ValueSet is a canonical, with |version if one is meant.
	ValueSet string
	// Filter keeps the codes of which each word of it is in the code or one of its texts,
	// whatever the case. Defaults to all.
	Filter string
	// Offset and Count choose a page. Count 0 is all from Offset on; to ask for the total only,
	// use -1.
	Offset, Count int
	// ActiveOnly leaves codes out that should not be used any more.
	ActiveOnly bool
	// Designations keeps the other texts of the codes.
	Designations bool
	// Language is the language of the displays where there is a designation in it: "fr".
	Language string
}

// Expansion is the codes of a value set, flat and in the order of its definition.
type Expansion struct {
	// ValueSet is the canonical of the value set.
	ValueSet string
	// Total is how many codes there are on all pages, -1 if a server did not tell or the set is
	// endless.
	Total  int
	Offset int
	// Codes are those of the page.
	Codes []ExpansionCode
}

// ExpansionCode is a member of an Expansion.
type ExpansionCode struct {
	fhir.Coding

	// Inactive codes should not be used any more; abstract ones stand for a group only.
	Inactive, Abstract bool
	// Designations are its other texts, if they were asked for.
	Designations []Designation
}

// Expand lists the codes of a value set. The error is an *OfflineError that names the code
// system and the reason if that needs more than is here, and a *NotSuppliedError for a value
// set that is not; it is never a set that lacks codes.
func (l *Local) Expand(_ context.Context, request ExpandRequest) (Expansion, error) {
	items, err := (&walk{local: l}).expand(request.ValueSet)
	if err != nil {
		return Expansion{}, err
	}
	words := strings.Fields(strings.ToLower(request.Filter))
	kept := items[:0:0]
	for _, it := range items {
		if request.ActiveOnly && it.inactive || !it.matches(words) {
			continue
		}
		kept = append(kept, it)
	}
	out := Expansion{ValueSet: request.ValueSet, Total: len(kept), Offset: max(request.Offset, 0)}
	kept = kept[min(out.Offset, len(kept)):]
	if request.Count < 0 {
		kept = nil
	} else if request.Count > 0 {
		kept = kept[:min(request.Count, len(kept))]
	}
	for _, it := range kept {
		out.Codes = append(out.Codes, it.code(request))
	}
	return out, nil
}

func (it item) code(request ExpandRequest) ExpansionCode {
	out := ExpansionCode{Coding: it.coding, Inactive: it.inactive, Abstract: it.abstract}
	if request.Language != "" {
		for _, d := range it.designations {
			if sameLanguage(d.Language, request.Language) {
				out.Display = d.Value
				break
			}
		}
	}
	if request.Designations {
		out.Designations = it.designations
	}
	return out
}

// matches reports whether each word, in small letters, is in the code or one of its texts.
func (it item) matches(words []string) bool {
	for _, word := range words {
		found := strings.Contains(strings.ToLower(it.coding.Code), word) || strings.Contains(strings.ToLower(it.coding.Display), word)
		for _, d := range it.designations {
			found = found || strings.Contains(strings.ToLower(d.Value), word)
		}
		if !found {
			return false
		}
	}
	return true
}

// expand lists a value set.
func (w *walk) expand(canonical string) ([]item, error) {
	v, err := w.valueSet(canonical)
	if err != nil {
		return nil, err
	}
	if err := w.enter(canonical); err != nil {
		return nil, err
	}
	defer w.leave()
	if v.composed {
		items, err := w.compose(v)
		if err == nil || v.stored == nil {
			return items, err
		}
	}
	if v.stored == nil {
		return nil, &OfflineError{ValueSet: canonical, Reason: "it neither says what it is composed of nor brings a whole expansion along"}
	}
	return v.stored, nil
}

// compose lists what the includes have and no exclude has.
func (w *walk) compose(v *valueSet) ([]item, error) {
	type key struct{ system, code string }
	var items []item
	seen := map[key]bool{}
	for i := range v.include {
		more, err := w.list(v, &v.include[i])
		if err != nil {
			return nil, err
		}
		for _, it := range more {
			k := key{it.coding.System, it.coding.Code}
			if seen[k] || v.activeOnly && it.inactive {
				continue
			}
			seen[k] = true
			excluded := false
			for n := range v.exclude {
				_, has, err := w.component(v, &v.exclude[n], it.coding)
				if err != nil {
					return nil, err
				}
				excluded = excluded || has
			}
			if !excluded {
				items = append(items, it)
			}
		}
		if len(items) > w.local.max {
			return nil, w.tooMany(v)
		}
	}
	return items, nil
}

func (w *walk) tooMany(v *valueSet) error {
	return &OfflineError{ValueSet: v.canonical(), Reason: "it has more codes than LocalConfig.MaxExpansion allows"}
}

// list lists what an include has.
func (w *walk) list(v *valueSet, c *component) ([]item, error) {
	if c.system == "" && len(c.valueSets) == 0 {
		return nil, &OfflineError{ValueSet: v.canonical(), Reason: "an include names neither a code system nor a value set"}
	}
	var items []item
	var err error
	others := c.valueSets
	if c.system != "" {
		items, err = w.listSystem(v, c)
	} else {
		items, err = w.expand(c.valueSets[0])
		others = others[1:]
	}
	if err != nil {
		return nil, err
	}
	if len(others) == 0 {
		return items, nil
	}
	var both []item
	for _, it := range items {
		in := true
		for _, canonical := range others {
			_, has, err := w.has(canonical, it.coding)
			if err != nil {
				return nil, err
			}
			in = in && has
		}
		if in {
			both = append(both, it)
		}
	}
	return both, nil
}

// listSystem lists the part of a code system that an include means.
func (w *walk) listSystem(v *valueSet, c *component) ([]item, error) {
	s, err := w.local.system(c.system, c.version)
	if len(c.concepts) > 0 {
		items := make([]item, len(c.concepts))
		for i, one := range c.concepts {
			items[i] = c.named(s, one)
		}
		return items, nil
	}
	if err != nil {
		return nil, &OfflineError{ValueSet: v.canonical(), System: joinCanonical(c.system, c.version), Reason: "it was not supplied", Err: err}
	}
	if !s.complete() {
		return nil, &OfflineError{ValueSet: v.canonical(), System: s.url, Reason: s.lacking()}
	}
	match, err := c.matcher(v, s)
	if err != nil {
		return nil, err
	}
	var items []item
	for _, one := range s.concepts {
		if match(one) {
			if items = append(items, one.item(s)); len(items) > w.local.max {
				return nil, w.tooMany(v)
			}
		}
	}
	return items, nil
}
