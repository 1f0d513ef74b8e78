package aggregate_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/aggregate"
)

func snapshot(t *testing.T) *dhis2.Snapshot {
	t.Helper()
	data, err := os.ReadFile("testdata/metadata.json")
	require.NoError(t, err)
	s, err := dhis2.ParseMetadata(bytes.NewReader(data))
	require.NoError(t, err)
	return s
}

func checker(t *testing.T, change func(*aggregate.CheckConfig)) *aggregate.Checker {
	t.Helper()
	cfg := aggregate.CheckConfig{
		Snapshot: snapshot(t),
		Version:  dhis2.Version{Major: 2, Minor: 42},
		Today:    func() time.Time { return date("2026-02-10") },
	}
	if change != nil {
		change(&cfg)
	}
	c, err := aggregate.NewChecker(cfg)
	require.NoError(t, err)
	return c
}

// monthly is a message with a group of the monthly data set.
func monthly(values string) string {
	return adxHead + "\n<group dataSet=\"MONTHLY\" orgUnit=\"FAC_1\" period=\"2026-01-01/P1M\">\n" + values + "\n</group></adx>"
}

func parse(t *testing.T, message string) *aggregate.ADX {
	t.Helper()
	adx, err := aggregate.ParseADX([]byte(message))
	require.NoError(t, err)
	return adx
}

func TestAGoodMessageBecomesValuesByUID(t *testing.T) {
	t.Parallel()
	r := checker(t, nil).ADX(parse(t, monthly(`<dataValue dataElement="CASES" sex="F" age="U5" value="3"><annotation>recounted</annotation></dataValue>
		<dataValue dataElement="CASES" categoryOptionCombo="M_U5" value="0"/>
		<dataValue dataElement="BEDS" value="-4" comment="moved" followup="true"/>
		<dataValue dataElement="NOTE" value="0"><annotation>all well</annotation></dataValue>
		<dataValue dataElement="OPEN" value="0"><annotation>Y</annotation></dataValue>`)))
	assert.Empty(t, r.Findings)
	assert.True(t, r.OK())
	assert.Equal(t, 5, r.Values)
	require.Len(t, r.Sets, 1)
	const def = "HllvX50cXC0"
	row := func(element, combo, value, comment string) aggregate.DataValue {
		return aggregate.DataValue{
			DataElement: element, Period: "202601", OrgUnit: "OrgUnit0001", CategoryOptionCombo: combo,
			AttributeOptionCombo: def, Value: value, Comment: comment, Followup: element == "DeBeds00001",
		}
	}
	assert.Equal(t, "DataSet0001", r.Sets[0].DataSet)
	assert.Equal(t, []aggregate.DataValue{
		row("DeCases0001", "CocFU500001", "3", "recounted"),
		row("DeCases0001", "CocMU500001", "0", ""),
		row("DeBeds00001", def, "-4", "moved"),
		row("DeNote00001", def, "all well", ""),
		row("DeOpen00001", def, "Y", ""),
	}, r.Sets[0].Values)
	assert.Equal(t, aggregate.Place{Line: 3, Column: 1}, r.Sets[0].Places[0])
}

func TestEachRuleIsFoundWithItsPlaceAndCode(t *testing.T) {
	t.Parallel()
	group := func(attributes string) string {
		return adxHead + "\n<group " + attributes + ">\n<dataValue dataElement=\"BEDS\" value=\"1\"/></group></adx>"
	}
	good := `dataSet="MONTHLY" orgUnit="FAC_1" period="2026-01-01/P1M"`
	quarterly := `dataSet="QUARTERLY" orgUnit="FAC_2" period="2026-01-01/P3M"`
	quarter := func(attributes string) string {
		return adxHead + "\n<group " + attributes + ">\n<dataValue dataElement=\"BEDS\" sex=\"F\" age=\"U5\" value=\"1\"/></group></adx>"
	}
	for name, c := range map[string]struct {
		message  string
		rule     aggregate.Rule
		old, now string // codes
		line     int
		warning  bool
	}{
		"no data set":           {message: group(`orgUnit="FAC_1" period="2026-01-01/P1M"`), rule: aggregate.RuleDataSetMissing, old: "E7602", line: 2},
		"data set":              {message: group(strings.Replace(good, "MONTHLY", "X", 1)), rule: aggregate.RuleDataSetUnknown, old: "E7600", now: "E8020", line: 2},
		"org unit":              {message: group(strings.Replace(good, "FAC_1", "X", 1)), rule: aggregate.RuleOrgUnitUnknown, old: "E7612", now: "E8022", line: 2},
		"org unit's code twice": {message: group(strings.Replace(good, "FAC_1", "TWICE", 1)), rule: aggregate.RuleOrgUnitUnknown, old: "E7612", now: "E8022", line: 2},
		"org unit not assigned": {message: group(strings.Replace(good, "FAC_1", "FAC_2", 1)), rule: aggregate.RuleOrgUnitNotAssigned, old: "E7636", now: "E8022", line: 2},
		"period":                {message: group(strings.Replace(good, "2026-01-01/P1M", "202601", 1)), rule: aggregate.RulePeriodInvalid, old: "E7611", now: "E8021", line: 2},
		"period type":           {message: group(strings.Replace(good, "P1M", "P2M", 1)), rule: aggregate.RulePeriodType, old: "E7632", now: "E8021", line: 2},
		"this month":            {message: group(strings.Replace(good, "2026-01", "2026-02", 1)), rule: aggregate.RulePeriodFuture, old: "E7641", line: 2},
		"future quarter":        {message: quarter(strings.Replace(quarterly, "2026-01", "2026-07", 1) + ` mechanism="GOV"`), rule: aggregate.RulePeriodFuture, old: "E7641", line: 2},
		"expired":               {message: group(strings.Replace(good, "2026-01", "2025-12", 1)), rule: aggregate.RulePeriodExpired, old: "E7640", line: 2, warning: true},
		"complete date":         {message: group(good + ` completeDate="soon"`), rule: aggregate.RuleCompleteDate, line: 2},
		"attribute combo":       {message: group(good + ` attributeOptionCombo="X"`), rule: aggregate.RuleAttributeUnknown, old: "E7615", line: 2},
		"attribute combo of another": {
			message: group(good + ` attributeOptionCombo="MECH_GOV"`), rule: aggregate.RuleAttributeNotIn, old: "E7635", line: 2,
		},
		"attribute combo missing":  {message: quarter(quarterly), rule: aggregate.RuleCategoryMissing, line: 2},
		"attribute option":         {message: quarter(quarterly + ` mechanism="X"`), rule: aggregate.RuleOptionUnknown, old: "E7613", now: "E8024", line: 2},
		"attribute option's dates": {message: quarter(strings.Replace(quarterly, "2026-01", "2025-10", 1) + ` mechanism="PARTNER"`), rule: aggregate.RuleAttributeDates, old: "E7638", line: 2},
		"group's unknown category": {message: group(good + ` mechanism="GOV"`), rule: aggregate.RuleCategoryUnknown, line: 2},
		"data element":             {message: monthly(`<dataValue dataElement="X" value="1"/>`), rule: aggregate.RuleElementUnknown, old: "E7610", now: "E8020", line: 3},
		"data element not in set":  {message: monthly(`<dataValue dataElement="OTHER" value="1"/>`), rule: aggregate.RuleElementNotInSet, old: "E7633", now: "E8020", line: 3},
		"category missing":         {message: monthly(`<dataValue dataElement="CASES" sex="F" value="1"/>`), rule: aggregate.RuleCategoryMissing, line: 3},
		"category unknown":         {message: monthly(`<dataValue dataElement="CASES" sex="F" age="U5" color="x" value="1"/>`), rule: aggregate.RuleCategoryUnknown, line: 3},
		"category where none is":   {message: monthly(`<dataValue dataElement="BEDS" sex="F" value="1"/>`), rule: aggregate.RuleCategoryUnknown, line: 3},
		"category option":          {message: monthly(`<dataValue dataElement="CASES" sex="X" age="U5" value="1"/>`), rule: aggregate.RuleOptionUnknown, old: "E7613", now: "E8024", line: 3},
		"options without combo":    {message: monthly(`<dataValue dataElement="CASES" sex="M" age="O5" value="1"/>`), rule: aggregate.RuleOptionComboUnknown, old: "E7613", now: "E8024", line: 3},
		"option combo":             {message: monthly(`<dataValue dataElement="CASES" categoryOptionCombo="X" value="1"/>`), rule: aggregate.RuleOptionComboUnknown, old: "E7613", now: "E8024", line: 3},
		"option combo of another":  {message: monthly(`<dataValue dataElement="CASES" categoryOptionCombo="MECH_GOV" value="1"/>`), rule: aggregate.RuleOptionComboNotIn, old: "E7634", now: "E8024", line: 3},
		"option combo and more":    {message: monthly(`<dataValue dataElement="CASES" categoryOptionCombo="F_U5" sex="F" value="1"/>`), rule: aggregate.RuleCategoryUnknown, line: 3},
		"no value":                 {message: monthly(`<dataValue dataElement="BEDS" value=""/>`), rule: aggregate.RuleNoValue, old: "E7618", now: "E8120", line: 3},
		"no annotation":            {message: monthly(`<dataValue dataElement="NOTE" value="0"/>`), rule: aggregate.RuleAnnotationMissing, line: 3},
		"value type":               {message: monthly(`<dataValue dataElement="BEDS" value="1.5"/>`), rule: aggregate.RuleValueType, old: "E7619", now: "E8122", line: 3},
		"option":                   {message: monthly(`<dataValue dataElement="OPEN" value="0"><annotation>Yes</annotation></dataValue>`), rule: aggregate.RuleOption, old: "E7621", line: 3},
		"duplicate": {
			message: monthly(`<dataValue dataElement="CASES" sex="F" age="U5" value="1"/>` + "\n" + `<dataValue dataElement="CASES" categoryOptionCombo="F_U5" value="1"/>`),
			rule:    aggregate.RuleDuplicate, now: "E8128", line: 4,
		},
		"zero": {message: monthly(`<dataValue dataElement="BEDS" value="0"/>`), rule: aggregate.RuleZeroInsignificant, line: 3, warning: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for version, code := range map[int]string{42: c.old, 43: c.now} {
				r := checker(t, func(cfg *aggregate.CheckConfig) { cfg.Version.Minor = version }).ADX(parse(t, c.message))
				require.Len(t, r.Findings, 1)
				f := r.Findings[0]
				assert.Equal(t, c.rule, f.Rule)
				assert.Equal(t, code, f.Code)
				assert.Equal(t, c.line, f.Line)
				assert.Equal(t, c.warning, f.Severity == aggregate.SeverityWarning)
				assert.Equal(t, c.warning, r.OK())
				assert.NotEmpty(t, f.String())
				values := 0
				for _, s := range r.Sets {
					values += len(s.Values)
				}
				want := r.Values
				if !c.warning {
					want--
				}
				assert.Equal(t, want, values, "the others are good")
			}
		})
	}
}

func TestFindingsHoldNoValuesAndNoNames(t *testing.T) {
	t.Parallel()
	r := checker(t, nil).ADX(parse(t, adxHead+`<group dataSet="SECRET" orgUnit="SECRET" period="SECRET" attributeOptionCombo="SECRET" completeDate="SECRET">
		<dataValue dataElement="SECRET" value="SECRET"/></group>
		<group dataSet="MONTHLY" orgUnit="FAC_1" period="2026-01-01/P1M"><dataValue dataElement="BEDS" value="SECRET"/>
		<dataValue dataElement="CASES" sex="SECRET" age="SECRET" value="1"/></group></adx>`))
	assert.Greater(t, len(r.Findings), 6)
	for _, f := range r.Findings {
		assert.NotContains(t, f.String(), "SECRET")
	}
}

func TestAllFindingsOfAMessageAreTold(t *testing.T) {
	t.Parallel()
	r := checker(t, nil).ADX(parse(t, adxHead+`<group dataSet="MONTHLY" orgUnit="X" period="2026-02-01/P1M">
		<dataValue dataElement="X" value="1"/><dataValue dataElement="BEDS" value="x"/><dataValue dataElement="BEDS" value="1"/></group></adx>`))
	var rules []aggregate.Rule
	for _, f := range r.Findings {
		rules = append(rules, f.Rule)
	}
	assert.Equal(t, []aggregate.Rule{aggregate.RuleOrgUnitUnknown, aggregate.RulePeriodFuture, aggregate.RuleElementUnknown, aggregate.RuleValueType}, rules)
	assert.Equal(t, []int{-1, -1, 0, 1}, []int{r.Findings[0].Value, r.Findings[1].Value, r.Findings[2].Value, r.Findings[3].Value})
	assert.Empty(t, r.Sets)
	assert.Equal(t, 4, r.Errors())
}

func TestGroupsOfOneDataSetAreSentTogether(t *testing.T) {
	t.Parallel()
	group := func(set, period, more string) string {
		return `<group dataSet="` + set + `" orgUnit="FAC_1" period="` + period + `"` + more + `><dataValue dataElement="NOTE" value="0"><annotation>x</annotation></dataValue></group>`
	}
	r := checker(t, func(c *aggregate.CheckConfig) { c.Today = nil }).ADX(parse(t, adxHead+
		group("MONTHLY", "2026-01-01/P1M", "")+group("MONTHLY", "2026-02-01/P1M", "")+
		group("QUARTERLY", "2026-01-01/P3M", ` mechanism="GOV"`)+
		group("MONTHLY", "2026-03-01/P1M", ` completeDate="2026-04-02T10:00:00Z"`)+
		group("MONTHLY", "2026-04-01/P1M", "")+`</adx>`))
	assert.True(t, r.OK(), r.Findings)
	require.Len(t, r.Sets, 4)
	assert.Len(t, r.Sets[0].Values, 2)
	assert.Equal(t, "CocGovt0001", r.Sets[1].Values[0].AttributeOptionCombo)
	assert.Equal(t, "2026-04-02", r.Sets[2].CompleteDate)
	assert.Equal(t, "202603", r.Sets[2].Period)
	assert.Equal(t, "OrgUnit0001", r.Sets[2].OrgUnit)
	assert.Len(t, r.Sets[3].Values, 1)
}

func TestASetWithErrorsIsNotComplete(t *testing.T) {
	t.Parallel()
	message := strings.Replace(monthly(`<dataValue dataElement="BEDS" value="1"/><dataValue dataElement="BEDS" value="x" comment="2"/>`), "P1M\"", "P1M\" completeDate=\"2026-02-03\"", 1)
	r := checker(t, nil).ADX(parse(t, message))
	assert.Len(t, r.Findings, 1)
	require.Len(t, r.Sets, 1)
	assert.Empty(t, r.Sets[0].CompleteDate)
	r = checker(t, nil).ADX(parse(t, strings.Replace(message, `"x"`, `"1.0"`, 1)))
	assert.Empty(t, r.Sets[0].CompleteDate)
	r = checker(t, nil).ADX(parse(t, strings.Replace(message, `<dataValue dataElement="BEDS" value="x" comment="2"/>`, "", 1)))
	assert.Equal(t, "2026-02-03", r.Sets[0].CompleteDate)
	set := aggregate.DataValueSet{DataSet: "MONTHLY", Period: "202601", OrgUnit: "FAC_1", CompleteDate: "2026-02-05", Values: []aggregate.DataValue{
		{DataElement: "BEDS", Value: "5"}, {DataElement: "BEDS", Value: "x"},
	}}
	assert.Empty(t, checker(t, nil).Set(set).Sets[0].CompleteDate)
}

func TestACheckerKnowsOtherCalendars(t *testing.T) {
	t.Parallel()
	c := checker(t, func(cfg *aggregate.CheckConfig) { cfg.Calendar, cfg.Today = aggregate.Ethiopian, nil })
	message := strings.Replace(monthly(`<dataValue dataElement="BEDS" value="1"/>`), "2026-01-01/P1M", "2025-12-10/P30D", 1)
	r := c.ADX(parse(t, message))
	require.Empty(t, r.Findings)
	assert.Equal(t, "201804", r.Sets[0].Values[0].Period)
	r = c.ADX(parse(t, monthly(`<dataValue dataElement="BEDS" value="1"/>`)))
	assert.Equal(t, aggregate.RulePeriodType, r.Findings[0].Rule)
}

func TestDataValueSetsAreCheckedAsADXIs(t *testing.T) {
	t.Parallel()
	c := checker(t, nil)
	set := aggregate.DataValueSet{DataSet: "MONTHLY", Period: "202601", OrgUnit: "FAC_1", CompleteDate: "2026-02-05", Values: []aggregate.DataValue{
		{DataElement: "BEDS", Value: "5"},
		{DataElement: "NOTE", Value: "text"},
		{DataElement: "CASES", Value: "1", CategoryOptionCombo: "F_U5"},
	}}
	r := c.Set(set)
	require.Empty(t, r.Findings)
	require.Len(t, r.Sets, 1)
	assert.Equal(t, "2026-02-05", r.Sets[0].CompleteDate)
	assert.Equal(t, "OrgUnit0001", r.Sets[0].OrgUnit)
	assert.Equal(t, "CocFU500001", r.Sets[0].Values[2].CategoryOptionCombo)

	set.CompleteDate = ""
	set.Values = append(set.Values,
		aggregate.DataValue{DataElement: "BEDS", Value: "6"},
		aggregate.DataValue{DataElement: "BEDS", Value: "6", Period: "2026Q1"},
		aggregate.DataValue{DataElement: "BEDS", Value: "6", Period: "january"},
		aggregate.DataValue{DataElement: "BEDS", Value: "6", OrgUnit: "FAC_2"},
		aggregate.DataValue{DataElement: "CASES", Value: "6"},
	)
	r = c.Set(set)
	var rules []aggregate.Rule
	for i, f := range r.Findings {
		rules = append(rules, f.Rule)
		assert.Zero(t, f.Line)
		if i < 5 {
			assert.Equal(t, i+3, f.Value)
		}
	}
	assert.Equal(t, []aggregate.Rule{
		aggregate.RuleDuplicate, aggregate.RulePeriodType, aggregate.RulePeriodInvalid, aggregate.RuleOrgUnitNotAssigned,
		aggregate.RuleCategoryMissing, aggregate.RuleCategoryMissing,
	}, rules)
	assert.Len(t, r.Sets[0].Values, 3)

	r = c.Set(aggregate.DataValueSet{DataSet: "X", Period: "202601", OrgUnit: "FAC_1", Values: set.Values[:1]})
	assert.Equal(t, aggregate.RuleDataSetUnknown, r.Findings[0].Rule)
	assert.Empty(t, r.Sets)
}

func TestAStreamIsCheckedAsAWholeMessageIs(t *testing.T) {
	t.Parallel()
	message := adxHead + `<group dataSet="MONTHLY" orgUnit="FAC_1" period="2026-01-01/P1M"><dataValue dataElement="BEDS" value="5"/><dataValue dataElement="BEDS" value="x"/></group>
		<group dataSet="MONTHLY" orgUnit="X" period="2026-01-01/P1M"><dataValue dataElement="BEDS" value="5"/></group></adx>`
	c := checker(t, nil)
	whole := c.ADX(parse(t, message))
	var findings []aggregate.Finding
	var rows []aggregate.Row
	for row, err := range c.Stream(aggregate.NewADXReader(strings.NewReader(message), aggregate.ADXLimits{})) {
		require.NoError(t, err)
		findings = append(findings, row.Findings...)
		if row.OK {
			rows = append(rows, row.Row)
		}
	}
	assert.Equal(t, whole.Findings, findings)
	assert.Equal(t, []aggregate.Row{{DataSet: "DataSet0001", DataValue: whole.Sets[0].Values[0]}}, rows)

	var last error
	for _, err := range c.Stream(aggregate.NewADXReader(strings.NewReader(message[:len(message)-8]), aggregate.ADXLimits{})) {
		last = err
	}
	var bad *aggregate.ADXError
	require.ErrorAs(t, last, &bad)
}

// What is read from a server can be told as ADX, and is then the same values.
func TestValuesMakeADXAndADXMakesValues(t *testing.T) {
	t.Parallel()
	c := checker(t, func(cfg *aggregate.CheckConfig) { cfg.Today = nil })
	r := c.ADX(parse(t, adxHead+`<group dataSet="QUARTERLY" orgUnit="FAC_2" period="2026-01-01/P3M" mechanism="GOV">
		<dataValue dataElement="BEDS" sex="F" age="U5" value="7" comment="c"/><dataValue dataElement="NOTE" value="0"><annotation>a "b" &lt;c&gt;</annotation></dataValue></group>
		<group dataSet="QUARTERLY" orgUnit="FAC_1" period="2026-04-01/P3M" attributeOptionCombo="MECH_GOV"><dataValue dataElement="BEDS" categoryOptionCombo="F_O5" value="8"/></group></adx>`))
	require.Empty(t, r.Findings)
	adx, err := aggregate.MakeADX(snapshot(t), dhis2.SchemeCode, aggregate.ISO8601, r.Sets[0].DataValueSet, date("2026-05-01"))
	require.NoError(t, err)
	require.Len(t, adx.Groups, 2)
	assert.Equal(t, "2026-01-01/P3M", adx.Groups[0].Period)
	assert.Equal(t, []aggregate.ADXDimension{{Category: "mechanism", Option: "GOV"}}, adx.Groups[1].Dimensions)
	assert.Equal(t, []aggregate.ADXDimension{{Category: "sex", Option: "F"}, {Category: "age", Option: "U5"}}, adx.Groups[0].Values[0].Dimensions)
	message, err := adx.Bytes()
	require.NoError(t, err)
	again := c.ADX(parse(t, string(message)))
	require.Empty(t, again.Findings)
	assert.Equal(t, r.Sets[0].Values, again.Sets[0].Values)
}

func TestMakeADXNeedsMetadata(t *testing.T) {
	t.Parallel()
	good := aggregate.DataValueSet{DataSet: "DataSet0001", Period: "202601", OrgUnit: "OrgUnit0001", Values: []aggregate.DataValue{{DataElement: "DeBeds00001", Value: "1"}}}
	for name, change := range map[string]func(*aggregate.DataValueSet){
		"data set":     func(s *aggregate.DataValueSet) { s.DataSet = "x" },
		"org unit":     func(s *aggregate.DataValueSet) { s.OrgUnit = "x" },
		"period":       func(s *aggregate.DataValueSet) { s.Period = "x" },
		"element":      func(s *aggregate.DataValueSet) { s.Values = []aggregate.DataValue{{DataElement: "x"}} },
		"option combo": func(s *aggregate.DataValueSet) { s.AttributeOptionCombo = "x" },
	} {
		set := good
		change(&set)
		_, err := aggregate.MakeADX(snapshot(t), dhis2.SchemeCode, "", set, time.Time{})
		require.Error(t, err, name)
	}
	adx, err := aggregate.MakeADX(snapshot(t), dhis2.SchemeUID, "", good, time.Time{})
	require.NoError(t, err)
	assert.Equal(t, "DeBeds00001", adx.Groups[0].Values[0].DataElement)
}

func TestACheckerNeedsMetadata(t *testing.T) {
	t.Parallel()
	_, err := aggregate.NewChecker(aggregate.CheckConfig{})
	require.ErrorContains(t, err, "Snapshot")
	_, err = aggregate.NewChecker(aggregate.CheckConfig{Snapshot: snapshot(t), Scheme: "code"})
	require.ErrorContains(t, err, "Scheme")
	_, err = aggregate.NewChecker(aggregate.CheckConfig{Snapshot: snapshot(t), Calendar: "julian"})
	require.ErrorContains(t, err, "julian")
}
