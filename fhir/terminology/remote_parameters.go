package terminology

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/openhim/mediator-go/fhir"
)

// parameters are those of ConceptMap/$translate (R4).
func (request TranslateRequest) parameters() fhir.Parameters {
	var in fhir.Parameters
	if request.URL != "" {
		url, version := splitCanonical(request.URL)
		if in = in.URI("url", url); version != "" {
			in = in.String("conceptMapVersion", version)
		}
	}
	in = in.Code("code", request.Coding.Code)
	if request.Coding.System != "" {
		in = in.URI("system", request.Coding.System)
	}
	if request.Coding.Version != "" {
		in = in.String("version", request.Coding.Version)
	}
	uri := func(name, value string) {
		if value != "" {
			in = in.URI(name, value)
		}
	}
	uri("source", request.SourceScope)
	uri("target", request.TargetScope)
	uri("targetsystem", request.TargetSystem)
	for _, d := range request.DependsOn {
		concept := map[string]any{"text": d.Value}
		if d.System != "" {
			concept = map[string]any{"coding": []fhir.Coding{{System: d.System, Code: d.Value, Display: d.Display}}}
		}
		in = in.Group("dependency", fhir.Parameters{}.URI("element", d.Property).Value("concept", "CodeableConcept", concept))
	}
	if request.Reverse {
		in = in.Boolean("reverse", true)
	}
	return in
}

func (request TranslateRequest) read(answer fhir.Resource) (Translation, error) {
	out, err := fhir.ParseParameters(answer)
	if err != nil {
		return Translation{}, err
	}
	result, ok := out.Get("result").Bool()
	if !ok {
		return Translation{}, errors.New("the server's answer has no result")
	}
	t := Translation{Message: out.Get("message").Text()}
	for _, p := range out.All("match") {
		m := Match{
			Coding:      readCoding(p.Parts.Get("concept")),
			Equivalence: equivalenceOf(first(p.Parts.Get("equivalence").Text(), p.Parts.Get("relationship").Text())),
			Map:         first(p.Parts.Get("source").Text(), p.Parts.Get("originMap").Text()),
			Comment:     p.Parts.Get("comment").Text(),
		}
		for _, product := range p.Parts.All("product") {
			of := readCoding(product.Parts.Get("concept"))
			m.Product = append(m.Product, Dependency{
				Property: first(product.Parts.Get("element").Text(), product.Parts.Get("attribute").Text()),
				System:   of.System, Value: of.Code, Display: of.Display,
			})
		}
		if request.AtLeast == "" || !m.Equivalence.IsMatch() || m.Equivalence.AtLeast(request.AtLeast) {
			t.Matches = append(t.Matches, m)
		}
	}
	slices.SortStableFunc(t.Matches, func(a, b Match) int { return a.Equivalence.Compare(b.Equivalence) })
	_, found := t.best()
	if t.Result = result && found; !t.Result && t.Message == "" {
		t.Message = "the server has no translation that is precise enough"
	}
	return t, nil
}

// readCoding reads a Coding; of another type it is the zero Coding.
func readCoding(p fhir.Parameter) fhir.Coding {
	var c fhir.Coding
	if p.Type != "Coding" || json.Unmarshal(p.Value, &c) != nil {
		return fhir.Coding{}
	}
	return c
}

// parameters are those of CodeSystem/$lookup (R4).
func (request LookupRequest) parameters() fhir.Parameters {
	in := fhir.Parameters{}.Code("code", request.Coding.Code).URI("system", request.Coding.System)
	if request.Coding.Version != "" {
		in = in.String("version", request.Coding.Version)
	}
	if request.Language != "" {
		in = in.Code("displayLanguage", request.Language)
	}
	return in
}

func (request LookupRequest) read(answer fhir.Resource) (Concept, error) {
	out, err := fhir.ParseParameters(answer)
	if err != nil {
		return Concept{}, err
	}
	c := Concept{
		Coding: fhir.Coding{
			System: request.Coding.System, Version: first(out.Get("version").Text(), request.Coding.Version),
			Code: first(out.Get("code").Text(), request.Coding.Code), Display: out.Get("display").Text(),
		},
		Name: out.Get("name").Text(), Definition: out.Get("definition").Text(),
	}
	c.Abstract, _ = out.Get("abstract").Bool()
	for _, p := range out.All("designation") {
		c.Designations = append(c.Designations, Designation{
			Language: p.Parts.Get("language").Text(), Use: readCoding(p.Parts.Get("use")), Value: p.Parts.Get("value").Text(),
		})
	}
	for _, p := range out.All("property") {
		property := readProperty(p.Parts)
		if property.Code == "definition" && c.Definition == "" {
			c.Definition = property.Value
		}
		c.Properties = append(c.Properties, property)
	}
	marked := concept{properties: c.Properties}
	marked.mark()
	c.Inactive, c.Abstract = marked.inactive, marked.abstract || c.Abstract
	return c, nil
}

func readProperty(parts fhir.Parameters) Property {
	value := parts.Get("value")
	p := Property{Code: parts.Get("code").Text(), Type: value.Type, Display: parts.Get("description").Text()}
	switch value.Type {
	case "Coding":
		of := readCoding(value)
		p.Value, p.System, p.Display = of.Code, of.System, first(p.Display, of.Display)
	case "boolean", "integer", "decimal":
		p.Value = string(value.Value)
	default:
		p.Value = value.Text()
	}
	return p
}

// parameters are those of ValueSet/$validate-code and CodeSystem/$validate-code (R4).
func (request ValidateRequest) parameters() fhir.Parameters {
	var in fhir.Parameters
	c := request.Coding
	text := func(name, value string) {
		if value != "" {
			in = in.String(name, value)
		}
	}
	if request.ValueSet == "" {
		in = in.URI("url", c.System)
		text("version", c.Version)
		in = in.Code("code", c.Code)
		text("display", c.Display)
		return in
	}
	url, version := splitCanonical(request.ValueSet)
	in = in.URI("url", url)
	text("valueSetVersion", version)
	in = in.Code("code", c.Code)
	if c.System == "" {
		in = in.Boolean("inferSystem", true) // R5, and what servers of R4 have of it
	} else {
		in = in.URI("system", c.System)
	}
	text("systemVersion", c.Version)
	text("display", c.Display)
	return in
}

func (request ValidateRequest) read(answer fhir.Resource) (Validation, error) {
	out, err := fhir.ParseParameters(answer)
	if err != nil {
		return Validation{}, err
	}
	result, ok := out.Get("result").Bool()
	if !ok {
		return Validation{}, errors.New("the server's answer has no result")
	}
	v := Validation{Result: result, Message: out.Get("message").Text()}
	v.Inactive, _ = out.Get("inactive").Bool()
	if !result {
		for _, unknown := range []string{"x-unknown-system", "x-caused-by-unknown-system"} {
			if system := out.Get(unknown).Text(); system != "" {
				return Validation{}, &NotSuppliedError{"CodeSystem", system}
			}
		}
		return v, nil
	}
	v.Coding = fhir.Coding{
		System:  first(out.Get("system").Text(), request.Coding.System),
		Version: first(out.Get("version").Text(), request.Coding.Version),
		Code:    first(out.Get("code").Text(), request.Coding.Code),
		Display: first(out.Get("display").Text(), request.Coding.Display),
	}
	v.WrongDisplay = request.Coding.Display != "" && v.Message != "" && !sameText(request.Coding.Display, v.Coding.Display)
	return v, nil
}

// parameters are those of ValueSet/$expand (R4).
func (request ExpandRequest) parameters() fhir.Parameters {
	url, version := splitCanonical(request.ValueSet)
	in := fhir.Parameters{}.URI("url", url)
	if version != "" {
		in = in.String("valueSetVersion", version)
	}
	if request.Filter != "" {
		in = in.String("filter", request.Filter)
	}
	if request.Offset > 0 {
		in = in.Integer("offset", int32(min(request.Offset, 1<<30)))
	}
	if request.Count != 0 {
		in = in.Integer("count", int32(min(max(request.Count, 0), 1<<30)))
	}
	if request.ActiveOnly {
		in = in.Boolean("activeOnly", true)
	}
	if request.Designations || request.Language != "" {
		in = in.Boolean("includeDesignations", true)
	}
	if request.Language != "" {
		in = in.Code("displayLanguage", request.Language)
	}
	return in
}

func (request ExpandRequest) read(answer fhir.Resource) (expansionPage, error) {
	if answer.Type() != "ValueSet" {
		return expansionPage{}, fmt.Errorf("the server's answer is a %s", answer.Type())
	}
	var raw valueSetJSON
	if err := json.Unmarshal(answer.Bytes(), &raw); err != nil {
		return expansionPage{}, fmt.Errorf("read the expansion: %w", err)
	}
	if raw.Expansion == nil {
		return expansionPage{}, errors.New("the server's answer has no expansion")
	}
	out := expansionPage{Expansion: Expansion{ValueSet: request.ValueSet, Total: -1, Offset: raw.Expansion.Offset}}
	if raw.Expansion.Total != nil {
		out.Total = *raw.Expansion.Total
	}
	for _, e := range raw.Expansion.Extension {
		switch {
		case e.URL == tooCostly && e.ValueBoolean:
			return expansionPage{}, errors.New("the server left codes out of the expansion: the value set has too many; ask with a Filter or by pages")
		case e.URL == unclosed && e.ValueBoolean:
			out.Total = -1 // there are endlessly many
		}
	}
	items := flatten(nil, raw.Expansion.Contains)
	out.total, out.listed = out.Total, len(items)
	for _, it := range items {
		if request.ActiveOnly && it.inactive {
			continue
		}
		out.Codes = append(out.Codes, it.code(request))
	}
	return out, nil
}

// expansionPage is one answer to $expand.
type expansionPage struct {
	Expansion

	total, listed int // as the server counts, and -1 for no total
}

// weight lets an answer take as many places of a cache as it has codes and other texts.
func (e expansionPage) weight() int {
	n := len(e.Codes)
	for _, c := range e.Codes {
		n += len(c.Designations)
	}
	return n
}

func (c Concept) weight() int { return 1 + len(c.Designations) + len(c.Properties) }

func (t Translation) weight() int { return 1 + len(t.Matches) }
