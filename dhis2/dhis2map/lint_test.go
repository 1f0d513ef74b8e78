package dhis2map_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/dhis2map"
	"github.com/openhim/mediator-go/mapping"
)

// lint gives the issues of a document: line, severity, message, hint.
func lint(t *testing.T, schema, document string, config ...dhis2map.Config) []string {
	t.Helper()
	d, err := mapping.Parse("m.yaml", []byte("mapping: v1\noutput: {schema: \""+schema+"\"}\n"+document))
	require.NoError(t, err)
	found := []string{}
	for _, issue := range mapping.Lint(d, options(append(config, dhis2map.Config{})[0])) {
		assert.Equal(t, mapping.CodeSchema, issue.Code, issue)
		found = append(found, line(strings.TrimPrefix(issue.String(), "m.yaml:")))
	}
	return found
}

var column = regexp.MustCompile(`(?m)^(\d+):\d+: `)

// line leaves the columns of issues away.
func line(issues string) string { return column.ReplaceAllString(issues, "$1: ") }

const (
	child  = "sBSRMACZJOQ"
	birth  = "F3GRYA6dGir"
	person = "peOCoLO91lG"
	alpha  = "lgY4CHs5HtP"
	gamma  = "PP7BguJwlu2" // not in any program
	weight = "SyY2t3MmAHo"
	dx     = "pJWcQjRYe3q"
	given  = "iPWPq2EJtIk"
	family = "GOCQVgGQGEU"
	dob    = "lXXkJgofAcb"
)

// event is a document with an event of the stage Birth, and these data values.
func event(values string) string {
	return `map:
  event: $.uid
  enrollment: $.enrollment
  program: ` + child + `
  programStage: ` + birth + `
  orgUnit: ` + alpha + `
  status: COMPLETED
  occurredAt: $.date
  dataValues:
` + values
}

func TestLintHoldsDataValuesAgainstTheirStage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ values, want string }{
		"what is in order":          {"    - {$from: w, $dataValue: OHM_WEIGHT}", ""},
		"an operator, by its code":  {"    - {$from: w, $dataValue: OHM_WEIGHT}\n    - {$from: d, $dataValue: OHM_DX}", "13: warning: schema: data element OHM_DX is not in stage PS_BIRTH (E1305) (rule /dataValues/1)"},
		"an operator with a stage":  {"    - {$from: w, $dataValue: {code: OHM_WEIGHT, stage: PS_BIRTH}}", ""},
		"a constant":                {"    - {dataElement: " + weight + ", value: $.w}\n    - {dataElement: " + dx + ", value: $.d}", "13: warning: schema: data element OHM_DX is not in stage PS_BIRTH (E1305) (rule /dataValues/1/dataElement)"},
		"a code where UIDs are due": {"    - {dataElement: OHM_WEIGHT, value: $.w}", "12: warning: schema: data element OHM_WEIGHT is named by CODE, and the payload names metadata by UID (rule /dataValues/0/dataElement); write SyY2t3MmAHo"},
		"one that there is not":     {"    - {$from: w, $dataValue: OHM_WEIGHT}\n    - {dataElement: zzzzzzzzzzz, value: $.w}", "13: warning: schema: there is no data element zzzzzzzzzzz in the metadata (rule /dataValues/1/dataElement)"},
		"one written twice":         {"    - {$from: w, $dataValue: OHM_WEIGHT}\n    - {dataElement: " + weight + ", value: $.w}", "13: warning: schema: dataElement SyY2t3MmAHo is written twice (rule /dataValues/1); put $when at all but one of them"},
		"twice, under conditions":   {"    - {$from: w, $dataValue: OHM_WEIGHT}\n    - {$when: x, dataElement: " + weight + ", value: $.w}", ""},
		"no value":                  {"    - {dataElement: " + weight + "}", "12: warning: schema: a data value needs value, and it is never written (rule /dataValues/0)"},
		"a compulsory one missing":  {"    - {$from: w, $dataValue: OHM_HEIGHT}", "3: warning: schema: data element OHM_WEIGHT is compulsory in stage PS_BIRTH, and it is never written (E1303)"},
		"an attribute":              {"    - {$from: w, $dataValue: OHM_WEIGHT}\n    - {$from: w, $attribute: OHM_NID}", "13: warning: schema: here is a data value due, and $attribute makes another thing (rule /dataValues/1); $dataValue makes one of a value"},
		"a text":                    {"    - {$from: w, $dataValue: OHM_WEIGHT}\n    - {$from: w, $trim: true}", "13: warning: schema: here is a data value due, and this gives text (rule /dataValues/1); $dataValue makes one of a value"},
		"an each":                   {"    $each: values\n    $value: {dataElement: " + dx + ", value: $.v}", "13: warning: schema: data element OHM_DX is not in stage PS_BIRTH (E1305) (rule /dataValues/*/dataElement)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := lint(t, "dhis2:tracker/event", event(test.values))
			if strings.HasPrefix(name, "an each") { // the compulsory one is missing, too
				require.NotEmpty(t, got)
				assert.Contains(t, got, test.want)
				return
			}
			assert.Equal(t, test.want, strings.Join(got, "\n"))
		})
	}
}

func TestLintOfPayloads(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, schema, document, want string }{
		{"a schema there is not", "dhis2:trackers", "map: {a: $.x}", "3: warning: schema: there is no schema dhis2:trackers; there are: dhis2:dataValueSet, dhis2:tracker, dhis2:tracker/enrollment, dhis2:tracker/event, dhis2:tracker/relationship, dhis2:tracker/trackedEntity"},
		{"a member there is not", "dhis2:tracker", "map: {trackedentities: []}", "3: warning: schema: the payload has no trackedentities: the server would ignore it (rule /trackedentities); did you mean trackedEntities?"},
		{"no list", "dhis2:tracker", "map: {events: {event: x}}", "3: warning: schema: events is a list (rule /events); write a list of one: - …, or $each"},
		{"a tracked entity without anything", "dhis2:tracker/trackedEntity", "map: {inactive: true}", "3: warning: schema: a tracked entity needs trackedEntityType, and it is never written\n3: warning: schema: a tracked entity needs orgUnit, and it is never written\n3: warning: schema: no trackedEntity is written: the server would make a new UID for each repetition, and so a duplicate; $uid derives one"},
		{"mandatory attributes", "dhis2:tracker/trackedEntity", "map: {trackedEntity: $.u, trackedEntityType: " + person + ", orgUnit: $.o, attributes: [{$from: g, $attribute: OHM_GIVEN}]}", "3: warning: schema: attribute OHM_FAMILY is mandatory in tracked entity type OHM_PERSON (E1090), and it is never written"},
		{"attributes that cannot be told", "dhis2:tracker/trackedEntity", "map: {trackedEntity: $.u, trackedEntityType: " + person + ", orgUnit: $.o, attributes: $.a}", ""},
		{"attributes of an each", "dhis2:tracker/trackedEntity", "map: {trackedEntity: $.u, trackedEntityType: " + person + ", orgUnit: $.o, attributes: {$each: a, attribute: $.id, value: $.v}}", ""},
		{"an attribute that is not in the program", "dhis2:tracker/enrollment", "map: {enrollment: $.u, program: " + child + ", orgUnit: $.o, enrolledAt: $.d, status: ACTIVE, attributes: [{attribute: " + dob + ", value: $.b}, {$from: x, $attribute: OHM_DECEASED}]}", "3: warning: schema: attribute OHM_DECEASED is not in program PR_CHILD (E1019) (rule /attributes/1); write it at the tracked entity"},
		{"an enrollment's mandatory attribute", "dhis2:tracker/enrollment", "map: {enrollment: $.u, program: " + child + ", orgUnit: $.o, enrolledAt: $.d}", "3: warning: schema: attribute OHM_DOB is mandatory in program PR_CHILD (E1018), and it is never written"},
		{"an incident date", "dhis2:tracker/enrollment", "map: {enrollment: $.u, program: HhEVINQlTfG, orgUnit: $.o, enrolledAt: $.d}", "3: warning: schema: program PR_ONCE demands occurredAt of an enrollment, and it is never written (E1023)"},
		{"an enrollment in an event program", "dhis2:tracker/enrollment", "map: {enrollment: $.u, program: fm69ntIAbZu, orgUnit: $.o, enrolledAt: $.d}", "3: warning: schema: program PR_LAB is without registration and has no enrollments (E1014)"},
		{"an org unit that is not assigned", "dhis2:tracker/enrollment", "map: {enrollment: $.u, program: " + child + ", orgUnit: " + gamma + ", enrolledAt: $.d, attributes: $.a}", "3: warning: schema: org unit OHM_FAC_003 is not assigned to program PR_CHILD (E1029, E1041) (rule /orgUnit); assign it in DHIS2"},
		{"a date that is none", "dhis2:tracker/enrollment", "map: {enrollment: $.u, program: " + child + ", orgUnit: $.o, enrolledAt: 06/01/2026, attributes: $.a}", "3: warning: schema: enrolledAt is a date, and \"06/01/2026\" is none: the server would refuse the whole request (rule /enrolledAt); write 2026-01-31 or 2026-01-31T10:00:00Z"},
		{"a status that is none", "dhis2:tracker/enrollment", "map: {enrollment: $.u, program: " + child + ", orgUnit: $.o, enrolledAt: $.d, status: active, attributes: $.a}", "3: warning: schema: status cannot be \"active\": the server would refuse the whole request (rule /status); there are: ACTIVE, COMPLETED, CANCELLED"},
		{"a table that gives such a status", "dhis2:tracker/enrollment", "tables: {t: {map: {a: ACTIVE, d: DONE}}}\nmap: {enrollment: $.u, program: " + child + ", orgUnit: $.o, enrolledAt: $.d, status: {$from: s, $translate: t}, attributes: $.a}", "4: warning: schema: status cannot be \"DONE\": the server would refuse the whole request (rule /status); there are: ACTIVE, COMPLETED, CANCELLED"},
		{"a UID that is none", "dhis2:tracker/enrollment", "map: {enrollment: child-1, program: " + child + ", orgUnit: $.o, enrolledAt: $.d, attributes: $.a}", "3: warning: schema: enrollment is a UID, and \"child-1\" is none: the server would refuse the whole request (rule /enrollment); $uid derives one"},
		{"an event without program", "dhis2:tracker/event", "map: {event: $.u, programStage: " + birth + ", orgUnit: $.o, status: SCHEDULE, scheduledAt: $.d}", "3: warning: schema: an event needs program, and it is never written; an event without program spoils the others of its request: the server then refuses valid attributes and does not check enrolling once"},
		{"an event without status", "dhis2:tracker/event", "map: {event: $.u, program: " + child + ", programStage: zOK5Pk5V5Yz, orgUnit: $.o, occurredAt: $.d}", "3: information: schema: no status is written: it becomes ACTIVE, also where it was COMPLETED; write it, as also all else but data values: an update replaces it"},
		{"an event without date", "dhis2:tracker/event", "map: {event: $.u, program: " + child + ", programStage: zOK5Pk5V5Yz, orgUnit: $.o, status: ACTIVE}", "3: warning: schema: an event that is not scheduled needs occurredAt, and it is never written (E1031)"},
		{"a stage of another program", "dhis2:tracker/event", "map: {event: $.u, program: " + child + ", programStage: r2M6G0nP5Qo, orgUnit: $.o, status: SCHEDULE, scheduledAt: $.d}", "3: warning: schema: stage PS_LAB is not of program PR_CHILD (E1089) (rule /programStage)"},
		{"an option that there is not", "dhis2:tracker/event", "map: {event: $.u, program: " + child + ", programStage: iiopoWk8eeZ, orgUnit: $.o, status: SCHEDULE, scheduledAt: $.d, dataValues: [{dataElement: bTx5QiP0qxQ, value: BCG}]}", "3: warning: schema: \"BCG\" is no option of data element OHM_VACCINE (E1125) (rule /dataValues/0/value)"},
		{"what the server writes itself", "dhis2:tracker/event", "map: {event: $.u, program: " + child + ", programStage: zOK5Pk5V5Yz, orgUnit: $.o, status: SCHEDULE, scheduledAt: $.d, updatedAt: $.now}", "3: information: schema: the server writes updatedAt of an event itself and ignores this (rule /updatedAt); leave it away"},
		{"an event in another enrollment", "dhis2:tracker/enrollment", "map: {enrollment: $.u, program: " + child + ", orgUnit: $.o, enrolledAt: $.d, attributes: $.a, events: [{event: $.e, program: fm69ntIAbZu, programStage: r2M6G0nP5Qo, orgUnit: $.o, status: SCHEDULE, scheduledAt: $.d}]}", "3: warning: schema: the event is of program OHM Lab results, and its enrollment of OHM Child health (E1079) (rule /events/0/program)"},
		{"ends of a relationship", "dhis2:tracker/relationship", "map: {relationship: $.r, relationshipType: w7FYpYuewfo, from: {event: {event: $.a}}, to: {trackedEntity: {trackedEntity: $.b}, enrollment: {enrollment: $.c}}}", "3: warning: schema: relationship type OHM_MOTHER_CHILD has trackedEntity at its end from, and this is event (E4010) (rule /from)\n3: warning: schema: an end of a relationship is one of trackedEntity, enrollment and event (E4001) (rule /to); put $when at all but one of them"},
		{"a period of another type", "dhis2:dataValueSet", "map: {dataSet: X5fFRSmDgYM, period: 2026Q1, orgUnit: " + alpha + ", dataValues: [{dataElement: sgU4ZaOXhEi, value: $.v}]}", "3: warning: schema: \"2026Q1\" is no Monthly period, which data set OHM_MONTHLY has (rule /period); $period makes one of a date"},
		{"$period of another type", "dhis2:dataValueSet", "map: {dataSet: X5fFRSmDgYM, period: {$from: d, $period: Weekly}, orgUnit: " + alpha + ", dataValues: [{dataElement: sgU4ZaOXhEi, value: $.v}]}", "3: warning: schema: these are Weekly periods, and data set OHM_MONTHLY has Monthly ones (rule /period); $period: Monthly"},
		{"a data element of another data set", "dhis2:dataValueSet", "map: {dataSet: X5fFRSmDgYM, period: {$from: d, $period: Monthly}, orgUnit: " + gamma + ", dataValues: [{dataElement: " + weight + ", value: $.v}]}", "3: warning: schema: org unit OHM_FAC_003 is not assigned to data set OHM_MONTHLY (rule /orgUnit); assign it in DHIS2\n3: warning: schema: data element OHM_WEIGHT is not in data set OHM_MONTHLY (rule /dataValues/0/dataElement)"},
		{"values without a data set", "dhis2:dataValueSet", "map: {dataValues: [{dataElement: sgU4ZaOXhEi, value: $.v}]}", "3: warning: schema: no dataSet is written: from 2.43 on a data element of several data sets is then refused (E8002)"},
		{"a number as a value of a report", "dhis2:dataValueSet", "map: {dataSet: X5fFRSmDgYM, period: '202601', orgUnit: " + alpha + ", dataValues: [{dataElement: sgU4ZaOXhEi, value: 3}, {dataElement: UfwqW6NnhXF, value: {$from: v, $as: number}}]}", "3: warning: schema: value is a text: from 2.43 on the server fails over a number or a boolean (500) (rule /dataValues/0/value); $as: string makes one\n3: warning: schema: value is a text: from 2.43 on the server fails over a number or a boolean (500) (rule /dataValues/1/value); $as: string makes one"},
		{"an event by itself in a payload", "dhis2:tracker", "map: {events: [{event: $.u, program: " + child + ", programStage: zOK5Pk5V5Yz, orgUnit: $.o, status: ACTIVE, occurredAt: $.d}, {event: $.v, program: fm69ntIAbZu, programStage: r2M6G0nP5Qo, orgUnit: $.o, status: ACTIVE, occurredAt: $.d}]}", "3: warning: schema: an event of program PR_CHILD that stands by itself needs enrollment, and it is never written (E1033) (rule /events/0)"},
		{"an enrollment by itself in a payload", "dhis2:tracker", "map: {enrollments: [{enrollment: $.u, program: " + child + ", orgUnit: $.o, enrolledAt: $.d, attributes: $.a, events: [{event: $.u, program: " + child + ", programStage: zOK5Pk5V5Yz, orgUnit: $.o, status: ACTIVE, occurredAt: $.d}]}]}", "3: warning: schema: an enrollment that stands by itself needs trackedEntity, and it is never written (E1122) (rule /enrollments/0)"},
		{"a list of objects", "dhis2:tracker/trackedEntity", "map: {$each: rows, trackedEntity: $.u, trackedEntityType: OHM_PERSON, orgUnit: $.o, attributes: $.a}", "3: warning: schema: tracked entity type OHM_PERSON is named by CODE, and the payload names metadata by UID (rule /*/trackedEntityType); write peOCoLO91lG"},
		{"a branch", "dhis2:tracker/enrollment", "map: {enrollment: $.u, program: {$if: x, $then: " + child + ", $else: PR_X}, orgUnit: $.o, enrolledAt: $.d}", "3: warning: schema: there is no program PR_X in the metadata (rule /program#else)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, strings.Join(lint(t, test.schema, test.document), "\n"))
		})
	}
}

func TestPayloadsMayNameMetadataByCode(t *testing.T) {
	t.Parallel()
	byCode := dhis2map.Config{Names: dhis2.SchemeCode}
	document := "map: {event: $.u, program: PR_CHILD, programStage: PS_BIRTH, orgUnit: {$from: o, $orgUnit: code}, status: COMPLETED, occurredAt: $.d, dataValues: [{$from: w, $dataValue: OHM_WEIGHT}, {dataElement: OHM_DX, value: $.x}]}"
	assert.Equal(t, []string{"3: warning: schema: data element OHM_DX is not in stage PS_BIRTH (E1305) (rule /dataValues/1/dataElement)"}, lint(t, "dhis2:tracker/event", document, byCode))
	got, _ := one(t, "$dataValue: OHM_WEIGHT", "3", byCode)
	assert.Equal(t, `{"a":{"dataElement":"OHM_WEIGHT","value":"3"}}`, got)
	got, _ = one(t, "$orgUnit: name", `"Alpha Health Centre"`, byCode)
	assert.Equal(t, `{"a":"OHM_FAC_001"}`, got)
}

func TestLintLeavesOtherSchemasToOthers(t *testing.T) {
	t.Parallel()
	seen := ""
	opts, err := dhis2map.Options(mapping.CompileOptions{Output: func(schema string, _ *mapping.Output) ([]mapping.Issue, bool) {
		seen = schema
		return nil, schema == "mine"
	}}, dhis2map.Config{Snapshot: snapshot()})
	require.NoError(t, err)
	for schema, known := range map[string]bool{"mine": true, "dhis2:tracker": true, "other": false} {
		_, got := opts.Output(schema, nil)
		assert.Equal(t, known, got, schema)
		assert.Equal(t, schema, seen)
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]dhis2map.Config{
		"no snapshot":       {},
		"an unknown scheme": {Snapshot: snapshot(), Names: "code"},
		"a calendar":        {Snapshot: snapshot(), Calendar: "martian"},
	} {
		_, err := dhis2map.Options(mapping.CompileOptions{}, config)
		assert.Error(t, err, name)
	}
	_, err := dhis2map.Options(mapping.CompileOptions{Operators: map[string]mapping.Operator{"$uid": {}}}, dhis2map.Config{Snapshot: snapshot()})
	assert.Error(t, err)
}
