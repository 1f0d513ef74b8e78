package dhis2map

import "github.com/openhim/mediator-go/mapping"

// Reference returns what a reference of mapping documents says of the operators of this
// package, as mapping.Reference does of the engine's. Every example is run by a test, with the
// metadata that testutil/dhis2test is seeded with.
func Reference() []mapping.OperatorDoc {
	o := &operators{}
	doc := func(name string, op mapping.Operator, details string, examples ...mapping.OperatorExample) mapping.OperatorDoc {
		return mapping.OperatorDoc{
			Name: name, Group: "DHIS2", Summary: op.Summary, Details: details,
			Takes: op.In, Gives: op.Out, Argument: op.Argument, Examples: examples,
		}
	}
	example := func(rule, input, output string) mapping.OperatorExample {
		return mapping.OperatorExample{Rule: rule, Input: input, Output: output}
	}
	return []mapping.OperatorDoc{
		doc(
			"$uid", o.uid(),
			"It is dhis2.Identity: the same record gets the same UID each time, so that a repetition updates what it made. An array is the id of a tracked entity and what tells the object from others within it; keys stand before the rest of the array; together they are those of Identity.Child of the tracked entity (for a tracked entity that was deleted before, that is not the UID of a Child of a Child). incarnation is one more for each time the object was deleted, as deleted UIDs can never be used again. Nothing has no UID.",
			example(`{$from: a, $uid: {kind: trackedEntity, system: "http://moh.example.org/nid"}}`, `{"a":"NID-1001"}`, `"y3qakMF2tAQ"`),
			example(`{$from: a, $uid: {kind: enrollment, system: "http://moh.example.org/nid", keys: [PR_CHILD]}}`, `{"a":"NID-1001"}`, `"EcsxxpzMnfX"`),
			example(`{$concat: [[$.a], [$.b]], $uid: {kind: event, system: "http://moh.example.org/nid"}}`, `{"a":"NID-1001","b":"ENC-7"}`, `"R4rqJK661hM"`),
		),
		doc(
			"$orgUnit", o.orgUnit(),
			"by says how the value names it, as how it is written: by default as the payload names metadata. program or dataSet demand that it is assigned to that, within that it is below a unit. What is not there, not assigned or named so more than once is counted as unmapped, and is an error unless unmapped: or default: says otherwise.",
			example(`{$from: a, $orgUnit: code}`, `{"a":"OHM_FAC_001"}`, `"lgY4CHs5HtP"`),
			example(`{$from: a, $orgUnit: {by: name, program: PR_CHILD}}`, `{"a":"Beta Health Centre"}`, `"iPrqVTs7evU"`),
			example(`{$from: a, $orgUnit: {by: uid, as: code}}`, `{"a":"lgY4CHs5HtP"}`, `"OHM_FAC_001"`),
			example(`{$from: a, $orgUnit: {by: code, default: na7iT2VcmdU}}`, `{"a":"CLOSED"}`, `"na7iT2VcmdU"`),
		),
		doc(
			"$option", o.option(),
			"DHIS2 takes codes of options only, written exactly so (E1125). What is no option is counted as unmapped, and is an error unless unmapped: or default: says otherwise; it is never passed on.",
			example(`{$from: a, $option: OHM_SEX}`, `{"a":"male"}`, `"male"`),
			example(`{$from: a, $option: {attribute: OHM_SEX, by: name}}`, `{"a":"Female"}`, `"female"`),
			example(`{$from: a, $option: {set: OHM_SEX, default: unknown}}`, `{"a":"M"}`, `"unknown"`),
		),
		doc(
			"$period", o.period(),
			"It takes a date, with or without a time, a month or a year that lies in one period, the id of a period of that type, and an interval as ADX writes it. Of a date with a time it is the day that is written, whatever its offset. dataSet takes the type from a data set.",
			example(`{$from: a, $period: Monthly}`, `{"a":"2026-01-31T23:30:00-05:00"}`, `"202601"`),
			example(`{$from: a, $period: {dataSet: OHM_MONTHLY}}`, `{"a":"2026-01"}`, `"202601"`),
			example(`{$from: a, $period: Quarterly}`, `{"a":"2026-01-01/P3M"}`, `"2026Q1"`),
			example(`{$from: a, $period: {type: Monthly, as: end}}`, `{"a":"202602"}`, `"2026-02-28"`),
		),
		doc(
			"$dataValue", o.dataValue(),
			"The value is spelled as the type of the data element wants it, and held against its option set; by: name takes the name of an option. false of a TRUE_ONLY, and text that is only white space, give nothing: an empty value would delete. A default is a code where there are options, and is held against the type and the options when the document is compiled. stage demands, when the document is compiled, that the data element is in it. read: true is the way back: the value in an event, or in its dataValues.",
			example(`{$from: a, $dataValue: OHM_WEIGHT}`, `{"a":3.20}`, `{"dataElement":"SyY2t3MmAHo","value":"3.20"}`),
			example(`{$from: a, $dataValue: {code: OHM_WEIGHT, stage: PS_BIRTH}}`, `{"a":"3.2e0"}`, `{"dataElement":"SyY2t3MmAHo","value":"3.2"}`),
			example(`{$from: a, $dataValue: {code: OHM_WEIGHT, read: true}}`, `{"a":{"event":"x","dataValues":[{"dataElement":"SyY2t3MmAHo","value":"3.2"}]}}`, `"3.2"`),
		),
		doc(
			"$attribute", o.attribute(),
			"As $dataValue. program and type demand, when the document is compiled, that the attribute is in that program, or in that tracked entity type.",
			example(`{$from: a, $attribute: OHM_NID}`, `{"a":1001}`, `{"attribute":"XhXpL2WqB15","value":"1001"}`),
			example(`{$from: a, $attribute: {code: OHM_SEX, program: PR_CHILD, by: name}}`, `{"a":"Female"}`, `{"attribute":"SHtHqekbvRu","value":"female"}`),
		),
	}
}
