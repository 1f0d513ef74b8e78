package aggregate

import "cmp"

// Set checks values of a data set, named by the checker's Scheme (periods by
// their ids), in the same way as ADX: Findings have the index of the value in
// Value. Sets of the report are by UID; Places are zero.
func (c *Checker) Set(set DataValueSet) *Report {
	r := &Report{Values: len(set.Values)}
	seen := map[Key]Place{}
	groups := map[Key]*groupCheck{}
	out := CheckedSet{}
	head := &groupCheck{c: c, ok: true}
	head.useDataSet(cmp.Or(set.DataSet, c.cfg.DataSet))
	head.useCompleteDate(set.CompleteDate)
	r.Findings = append(r.Findings, head.findings...)
	for i := range set.Values {
		v := set.row(i)
		at := Key{Period: v.Period, OrgUnit: v.OrgUnit, AttributeOptionCombo: v.AttributeOptionCombo}
		b := groups[at]
		if b == nil {
			b = c.rowGroup(head, at, seen)
			groups[at] = b
		}
		for _, f := range b.groupFindings {
			f.Value = i
			r.Findings = append(r.Findings, f)
		}
		b.findings = nil
		row, ok := b.value(b.asADX(v), i)
		r.Findings = append(r.Findings, b.findings...)
		if ok {
			out.Values = append(out.Values, row)
			out.Places = append(out.Places, Place{})
		}
	}
	out.DataSet, out.CompleteDate = head.set.DataSet, head.set.CompleteDate
	if len(out.Values) < len(set.Values) {
		out.CompleteDate = ""
	}
	if !head.ok || len(out.Values) == 0 && out.CompleteDate == "" {
		return r
	}
	if out.CompleteDate != "" {
		b := c.rowGroup(head, Key{Period: set.Period, OrgUnit: set.OrgUnit, AttributeOptionCombo: set.AttributeOptionCombo}, seen)
		if !b.ok {
			return r
		}
		out.Period, out.OrgUnit, out.AttributeOptionCombo = b.set.Period, b.set.OrgUnit, b.set.AttributeOptionCombo
	}
	r.Sets = []CheckedSet{out}
	return r
}

// rowGroup checks what a row shares with others.
func (c *Checker) rowGroup(head *groupCheck, at Key, seen map[Key]Place) *groupCheck {
	b := &groupCheck{c: c, ok: head.ok, dataSet: head.dataSet, seen: seen}
	b.set.DataSet = head.set.DataSet
	b.useOrgUnit(at.OrgUnit)
	p, err := c.cfg.Calendar.Parse(at.Period)
	switch {
	case err != nil:
		b.wrong(RulePeriodInvalid, "the period is none, as 202601")
	case b.dataSet != nil && p.Type() != PeriodType(b.dataSet.PeriodType):
		b.wrong(RulePeriodType, "the period is not one of the data set's type "+b.dataSet.PeriodType)
	default:
		b.period = p
	}
	b.checkPeriod()
	b.useAttributeCombo(at.AttributeOptionCombo, nil)
	b.groupFindings, b.findings = b.findings, nil
	return b
}

// asADX is a row as ADX writes it, which is how values are checked.
func (b *groupCheck) asADX(v DataValue) ADXValue {
	out := ADXValue{
		DataElement: v.DataElement, CategoryOptionCombo: v.CategoryOptionCombo, Value: v.Value,
		Comment: v.Comment, Followup: v.Followup, Deleted: v.Deleted,
	}
	element, err := b.c.cfg.Snapshot.DataElements().Find(b.c.cfg.Scheme, v.DataElement)
	if err == nil && !element.ValueType.Numeric() {
		out.Annotation = v.Value
	}
	return out
}
