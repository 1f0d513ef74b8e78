package dhis2test

import (
	"fmt"
	"slices"
)

// lenient imports one group as up to 2.42: the envelope must be known, then
// each value is checked by itself; what is not assigned or not in the data set
// is stored all the same, unless a strict parameter asks otherwise
// (dhis2.md 1.6). It returns false when the import broke off.
func (run *aggregateRun) lenient(set *dataValueSet) bool {
	c, m := run.server.catalogue, run.summary
	dataSet := c.lookUp("dataSets", run.schemes.dataSet, set.DataSet)
	orgUnit := c.lookUp("organisationUnits", run.schemes.orgUnit, set.OrgUnit)
	p, _ := run.readPeriod(set, set.Period)
	switch {
	case set.DataSet != "" && dataSet == nil && set.adx:
		m.die(fmt.Sprintf("No data set matching %s '%s'", run.schemes.dataSet.lower(), set.DataSet))
		return false
	case set.DataSet != "" && dataSet == nil:
		run.abort("E7600", "dataSet", set.DataSet, fmt.Sprintf("Data set not found or not accessible: `%s`", set.DataSet), map[string]string{"dataSet": set.DataSet})
		return false
	case set.OrgUnit != "" && orgUnit == nil && !set.adx:
		objects := map[string]string{"organisationUnit": set.OrgUnit}
		if set.DataSet != "" {
			objects["dataSet"] = set.DataSet
		}
		run.abort("E7603", "orgUnit", set.OrgUnit, fmt.Sprintf("Org unit not found or not accessible: `%s`", set.OrgUnit), objects)
		return false
	}
	run.complete(set, dataSet, orgUnit, p)
	seen := map[dataValueKey]bool{}
	for i := range set.Values {
		in := &set.Values[i]
		if set.adx { // its group's keys are each value's own
			in.OrgUnit, in.Period = set.OrgUnit, set.Period
		}
		run.lenientValue(set, in, dataSet, seen)
		run.index++
	}
	return true
}

func (s scheme) lower() string {
	if s == "CODE" {
		return "code"
	}
	if s == "NAME" {
		return "name"
	}
	return "uid"
}

// abort ends the import for a fault of the envelope.
func (run *aggregateRun) abort(code, property, given, why string, objects map[string]string) {
	m := run.summary
	m.Status, m.Description, m.Complete = "ERROR", "Import process was aborted", ""
	m.Conflicts = append(m.Conflicts, importConflict{Object: given, Objects: objects, Value: why, ErrorCode: code, Property: property})
}

// reject refuses one value.
func (run *aggregateRun) reject(code, property, given, why string, objects map[string]string) {
	m := run.summary
	m.Count.Ignored++
	m.RejectedIndexes = append(m.RejectedIndexes, run.index)
	for i := range m.Conflicts { // the same conflict is reported once, for all its values
		c := &m.Conflicts[i]
		if c.ErrorCode == code && c.Value == why && c.Object == given {
			c.Indexes = append(c.Indexes, run.index)
			return
		}
	}
	m.Conflicts = append(m.Conflicts, importConflict{
		Object: given, Objects: objects, Value: why, ErrorCode: code, Property: property, Indexes: []int{run.index},
	})
}

func (run *aggregateRun) lenientValue(set *dataValueSet, in *dataValueIn, dataSet object, seen map[dataValueKey]bool) {
	t, ok := run.resolve(set, in, dataSet)
	if !ok || !run.plausible(t) {
		return
	}
	m := &run.summary.Count
	stored := run.server.values.get(t.key)
	skip := func() {
		m.Ignored++
		run.summary.RejectedIndexes = append(run.summary.RejectedIndexes, run.index)
	}
	switch {
	case run.strategy == "DELETE" || in.Deleted:
		if stored == nil {
			skip()
			return
		}
		m.Deleted++
		run.store(t, true)
	case seen[t.key]: // of two in one payload the first stays, uncounted the second [R duplicate-values]
	case stored == nil && run.strategy == "UPDATE", stored != nil && run.strategy == "CREATE":
		skip()
	case stored == nil:
		m.Imported++
		run.store(t, false)
	case stored.value == in.Value.text && stored.comment == in.Comment && stored.followup == in.Followup:
		m.Ignored++
	default:
		m.Updated++
		run.store(t, false)
	}
	seen[t.key] = true
}

// resolve finds what a value's identifiers stand for.
func (run *aggregateRun) resolve(set *dataValueSet, in *dataValueIn, dataSet object) (target, bool) {
	c := run.server.catalogue
	t := target{in: in, index: run.index, set: dataSet}
	element := c.lookUp("dataElements", run.schemes.dataElement, in.DataElement)
	if element == nil {
		run.reject("E7610", "dataElement", in.DataElement, fmt.Sprintf("Data element not found or not accessible: `%s`", orNull(in.DataElement)), objectsOf("dataElement", in.DataElement))
		return t, false
	}
	p, ok := run.readPeriod(set, first(in.Period, set.Period))
	if !ok {
		run.reject("E7611", "period", in.Period, fmt.Sprintf("Period not valid: `%s`", orNull(in.Period)), objectsOf("period", in.Period))
		return t, false
	}
	unit := c.lookUp("organisationUnits", run.schemes.orgUnit, first(in.OrgUnit, set.OrgUnit))
	if unit == nil {
		run.reject("E7612", "orgUnit", in.OrgUnit, fmt.Sprintf("Organisation unit not found or not accessible: `%s`", orNull(in.OrgUnit)), objectsOf("organisationUnit", in.OrgUnit))
		return t, false
	}
	category, ok := run.combo(run.schemes.category, in.Category)
	if in.options != nil {
		category, ok = run.optionCombo(in.options)
	}
	if !ok {
		run.reject("E7613", "categoryOptionCombo", first(in.Category, category), fmt.Sprintf("Category option combo not found or not accessible for writing data: `%s`", first(in.Category, category)), objectsOf("categoryOptionCombo", first(in.Category, category)))
		return t, false
	}
	attribute, ok := run.combo(run.schemes.attribute, first(in.Attribute, set.Attribute))
	if !ok {
		run.reject("E7615", "attributeOptionCombo", in.Attribute, fmt.Sprintf("Attribute option combo not found or not accessible for writing data: `%s`", orNull(in.Attribute)), objectsOf("attributeOptionCombo", in.Attribute))
		return t, false
	}
	t.period, t.kind = p, text(element["valueType"])
	t.key = dataValueKey{text(element["id"]), p.id, text(unit["id"]), category, attribute}
	if t.set == nil {
		if sets := run.setsOf(t.key.dataElement); len(sets) > 0 {
			t.set = sets[0]
		}
	}
	return t, true
}

func (run *aggregateRun) combo(s scheme, given string) (string, bool) {
	if given == "" {
		return defaultOptionCombo, true
	}
	o := run.server.catalogue.lookUp("categoryOptionCombos", s, given)
	return text(o["id"]), o != nil
}

// objectsOf names the objects of a conflict; those not given are left out.
func objectsOf(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out[pairs[i]] = pairs[i+1]
		}
	}
	return out
}

// plausible checks a value whose identifiers are known.
func (run *aggregateRun) plausible(t target) bool {
	in, s := t.in, run.server
	setID := text(t.set["id"])
	assigned := idsOf(t.set["organisationUnits"])
	switch {
	case !s.meta.within(t.key.orgUnit, run.user.OrgUnits):
		run.reject("E7617", "orgUnit", in.OrgUnit, fmt.Sprintf("Organisation unit: `%s` not in hierarchy of current user: `%s`", orNull(in.OrgUnit), run.user.UID),
			objectsOf("organisationUnit", in.OrgUnit, "user", run.user.UID))
	case in.Value.text == "" && in.Comment == "" && run.strategy != "DELETE":
		run.reject("E7618", "value", in.DataElement, fmt.Sprintf("Data value or comment not specified for data element: `%s`", in.DataElement), objectsOf("dataElement", in.DataElement))
	case run.strict("strictPeriods") && t.set != nil && text(t.set["periodType"]) != t.period.kind:
		run.reject("E7632", "period", in.Period, fmt.Sprintf("Period type of period: `%s` not valid for data element: `%s`", orNull(in.Period), in.DataElement), objectsOf("period", in.Period, "dataElement", in.DataElement))
	case run.strict("strictDataElements") && !inSet(t.set, t.key.dataElement):
		run.reject("E7633", "dataElement", in.DataElement, fmt.Sprintf("Data element: `%s` not part of dataset: `%s`", in.DataElement, setID), objectsOf("dataElement", in.DataElement, "dataSet", setID))
	case run.strict("strictOrganisationUnits") && !slices.Contains(assigned, t.key.orgUnit):
		run.reject("E7636", "orgUnit", in.OrgUnit, fmt.Sprintf("Data element: `%s` must be assigned through data sets to organisation unit: `%s`", in.DataElement, orNull(in.OrgUnit)), objectsOf("dataElement", in.DataElement, "organisationUnit", in.OrgUnit))
	default:
		return run.fitting(t, setID)
	}
	return false
}

// fitting checks the value itself and whether its period is open.
func (run *aggregateRun) fitting(t target, setID string) bool {
	in := t.in
	if problem := aggregateProblem(t.kind, in.Value.text); problem != "" && in.Value.text != "" {
		run.reject("E7619", "value", in.DataElement, fmt.Sprintf("Value must match value type of data element `%s`: `%s`", in.DataElement, problem),
			objectsOf("dataElement", in.DataElement, "value", problem))
		return false
	}
	if t.set == nil {
		return true
	}
	open, _ := t.set["openFuturePeriods"].(float64)
	latest, ok := latestOpen(t.period.kind, run.server.now().In(run.server.opts.Location), int(open))
	if ok && t.period.end.After(latest.end) {
		run.reject("E7641", "period", in.Period, fmt.Sprintf("Period: `%s` is after latest open future period: `%s` for data element: `%s` and data set: `%s`",
			orNull(in.Period), latest.id, in.DataElement, setID), objectsOf("period", in.Period, "dataElement", in.DataElement, "dataSet", setID))
		return false
	}
	return true
}
