package dhis2

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
)

// WriteTo writes the snapshot as a metadata export of DHIS2, lean and in an order that is always
// the same, so that files can be compared. ReadSnapshot reads it. It holds metadata only, no
// credentials and no data.
func (s *Snapshot) WriteTo(to io.Writer) (int64, error) {
	counted := &countingWriter{to: to}
	out := bufio.NewWriterSize(counted, 1<<16)
	head, err := json.Marshal(s.header)
	if err != nil {
		return 0, err
	}
	_, _ = out.WriteString("{\n\"system\": ")
	_, _ = out.Write(head)
	if err := s.write(out, ","); err != nil {
		return counted.n, err
	}
	_, _ = out.WriteString("\n}\n")
	return counted.n, out.Flush()
}

// countingWriter counts what was written.
type countingWriter struct {
	to io.Writer
	n  int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}

// revision hashes all but the header.
func (s *Snapshot) revision() string {
	hash := sha256.New()
	out := bufio.NewWriterSize(hash, 1<<16)
	if err := s.write(out, ""); err != nil {
		return "" // nothing of a snapshot cannot be written
	}
	_ = out.Flush()
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// write writes the lists of a snapshot, with before in front of the first one.
func (s *Snapshot) write(out *bufio.Writer, before string) error {
	w := &exportWriter{out: out, comma: before}
	writeList(w, "attributes", s.metaAttributes, func(o *MetadataAttribute) any { return o })
	writeList(w, "categoryOptions", s.categoryOptions, func(o *CategoryOption) any {
		return wireCategoryOption{CategoryOption: *o, wireValues: valuesOf(&o.Object), Start: o.Start, End: o.End}
	})
	writeList(w, "categories", s.categories, func(o *Category) any {
		return wireCategory{Category: *o, wireValues: valuesOf(&o.Object), Options: refs(o.Options, func(c *CategoryOption) string { return c.UID })}
	})
	writeList(w, "categoryCombos", s.combos, func(o *CategoryCombo) any {
		return wireCombo{
			CategoryCombo: *o, wireValues: valuesOf(&o.Object), Categories: refs(o.Categories, func(c *Category) string { return c.UID }),
			OptionCombos: refs(o.OptionCombos, func(c *OptionCombo) string { return c.UID }),
		}
	})
	writeList(w, "categoryOptionCombos", s.optionCombos, func(o *OptionCombo) any {
		made := wireOptionCombo{OptionCombo: *o, wireValues: valuesOf(&o.Object), Options: refs(o.Options, func(c *CategoryOption) string { return c.UID })}
		if o.CategoryCombo != nil {
			made.CategoryCombo = &wireRef{o.CategoryCombo.UID}
		}
		return made
	})
	writeList(w, "optionSets", s.optionSets, func(o *OptionSet) any {
		made := wireOptionSet{OptionSet: *o, wireValues: valuesOf(&o.Object)}
		if !o.Incomplete || len(o.Options)+len(o.missing) > 0 {
			list := make([]json.RawMessage, 0, len(o.Options)+len(o.missing))
			for _, uid := range o.missing {
				list = append(list, ref(uid))
			}
			for i := range o.Options {
				list = append(list, w.marshal(wireOption{Option: o.Options[i], wireValues: valuesOf(&o.Options[i].Object)}))
			}
			made.Options = &list
		}
		return made
	})
	writeList(w, "organisationUnits", s.orgUnits, func(o *OrgUnit) any {
		made := wireOrgUnit{OrgUnit: *o, wireValues: valuesOf(&o.Object), Opening: o.Opening, Closed: o.Closed}
		if o.Path == "" && o.parent != "" {
			made.Parent = &wireRef{o.parent}
		}
		return made
	})
	s.writeTracker(w)
	writeList(w, "dataSets", s.dataSets, func(o *DataSet) any {
		made := wireDataSet{DataSet: *o, wireValues: valuesOf(&o.Object), CategoryCombo: ref(o.CategoryCombo.UID), OrgUnits: packed(o.OrgUnits)}
		for _, e := range o.Elements {
			made.Elements = append(made.Elements, wireMember{DataElement: ref(e.DataElement.UID), CategoryCombo: ref(e.CategoryCombo.UID)})
		}
		return made
	})
	return w.err
}

func (s *Snapshot) writeTracker(w *exportWriter) {
	writeList(w, "trackedEntityAttributes", s.attributes, func(o *Attribute) any {
		made := wireAttribute{Attribute: *o, wireValues: valuesOf(&o.Object)}
		if o.OptionSet != nil {
			made.OptionSet = ref(o.OptionSet.UID)
		}
		return made
	})
	writeList(w, "dataElements", s.dataElements, func(o *DataElement) any {
		made := wireElement{DataElement: *o, wireValues: valuesOf(&o.Object), CategoryCombo: ref(o.CategoryCombo.UID)}
		if o.OptionSet != nil {
			made.OptionSet = ref(o.OptionSet.UID)
		}
		return made
	})
	writeList(w, "trackedEntityTypes", s.entityTypes, func(o *TrackedEntityType) any {
		return wireEntityType{TrackedEntityType: *o, wireValues: valuesOf(&o.Object), Attributes: memberRefs(o.Attributes)}
	})
	writeList(w, "programs", s.programs, func(o *Program) any {
		made := wireProgram{
			Program: *o, wireValues: valuesOf(&o.Object), CategoryCombo: ref(o.CategoryCombo.UID), OrgUnits: packed(o.OrgUnits),
			Stages: refs(o.Stages, func(s *ProgramStage) string { return s.UID }), Attributes: memberRefs(o.Attributes),
		}
		if o.EntityType != nil {
			made.EntityType = &wireRef{o.EntityType.UID}
		}
		if o.EnrollmentCategoryCombo != nil {
			made.EnrollmentCategoryCombo = ref(o.EnrollmentCategoryCombo.UID)
		}
		return made
	})
	writeList(w, "programStages", s.stages, func(o *ProgramStage) any {
		made := wireStage{ProgramStage: *o, wireValues: valuesOf(&o.Object)}
		if o.Program != nil {
			made.Program = &wireRef{o.Program.UID}
		}
		for _, e := range o.Elements {
			made.Elements = append(made.Elements, wireMember{
				DataElement: ref(e.DataElement.UID), Compulsory: e.Compulsory, AllowFutureDate: e.AllowFutureDate, AllowProvidedElsewhere: e.AllowProvidedElsewhere,
			})
		}
		return made
	})
	writeList(w, "relationshipTypes", s.relationships, func(o *RelationshipType) any {
		return wireRelationshipType{RelationshipType: *o, wireValues: valuesOf(&o.Object), From: constraintOf(o.From), To: constraintOf(o.To)}
	})
	var rules []*wireRule
	for program := range s.programs.All() {
		for _, rule := range program.Rules {
			made := &wireRule{Object: rule.Object, Program: &wireRef{program.UID}}
			for _, a := range rule.Actions {
				action := wireRuleAction{Type: a.Type}
				if a.DataElement != "" {
					action.DataElement = &wireRef{a.DataElement}
				}
				if a.Attribute != "" {
					action.Attribute = &wireRef{a.Attribute}
				}
				made.Actions = append(made.Actions, action)
			}
			rules = append(rules, made)
		}
	}
	writeList(w, "programRules", newObjects("program rule", rules, func(r *wireRule) *Object { return &r.Object }), func(r *wireRule) any { return r })
}

// exportWriter writes the lists of an export.
type exportWriter struct {
	out   *bufio.Writer
	comma string
	err   error
}

func (w *exportWriter) marshal(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	return raw
}

// writeList writes a list, an object a line. What is Missing is left out: it is referred to.
func writeList[T any](w *exportWriter, name string, objects *Objects[T], wire func(*T) any) {
	first := true
	for o := range objects.All() {
		if objects.of(o).Missing && objects.of(o).Code == "" && objects.of(o).Name == "" {
			continue
		}
		if first {
			_, _ = w.out.WriteString(w.comma + "\n\"" + name + "\": [\n")
			w.comma = ","
		} else {
			_, _ = w.out.WriteString(",\n")
		}
		first = false
		_, _ = w.out.Write(w.marshal(wire(o)))
	}
	if !first {
		_, _ = w.out.WriteString("\n]")
	}
}

func ref(uid string) json.RawMessage { return json.RawMessage(`{"id":"` + uid + `"}`) }

func refs[T any](list []*T, uid func(*T) string) []json.RawMessage {
	made := make([]json.RawMessage, len(list))
	for i, o := range list {
		made[i] = ref(uid(o))
	}
	return made
}

func memberRefs(list []ProgramAttribute) wireMembers {
	var made wireMembers
	for _, a := range list {
		made = append(made, wireMember{Attribute: ref(a.Attribute.UID), Mandatory: a.Mandatory, AllowFutureDate: a.AllowFutureDate, Searchable: a.Searchable})
	}
	return made
}

func packed(set OrgUnitSet) wireUIDs {
	var u wireUIDs
	for uid := range set.All() {
		u.packed = append(u.packed, uid...)
	}
	return u
}

func valuesOf(o *Object) wireValues {
	var v wireValues
	for _, uid := range slices.Sorted(maps.Keys(o.AttributeValues)) {
		v.AttributeValues = append(v.AttributeValues, wireAttributeValue{Attribute: wireRef{uid}, Value: o.AttributeValues[uid]})
	}
	return v
}

func constraintOf(c RelationshipConstraint) wireConstraint {
	made := wireConstraint{Entity: c.Entity}
	if c.EntityType != nil {
		made.EntityType = &wireRef{c.EntityType.UID}
	}
	if c.Program != nil {
		made.Program = &wireRef{c.Program.UID}
	}
	if c.Stage != nil {
		made.ProgramStage = &wireRef{c.Stage.UID}
	}
	return made
}
