package dhis2map

import (
	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/mapping"
)

// whole checks what members of an object say together.
func (c *check) whole(out *mapping.Output, of string, s scope) {
	switch of {
	case "trackedEntity":
		if s.kind != nil {
			c.mandatory(out, s.kind.Attributes, "tracked entity type "+label(&s.kind.Object)+" (E1090)", out.Member("attributes"))
		}
		c.unidentified(out, "trackedEntity")
	case "enrollment":
		c.enrollment(out, s)
	case "event":
		c.event(out, s)
	case "end":
		c.end(out)
	case "relationship":
		c.relationship(out, s)
	case "dataValueSet":
		if out.Member("dataSet") == nil {
			c.warn(out, "", "no dataSet is written: from 2.43 on a data element of several data sets is then refused (E8002)")
		}
	}
}

// orphan tells of an object that stands by itself and does not say what it belongs to.
func (c *check) orphan(out *mapping.Output, of string, s scope) {
	switch {
	case of == "enrollment" && out.Member("trackedEntity") == nil:
		c.warn(out, "", "an enrollment that stands by itself needs trackedEntity, and it is never written (E1122)")
	case of == "event" && out.Member("enrollment") == nil && s.program != nil && s.program.Type == dhis2.WithRegistration:
		c.warn(out, "", "an event of program %s that stands by itself needs enrollment, and it is never written (E1033)", label(&s.program.Object))
	}
}

// unidentified tells of an object without UID: a repetition would make another one.
func (c *check) unidentified(out *mapping.Output, name string) {
	if out.Member(name) == nil {
		c.warn(out, "$uid derives one", "no %s is written: the server would make a new UID for each repetition, and so a duplicate", name)
	}
}

func (c *check) enrollment(out *mapping.Output, s scope) {
	c.unidentified(out, "enrollment")
	if s.program == nil {
		return
	}
	if s.program.Type == dhis2.WithoutRegistration {
		c.warn(out, "", "program %s is without registration and has no enrollments (E1014)", label(&s.program.Object))
		return
	}
	if s.program.DisplayIncidentDate && out.Member("occurredAt") == nil {
		c.warn(out, "", "program %s demands occurredAt of an enrollment, and it is never written (E1023)", label(&s.program.Object))
	}
	c.mandatory(out, s.program.Attributes, "program "+label(&s.program.Object)+" (E1018)", out.Member("attributes"))
}

func (c *check) event(out *mapping.Output, s scope) {
	c.unidentified(out, "event")
	status := constantOf(out, "status")
	if out.Member("status") == nil {
		c.inform(out, "write it, as also all else but data values: an update replaces it", "no status is written: it becomes ACTIVE, also where it was COMPLETED")
	}
	if out.Member("occurredAt") == nil && (status == "ACTIVE" || status == "COMPLETED" || out.Member("status") == nil) {
		c.warn(out, "", "an event that is not scheduled needs occurredAt, and it is never written (E1031)")
	}
	if out.Member("scheduledAt") == nil && status == "SCHEDULE" {
		c.warn(out, "", "a scheduled event needs scheduledAt, and it is never written (E1050)")
	}
	if s.stage == nil || status == "SCHEDULE" || status == "SKIPPED" || status == "OVERDUE" {
		return
	}
	if s.stage.ValidationStrategy != "ON_UPDATE_AND_INSERT" && status != "COMPLETED" {
		return
	}
	for _, e := range s.stage.Elements {
		if e.Compulsory && !c.writes(out.Member("dataValues"), "dataElement", &e.DataElement.Object) {
			c.warn(out, "", "data element %s is compulsory in stage %s, and it is never written (E1303)", label(&e.DataElement.Object), label(&s.stage.Object))
		}
	}
}

// mandatory tells of mandatory attributes that are never written. It says nothing where the list
// may hold more than the document tells.
func (c *check) mandatory(out *mapping.Output, attributes []dhis2.ProgramAttribute, of string, list *mapping.Output) {
	for _, a := range attributes {
		if a.Mandatory && !a.Attribute.Generated && !c.writes(list, "attribute", &a.Attribute.Object) {
			c.warn(out, "", "attribute %s is mandatory in %s, and it is never written", label(&a.Attribute.Object), of)
		}
	}
}

// writes reports whether a list may have an item for something. What cannot be told counts as
// written.
func (c *check) writes(list *mapping.Output, member string, of *dhis2.Object) bool {
	if list == nil {
		return false
	}
	if list.Kind != mapping.OutputList {
		return true
	}
	for _, item := range list.Items {
		if name := c.about(item, member); name == "" || name == of.By(c.config.Names) || name == of.UID || name == of.Code {
			return true
		}
	}
	return false
}

// end checks that a relationship has one object at its end.
func (c *check) end(out *mapping.Output) {
	sure := 0
	for _, m := range out.Members {
		if !m.Value.Conditional {
			sure++
		}
	}
	if len(out.Members) == 0 || sure > 1 {
		c.warn(out, "put $when at all but one of them", "an end of a relationship is one of trackedEntity, enrollment and event (E4001)")
	}
}

// relationship holds the ends against what the type demands.
func (c *check) relationship(out *mapping.Output, s scope) {
	c.unidentified(out, "relationship")
	if s.relation == nil {
		return
	}
	for _, name := range []string{"from", "to"} {
		end, demands := out.Member(name), s.relation.From
		if name == "to" {
			demands = s.relation.To
		}
		if end == nil || end.Kind != mapping.OutputObject || len(end.Members) != 1 {
			continue
		}
		want := map[string]string{dhis2.EntityTrackedEntity: "trackedEntity", dhis2.EntityEnrollment: "enrollment", dhis2.EntityEvent: "event"}[demands.Entity]
		if want != "" && end.Members[0].Name != want {
			c.warn(end, "", "relationship type %s has %s at its end %s, and this is %s (E4010)", label(&s.relation.Object), want, name, end.Members[0].Name)
		}
	}
}
