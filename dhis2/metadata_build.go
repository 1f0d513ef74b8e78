package dhis2

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// builder makes a snapshot of what a parser has collected. Kinds that are referred to are made
// before those that refer to them; what is referred to and lacks is made as Missing.
type builder struct {
	p *metadataParser
	s *Snapshot
	problems
	optionsBySet  map[string][]string // options that say which set they are of
	programStages map[string][]string // stages that say which program they are of
	parents       map[string]string   // of organisation units; "" of a root
}

// build makes the snapshot. The parser is of no use afterwards.
func (p *metadataParser) build() (*Snapshot, error) {
	b := &builder{p: p, s: &Snapshot{header: p.header}}
	b.defaults()
	b.join(p.members)
	p.members = nil
	b.references()
	b.s.metaAttributes = made(b, "metadata attribute", p.metaAttributes, func(w *MetadataAttribute) *MetadataAttribute { return w }, func(o *MetadataAttribute) *Object { return &o.Object })
	b.s.optionSets = made(b, "option set", p.optionSets, b.optionSet, func(o *OptionSet) *Object { return &o.Object })
	b.categories()
	b.s.attributes = made(b, "attribute", p.attributes, b.attribute, func(o *Attribute) *Object { return &o.Object })
	b.s.dataElements = made(b, "data element", p.elements, b.element, func(o *DataElement) *Object { return &o.Object })
	b.s.orgUnits = made(b, "org unit", p.orgUnits, b.orgUnit, func(o *OrgUnit) *Object { return &o.Object })
	b.s.entityTypes = made(b, "tracked entity type", p.entityTypes, b.entityType, func(o *TrackedEntityType) *Object { return &o.Object })
	b.s.stages = made(b, "program stage", p.stages, b.stage, func(o *ProgramStage) *Object { return &o.Object })
	b.s.programs = made(b, "program", p.programs, b.program, func(o *Program) *Object { return &o.Object })
	b.s.relationships = made(b, "relationship type", p.relationships, b.relationshipType, func(o *RelationshipType) *Object { return &o.Object })
	b.s.dataSets = made(b, "data set", p.dataSets, b.dataSet, func(o *DataSet) *Object { return &o.Object })
	b.programRules()
	b.s.problems = b.sorted()
	b.s.revisionOnce = sync.OnceValue(b.s.revision)
	return b.s, nil
}

// made makes all objects of a kind, in the order of their UIDs, and lets go of what they were
// made of.
func made[W, T any](b *builder, kind string, all entries[W], of func(*W) *T, object func(*T) *Object) *Objects[T] {
	uids := make([]string, 0, len(all))
	for uid := range all {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	items := make([]*T, len(uids))
	for i, uid := range uids {
		items[i] = of(&all[uid].wire)
		o := object(items[i])
		o.UID = uid
		if !all[uid].defined {
			o.Missing = true
			b.add(kind, "referred to, and not there: "+uid, uid)
		}
		delete(all, uid)
	}
	objects := newObjects(kind, items, object)
	for code, shared := range objects.codes.shared {
		with := make([]string, len(shared))
		for i, at := range shared {
			with[i] = object(items[at]).UID
		}
		b.add(kind, strconv.Itoa(len(with))+" objects have the code "+code+": "+strings.Join(with, ", "), with...)
	}
	return objects
}

// refer finds what was noted of a reference, and notes what is not there.
func refer[T any](all entries[T], uid string) {
	if uid != "" && all[uid] == nil {
		all[uid] = &entry[T]{}
	}
}

// references notes what objects refer to by UID alone, so that it is Missing where it lacks.
func (b *builder) references() {
	p := b.p
	for _, e := range p.programs {
		refer(p.entityTypes, e.wire.EntityType.uid())
	}
	for _, e := range p.stages {
		refer(p.programs, e.wire.Program.uid())
	}
	for _, e := range p.relationships {
		for _, end := range []wireConstraint{e.wire.From, e.wire.To} {
			refer(p.entityTypes, end.EntityType.uid())
			refer(p.programs, end.Program.uid())
			refer(p.stages, end.ProgramStage.uid())
		}
	}
	b.parents = map[string]string{}
	for uid, e := range p.orgUnits {
		switch {
		case e.wire.Parent != nil:
			b.parents[uid] = e.wire.Parent.ID
		case e.defined && e.wire.Path == "":
			b.parents[uid] = ""
		}
	}
}

// defaults adds the category metadata that every server has and that exports leave out.
func (b *builder) defaults() {
	p := b.p
	named := func(o *Object, uid string) {
		o.UID, o.Name, o.Code = uid, cmp.Or(o.Name, "default"), cmp.Or(o.Code, "default")
	}
	refer(p.combos, DefaultCategoryComboUID)
	combo := p.combos[DefaultCategoryComboUID]
	named(&combo.wire.Object, DefaultCategoryComboUID)
	combo.defined, combo.wire.Default = true, true
	if len(combo.wire.Categories) == 0 {
		combo.wire.Categories = []json.RawMessage{json.RawMessage(DefaultCategoryUID)}
	}
	refer(p.optionCombos, DefaultOptionComboUID)
	option := p.optionCombos[DefaultOptionComboUID]
	named(&option.wire.Object, DefaultOptionComboUID)
	option.defined, option.wire.CategoryCombo = true, &wireRef{DefaultCategoryComboUID}
	if len(option.wire.Options) == 0 {
		option.wire.Options = []json.RawMessage{json.RawMessage(DefaultCategoryOptionUID)}
	}
	refer(p.categories, DefaultCategoryUID)
	category := p.categories[DefaultCategoryUID]
	named(&category.wire.Object, DefaultCategoryUID)
	category.defined = true
	if len(category.wire.Options) == 0 {
		category.wire.Options = []json.RawMessage{json.RawMessage(DefaultCategoryOptionUID)}
	}
	refer(p.categoryOptions, DefaultCategoryOptionUID)
	only := p.categoryOptions[DefaultCategoryOptionUID]
	named(&only.wire.Object, DefaultCategoryOptionUID)
	only.defined = true
	for _, combo := range p.combos { // and what names no combination has the default one
		combo.wire.Default = combo.wire.Default || combo.wire.Name == "default"
	}
}

// join puts the members that stood in lists of their own to their owners, unless they are there.
func (b *builder) join(members []wireMember) {
	attribute := func(m wireMember) string { return string(m.Attribute) }
	element := func(m wireMember) string { return string(m.DataElement) }
	there := map[*wireMembers]map[string]bool{}
	into := func(list *wireMembers, m wireMember, of func(wireMember) string) {
		if there[list] == nil {
			there[list] = make(map[string]bool, len(*list))
			for _, other := range *list {
				there[list][of(other)] = true
			}
		}
		if uid := of(m); !there[list][uid] {
			there[list][uid] = true
			*list = append(*list, m)
		}
	}
	for _, m := range members {
		switch {
		case m.ProgramStage != nil && b.p.stages[m.ProgramStage.ID] != nil:
			into(&b.p.stages[m.ProgramStage.ID].wire.Elements, m, element)
		case m.DataSet != nil && b.p.dataSets[m.DataSet.ID] != nil:
			into(&b.p.dataSets[m.DataSet.ID].wire.Elements, m, element)
		case m.Program != nil && b.p.programs[m.Program.ID] != nil:
			into(&b.p.programs[m.Program.ID].wire.Attributes, m, attribute)
		}
	}
}

// values makes the metadata attributes of an object.
func (v wireValues) values() map[string]string {
	if len(v.AttributeValues) == 0 {
		return nil
	}
	m := make(map[string]string, len(v.AttributeValues))
	for _, value := range v.AttributeValues {
		m[value.Attribute.ID] = value.Value
	}
	return m
}

// day cuts the time off a date of metadata: 2000-01-01T00:00:00.000.
func day(text string) string { return text[:min(len(text), len("2006-01-02"))] }

// maxProblems bounds what a snapshot tells.
const maxProblems = 1000

type problems struct{ list []MetadataProblem }

func (p *problems) add(kind, message string, uids ...string) {
	if len(p.list) < 50*maxProblems {
		p.list = append(p.list, MetadataProblem{Kind: kind, UIDs: uids, Message: message})
	}
}

func (p *problems) sorted() []MetadataProblem {
	slices.SortFunc(p.list, func(a, b MetadataProblem) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), slices.Compare(a.UIDs, b.UIDs), cmp.Compare(a.Message, b.Message))
	})
	return slices.Clone(p.list[:min(len(p.list), maxProblems)])
}
