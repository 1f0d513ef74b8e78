package fhirmap

import (
	"context"
	"fmt"
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/elements"
	"github.com/openhim/mediator-go/fhir/terminology"
	"github.com/openhim/mediator-go/mapping"
)

// schemaPrefix is how the names of this package's schemas begin: fhir:4.0.1/Patient.
const schemaPrefix = "fhir:4.0.1/"

// linter holds what documents write against the definitions of FHIR R4. It is immutable.
type linter struct {
	terminology *terminology.Local
	next        func(schema string, out *mapping.Output) ([]mapping.Issue, bool)
}

// output is CompileOptions.Output: fhir:4.0.1/T is a resource or data type of R4. Of a mapping
// that gives an array, each item is one.
func (l *linter) output(schema string, out *mapping.Output) ([]mapping.Issue, bool) {
	if l.next != nil {
		if issues, known := l.next(schema, out); known {
			return issues, true
		}
	}
	name, ok := strings.CutPrefix(schema, schemaPrefix)
	if !ok {
		return nil, false
	}
	if out == nil {
		return nil, true
	}
	check := &check{terminology: l.terminology}
	typ, known := elements.Lookup(name)
	if !known || typ.Abstract || typ.Kind == elements.Primitive || typ.Kind == elements.Logical {
		check.warn(out, "", "there is no resource or data type %s in FHIR 4.0.1", name)
		return check.issues, true
	}
	if out.Kind == mapping.OutputList {
		for _, item := range out.Items {
			check.object(item, typ, typ.Name)
		}
		return check.issues, true
	}
	check.object(out, typ, typ.Name)
	return check.issues, true
}

// check is one lint.
type check struct {
	terminology *terminology.Local
	issues      []mapping.Issue
}

func (c *check) warn(at *mapping.Output, hint, format string, args ...any) {
	c.at(at.Line, at.Column, at.Rule, hint, format, args...)
}

func (c *check) at(line, column int, rule, hint, format string, args ...any) {
	c.issues = append(c.issues, mapping.Issue{Message: fmt.Sprintf(format, args...), Hint: hint, Rule: rule, Line: line, Column: column})
}

// object checks what is written where a resource, a data type or a backbone is due. path names
// the place as FHIR does: Patient.contact.
func (c *check) object(out *mapping.Output, typ *elements.Type, path string) {
	switch out.Kind {
	case mapping.OutputObject:
		c.members(out, typ, path)
	case mapping.OutputEither:
		for _, one := range out.Items {
			c.object(one, typ, path)
		}
	case mapping.OutputList:
		c.warn(out, "", "element %s is one %s, not a list", path, typ.Name)
	case mapping.OutputText, mapping.OutputNumber, mapping.OutputBool:
		c.warn(out, "", "element %s is a %s, which has members", path, kindOf(typ))
	case mapping.OutputValue:
		if out.Gives != 0 && out.Gives&mapping.Object == 0 {
			c.warn(out, valueHint(typ), "element %s is a %s, and this gives %s", path, kindOf(typ), out.Gives)
		}
	case mapping.OutputUnknown:
	}
}

// kindOf names a type as a reader of the specification knows it.
func kindOf(typ *elements.Type) string {
	if strings.Contains(typ.Name, ".") {
		return "group of elements"
	}
	return typ.Name
}

// valueHint says which operator makes a value of a type.
func valueHint(typ *elements.Type) string {
	switch typ.Name {
	case "CodeableConcept":
		return "$codeableConcept makes one of a code"
	case "Identifier":
		return "$identifier makes one of a text"
	case "Reference":
		return "$reference makes one of an id"
	default:
		return ""
	}
}

// members checks the members of an object: which there are, which lack, and which exclude one
// another.
func (c *check) members(out *mapping.Output, typ *elements.Type, path string) {
	written := map[*elements.Element][]mapping.OutputMember{}
	resourceType := false
	for _, m := range out.Members {
		if m.Name == "resourceType" {
			resourceType = true
			c.resourceType(m, typ)
			continue
		}
		name, extension := strings.CutPrefix(m.Name, "_")
		element, ref, known := typ.Element(name)
		if !known {
			c.at(m.Line, m.Column, m.Value.Rule, c.suggest(typ, name), "element %s is not in %s", name, path)
			continue
		}
		if extension {
			if !ref.Primitive() {
				c.at(m.Line, m.Column, m.Value.Rule, "", "element %s of %s is no primitive: it has no %s", name, path, m.Name)
			}
			continue
		}
		written[element] = append(written[element], m)
		c.element(m, element, ref, path+"."+name)
	}
	if typ.Kind == elements.Resource && !resourceType {
		c.warn(out, "resourceType: "+typ.Name, "%s has no resourceType", path)
	}
	for i := range typ.Elements {
		c.cardinality(out, &typ.Elements[i], written[&typ.Elements[i]], path)
	}
}

func (c *check) resourceType(m mapping.OutputMember, typ *elements.Type) {
	switch {
	case typ.Kind != elements.Resource:
		c.at(m.Line, m.Column, m.Value.Rule, "", "%s is no resource and has no resourceType", typ.Name)
	case m.Value.Kind == mapping.OutputText && m.Value.Text != typ.Name:
		c.at(m.Line, m.Column, m.Value.Rule, "", "resourceType is %s here, not %s", typ.Name, m.Value.Text)
	}
}

// cardinality finds elements that lack and choices that are made twice.
func (c *check) cardinality(out *mapping.Output, element *elements.Element, written []mapping.OutputMember, path string) {
	name := element.Name
	if element.Choice {
		name += "[x]"
	}
	if len(written) == 0 {
		underscored := out.Member("_"+element.Name) != nil
		if element.Min > 0 && !underscored {
			hint := ""
			if element.Choice {
				hint = "write one of " + strings.Join(choices(element), ", ")
			}
			c.warn(out, hint, "element %s is required in %s, and it is never written", name, path)
		}
		return
	}
	sure := 0
	for _, m := range written {
		if !m.Value.Conditional {
			sure++
		}
	}
	if element.Choice && sure > 1 {
		names := make([]string, len(written))
		for i, m := range written {
			names[i] = m.Name
		}
		last := written[len(written)-1]
		c.at(last.Line, last.Column, last.Value.Rule, "put $when at all but one of them", "%s may be only one of %s in %s", name, strings.Join(names, ", "), path)
	}
}

func choices(element *elements.Element) []string {
	names := make([]string, 0, len(element.Types))
	for i, t := range element.Types {
		if i == 6 {
			return append(names, "…")
		}
		names = append(names, element.JSONName(t.Code))
	}
	return names
}

// suggest finds the name that was meant.
func (c *check) suggest(typ *elements.Type, name string) string {
	if element, ok := typ.Child(name); ok && element.Choice {
		return "write one of " + strings.Join(choices(element), ", ")
	}
	best, distance := "", 3
	for i := range typ.Elements {
		element := &typ.Elements[i]
		names := []string{element.Name}
		if element.Choice {
			names = nil
			for _, t := range element.Types {
				names = append(names, element.JSONName(t.Code))
			}
		}
		for _, known := range names {
			if strings.EqualFold(known, name) {
				return "did you mean " + known + "?"
			}
			if d := edits(name, known); d < distance && d < len(known) {
				best, distance = known, d
			}
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// memberOf reports whether a value set has a code, and false for known where that cannot be
// told.
func (c *check) memberOf(valueSet, code string) (member, known bool) {
	member, err := c.terminology.MemberOf(context.Background(), valueSet, "", code)
	return member, err == nil
}

// allowed lists a short value set.
func (c *check) allowed(valueSet string) string {
	e, err := c.terminology.Expand(context.Background(), terminology.ExpandRequest{ValueSet: valueSet})
	if err != nil || e.Total > 12 {
		return ""
	}
	codes := make([]string, len(e.Codes))
	for i, code := range e.Codes {
		codes[i] = code.Code
	}
	return "there are: " + strings.Join(codes, ", ")
}
