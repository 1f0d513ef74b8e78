package dhis2map

import (
	"encoding/json"

	"github.com/openhim/mediator-go/mapping"
)

// made checks what an operator of this package writes, by its argument.
func (c *check) made(out *mapping.Output, of string, around scope) {
	switch {
	case of == "dataValue" && out.Operator == "$dataValue":
		if name := c.about(out, "dataElement"); name != "" {
			c.element(out, name, around)
		}
	case of == "attribute" && out.Operator == "$attribute":
		if name := c.about(out, "attribute"); name != "" {
			c.attribute(out, name, around)
		}
	case (out.Operator == "$dataValue" || out.Operator == "$attribute") && (of == "dataValue" || of == "attribute"):
		c.warn(out, operatorFor(of), "here is %s due, and %s makes another thing", c.shapes[of].name, out.Operator)
	}
}

// about is the name of the attribute or data element that an item of a list is for, by the
// payload's scheme; "" if it cannot be told.
func (c *check) about(item *mapping.Output, member string) string {
	if item.Kind == mapping.OutputObject {
		return constantOf(item, member)
	}
	if item.Kind != mapping.OutputValue || item.Operator != "$dataValue" && item.Operator != "$attribute" {
		return ""
	}
	a := valueArgument{}
	if decode(item.Argument, func(text string) { a.Code = text }, &a, "code", "stage", "program", "type", "by", "unmapped", "default", "read") != nil || a.Read {
		return ""
	}
	if member == "attribute" {
		if attribute, err := named(c.config.Snapshot.Attributes(), ofAttribute, a.Code); err == nil && item.Operator == "$attribute" {
			return attribute.By(c.config.Names)
		}
		return ""
	}
	if element, err := named(c.config.Snapshot.DataElements(), ofElement, a.Code); err == nil && item.Operator == "$dataValue" {
		return element.By(c.config.Names)
	}
	return ""
}

// madePeriod holds the type of $period against that of the data set.
func (c *check) madePeriod(out *mapping.Output, s scope) {
	if out.Operator != "$period" || s.dataSet == nil || s.dataSet.PeriodType == "" {
		return
	}
	a := periodArgument{}
	if json.Unmarshal(out.Argument, &a.Type) != nil && json.Unmarshal(out.Argument, &a) != nil {
		return
	}
	if a.Type != "" && a.Type != s.dataSet.PeriodType {
		c.warn(out, "$period: "+s.dataSet.PeriodType, "these are %s periods, and data set %s has %s ones", a.Type, label(&s.dataSet.Object), s.dataSet.PeriodType)
	}
}
