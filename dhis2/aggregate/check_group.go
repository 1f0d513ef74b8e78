package aggregate

import (
	"errors"
	"time"

	"github.com/openhim/mediator-go/dhis2"
)

// groupCheck checks a group and then its values.
type groupCheck struct {
	c        *Checker
	index    int
	place    Place
	set      DataValueSet // by UID, without values
	dataSet  *dhis2.DataSet
	period   Period
	ok       bool // the group itself has no error
	findings []Finding
	seen     map[Key]Place

	groupFindings []Finding // of a data value set: about each row of the group
}

// find notes a finding.
func (b *groupCheck) find(rule Rule, severity Severity, value int, at Place, message string) {
	b.findings = append(b.findings, Finding{
		Rule: rule, Severity: severity, Code: rule.Code(b.c.cfg.Version), Place: at, Group: b.index, Value: value, Message: message,
	})
	if severity == SeverityError && value < 0 {
		b.ok = false
	}
}

// wrong notes an error of all of the group.
func (b *groupCheck) wrong(rule Rule, message string) {
	b.find(rule, SeverityError, -1, b.place, message)
}

// group checks all of a group but its values.
func (c *Checker) group(g *ADXGroup, index int, seen map[Key]Place) *groupCheck {
	b := &groupCheck{c: c, index: index, place: Place{g.Line, g.Column}, ok: true, seen: seen}
	name := g.DataSet
	if name == "" {
		name = c.cfg.DataSet
	}
	b.useDataSet(name)
	b.useOrgUnit(g.OrgUnit)
	interval, err := ParseInterval(g.Period)
	switch {
	case err != nil:
		b.wrong(RulePeriodInvalid, "the period is no ISO 8601 interval, as 2026-01-01/P1M")
	case b.dataSet != nil:
		t := PeriodType(b.dataSet.PeriodType)
		if b.period, err = interval.PeriodOf(t, c.cfg.Calendar); err != nil {
			b.wrong(RulePeriodType, "the period is not one of the data set's type "+string(t))
		}
	}
	b.checkPeriod()
	b.useAttributeCombo(g.AttributeOptionCombo, g.Dimensions)
	b.useCompleteDate(g.CompleteDate)
	return b
}

func (b *groupCheck) useDataSet(name string) {
	if name == "" {
		b.wrong(RuleDataSetMissing, "the group names no data set")
		return
	}
	set, err := b.c.cfg.Snapshot.DataSets().Find(b.c.cfg.Scheme, name)
	if err != nil {
		b.wrong(RuleDataSetUnknown, "the data set "+unknown(err, b.c.cfg.Scheme))
		return
	}
	b.dataSet, b.set.DataSet = set, set.UID
}

// unknown says how a look-up failed.
func unknown(err error, scheme dhis2.IDScheme) string {
	var bad *dhis2.LookupError
	if errors.As(err, &bad) && len(bad.UIDs) > 0 {
		return "cannot be told: several have this " + string(scheme)
	}
	return "is not known by this " + string(scheme)
}

func (b *groupCheck) useOrgUnit(name string) {
	unit, err := b.c.cfg.Snapshot.OrgUnits().Find(b.c.cfg.Scheme, name)
	if err != nil {
		b.wrong(RuleOrgUnitUnknown, "the org unit "+unknown(err, b.c.cfg.Scheme))
		return
	}
	b.set.OrgUnit = unit.UID
	if b.dataSet != nil && !b.dataSet.OrgUnits.Has(unit.UID) {
		b.wrong(RuleOrgUnitNotAssigned, "the org unit does not report this data set: the data set is not assigned to it")
	}
}

// checkPeriod checks that the period is open.
func (b *groupCheck) checkPeriod() {
	p := b.period
	if p.IsZero() || b.dataSet == nil {
		return
	}
	b.set.Period = p.ID()
	if b.c.cfg.Today == nil || !p.HasDates() {
		return
	}
	today := b.c.cfg.Today()
	if latest, err := latestOpen(p, today, b.dataSet.OpenFuturePeriods); err == nil && p.Compare(latest) > 0 {
		b.wrong(RulePeriodFuture, "the period is not open yet: the latest that is open is "+latest.ID())
	}
	if days := b.dataSet.ExpiryDays; days > 0 {
		last := p.End().Add(time.Duration(days * float64(24*time.Hour)))
		if dayOf(today) > dayOf(last) {
			b.find(RulePeriodExpired, SeverityWarning, -1, b.place, "the period is closed: it expired on "+last.Format(time.DateOnly)+", and takes values of users with an authority only")
		}
	}
}

// latestOpen is the latest period that takes values: with no future periods the
// one before today's, as a period is open when it is over.
func latestOpen(p Period, today time.Time, future int) (Period, error) {
	latest, err := p.calendar.Period(p.typ, today)
	if err != nil {
		return Period{}, err
	}
	for ; future < 1; future++ {
		latest = latest.Previous()
	}
	for ; future > 1 && !latest.IsZero(); future-- {
		latest = latest.Next()
	}
	if latest.IsZero() {
		return Period{}, errNoPeriod
	}
	return latest, nil
}

// useAttributeCombo finds the attribute option combo, by name or by the
// dimensions of the group.
func (b *groupCheck) useAttributeCombo(name string, dimensions []ADXDimension) {
	if b.dataSet == nil {
		return
	}
	combo := b.dataSet.CategoryCombo
	found, problems := b.c.optionCombo(combo, name, dimensions)
	for _, p := range problems {
		rule := p.rule
		if rule == RuleOptionComboUnknown {
			rule = RuleAttributeUnknown
		}
		if rule == RuleOptionComboNotIn {
			rule = RuleAttributeNotIn
		}
		b.wrong(rule, p.message)
	}
	if found == nil {
		return
	}
	b.set.AttributeOptionCombo = found.UID
	if b.period.IsZero() || !b.period.HasDates() {
		return
	}
	for _, o := range found.Options {
		start, hasStart := parseDate(o.Start)
		end, hasEnd := parseDate(o.End)
		switch {
		case hasStart && b.period.end < start, hasEnd && b.period.start > end:
			b.wrong(RuleAttributeDates, "an option of the attribute option combo is not for this period")
		case hasStart && b.period.start < start, hasEnd && b.period.end > end:
			b.find(RuleAttributeDates, SeverityWarning, -1, b.place, "an option of the attribute option combo is not for all of this period")
		}
	}
}

func (b *groupCheck) useCompleteDate(text string) {
	if text == "" {
		return
	}
	date, _, _ := cutDate(text)
	if _, ok := parseDate(date); !ok {
		b.wrong(RuleCompleteDate, "completeDate is no date, as 2026-02-05")
		return
	}
	b.set.CompleteDate = date
}

// cutDate takes the date of a date or a time.
func cutDate(text string) (date, rest string, isTime bool) {
	if len(text) > 10 && text[10] == 'T' {
		return text[:10], text[11:], true
	}
	return text, "", false
}
