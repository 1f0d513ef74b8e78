package dhis2

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

func (b *builder) optionSet(w *wireOptionSet) *OptionSet {
	set := &w.OptionSet
	set.AttributeValues = w.values()
	listed := b.optionsOf(w)
	set.Incomplete = w.Options == nil && len(listed) == 0
	set.codes, set.uids, set.names = make(map[string]int, len(listed)), make(map[string]int, len(listed)), make(map[string]int, len(listed))
	for _, uid := range listed {
		e := b.p.options[uid]
		if e == nil || e.wire.Code == "" && e.wire.Name == "" {
			set.Incomplete = true
			set.missing = append(set.missing, uid)
			continue
		}
		option := e.wire.Option
		option.UID, option.AttributeValues = uid, e.wire.values()
		set.Options = append(set.Options, option)
	}
	slices.SortStableFunc(set.Options, func(a, b Option) int { return cmp.Compare(a.SortOrder, b.SortOrder) })
	for i, option := range set.Options {
		set.uids[option.UID] = i
		_, twice := set.codes[option.Code]
		switch {
		case option.Code == "": // no value can be this option
			b.add("option set", "an option has no code: "+option.UID, set.UID, option.UID)
		case twice:
			set.codes[option.Code] = -1
			b.add("option set", "several options have the code "+option.Code, set.UID)
		default:
			set.codes[option.Code] = i
		}
		if _, twice := set.names[option.Name]; twice {
			i = -1
		}
		set.names[option.Name] = i
	}
	return set
}

// optionsOf are the UIDs of the options of a set: those that it lists, and those that say they
// are of it.
func (b *builder) optionsOf(w *wireOptionSet) []string {
	if b.optionsBySet == nil {
		b.optionsBySet = map[string][]string{}
		for uid, option := range b.p.options {
			if option.wire.OptionSet != nil {
				b.optionsBySet[option.wire.OptionSet.ID] = append(b.optionsBySet[option.wire.OptionSet.ID], uid)
			}
		}
	}
	var uids []string
	seen := map[string]bool{"": true}
	if w.Options != nil {
		for _, uid := range *w.Options {
			if !seen[string(uid)] {
				seen[string(uid)] = true
				uids = append(uids, string(uid))
			}
		}
	}
	others := b.optionsBySet[w.UID]
	slices.Sort(others)
	for _, uid := range others {
		if !seen[uid] {
			uids = append(uids, uid)
		}
	}
	return uids
}

func (b *builder) attribute(w *wireAttribute) *Attribute {
	a := &w.Attribute
	a.AttributeValues = w.values()
	a.OptionSet = b.s.optionSets.UID(string(w.OptionSet))
	b.valued(&a.Object, "attribute", a.ValueType)
	return a
}

func (b *builder) element(w *wireElement) *DataElement {
	e := &w.DataElement
	e.AttributeValues = w.values()
	e.OptionSet = b.s.optionSets.UID(string(w.OptionSet))
	e.CategoryCombo = b.comboOr(w.CategoryCombo, b.s.defaultCombo)
	b.valued(&e.Object, "data element", e.ValueType)
	return e
}

// valued marks what has no value type: something was read of it, and not what it is.
func (b *builder) valued(o *Object, kind string, is ValueType) {
	if is == "" && (o.Code != "" || o.Name != "") {
		o.Missing = true
		b.add(kind, "without a value type: "+o.UID, o.UID)
	}
}

func (b *builder) comboOr(uid json.RawMessage, other *CategoryCombo) *CategoryCombo {
	if combo := b.s.combos.UID(string(uid)); combo != nil {
		return combo
	}
	return other
}

func (b *builder) orgUnit(w *wireOrgUnit) *OrgUnit {
	u := &w.OrgUnit
	u.AttributeValues = w.values()
	u.Opening, u.Closed = day(w.Opening), day(w.Closed)
	u.parent = w.Parent.uid()
	if _, known := b.parents[u.UID]; known && u.Path == "" {
		u.Path = b.path(u.UID)
	}
	if u.Level == 0 && u.Path != "" {
		u.Level = strings.Count(u.Path, "/")
	}
	return u
}

// maxLevels bounds how deep a tree of organisation units can be; the server has no limit, and
// nobody more than ten.
const maxLevels = 64

// path makes the path of a unit of its parents: exports for import have no paths. It is "" if
// the way up has no end, or ends at a unit that is not there.
func (b *builder) path(uid string) string {
	var up []string
	for at := uid; at != ""; {
		parent, known := b.parents[at]
		if up = append(up, at); !known || len(up) > maxLevels {
			b.add("org unit", "the way to the root cannot be told: "+uid, uid)
			return ""
		}
		at = parent
	}
	slices.Reverse(up)
	return "/" + strings.Join(up, "/")
}

func (b *builder) members(list wireMembers) (attributes []ProgramAttribute, index map[string]int) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b wireMember) int { return cmp.Compare(a.SortOrder, b.SortOrder) })
	index = make(map[string]int, len(list))
	for _, m := range list {
		a := b.s.attributes.UID(string(m.Attribute))
		if a == nil {
			continue
		}
		if _, twice := index[a.UID]; !twice {
			index[a.UID] = len(attributes)
			attributes = append(attributes, ProgramAttribute{Attribute: a, Mandatory: m.Mandatory, AllowFutureDate: m.AllowFutureDate, Searchable: m.Searchable})
		}
	}
	return attributes, index
}

func (b *builder) entityType(w *wireEntityType) *TrackedEntityType {
	t := &w.TrackedEntityType
	t.AttributeValues = w.values()
	t.Attributes, t.byAttribute = b.members(w.Attributes)
	return t
}

func (b *builder) relationshipType(w *wireRelationshipType) *RelationshipType {
	t := &w.RelationshipType
	t.AttributeValues = w.values()
	t.From, t.To = b.constraint(w.From), b.constraint(w.To)
	return t
}

func (b *builder) constraint(w wireConstraint) RelationshipConstraint {
	return RelationshipConstraint{
		Entity: w.Entity, EntityType: b.s.entityTypes.UID(w.EntityType.uid()),
		Program: b.s.programs.UID(w.Program.uid()), Stage: b.s.stages.UID(w.ProgramStage.uid()),
	}
}

func (r *wireRef) uid() string {
	if r == nil {
		return ""
	}
	return r.ID
}

func (b *builder) dataSet(w *wireDataSet) *DataSet {
	d := &w.DataSet
	d.AttributeValues = w.values()
	d.CategoryCombo = b.comboOr(w.CategoryCombo, b.s.defaultCombo)
	d.OrgUnits = b.assigned(w.OrgUnits)
	d.byElement = make(map[string]int, len(w.Elements))
	for _, m := range w.Elements {
		e := b.s.dataElements.UID(string(m.DataElement))
		if e == nil {
			continue
		}
		if _, twice := d.byElement[e.UID]; !twice {
			d.byElement[e.UID] = len(d.Elements)
			d.Elements = append(d.Elements, DataSetElement{DataElement: e, CategoryCombo: b.comboOr(m.CategoryCombo, e.CategoryCombo)})
		}
	}
	return d
}

func (b *builder) assigned(uids wireUIDs) OrgUnitSet {
	set := OrgUnitSet{all: b.s.orgUnits}
	for i := range uids.len() {
		put(&set, uids.at(i))
	}
	return set
}

// categories makes the categories, their options and combinations, which refer to each other.
func (b *builder) categories() {
	b.s.categoryOptions = made(b, "category option", b.p.categoryOptions, func(w *wireCategoryOption) *CategoryOption {
		o := &w.CategoryOption
		o.AttributeValues = w.values()
		o.Start, o.End = day(w.Start), day(w.End)
		return o
	}, func(o *CategoryOption) *Object { return &o.Object })
	b.s.categories = made(b, "category", b.p.categories, func(w *wireCategory) *Category {
		c := &w.Category
		c.AttributeValues = w.values()
		c.Options = referred(b.s.categoryOptions, w.Options)
		return c
	}, func(o *Category) *Object { return &o.Object })
	of := map[string]string{} // the combination of an option combination
	for uid, e := range b.p.combos {
		for _, option := range e.wire.OptionCombos {
			of[string(option)] = uid
		}
	}
	for uid, e := range b.p.optionCombos {
		if combo := e.wire.CategoryCombo.uid(); combo != "" {
			refer(b.p.combos, combo)
			of[uid] = combo
		}
	}
	b.s.optionCombos = made(b, "category option combo", b.p.optionCombos, func(w *wireOptionCombo) *OptionCombo {
		o := &w.OptionCombo
		o.AttributeValues = w.values()
		o.Options = referred(b.s.categoryOptions, w.Options)
		return o
	}, func(o *OptionCombo) *Object { return &o.Object })
	b.s.combos = made(b, "category combo", b.p.combos, func(w *wireCombo) *CategoryCombo {
		c := &w.CategoryCombo
		c.AttributeValues = w.values()
		c.Categories = referred(b.s.categories, w.Categories)
		c.byOptions = map[string]*OptionCombo{}
		return c
	}, func(o *CategoryCombo) *Object { return &o.Object })
	for option := range b.s.optionCombos.All() {
		combo := b.s.combos.UID(of[option.UID])
		if combo == nil {
			continue
		}
		option.CategoryCombo = combo
		combo.OptionCombos = append(combo.OptionCombos, option)
		if !option.Missing {
			uids := make([]string, len(option.Options))
			for i, o := range option.Options {
				uids[i] = o.UID
			}
			combo.byOptions[optionKey(uids)] = option
		}
	}
	b.s.defaultCombo, b.s.defaultOptCombo = b.s.combos.UID(DefaultCategoryComboUID), b.s.optionCombos.UID(DefaultOptionComboUID)
}

// referred are the objects that a list of UIDs names.
func referred[T any](all *Objects[T], uids []json.RawMessage) []*T {
	var list []*T
	for _, uid := range uids {
		if o := all.UID(string(uid)); o != nil {
			list = append(list, o)
		}
	}
	return list
}
