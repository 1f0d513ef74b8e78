package dhis2map

import (
	"slices"
	"strings"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
	"github.com/openhim/mediator-go/mapping"
)

// constantOf is the text that a member always is, "" if it may be another.
func constantOf(out *mapping.Output, name string) string {
	if m := out.Member(name); m != nil && m.Kind == mapping.OutputText {
		return m.Text
	}
	return ""
}

// find finds metadata by the name that the payload has for them.
func find[T any](c *check, objects *dhis2.Objects[T], name string) *T {
	if name == "" {
		return nil
	}
	found, err := objects.Find(c.config.Names, name)
	if err != nil {
		return nil
	}
	return found
}

// inside is the scope of the members of an object.
func (c *check) inside(out *mapping.Output, of string, around scope) scope {
	s, m := around, c.config.Snapshot
	s.flat = of == "payload"
	switch of {
	case "trackedEntity":
		s.in, s.kind = of, find(c, m.TrackedEntityTypes(), constantOf(out, "trackedEntityType"))
	case "enrollment":
		s.in, s.program = of, find(c, m.Programs(), constantOf(out, "program"))
	case "event":
		program := find(c, m.Programs(), constantOf(out, "program"))
		if program != nil && around.program != nil && program != around.program && around.in == "enrollment" {
			c.warn(out.Member("program"), "", "the event is of program %s, and its enrollment of %s (E1079)", program.Name, around.program.Name)
		}
		s.in, s.program = of, program
		s.stage = find(c, m.ProgramStages(), constantOf(out, "programStage"))
	case "relationship":
		s.in, s.relation = of, find(c, m.RelationshipTypes(), constantOf(out, "relationshipType"))
	case "dataValueSet":
		s.dataSet = find(c, m.DataSets(), constantOf(out, "dataSet"))
	case "dataValue", "aggregateValue":
		s.element = find(c, m.DataElements(), constantOf(out, "dataElement"))
	}
	return s
}

// reference checks a constant that names metadata.
func (c *check) reference(out *mapping.Output, name, kind string, s scope) {
	m := c.config.Snapshot
	switch kind {
	case "type":
		known(c, out, m.TrackedEntityTypes(), ofType, name)
	case "program":
		known(c, out, m.Programs(), ofProgram, name)
	case "stage":
		stage := known(c, out, m.ProgramStages(), ofStage, name)
		if stage != nil && s.program != nil && stage.Program != s.program {
			c.warn(out, "", "stage %s is not of program %s (E1089)", label(&stage.Object), label(&s.program.Object))
		}
	case "orgUnit":
		c.orgUnit(out, name, s)
	case "relationshipType":
		known(c, out, m.RelationshipTypes(), ofLink, name)
	case "dataSet":
		known(c, out, m.DataSets(), ofDataSet, name)
	case "optionCombo":
		combo := known(c, out, m.OptionCombos(), ofCombo, name)
		if combo != nil && s.element != nil && s.dataSet != nil && strings.HasSuffix(out.Rule, "/categoryOptionCombo") {
			if e, ok := s.dataSet.Element(s.element.UID); ok && combo.CategoryCombo != e.CategoryCombo {
				c.warn(out, "", "%s is not a combination of %s", label(&combo.Object), label(&e.CategoryCombo.Object))
			}
		}
	case "attribute":
		c.attribute(out, name, s)
	case "element":
		c.element(out, name, s)
	}
}

func (c *check) orgUnit(out *mapping.Output, name string, s scope) {
	if c.config.Snapshot.OrgUnits().Len() == 0 {
		return // they were not read
	}
	unit := known(c, out, c.config.Snapshot.OrgUnits(), ofUnit, name)
	switch {
	case unit == nil:
	case s.program != nil && s.in != "trackedEntity" && !s.program.OrgUnits.Has(unit.UID):
		c.warn(out, "assign it in DHIS2", "org unit %s is not assigned to program %s (E1029, E1041)", label(&unit.Object), label(&s.program.Object))
	case s.dataSet != nil && !s.dataSet.OrgUnits.Has(unit.UID):
		c.warn(out, "assign it in DHIS2", "org unit %s is not assigned to data set %s", label(&unit.Object), label(&s.dataSet.Object))
	}
}

func (c *check) attribute(out *mapping.Output, name string, s scope) {
	attribute := known(c, out, c.config.Snapshot.Attributes(), ofAttribute, name)
	if attribute == nil {
		return
	}
	switch {
	case s.in == "enrollment" && s.program != nil:
		if _, ok := s.program.Attribute(attribute.UID); !ok {
			c.warn(out, "write it at the tracked entity", "attribute %s is not in program %s (E1019)", label(&attribute.Object), label(&s.program.Object))
		}
	case s.in == "trackedEntity" && s.kind != nil:
		if _, ok := s.kind.Attribute(attribute.UID); !ok {
			c.inform(out, "", "attribute %s is not in tracked entity type %s: the server stores it all the same", label(&attribute.Object), label(&s.kind.Object))
		}
	}
}

func (c *check) element(out *mapping.Output, name string, s scope) {
	element := known(c, out, c.config.Snapshot.DataElements(), ofElement, name)
	if element == nil {
		return
	}
	if s.in == "event" && s.stage != nil {
		if _, ok := s.stage.Element(element.UID); !ok {
			c.warn(out, "", "data element %s is not in stage %s (E1305)", label(&element.Object), label(&s.stage.Object))
		}
	}
	if s.dataSet != nil {
		if _, ok := s.dataSet.Element(element.UID); !ok {
			c.warn(out, "", "data element %s is not in data set %s", label(&element.Object), label(&s.dataSet.Object))
		}
	}
}

// known finds metadata, and tells of a name that there is not: most often it is a code where the
// payload has UIDs.
func known[T any](c *check, out *mapping.Output, objects *dhis2.Objects[T], object func(*T) *dhis2.Object, name string) *T {
	found, err := objects.Find(c.config.Names, name)
	if err == nil && !object(found).Missing {
		return found
	}
	if err == nil {
		return nil // referred to, and not read
	}
	for _, scheme := range []dhis2.IDScheme{dhis2.SchemeUID, dhis2.SchemeCode, dhis2.SchemeName} {
		other, err := objects.Find(scheme, name)
		if err != nil || scheme == c.config.Names {
			continue
		}
		c.warn(out, "write "+object(other).By(c.config.Names), "%s %s is named by %s, and the payload names metadata by %s", objects.Kind(), name, scheme, c.config.Names)
		return other
	}
	c.warn(out, "", "there is no %s %s in the metadata%s", objects.Kind(), name, suggest(objects, object, name))
	return nil
}

// label names metadata for people.
func label(o *dhis2.Object) string {
	if o.Code != "" {
		return o.Code
	}
	return o.UID
}

// value checks a constant text: that of a value against its element, that of a period against
// its data set.
func (c *check) value(out *mapping.Output, text, name, of string, s scope) {
	switch {
	case name == "period" && s.dataSet != nil && aggregate.PeriodType(s.dataSet.PeriodType).Valid():
		calendar := c.config.Calendar
		if calendar == "" {
			calendar = aggregate.ISO8601
		}
		if p, err := calendar.Parse(text); err != nil || string(p.Type()) != s.dataSet.PeriodType {
			c.warn(out, "$period makes one of a date", "%q is no %s period, which data set %s has", text, s.dataSet.PeriodType, label(&s.dataSet.Object))
		}
	case name == "value" && of == "dataValue" && s.element != nil && s.element.OptionSet != nil && !s.element.OptionSet.Incomplete && s.element.ValueType != dhis2.ValueMultiText:
		if _, ok := s.element.OptionSet.ByCode(text); !ok {
			c.warn(out, "", "%q is no option of data element %s (E1125)", text, label(&s.element.Object))
		}
	}
}

// twice finds values that are written two times for sure: the last one would count.
func (c *check) twice(out *mapping.Output, of string) {
	name := map[string]string{"attribute": "attribute", "dataValue": "dataElement"}[of]
	if name == "" {
		return
	}
	var seen []string
	for _, item := range out.Items {
		if item.Conditional {
			continue
		}
		text := c.about(item, name)
		if text != "" && slices.Contains(seen, text) {
			c.warn(item, "put $when at all but one of them", "%s %s is written twice", name, text)
		}
		seen = append(seen, text)
	}
}
