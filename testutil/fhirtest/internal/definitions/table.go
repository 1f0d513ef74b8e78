package definitions

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed r4.txt
var text string

// Kind is what a type is.
type Kind byte

// The kinds of types.
const (
	Primitive Kind = iota
	Complex        // a data type or an element with a content of its own
	Resource
)

// Type is one FHIR type or one element with a content of its own ("Patient.contact").
type Type struct {
	Name     string
	Kind     Kind
	Abstract bool
	Elements []*Element // the inherited ones first
	members  map[string]Member
	base     string
}

// Element is one element of a type.
type Element struct {
	Name    string // value for value[x]
	Choice  bool
	List    bool
	Min     int
	Summary bool
	Types   []TypeRef
	Codes   []string // the codes of a required binding, sorted; nil when there is none
	System  string   // the name of that value set
}

// TypeRef is one type an element may have.
type TypeRef struct {
	Name    string   // Quantity, Reference, Patient.contact, string
	Targets []string // what a Reference may lead to; nil or Resource for everything
}

// Member is an element under one of its names in JSON.
type Member struct {
	Element *Element
	Type    *TypeRef
	Index   int // of the element in its type
}

// SearchParameter is one search parameter of one resource type.
type SearchParameter struct {
	Base, Code string
	Type       string // token, string, date, reference, quantity, number, uri
	Targets    []string
	Paths      []Path
}

// Table holds everything.
type Table struct {
	types       map[string]*Type
	resources   []string
	parameters  map[string]map[string]*SearchParameter
	codes       map[string][]*SearchParameter // by base, sorted by code
	compartment map[string][]string
}

// R4 is the table of FHIR 4.0.1.
var R4 = sync.OnceValue(func() *Table { return parse(text) }) //nolint:gochecknoglobals // a read-only table

// Type finds a type by its name, nil when there is none.
func (t *Table) Type(name string) *Type { return t.types[name] }

// IsResource tells whether name is a resource type that can be stored.
func (t *Table) IsResource(name string) bool {
	found := t.types[name]
	return found != nil && found.Kind == Resource && !found.Abstract
}

// Resources lists the resource types, sorted.
func (t *Table) Resources() []string { return t.resources }

// Parameter finds a search parameter of a resource type, nil when there is none.
func (t *Table) Parameter(resource, code string) *SearchParameter {
	if p := t.parameters[resource][code]; p != nil {
		return p
	}
	return t.parameters["Resource"][code]
}

// Parameters lists the search parameters of a resource type, sorted by code.
func (t *Table) Parameters(resource string) []*SearchParameter { return t.codes[resource] }

// Compartment lists the parameters by which a resource of this type is in a patient's
// compartment.
func (t *Table) Compartment(resource string) []string { return t.compartment[resource] }

// Member finds the element that a JSON member (without a leading underscore) stands for.
func (t *Type) Member(name string) (Member, bool) {
	m, ok := t.members[name]
	return m, ok
}

// AllowsTarget tells whether a reference of this type may lead to a resource type.
func (r *TypeRef) AllowsTarget(resource string) bool {
	return len(r.Targets) == 0 || slices.Contains(r.Targets, "Resource") || slices.Contains(r.Targets, resource)
}

func parse(text string) *Table {
	t := &Table{
		types: map[string]*Type{}, parameters: map[string]map[string]*SearchParameter{},
		codes: map[string][]*SearchParameter{}, compartment: map[string][]string{},
	}
	values := valueSets(text)
	var current *Type
	for line := range strings.SplitSeq(text, "\n") {
		f := strings.Split(line, "\t")
		switch f[0] {
		case "T":
			current = &Type{Name: f[1], Kind: kindOf(f[2]), Abstract: f[1] == "Resource" || f[1] == "DomainResource", base: f[3]}
			if f[1] == "MetadataResource" {
				current.Abstract = true
			}
			t.types[current.Name] = current
			if base := t.types[current.base]; base != nil && current.Kind != Primitive {
				current.Elements = slices.Clone(base.Elements)
			}
			if current.Kind == Resource && !current.Abstract {
				t.resources = append(t.resources, current.Name)
			}
		case "E":
			current.Elements = append(current.Elements, parseElement(f, values))
		case "S":
			t.addParameter(&SearchParameter{Base: f[1], Code: f[2], Type: f[3], Targets: list(f[4]), Paths: parsePaths(f[5])})
		case "C":
			t.compartment[f[1]] = list(f[2])
		}
	}
	for _, found := range t.types {
		found.index()
	}
	t.addCommon()
	slices.Sort(t.resources)
	for base := range t.codes {
		slices.SortFunc(t.codes[base], func(a, b *SearchParameter) int { return strings.Compare(a.Code, b.Code) })
	}
	return t
}

func kindOf(name string) Kind {
	switch name {
	case "primitive":
		return Primitive
	case "resource":
		return Resource
	}
	return Complex
}

func valueSets(text string) map[string][2]string {
	out := map[string][2]string{}
	for line := range strings.SplitSeq(text, "\n") {
		if f := strings.Split(line, "\t"); f[0] == "V" {
			out[f[1]] = [2]string{f[2], f[3]}
		}
	}
	return out
}

func parseElement(f []string, values map[string][2]string) *Element {
	flags := f[2]
	e := &Element{Name: f[1], Choice: strings.Contains(flags, "x"), List: strings.Contains(flags, "*"), Summary: strings.Contains(flags, "s")}
	e.Min, _ = strconv.Atoi(flags[:1]) // the generator's digit
	for ref := range strings.SplitSeq(f[3], "|") {
		name, targets, _ := strings.Cut(strings.TrimSuffix(ref, ")"), "(")
		e.Types = append(e.Types, TypeRef{Name: name, Targets: list(targets)})
	}
	if set, known := values[f[4]]; known && f[4] != "" {
		e.System, e.Codes = set[0], strings.Split(set[1], " ")
	}
	return e
}

func (t *Type) index() {
	t.members = map[string]Member{}
	for i, e := range t.Elements {
		for j := range e.Types {
			name := e.Name
			if e.Choice {
				name += strings.ToUpper(e.Types[j].Name[:1]) + e.Types[j].Name[1:]
			}
			t.members[name] = Member{Element: e, Type: &e.Types[j], Index: i}
		}
	}
}

func (t *Table) addParameter(p *SearchParameter) {
	if t.parameters[p.Base] == nil {
		t.parameters[p.Base] = map[string]*SearchParameter{}
	}
	t.parameters[p.Base][p.Code] = p
	t.codes[p.Base] = append(t.codes[p.Base], p)
}

// addCommon adds the parameters of every resource.
func (t *Table) addCommon() {
	for _, p := range [][3]string{
		{"_id", "token", "id>id"},
		{"_lastUpdated", "date", "meta.lastUpdated>instant"},
		{"_profile", "uri", "meta.profile>canonical"},
		{"_security", "token", "meta.security>Coding"},
		{"_source", "uri", "meta.source>uri"},
		{"_tag", "token", "meta.tag>Coding"},
	} {
		t.addParameter(&SearchParameter{Base: "Resource", Code: p[0], Type: p[1], Paths: parsePaths(p[2])})
	}
}

func list(text string) []string {
	if text == "" || text == "*" {
		return nil
	}
	return strings.Split(text, ",")
}

// Codes are the codes of a value set that some element is bound to, by the last part of
// its URL; nil when there is none.
func (t *Table) Codes(valueSet string) []string {
	for _, typ := range t.types {
		for _, e := range typ.Elements {
			if e.System == valueSet && e.Codes != nil {
				return e.Codes
			}
		}
	}
	return nil
}
