package terminology

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/openhim/mediator-go/fhir"
)

// conceptMap is a ConceptMap that was supplied. It is immutable.
type conceptMap struct {
	url, version string
	source       string // value sets, "" for none
	target       string
	groups       []*mapGroup
}

func (m *conceptMap) canonical() string { return joinCanonical(m.url, m.version) }

// mapGroup translates from one code system to another.
type mapGroup struct {
	source, sourceVersion string
	target, targetVersion string
	elements              []mapElement
	byCode                map[string][]int // in elements
	unmapped              *unmapped
}

type mapElement struct {
	code, display string
	targets       []mapTarget
}

type mapTarget struct {
	code, display, comment string
	equivalence            Equivalence
	valueSet               string
	dependsOn, product     []Dependency
}

// unmapped is what is done with codes that a group does not have.
type unmapped struct {
	mode          string // provided, fixed, other-map
	code, display string
	valueSet      string
	url           string // of the other map
	equivalence   Equivalence
}

// Dependency is another element that a translation depends on, or gives besides (R4
// ConceptMap.group.element.target.dependsOn and product).
type Dependency struct {
	// Property is the URI of the element, or its code in R5.
	Property string
	// System is the code system of the value, "" for none. Value is a code or a text.
	System, Value, Display string
}

type conceptMapJSON struct {
	URL     string
	Version string

	SourceURI        string `json:"sourceUri"`
	SourceCanonical  string
	SourceScopeURI   string `json:"sourceScopeUri"`
	SourceScopeCanon string `json:"sourceScopeCanonical"`
	TargetURI        string `json:"targetUri"`
	TargetCanonical  string
	TargetScopeURI   string `json:"targetScopeUri"`
	TargetScopeCanon string `json:"targetScopeCanonical"`
	Group            []groupJSON
}

type groupJSON struct {
	Source, SourceVersion string
	Target, TargetVersion string
	Element               []struct {
		Code, Display string
		NoMap         bool
		Target        []struct {
			Code, Display, Comment    string
			Equivalence, Relationship string
			ValueSet                  string
			DependsOn, Product        []dependencyJSON
		}
	}
	Unmapped *struct {
		Mode, Code, Display, ValueSet, URL, OtherMap, Relationship string
	}
}

type dependencyJSON struct {
	Property  string // R4
	Attribute string // R5
	System    string
	Value     string
	Display   string

	ValueCode     string
	ValueString   string
	ValueBoolean  *bool
	ValueCoding   *fhir.Coding
	ValueQuantity json.RawMessage
}

func (d dependencyJSON) read() Dependency {
	out := Dependency{Property: d.Property + d.Attribute, System: d.System, Value: d.Value, Display: d.Display}
	switch {
	case d.ValueCode != "":
		out.Value = d.ValueCode
	case d.ValueString != "":
		out.Value = d.ValueString
	case d.ValueBoolean != nil:
		out.Value = strconv.FormatBool(*d.ValueBoolean)
	case d.ValueCoding != nil:
		out.System, out.Value, out.Display = d.ValueCoding.System, d.ValueCoding.Code, d.ValueCoding.Display
	case d.ValueQuantity != nil:
		var text bytes.Buffer
		if json.Compact(&text, d.ValueQuantity) == nil {
			out.Value = text.String()
		}
	}
	return out
}

func readDependencies(raw []dependencyJSON) []Dependency {
	var out []Dependency
	for _, d := range raw {
		out = append(out, d.read())
	}
	return out
}

func readConceptMap(r fhir.Resource) (*conceptMap, error) {
	var raw conceptMapJSON
	if err := json.Unmarshal(r.Bytes(), &raw); err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	m := &conceptMap{
		url: raw.URL, version: raw.Version,
		source: first(raw.SourceURI, raw.SourceCanonical, raw.SourceScopeURI, raw.SourceScopeCanon),
		target: first(raw.TargetURI, raw.TargetCanonical, raw.TargetScopeURI, raw.TargetScopeCanon),
	}
	for i, one := range raw.Group {
		g, err := one.read()
		if err != nil {
			return nil, fmt.Errorf("group %d: %w", i, err)
		}
		m.groups = append(m.groups, g)
	}
	return m, nil
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func (raw groupJSON) read() (*mapGroup, error) {
	g := &mapGroup{sourceVersion: raw.SourceVersion, targetVersion: raw.TargetVersion, byCode: map[string][]int{}}
	g.source, g.target = raw.Source, raw.Target
	for _, canonical := range []struct{ system, version *string }{{&g.source, &g.sourceVersion}, {&g.target, &g.targetVersion}} {
		if url, version := splitCanonical(*canonical.system); version != "" { // R5
			*canonical.system, *canonical.version = url, version
		}
	}
	for _, e := range raw.Element {
		element := mapElement{code: e.Code, display: e.Display}
		if e.NoMap {
			element.targets = append(element.targets, mapTarget{equivalence: Unmatched})
		}
		for _, t := range e.Target {
			element.targets = append(element.targets, mapTarget{
				code: t.Code, display: t.Display, comment: t.Comment, valueSet: t.ValueSet,
				equivalence: equivalenceOf(first(t.Equivalence, t.Relationship)),
				dependsOn:   readDependencies(t.DependsOn), product: readDependencies(t.Product),
			})
		}
		g.byCode[e.Code] = append(g.byCode[e.Code], len(g.elements))
		g.elements = append(g.elements, element)
	}
	if u := raw.Unmapped; u != nil {
		g.unmapped = &unmapped{u.Mode, u.Code, u.Display, u.ValueSet, first(u.URL, u.OtherMap), equivalenceOf(u.Relationship)}
		switch u.Mode {
		case "provided", "use-source-code":
			g.unmapped.mode = "provided"
		case "fixed":
			if u.Code == "" && u.ValueSet == "" {
				return nil, errors.New("unmapped is fixed and has no code")
			}
		case "other-map":
			if g.unmapped.url == "" {
				return nil, errors.New("unmapped is other-map and names none")
			}
		default:
			return nil, fmt.Errorf("the unmapped mode %q is not known", u.Mode)
		}
	}
	return g, nil
}
