package tracker

import (
	"fmt"

	"github.com/openhim/mediator-go/dhis2"
)

// entity checks a tracked entity. The server neither checks its geometry nor whether its
// attributes belong to its type.
func (c *checker) entity(te *TrackedEntity) bool {
	f := c.object(ref(TypeTrackedEntity, te.TrackedEntity, te))
	if !f.uid(te.TrackedEntity, nil) {
		return true
	}
	if te.TrackedEntityType == "" {
		f.add("E1121", ".trackedEntityType", "is missing")
	}
	if te.OrgUnit == "" {
		f.add("E1121", ".orgUnit", "is missing")
	}
	if !f.ok() {
		return true
	}
	if c.orgUnit(te.OrgUnit) == nil {
		f.add("E1049", ".orgUnit", "there is no such org unit")
	}
	kind := c.entityType(te.TrackedEntityType)
	if kind == nil {
		f.add("E1005", ".trackedEntityType", "there is no such tracked entity type")
	}
	if !f.ok() {
		return true
	}
	sent := make(map[string]bool, len(te.Attributes))
	for i := range te.Attributes {
		a := &te.Attributes[i]
		if attribute := c.attribute(a.Attribute); attribute != nil && a.sent() {
			sent[attribute.UID] = true
		}
	}
	if !c.exists(f.ref) {
		for _, of := range kind.Attributes {
			if of.Mandatory && !sent[of.Attribute.UID] {
				f.field("E1090", ".attributes", of.Attribute.UID, of.Attribute.Code, "is mandatory in the tracked entity type and missing")
			}
		}
	}
	for i := range te.Attributes {
		a := &te.Attributes[i]
		if !a.sent() {
			continue
		}
		suffix := fmt.Sprintf(".attributes[%d]", i)
		attribute := c.attribute(a.Attribute)
		if attribute == nil {
			f.add("E1006", suffix, "there is no such attribute")
			continue
		}
		of, _ := kind.Attribute(attribute.UID)
		f.attributeValue(attribute, a, of.Mandatory, suffix)
		f.uniqueness(attribute, a, f.ref.UID, te.OrgUnit, suffix)
	}
	return true
}

// attributeValue checks one value of an attribute.
func (f *finding) attributeValue(attribute *dhis2.Attribute, a *Attribute, mandatory bool, suffix string) {
	const maxLength = 1200
	var code, reason string
	switch {
	case a.Value == "" && mandatory:
		code, reason = "E1076", "is mandatory and cannot be deleted"
	case a.Value == "":
		return
	case utf16Length(a.Value) > maxLength:
		code, reason = "E1077", "has more than 1,200 characters"
	default:
		if reason = f.misfit(attribute.ValueType, a.Value); reason != "" {
			code = "E1007"
		} else if reason = noOption(attribute.OptionSet, attribute.ValueType, a.Value); reason != "" {
			code = "E1125"
		}
	}
	if code != "" {
		f.field(code, suffix, attribute.UID, attribute.Code, reason)
	}
}

// uniqueness checks a unique value against the other tracked entities of the payload.
func (f *finding) uniqueness(attribute *dhis2.Attribute, a *Attribute, entity, orgUnit, suffix string) {
	key, ok := f.uniqueKey(a, orgUnit)
	if !ok {
		return
	}
	holders := f.unique[key]
	if len(holders) > 1 || len(holders) == 1 && !holders[entity] {
		f.field("E1064", suffix, attribute.UID, attribute.Code, "must be unique and another tracked entity of the payload has the same value")
	}
}
