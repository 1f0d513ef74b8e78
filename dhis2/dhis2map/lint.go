package dhis2map

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/mapping"
)

// linter holds what documents write against the metadata. It is immutable.
type linter struct {
	config Config
	next   func(schema string, out *mapping.Output) ([]mapping.Issue, bool)
}

// schemas are the shapes of whole outputs.
func schemas() map[string]string {
	return map[string]string{
		"dhis2:tracker": "payload", "dhis2:tracker/trackedEntity": "trackedEntity", "dhis2:tracker/enrollment": "enrollment",
		"dhis2:tracker/event": "event", "dhis2:tracker/relationship": "relationship", "dhis2:dataValueSet": "dataValueSet",
	}
}

// output is CompileOptions.Output. Of a mapping that gives an array, each item is of the schema.
func (l *linter) output(schema string, out *mapping.Output) ([]mapping.Issue, bool) {
	if l.next != nil {
		if issues, known := l.next(schema, out); known {
			return issues, true
		}
	}
	of, known := schemas()[schema]
	if !known && !strings.HasPrefix(schema, "dhis2:") {
		return nil, false
	}
	if out == nil {
		return nil, true
	}
	c := &check{config: l.config, shapes: shapes()}
	if !known {
		c.warn(out, "there are: "+strings.Join(slices.Sorted(maps.Keys(schemas())), ", "), "there is no schema %s", schema)
		return c.issues, true
	}
	if out.Kind == mapping.OutputList {
		for _, item := range out.Items {
			c.object(item, of, scope{})
		}
		return c.issues, true
	}
	c.object(out, of, scope{})
	return c.issues, true
}

// check is one lint.
type check struct {
	config Config
	shapes map[string]shape
	issues []mapping.Issue
}

// scope is what is around a part of the payload, as far as the document tells.
type scope struct {
	in       string // the shape that holds it: whose attributes they are
	flat     bool   // it stands in a list of the payload itself, not in its parent
	program  *dhis2.Program
	stage    *dhis2.ProgramStage
	kind     *dhis2.TrackedEntityType
	dataSet  *dhis2.DataSet
	element  *dhis2.DataElement
	relation *dhis2.RelationshipType
}

func (c *check) warn(at *mapping.Output, hint, format string, args ...any) {
	c.at(at.Line, at.Column, at.Rule, hint, mapping.SeverityWarning, format, args...)
}

func (c *check) inform(at *mapping.Output, hint, format string, args ...any) {
	c.at(at.Line, at.Column, at.Rule, hint, mapping.SeverityInformation, format, args...)
}

func (c *check) at(line, column int, rule, hint string, severity mapping.Severity, format string, args ...any) {
	c.issues = append(c.issues, mapping.Issue{
		Message: fmt.Sprintf(format, args...), Hint: hint, Rule: rule, Line: line, Column: column, Severity: severity,
	})
}

// object checks what is written where an object of a shape is due.
func (c *check) object(out *mapping.Output, of string, around scope) {
	s := c.shapes[of]
	switch out.Kind {
	case mapping.OutputObject:
		c.members(out, of, s, around)
	case mapping.OutputEither:
		for _, one := range out.Items {
			c.object(one, of, around)
		}
	case mapping.OutputList:
		c.warn(out, "", "here is %s due, not a list", s.name)
	case mapping.OutputText, mapping.OutputNumber, mapping.OutputBool:
		c.warn(out, "", "here is %s due, which has members", s.name)
	case mapping.OutputValue:
		if out.Gives != 0 && out.Gives&mapping.Object == 0 {
			c.warn(out, operatorFor(of), "here is %s due, and this gives %s", s.name, out.Gives)
		}
		c.made(out, of, around)
	case mapping.OutputUnknown:
	}
}

// operatorFor says which operator makes an object.
func operatorFor(of string) string {
	switch of {
	case "dataValue":
		return "$dataValue makes one of a value"
	case "attribute":
		return "$attribute makes one of a value"
	default:
		return ""
	}
}

func (c *check) members(out *mapping.Output, of string, s shape, around scope) {
	inner := c.inside(out, of, around)
	for _, m := range out.Members {
		known, ok := s.members[m.Name]
		if !ok {
			c.at(m.Line, m.Column, m.Value.Rule, c.meant(s, m.Name), mapping.SeverityWarning, "%s has no %s: the server would ignore it", s.name, m.Name)
			continue
		}
		if known.form == formServer {
			c.at(m.Line, m.Column, m.Value.Rule, "leave it away", mapping.SeverityInformation, "the server writes %s of %s itself and ignores this", m.Name, s.name)
			continue
		}
		c.member(m, known, of, inner)
	}
	for _, name := range s.required {
		if out.Member(name) == nil {
			c.lacks(out, of, s, name)
		}
	}
	if around.flat {
		c.orphan(out, of, inner)
	}
	c.whole(out, of, inner)
}

// meant finds the name of a member that was meant.
func (c *check) meant(s shape, name string) string {
	best, distance := "", 3
	for _, known := range slices.Sorted(maps.Keys(s.members)) {
		if strings.EqualFold(known, name) {
			return "did you mean " + known + "?"
		}
		if d := edits(name, known); d < distance && d < len(known)/2 {
			best, distance = known, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

func (c *check) member(m mapping.OutputMember, known member, of string, inner scope) {
	switch known.form {
	case formList:
		c.list(m.Value, known, m.Name, inner)
	case formObject:
		c.object(m.Value, known.of, inner)
	case formText, formTime, formBool, formUID, formName, formStatus:
		c.scalar(m.Value, known, m.Name, of, inner)
	case formGeometry, formServer:
	}
}

func (c *check) list(out *mapping.Output, known member, name string, inner scope) {
	switch {
	case out.Kind == mapping.OutputEither:
		for _, one := range out.Items {
			c.list(one, known, name, inner)
		}
	case out.Kind == mapping.OutputUnknown || out.Kind == mapping.OutputValue && (out.Gives == 0 || out.Gives&mapping.List != 0):
	case out.Kind == mapping.OutputList:
		for _, item := range out.Items {
			if known.of != "" {
				c.object(item, known.of, inner)
			}
		}
		c.twice(out, known.of)
	default:
		c.warn(out, "write a list of one: - …, or $each", "%s is a list", name)
	}
}

func (c *check) scalar(out *mapping.Output, known member, name, of string, inner scope) {
	switch out.Kind {
	case mapping.OutputEither:
		for _, one := range out.Items {
			c.scalar(one, known, name, of, inner)
		}
		return
	case mapping.OutputUnknown:
		return
	case mapping.OutputObject, mapping.OutputList:
		c.warn(out, "", "%s is one value: it has neither members nor items", name)
		return
	case mapping.OutputValue:
		if out.Gives != 0 && out.Gives&(mapping.Text|mapping.Number|mapping.Bool) == 0 {
			c.warn(out, "", "%s is one value, and this gives %s", name, out.Gives)
		}
		if name == "period" {
			c.madePeriod(out, inner)
		}
		to := string(out.Argument)
		if out.Gives != 0 && out.Gives&^(mapping.Number|mapping.Bool) == 0 ||
			out.Operator == "$as" && (to == `"number"` || to == `"integer"` || to == `"boolean"`) {
			c.noText(out, name, of)
		}
		for _, text := range out.Codes {
			c.constant(out, text, known, name, of, inner)
		}
		return
	case mapping.OutputText:
	case mapping.OutputBool, mapping.OutputNumber:
		c.noText(out, name, of)
		if known.form == formName || known.form == formUID || known.form == formStatus {
			c.warn(out, "put it in quotes", "%s is a text, and this is a constant that is none", name)
			return
		}
	}
	c.constant(out, out.Text, known, name, of, inner)
}

// noText tells of a value of a report that is not written as a text. The tracker takes numbers.
func (c *check) noText(out *mapping.Output, name, of string) {
	if of == "aggregateValue" && name == "value" {
		c.warn(out, "$as: string makes one", "value is a text: from 2.43 on the server fails over a number or a boolean (500)")
	}
}

// constant checks a text that stands in the document.
func (c *check) constant(out *mapping.Output, text string, known member, name, of string, inner scope) {
	switch known.form {
	case formBool:
		if text != "true" && text != "false" {
			c.warn(out, "", "%s is true or false, not %q", name, text)
		}
	case formStatus:
		if !slices.Contains(known.words, text) {
			c.warn(out, "there are: "+strings.Join(known.words, ", "), "%s cannot be %q: the server would refuse the whole request", name, text)
		}
	case formTime:
		if _, err := dhis2.ParseTime(text, time.UTC); err != nil {
			c.warn(out, "write 2026-01-31 or 2026-01-31T10:00:00Z", "%s is a date, and %q is none: the server would refuse the whole request", name, text)
		}
	case formUID:
		if !dhis2.ValidUID(text) {
			c.warn(out, "$uid derives one", "%s is a UID, and %q is none: the server would refuse the whole request", name, text)
		}
	case formName:
		c.reference(out, text, known.kind, inner)
	case formText:
		c.value(out, text, name, of, inner)
	case formObject, formList, formGeometry, formServer:
	}
}

// lacks tells of a member that is never written.
func (c *check) lacks(out *mapping.Output, of string, s shape, name string) {
	hint := ""
	if of == "event" && name == "program" {
		hint = "an event without program spoils the others of its request: the server then refuses valid attributes and does not check enrolling once"
	}
	c.warn(out, hint, "%s needs %s, and it is never written", s.name, name)
}
