package terminology

import (
	"context"
	"slices"

	"github.com/openhim/mediator-go/fhir"
)

// TranslateRequest asks for the translation of a code by ConceptMaps (R4
// ConceptMap/$translate).
type TranslateRequest struct {
	// URL is the canonical of the ConceptMap, with |version if one is meant, else it is the
	// newest. Defaults to all that fit what else is asked, each in its newest version.
	URL string
	// Coding is the code to translate. Without a system it is looked for in all groups.
	Coding fhir.Coding
	// SourceScope and TargetScope are the value sets that the ConceptMap translates between.
	// Default to any.
	SourceScope, TargetScope string
	// TargetSystem is the code system to translate to. Defaults to any. A reverse translation
	// goes from the ConceptMap's targets to its sources, and this is the system of the sources.
	TargetSystem string
	// DependsOn is what targets may depend on. A target that depends on something else does
	// not apply.
	DependsOn []Dependency
	// Reverse translates from target to source. Local then tells how the source relates to the
	// target: wider becomes narrower. The specification leaves that open, and servers tell what
	// the ConceptMap has.
	Reverse bool
	// AtLeast leaves matches out that are less precise: see [Equivalence.Compare]. Defaults to
	// RelatedTo, which leaves none out.
	AtLeast Equivalence
}

// Translation is what became of a code.
type Translation struct {
	// Result is whether there is a match: a target that is neither unmatched nor disjoint.
	Result bool
	// Matches are the targets, the most precise one first, otherwise in the order of the
	// ConceptMap. Those that say that there is no target are among them, with no code or one
	// that it is not: see [Equivalence.IsMatch].
	Matches []Match
	// Message says why there is no match. It is the server's where a server was asked.
	Message string
}

// Match is a target that a ConceptMap has for a code.
type Match struct {
	Coding      fhir.Coding
	Equivalence Equivalence
	Comment     string
	// Product is what the translation gives besides: to be set too.
	Product []Dependency
	// Map is the canonical of the ConceptMap that it is from.
	Map string
	// ValueSet is a set of target codes, where the ConceptMap names one instead of a code (R5).
	ValueSet string
	// Unmapped says that the ConceptMap does not have the code and that this comes of what it
	// does with such: provided or fixed. R4 says nothing of the equivalence then; it is
	// relatedto.
	Unmapped string
}

// Best returns the most precise match that has a code, and false if there is none or Result
// is false. Of several that are equally precise it is the first: see [Translation.Ambiguous].
func (t Translation) Best() (Match, bool) {
	if !t.Result {
		return Match{}, false
	}
	return t.best()
}

func (t Translation) best() (Match, bool) {
	for _, m := range t.Matches {
		if m.Equivalence.IsMatch() && m.Coding.Code != "" {
			return m, true
		}
	}
	return Match{}, false
}

// Ambiguous reports whether another code is as precise a match as Best: two narrower ones, or
// the same in two code systems. Which one is meant a program cannot know.
func (t Translation) Ambiguous() bool {
	best, ok := t.Best()
	return ok && slices.ContainsFunc(t.Matches, func(m Match) bool {
		return m.Equivalence == best.Equivalence && m.Coding.Code != "" && (m.Coding.Code != best.Coding.Code || m.Coding.System != best.Coding.System)
	})
}

// Translate translates a code by the ConceptMaps that were supplied. That there is no match is
// a Translation whose Result is false; the error is a *NotSuppliedError if the ConceptMap, or
// one that it leaves unmapped codes to, is not here.
func (l *Local) Translate(_ context.Context, request TranslateRequest) (Translation, error) {
	maps := l.mapOrder
	if request.URL != "" {
		m, ok := l.maps.find(request.URL)
		if !ok {
			return Translation{}, &NotSuppliedError{"ConceptMap", request.URL}
		}
		maps = []*conceptMap{m}
	}
	t := &translator{local: l, request: request}
	for _, m := range maps {
		if request.URL == "" && !t.fits(m) {
			continue
		}
		t.fit = true
		if err := t.translate(m, nil); err != nil {
			return Translation{}, err
		}
	}
	if !t.fit {
		return Translation{}, &NotSuppliedError{"ConceptMap", "for what was asked"}
	}
	return t.result(), nil
}

type translator struct {
	local   *Local
	request TranslateRequest
	entered int  // ConceptMaps gone into
	fit     bool // a ConceptMap was there
	group   bool // it translates between the systems
	known   bool // one had the code
	depends bool // a target did not apply
	matches []Match
}

// fits reports whether a ConceptMap is one for the request, which names none.
func (t *translator) fits(m *conceptMap) bool {
	source, target := t.request.SourceScope, t.request.TargetScope
	if t.request.Reverse {
		source, target = target, source
	}
	if source != "" && source != m.source || target != "" && target != m.target {
		return false
	}
	return slices.ContainsFunc(m.groups, t.inGroup)
}

// inGroup reports whether a group translates from and to the systems asked for.
func (t *translator) inGroup(g *mapGroup) bool {
	from, fromVersion, to := g.source, g.sourceVersion, g.target
	if t.request.Reverse {
		from, fromVersion, to = g.target, g.targetVersion, g.source
	}
	asked := t.request.Coding
	return (asked.System == "" || from == "" || asked.System == from) &&
		(asked.Version == "" || fromVersion == "" || asked.Version == fromVersion) &&
		(t.request.TargetSystem == "" || to == "" || t.request.TargetSystem == to)
}

// maxMaps bounds how many ConceptMaps one question goes into.
const maxMaps = 10_000

// translate collects the matches of a ConceptMap.
func (t *translator) translate(m *conceptMap, trail []*conceptMap) error {
	if slices.Contains(trail, m) {
		return &OfflineError{Reason: "ConceptMap " + m.canonical() + " leaves unmapped codes to itself"}
	}
	if t.entered++; t.entered > maxMaps {
		return &OfflineError{Reason: "ConceptMaps leave unmapped codes to one another in too many ways"}
	}
	trail = append(trail, m)
	for _, g := range m.groups {
		if !t.inGroup(g) {
			continue
		}
		t.group = true
		if t.request.Reverse {
			t.reverse(m, g)
			continue
		}
		if places := g.byCode[t.request.Coding.Code]; len(places) > 0 {
			for _, i := range places {
				t.element(m, g, g.elements[i])
			}
			continue
		}
		if err := t.unmapped(m, g, trail); err != nil {
			return err
		}
	}
	return nil
}

func (t *translator) element(m *conceptMap, g *mapGroup, e mapElement) {
	t.known = true
	for _, target := range e.targets {
		if !t.applies(target) {
			t.depends = true
			continue
		}
		t.add(Match{
			Coding:      fhir.Coding{System: g.target, Version: g.targetVersion, Code: target.code, Display: target.display},
			Equivalence: target.equivalence, Comment: target.comment, Product: target.product, Map: m.canonical(), ValueSet: target.valueSet,
		})
	}
}

// applies reports whether what a target depends on was given.
func (t *translator) applies(target mapTarget) bool {
	for _, d := range target.dependsOn {
		if !slices.ContainsFunc(t.request.DependsOn, func(given Dependency) bool {
			return given.Property == d.Property && given.Value == d.Value && (d.System == "" || given.System == d.System)
		}) {
			return false
		}
	}
	return true
}

func (t *translator) unmapped(m *conceptMap, g *mapGroup, trail []*conceptMap) error {
	u := g.unmapped
	if u == nil {
		return nil
	}
	match := Match{Equivalence: u.equivalence, Map: m.canonical(), ValueSet: u.valueSet, Unmapped: u.mode}
	switch u.mode {
	case "provided":
		match.Coding = fhir.Coding{System: g.target, Version: g.targetVersion, Code: t.request.Coding.Code, Display: t.request.Coding.Display}
	case "fixed":
		match.Coding = fhir.Coding{System: g.target, Version: g.targetVersion, Code: u.code, Display: u.display}
	default:
		other, ok := t.local.maps.find(u.url)
		if !ok {
			return &NotSuppliedError{"ConceptMap", u.url}
		}
		return t.translate(other, trail)
	}
	t.add(match)
	return nil
}

// reverse collects the elements that have the code as a target.
func (t *translator) reverse(m *conceptMap, g *mapGroup) {
	for _, e := range g.elements {
		for _, target := range e.targets {
			if target.code != t.request.Coding.Code || !target.equivalence.IsMatch() {
				continue
			}
			t.known = true
			t.add(Match{
				Coding:      fhir.Coding{System: g.source, Version: g.sourceVersion, Code: e.code, Display: e.display},
				Equivalence: target.equivalence.Reverse(), Comment: target.comment, Product: target.dependsOn, Map: m.canonical(),
			})
		}
	}
}

// add notes a match once. One that is not precise enough is none.
func (t *translator) add(m Match) {
	if t.request.AtLeast != "" && m.Equivalence.IsMatch() && !m.Equivalence.AtLeast(t.request.AtLeast) {
		return
	}
	for _, other := range t.matches {
		if other.Coding.System == m.Coding.System && other.Coding.Code == m.Coding.Code && other.Equivalence == m.Equivalence {
			return
		}
	}
	t.matches = append(t.matches, m)
}

func (t *translator) result() Translation {
	slices.SortStableFunc(t.matches, func(a, b Match) int { return a.Equivalence.Compare(b.Equivalence) })
	out := Translation{Matches: t.matches}
	_, out.Result = out.best()
	switch {
	case out.Result:
	case t.depends:
		out.Message = "the translation depends on something that was not given"
	case len(t.matches) > 0:
		out.Message = "there is no such code in the target system"
	case t.known:
		out.Message = "the code has no translation that is precise enough"
	case !t.group:
		out.Message = "the ConceptMap has no group between these code systems"
	default:
		out.Message = "the code is not in the ConceptMap"
	}
	return out
}
