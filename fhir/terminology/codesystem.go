package terminology

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/fhir"
)

// codeSystem is a CodeSystem that was supplied. It is immutable once Local is made.
type codeSystem struct {
	url, version, name string
	content            string // complete, fragment, example, not-present, supplement
	supplements        string
	valueSet           string // of all its codes
	fold               bool   // codes are not case-sensitive
	isA                bool   // its hierarchy is one of meaning
	bare               bool   // only codes and hierarchy are here: the rest is not known
	concepts           []*concept
	byCode             map[string]*concept
	properties         map[string]bool // that it defines
	related            map[[2]*concept]bool
}

// concept is a code of a code system.
type concept struct {
	code, display, definition string
	designations              []Designation
	properties                []Property
	parents, children         []*concept
	inactive, abstract        bool
}

// Designation is another text for a concept (R4 CodeSystem.concept.designation).
type Designation struct {
	Language string
	Use      fhir.Coding
	Value    string
}

// Property is a property of a concept (R4 CodeSystem.concept.property), or the parent or child
// that its place in the hierarchy gives it.
type Property struct {
	// Code names the property.
	Code string
	// Type is code, Coding, string, integer, boolean, dateTime or decimal.
	Type string
	// Value is the value's text; of a Coding its code, with its system and display beside it.
	Value, System, Display string
}

type codeSystemJSON struct {
	URL              string
	Version          string
	Name             string
	Content          string
	Supplements      string
	ValueSet         string
	CaseSensitive    *bool
	HierarchyMeaning string
	Property         []struct{ Code string }
	Concept          []conceptJSON
}

type conceptJSON struct {
	Code        string
	Display     string
	Definition  string
	Designation []Designation
	Property    []propertyJSON
	Concept     []conceptJSON
}

type propertyJSON struct {
	Code          string
	ValueCode     *string
	ValueCoding   *fhir.Coding
	ValueString   *string
	ValueInteger  *json.Number
	ValueBoolean  *bool
	ValueDateTime *string
	ValueDecimal  *json.Number
}

func (p propertyJSON) read() Property {
	out := Property{Code: p.Code}
	switch {
	case p.ValueCode != nil:
		out.Type, out.Value = "code", *p.ValueCode
	case p.ValueCoding != nil:
		out.Type, out.Value, out.System, out.Display = "Coding", p.ValueCoding.Code, p.ValueCoding.System, p.ValueCoding.Display
	case p.ValueString != nil:
		out.Type, out.Value = "string", *p.ValueString
	case p.ValueInteger != nil:
		out.Type, out.Value = "integer", p.ValueInteger.String()
	case p.ValueBoolean != nil:
		out.Type, out.Value = "boolean", strconv.FormatBool(*p.ValueBoolean)
	case p.ValueDateTime != nil:
		out.Type, out.Value = "dateTime", *p.ValueDateTime
	case p.ValueDecimal != nil:
		out.Type, out.Value = "decimal", p.ValueDecimal.String()
	}
	return out
}

func readCodeSystem(r fhir.Resource) (*codeSystem, error) {
	var raw codeSystemJSON
	if err := json.Unmarshal(r.Bytes(), &raw); err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	s := &codeSystem{
		url: raw.URL, version: raw.Version, name: raw.Name, content: raw.Content, supplements: raw.Supplements, valueSet: raw.ValueSet,
		fold: raw.CaseSensitive != nil && !*raw.CaseSensitive,
		isA:  raw.HierarchyMeaning == "" || raw.HierarchyMeaning == "is-a",

		byCode: map[string]*concept{}, properties: map[string]bool{}, related: map[[2]*concept]bool{},
	}
	for _, p := range raw.Property {
		s.properties[p.Code] = true
	}
	if err := s.add(raw.Concept, nil); err != nil {
		return nil, err
	}
	return s, s.relate()
}

// add notes concepts and those below them, in the order of the resource.
func (s *codeSystem) add(raw []conceptJSON, parent *concept) error {
	for _, one := range raw {
		if one.Code == "" {
			return errors.New("a concept has no code")
		}
		key := s.key(one.Code)
		if s.byCode[key] != nil {
			return fmt.Errorf("the code %q stands twice", one.Code)
		}
		c := &concept{code: one.Code, display: one.Display, definition: one.Definition, designations: one.Designation}
		for _, p := range one.Property {
			c.properties = append(c.properties, p.read())
			s.properties[p.Code] = true
		}
		c.mark()
		if parent != nil {
			s.link(parent, c)
		}
		s.concepts = append(s.concepts, c)
		s.byCode[key] = c
		if err := s.add(one.Concept, c); err != nil {
			return err
		}
	}
	return nil
}

// mark notes what the properties say of the state (R4 concept-properties: inactive, status,
// notSelectable).
func (c *concept) mark() {
	for _, p := range c.properties {
		switch {
		case p.Code == "inactive" && p.Value == "true":
			c.inactive = true
		case p.Code == "status" && (p.Value == "retired" || p.Value == "inactive"):
			c.inactive = true
		case p.Code == "notSelectable" && p.Value == "true":
			c.abstract = true
		}
	}
}

// relate adds the hierarchy that the properties parent and child tell.
func (s *codeSystem) relate() error {
	for _, c := range s.concepts {
		for _, p := range c.properties {
			if p.Code != "parent" && p.Code != "child" || p.Type != "code" && p.Type != "Coding" {
				continue
			}
			other := s.find(p.Value)
			if other == nil {
				continue
			}
			if p.Code == "parent" {
				s.link(other, c)
			} else {
				s.link(c, other)
			}
		}
	}
	return s.acyclic()
}

func (s *codeSystem) link(parent, child *concept) {
	if s.related[[2]*concept{parent, child}] {
		return
	}
	s.related[[2]*concept{parent, child}] = true
	parent.children = append(parent.children, child)
	child.parents = append(child.parents, parent)
}

// acyclic refuses a hierarchy in which a code is above itself.
func (s *codeSystem) acyclic() error {
	waits := make(map[*concept]int, len(s.concepts)) // for so many parents
	var free []*concept
	for _, c := range s.concepts {
		if waits[c] = len(c.parents); len(c.parents) == 0 {
			free = append(free, c)
		}
	}
	seen := 0
	for ; len(free) > 0; seen++ {
		c := free[len(free)-1]
		free = free[:len(free)-1]
		for _, child := range c.children {
			if waits[child]--; waits[child] == 0 {
				free = append(free, child)
			}
		}
	}
	if seen < len(s.concepts) {
		return errors.New("its hierarchy goes in a circle")
	}
	return nil
}

// below reports whether a concept is a descendant of another one.
func (c *concept) below(ancestor *concept) bool {
	for len(c.parents) == 1 {
		if c = c.parents[0]; c == ancestor {
			return true
		}
	}
	if len(c.parents) == 0 {
		return false
	}
	seen := map[*concept]bool{}
	next := slices.Clone(c.parents)
	for len(next) > 0 {
		p := next[len(next)-1]
		next = next[:len(next)-1]
		if p == ancestor {
			return true
		}
		if !seen[p] {
			seen[p] = true
			next = append(next, p.parents...)
		}
	}
	return false
}

// within reports whether a concept is another one or a descendant of it.
func (c *concept) within(ancestor *concept) bool {
	return c == ancestor || c.below(ancestor)
}

// key is how a code is looked up.
func (s *codeSystem) key(code string) string {
	if s.fold {
		return strings.ToLower(code)
	}
	return code
}

func (s *codeSystem) find(code string) *concept { return s.byCode[s.key(code)] }

// complete reports whether a code that is not here is no code of the system.
func (s *codeSystem) complete() bool { return s.content == "complete" }

// lacking says why the system does not suffice to know all its codes.
func (s *codeSystem) lacking() string {
	return "its content is " + s.content + ", so not all of its codes are here"
}

// supplement adds what a supplement says to the system's concepts.
func (s *codeSystem) supplement(by *codeSystem) {
	for _, more := range by.concepts {
		if c := s.find(more.code); c != nil {
			c.designations = append(c.designations, more.designations...)
			c.properties = append(c.properties, more.properties...)
			for _, p := range more.properties {
				s.properties[p.Code] = true
			}
			c.mark()
		}
	}
}

// text returns the display in a language, the plain one if there is none.
func (c *concept) text(language string) string {
	if language != "" {
		for _, d := range c.designations {
			if sameLanguage(d.Language, language) {
				return d.Value
			}
		}
	}
	return c.display
}

// sameLanguage reports whether a text in a language serves who asked for another: fr-CA serves
// fr.
func sameLanguage(has, wanted string) bool {
	has, wanted = strings.ToLower(has), strings.ToLower(wanted)
	return has == wanted || strings.HasPrefix(has, wanted+"-")
}

// texts is a text, if there is one.
func texts(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// values returns the texts of a property, those of the hierarchy and the code itself too.
func (c *concept) values(name string) []string {
	var values []string
	switch name {
	case "code", "concept":
		return []string{c.code}
	case "display":
		return texts(c.display)
	case "definition":
		return texts(c.definition)
	case "parent":
		for _, p := range c.parents {
			values = append(values, p.code)
		}
		return values
	case "child":
		for _, p := range c.children {
			values = append(values, p.code)
		}
		return values
	}
	for _, p := range c.properties {
		if p.Code == name {
			values = append(values, p.Value)
		}
	}
	return values
}
