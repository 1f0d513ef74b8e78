package dhis2test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// runStrict imports as 2.43 does (its DataEntryPipeline): the values of one
// data set are checked as a group, and one that does not belong refuses all of
// them; then each value is checked, and the rest stored. Whatever is stored
// counts as updated (dhis2.md 0b.15).
func (run *aggregateRun) runStrict(w http.ResponseWriter, sets []dataValueSet, unreadable error, adx bool) {
	m := run.summary
	if unreadable != nil {
		if adx {
			m.die("Post-condition was null") // not recorded; as 2.42
			return
		}
		sets = nil // recorded: truncated JSON is a success without values
	}
	for i := range sets {
		for k := range sets[i].Values {
			if v := sets[i].Values[k].Value; v.number {
				writeMessage(w, http.StatusInternalServerError, "Path `$.value` does not contain an STRING but a(n) NUMBER: "+v.text, "")
				run.summary = nil
				return
			}
		}
	}
	for i := range sets {
		run.strictGroup(&sets[i])
	}
	if m.Status == "ERROR" {
		return
	}
	stored := m.Count.Updated + m.Count.Deleted
	switch {
	case len(m.Conflicts) > 0 && stored == 0:
		m.Status = "ERROR"
	case len(m.Conflicts) > 0:
		m.Status = "WARNING"
	}
}

// refuse refuses the values at some indexes for one reason.
func (run *aggregateRun) refuse(code, why string, indexes []int, args ...string) {
	m := run.summary
	m.Conflicts = append(m.Conflicts, importConflict{
		Objects: map[string]string{"args": strings.Join(args, "-")}, Value: why, ErrorCode: code, Indexes: indexes,
	})
	for _, i := range indexes {
		if i >= 0 {
			m.RejectedIndexes = append(m.RejectedIndexes, i)
		}
	}
}

func (run *aggregateRun) strictGroup(set *dataValueSet) {
	start := run.index
	run.index += len(set.Values)
	if len(set.Values) == 0 {
		return
	}
	if set.adx && !run.readableADX(set) {
		return
	}
	dataSet, ok := run.groupSet(set, start)
	if !ok {
		return
	}
	targets, ok := run.groupTargets(set, dataSet, start)
	if !ok {
		return
	}
	p, _ := run.readPeriod(set, set.Period)
	run.complete(set, dataSet, run.server.catalogue.get("organisationUnits", targets[0].key.orgUnit), p)
	for _, t := range targets {
		run.strictValue(t)
	}
}

// readableADX: ADX fails with codes, and without categories even with UIDs
// [R adx, adx-uid].
func (run *aggregateRun) readableADX(set *dataValueSet) bool {
	if !uidPattern.MatchString(set.DataSet) {
		run.summary.Complete, run.summary.Status = "", "ERROR"
		run.refuse("E8004", "Data set UID not valid: `"+set.DataSet+"`", []int{-1}, set.DataSet)
		return false
	}
	for i := range set.Values {
		if len(set.Values[i].options) == 0 {
			run.summary.Complete, run.summary.Status = "", "ERROR"
			run.refuse("E8108", fmt.Sprintf("Value #%d category option combo not found: `{}`", i), []int{-1}, strconv.Itoa(i), "{}")
			return false
		}
	}
	return true
}

func indexRange(start, count int) []int {
	out := make([]int, count)
	for i := range out {
		out[i] = start + i
	}
	return out
}

// groupSet is the group's data set: the envelope's, or the only one that all
// its data elements are in.
func (run *aggregateRun) groupSet(set *dataValueSet, start int) (object, bool) {
	c := run.server.catalogue
	indexes := indexRange(start, len(set.Values))
	if set.DataSet != "" {
		found := c.lookUp("dataSets", run.schemes.dataSet, set.DataSet)
		if found == nil {
			found = object{"id": set.DataSet} // as one without data elements
		}
		return found, true
	}
	var only object
	for i := range set.Values {
		element := c.lookUp("dataElements", run.schemes.dataElement, set.Values[i].DataElement)
		sets := run.setsOf(text(element["id"]))
		switch {
		case len(sets) == 0:
			run.refuse("E8003", "Data set not specified and no data set found for data element: `"+set.Values[i].DataElement+"`", indexes, set.Values[i].DataElement)
			return nil, false
		case len(sets) > 1:
			run.refuse("E8002", "Data set not specified and data element is in several data sets: `"+set.Values[i].DataElement+"`", indexes, set.Values[i].DataElement)
			return nil, false
		}
		only = sets[0]
	}
	return only, true
}

// groupTargets checks what all values of a group must meet.
func (run *aggregateRun) groupTargets(set *dataValueSet, dataSet object, start int) ([]target, bool) {
	c, indexes := run.server.catalogue, indexRange(start, len(set.Values))
	setID := text(dataSet["id"])
	var targets []target
	var badElements, badPeriods, badUnits, foreign []string
	add := func(list *[]string, item string) {
		if !slices.Contains(*list, item) {
			*list = append(*list, item)
		}
	}
	for i := range set.Values {
		in := &set.Values[i]
		element := c.lookUp("dataElements", run.schemes.dataElement, in.DataElement)
		if element == nil || !inSet(dataSet, text(element["id"])) {
			add(&badElements, in.DataElement)
		}
		given := first(in.Period, set.Period)
		p, ok := run.readPeriod(set, given)
		if !ok || (dataSet["periodType"] != nil && p.kind != text(dataSet["periodType"])) {
			add(&badPeriods, given)
		}
		unitGiven := first(in.OrgUnit, set.OrgUnit)
		unit := c.lookUp("organisationUnits", run.schemes.orgUnit, unitGiven)
		switch {
		case unit == nil || !slices.Contains(idsOf(dataSet["organisationUnits"]), text(unit["id"])):
			add(&badUnits, unitGiven)
		case !run.server.meta.within(text(unit["id"]), run.user.OrgUnits):
			add(&foreign, text(unit["id"]))
		}
		targets = append(targets, target{
			in: in, index: start + i, period: p, kind: text(element["valueType"]), set: dataSet,
			key: dataValueKey{text(element["id"]), p.id, text(unit["id"]), defaultOptionCombo, defaultOptionCombo},
		})
	}
	usable := func(code, what string, bad []string) bool {
		if len(bad) > 0 {
			run.refuse(code, fmt.Sprintf("Data set %s not usable with %s: `%s`", setID, what, joined(bad)), indexes, setID, joined(bad))
		}
		return len(bad) == 0
	}
	if !usable("E8020", "data element(s)", badElements) || !usable("E8021", "period(s)", badPeriods) || !usable("E8022", "org unit(s)", badUnits) {
		return nil, false
	}
	if len(foreign) > 0 {
		run.refuse("E8011", "Current user cannot enter data for org unit(s): `"+joined(foreign)+"`", indexes, joined(foreign))
		return nil, false
	}
	return targets, run.groupCombos(set, setID, targets, indexes) && run.groupUnique(set, targets)
}

func (run *aggregateRun) groupCombos(set *dataValueSet, setID string, targets []target, indexes []int) bool {
	for i := range targets {
		t := &targets[i]
		category, ok := run.combo(run.schemes.category, t.in.Category)
		if t.in.options != nil {
			category, ok = run.optionCombo(t.in.options)
		}
		if !ok {
			run.refuse("E8024", fmt.Sprintf("Data set %s + data element %s not usable with category option combo(s): `[%s]`", setID, t.key.dataElement, t.in.Category),
				indexes, setID, t.key.dataElement, "["+t.in.Category+"]")
			return false
		}
		attribute, ok := run.combo(run.schemes.attribute, first(t.in.Attribute, set.Attribute))
		if !ok {
			given := first(t.in.Attribute, set.Attribute)
			run.refuse("E8023", fmt.Sprintf("Data set %s not usable with attribute option combo(s): `[%s]`", setID, given), indexes, setID, "["+given+"]")
			return false
		}
		t.key.category, t.key.attribute = category, attribute
	}
	return true
}

// groupUnique: two values for one key refuse the group.
func (run *aggregateRun) groupUnique(set *dataValueSet, targets []target) bool {
	at := map[dataValueKey]int{}
	for _, t := range targets {
		other, twice := at[t.key]
		if !twice {
			at[t.key] = t.index
			continue
		}
		key := fmt.Sprintf("DataValueKey[dataElement=%s, orgUnit=%s, categoryOptionCombo=%s, attributeOptionCombo=%s, period=%s]",
			t.key.dataElement, t.key.orgUnit, orNull(t.in.Category), orNull(first(t.in.Attribute, set.Attribute)), t.key.period)
		both := fmt.Sprintf("[%d, %d]", other, t.index)
		run.refuse("E8128", fmt.Sprintf("Value #%s all affect the same data value: `%s`", both, key), []int{other, t.index}, both, key)
		return false
	}
	return true
}

// strictValue stores one value of a group that belongs.
func (run *aggregateRun) strictValue(t target) {
	m, value := &run.summary.Count, t.in.Value.text
	if run.strategy == "DELETE" {
		m.Deleted++
		if run.server.values.get(t.key) != nil {
			run.store(t, true)
		}
		return
	}
	if value == "" && t.in.Comment == "" {
		m.Ignored++
		run.refuse("E8120", fmt.Sprintf("Value #%d value is required", t.index), []int{t.index}, strconv.Itoa(t.index))
		return
	}
	if problem := aggregateProblem(t.kind, value); problem != "" {
		m.Ignored++
		run.refuse("E8122", fmt.Sprintf("Value #%d value `%s` is no valid %s: %s", t.index, value, t.kind, problem),
			[]int{t.index}, strconv.Itoa(t.index), value, t.kind, problem)
		return
	}
	m.Updated++
	run.store(t, t.in.Deleted)
}
